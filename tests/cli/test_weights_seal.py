"""``auditor weights seal`` and ``--baseline``: what was signed is told from what has changed, and who signed it."""

import datetime as dt
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import auditor.cli.judge
import auditor.cli.keys
import auditor.cli.weights  # noqa: F401  (registers the commands)
from auditor.cli.main import run as main
from auditor.cli.models import look_at
from auditor.cli.registry import Exit
from auditor.errors import UserError
from auditor.evidence.keys import load_key
from auditor.facts.canonical import canonical
from auditor.sample import write_sample
from tests.cli.commands import data, run
from tests.products import PYTHON, needs_products
from tests.recognise.signed import Owner, owner

FILE = "model.safetensors"


@pytest.fixture(scope="module")
def publisher() -> Owner:
    now = dt.datetime.now(dt.UTC)
    return owner("Publisher", owner("Root", ca=True, now=now), now=now)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory, publisher: Owner) -> Path:
    """A folder with the publisher's key, certificate and root."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "key.pem").write_bytes(publisher.file)
    (folder / "secret.pem").write_bytes(publisher.secret)
    (folder / "own.pem").write_bytes(publisher.pem)
    (folder / "public.pem").write_bytes(publisher.public)
    (folder / "root.pem").write_bytes(publisher.file[publisher.file.rindex(b"-----BEGIN") :])
    (folder / "other.pem").write_bytes(owner("Somebody").pem)
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model's folder: a weight file, texts, and what git leaves."""
    write_sample(tmp_path / "sample")
    source = next((tmp_path / "sample" / "hub").glob("*/snapshots/*"))
    folder = tmp_path / "Tiny"
    shutil.copytree(source, folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    (folder / ".gitattributes").write_text("x")
    return folder


@pytest.fixture
def baseline(model: Path, keys: Path) -> Path:
    path = model.parent / "tiny.json"
    run("weights seal", model, "--key", keys / "key.pem", "--out", path)
    return path


def standing(found: dict) -> dict[str, str]:  # type: ignore[type-arg]
    return {os.path.basename(row["path"]): row["standing"] for row in found["files"]}


def test_all_files_are_signed_and_those_left_out_are_named(model: Path, keys: Path) -> None:
    found = data("weights seal", model, "--key", keys / "key.pem", "--out", model.parent / "b.json")
    assert found["files"] == len([path for path in model.iterdir() if not path.name.startswith(".git")])
    assert found["ignored"] == [".git/config", ".gitattributes"]
    assert found["signer"]["name"] == "Publisher"
    assert found["weights"] == 1


def test_the_command_is_two_words(model: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = model.parent / "b.json"
    assert main(["weights", "seal", str(model), "--key", str(keys / "key.pem"), "--out", str(out)]) == 0
    assert "signed by Publisher" in capsys.readouterr().out
    code = main(["weights", str(model), "--baseline", str(out), "--trust", str(keys / "root.pem")])
    printed = capsys.readouterr().out
    assert "issued by Root, which was given" in printed
    assert ".git/config (the baseline leaves it out)" in printed
    assert code in (Exit.CONFORMS, Exit.INCONCLUSIVE)


def test_a_baseline_is_not_written_over_another(model: Path, keys: Path, baseline: Path) -> None:
    with pytest.raises(UserError, match="already"):
        run("weights seal", model, "--key", keys / "key.pem", "--out", baseline)


def test_nothing_is_signed_where_something_cannot_be_read(model: Path, keys: Path) -> None:
    (model / "folder").symlink_to(keys)
    out = model.parent / "b.json"
    with pytest.raises(UserError, match="nothing was signed"):
        run("weights seal", model, "--key", keys / "key.pem", "--out", out)
    assert not out.exists()


@pytest.mark.parametrize("trust", ["root.pem", "own.pem", "public.pem"])
def test_weights_are_pinned_where_the_signer_is_vouched_for(
    model: Path, keys: Path, baseline: Path, trust: str
) -> None:
    found = data("weights", model, "--baseline", baseline, "--trust", keys / trust)
    assert standing(found) == {FILE: "pinned"}
    assert found["files"][0]["expected"][-1]["source"] == "baseline signed by Publisher (tiny.json)"
    assert found["baseline"]["uncovered"] == [".git/config", ".gitattributes"]


def test_a_baseline_whose_signer_is_not_given_is_not_trusted(model: Path, baseline: Path) -> None:
    found = data("weights", model, "--baseline", baseline)
    assert standing(found) == {FILE: "self_consistent"}
    assert found["baseline"]["signer"]["trusted"] is False
    assert "signed by" not in found["files"][0]["expected"][-1]["source"]


def test_a_signer_that_trust_does_not_reach_ends_it(model: Path, keys: Path, baseline: Path) -> None:
    with pytest.raises(UserError, match="does not vouch for Publisher"):
        run("weights", model, "--baseline", baseline, "--trust", keys / "other.pem")


def test_what_has_changed_is_named(model: Path, keys: Path, baseline: Path) -> None:
    weights = (model / FILE).read_bytes()
    (model / FILE).write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    (model / "config.json").unlink()
    (model / "extra.safetensors").write_bytes(weights)
    answer = run("weights", model, "--baseline", baseline, "--trust", keys / "root.pem")
    assert answer.code is Exit.DOES_NOT_CONFORM
    assert standing(answer.data) == {FILE: "mismatch", "extra.safetensors": "extra"}
    assert answer.data["baseline"]["different"] == [FILE]
    assert answer.data["baseline"]["missing"] == ["config.json"]
    assert answer.data["baseline"]["extra"] == ["extra.safetensors"]


def test_a_text_that_was_changed_is_a_difference_too(model: Path, keys: Path, baseline: Path) -> None:
    (model / "config.json").write_text("{}")
    answer = run("weights", model, "--baseline", baseline, "--trust", keys / "root.pem")
    assert answer.code is Exit.DOES_NOT_CONFORM
    assert standing(answer.data) == {FILE: "pinned"}


def test_a_single_file_can_be_signed(model: Path, keys: Path) -> None:
    out = model.parent / "one.json"
    run("weights seal", model / FILE, "--key", keys / "key.pem", "--out", out)
    assert standing(data("weights", model / FILE, "--baseline", out, "--trust", keys / "own.pem")) == {FILE: "pinned"}


def test_a_file_behind_links_is_the_same_file(model: Path, keys: Path) -> None:
    (model.parent / "folder").symlink_to(model)
    (model.parent / "link.safetensors").symlink_to(model / FILE)
    for place in (model.parent / "folder" / FILE, model.parent / "link.safetensors"):
        out = model.parent / f"{place.name}.json"
        assert data("weights seal", place, "--key", keys / "key.pem", "--out", out)["model"] == place.name
        found = data("weights", place, "--baseline", out, "--trust", keys / "own.pem")
        assert standing(found) == {place.name: "pinned"}


def test_a_baseline_may_lie_in_the_folder_that_it_speaks_of(model: Path, keys: Path) -> None:
    out = model / "model.sig"
    run("weights seal", model, "--key", keys / "key.pem", "--out", out)
    found = data("weights", model, "--baseline", out, "--trust", keys / "own.pem")
    assert found["baseline"]["extra"] == []


def test_a_baseline_speaks_of_one_path(model: Path, keys: Path, baseline: Path) -> None:
    with pytest.raises(UserError, match="one model"):
        run("weights", model, keys, "--baseline", baseline)
    with pytest.raises(UserError, match="--trust"):
        run("weights", model, "--trust", keys / "own.pem")


def _peer(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [str(PYTHON.parent / "model_signing"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.peer
@needs_products
class TestTheOtherToolOfThisFormat:
    """Round trips with ``model_signing`` as it is installed."""

    def test_it_verifies_what_is_written_here_by_certificate(self, model: Path, keys: Path, baseline: Path) -> None:
        verify = ("verify", "certificate", "--certificate_chain", keys / "root.pem", "--signature", baseline, model)
        done = _peer(*verify)
        assert done.returncode == 0, done.stderr
        (model / "config.json").write_text("{}")
        assert _peer(*verify).returncode != 0

    def test_it_verifies_what_is_written_here_by_key(self, model: Path, keys: Path) -> None:
        out = model.parent / "bare.json"
        run("weights seal", model, "--key", keys / "key.pem", "--bare-key", "--out", out)
        verify = ("verify", "key", "--public_key", keys / "public.pem", "--signature", out, model)
        done = _peer(*verify)
        assert done.returncode == 0, done.stderr
        assert standing(data("weights", model, "--baseline", out, "--trust", keys / "public.pem")) == {FILE: "pinned"}
        (model / FILE).write_bytes((model / FILE).read_bytes()[:-1] + b"x")
        assert _peer(*verify).returncode != 0

    def test_it_verifies_what_a_key_of_the_command_signed(self, model: Path) -> None:
        folder = model.parent
        run("keys new", "--p256", "--name", "Example", "--out", folder / "new.pem")
        (folder / "new.pub").write_bytes(
            load_key(folder / "new.pem")
            .private.public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        out = folder / "new.json"
        run("weights seal", model, "--key", folder / "new.pem", "--bare-key", "--out", out)
        done = _peer("verify", "key", "--public_key", folder / "new.pub", "--signature", out, model)
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize("method", ["certificate", "key"])
    def test_what_it_writes_is_verified_here(self, model: Path, keys: Path, method: str) -> None:
        signature = model / "model.sig"
        more = ("--signing_certificate", keys / "own.pem", "--certificate_chain", keys / "root.pem")
        done = _peer(
            "sign", method, "--private_key", keys / "secret.pem", *(more if method == "certificate" else ()),
            "--signature", signature, model,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        trust = keys / ("root.pem" if method == "certificate" else "public.pem")
        found = data("weights", model, "--baseline", signature, "--trust", trust)
        assert standing(found) == {FILE: "pinned"}
        assert found["baseline"]["extra"] == []
        assert {".git/config", ".gitattributes"} <= set(found["baseline"]["uncovered"]), "named, not passed over"
        (model / "README.md").unlink(missing_ok=True)
        (model / "new.txt").write_text("new")
        assert run("weights", model, "--baseline", signature, "--trust", trust).code is Exit.DOES_NOT_CONFORM

    @pytest.mark.parametrize("serialisation", ["use_file_serialization()", "use_shard_serialization(shard_size=4096)"])
    @pytest.mark.parametrize("signer", ["key", "certificate"])
    def test_files_and_shards(self, model: Path, keys: Path, serialisation: str, signer: str) -> None:
        signature = model.parent / "shards.sig"
        by = f"use_elliptic_key_signer(private_key={str(keys / 'secret.pem')!r})"
        if signer == "certificate":
            by = (
                f"use_certificate_signer(private_key={str(keys / 'secret.pem')!r}, "
                f"signing_certificate={str(keys / 'own.pem')!r}, certificate_chain=[{str(keys / 'root.pem')!r}])"
            )
        program = (
            "from model_signing import hashing, signing\n"
            f"how = hashing.Config().{serialisation}.set_ignored_paths(paths=[])\n"
            f"signing.Config().{by}.set_hashing_config(how).sign({str(model)!r}, {str(signature)!r})\n"
        )
        done = subprocess.run(
            [PYTHON, "-c", program], capture_output=True, text=True, timeout=120, check=False
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        trust = keys / ("root.pem" if signer == "certificate" else "public.pem")
        found = data("weights", model, "--baseline", signature, "--trust", trust)
        assert standing(found) == {FILE: "pinned"}
        content = bytearray((model / FILE).read_bytes())
        content[len(content) // 2] ^= 1
        (model / FILE).write_bytes(content)
        answer = run("weights", model, "--baseline", signature, "--trust", trust)
        assert answer.data["baseline"]["different"] == [FILE]
        assert answer.code is Exit.DOES_NOT_CONFORM


def test_without_a_key_an_elliptic_one_is_made_for_baselines(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.evidence.keys.default_path", lambda: tmp_path / "keys" / "auditor.pem")
    for name in ("one.json", "two.json"):
        run("weights seal", model, "--out", tmp_path / name)
    key = load_key(tmp_path / "keys" / "baseline.pem")
    assert isinstance(key.private, EllipticCurvePrivateKey)
    found = data("weights", model, "--baseline", tmp_path / "two.json", "--trust", key.fingerprint)
    assert standing(found) == {FILE: "pinned"}


def test_recorded_facts_are_judged_against_a_baseline(model: Path, keys: Path, baseline: Path) -> None:
    facts = model.parent / "facts.json"
    facts.write_bytes(canonical(look_at([model], ("models", "weights"), quiet=True)))
    policy = ("--policy", "eu-onprem-baseline")

    def verdict(*more: str | Path) -> str:
        findings = data("judge", facts, *policy, *more)["findings"]
        return next(f["verdict"] for f in findings if f["control"] == "WGT-010")

    assert verdict() == "unknown"
    assert verdict("--baseline", baseline, "--trust", keys / "root.pem") == "pass"
    with pytest.raises(UserError, match="vouch"):
        verdict("--baseline", baseline, "--trust", keys / "other.pem")
    with pytest.raises(UserError, match="vouches"):
        verdict("--baseline", baseline)
    with pytest.raises(UserError, match="--trust"):
        verdict("--trust", keys / "root.pem")
