"""``auditor redact`` and ``auditor verify --redacted``."""

from pathlib import Path

import pytest

import auditor.cli.redact
import auditor.cli.verify  # noqa: F401  (registers the command)
from auditor.cli.registry import Exit
from auditor.errors import UserError
from auditor.evidence.compose import compose
from auditor.evidence.keys import make_key, save_key
from auditor.evidence.seal import seal
from tests.cli.commands import data, run
from tests.evidence import samples


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dossier, its key, and a redacted copy."""
    root = tmp_path_factory.mktemp("redact")
    key = make_key("Example Ltd", samples.WHEN)
    save_key(key, root / "key.pem")
    cover = samples.cover(signer=key.name, fingerprint=key.fingerprint)
    (root / "dossier.pdf").write_bytes(seal(compose(*samples.real(), cover), key, when=samples.WHEN))
    return root


@pytest.fixture(scope="module")
def copy(folder: Path) -> Path:
    return Path(data("redact", folder, "--out", folder / "copy", "--key", folder / "key.pem")["copy"])


def test_a_copy_is_proved_with_root_or_original(folder: Path, copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("verify", "--redacted", copy, "--original", folder / "dossier.pdf")
    answer.show()
    told = capsys.readouterr().out
    assert answer.code is Exit.CONFORMS
    assert "Every value that this redacted copy shows is proved." in told
    assert "gpu-rack-03" not in told
    assert run("verify", "--redacted", copy, "--root", answer.data["root"].upper()).code is Exit.CONFORMS


def test_another_root_and_a_changed_value_end_with_one(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", "--redacted", copy, "--root", "0" * 64).code is Exit.DOES_NOT_CONFORM
    changed = tmp_path / "redacted.json"
    changed.write_bytes(copy.read_bytes().replace(b"NVIDIA H100", b"NVIDIA H200", 1))
    answer = run("verify", "--redacted", changed)
    answer.show()
    assert answer.code is Exit.DOES_NOT_CONFORM
    assert "root differs" in capsys.readouterr().out


def test_less_can_be_hidden(folder: Path, copy: Path) -> None:
    less = data("redact", folder / "dossier.pdf", "--out", folder / "less", "--hide", "serials", "--key",
                folder / "key.pem")  # fmt: skip
    assert less["hidden"] == ["serials"]
    assert less["shown_values"] > data("verify", "--redacted", copy)["shown_values"]


@pytest.mark.parametrize("hide", ["colours", ","])
def test_what_cannot_be_hidden_is_named(folder: Path, hide: str) -> None:
    with pytest.raises(UserError, match=r"to hide|to be hidden"):
        run("redact", folder, "--out", folder / "none", "--hide", hide)


def test_a_root_without_a_copy_is_refused(folder: Path) -> None:
    with pytest.raises(UserError, match="redacted copy"):
        run("verify", folder / "dossier.pdf", "--root", "0" * 64)
