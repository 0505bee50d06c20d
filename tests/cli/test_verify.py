"""``auditor verify``: plain words for people, the contract of ``--json`` for programs, 0 or 1."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import auditor.cli.verify  # noqa: F401  (registers the command)
from auditor.cli.registry import Exit
from auditor.errors import UserError
from auditor.evidence.compose import compose
from auditor.evidence.keys import Key, make_key
from auditor.evidence.seal import seal
from tests.cli.commands import data, run
from tests.evidence import samples


@pytest.fixture(scope="module")
def key() -> Key:
    """A self-issued key."""
    return make_key("Example Ltd", samples.WHEN)


@pytest.fixture(scope="module")
def dossier(key: Key, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed dossier on disk."""
    path = tmp_path_factory.mktemp("dossier") / "dossier.pdf"
    path.write_bytes(seal(compose(*samples.real(), samples.cover()), key, when=samples.WHEN))
    return path


def test_a_good_dossier_ends_with_zero(dossier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("verify", dossier)
    answer.show()
    told = capsys.readouterr().out
    assert answer.code is Exit.CONFORMS
    assert "as it was signed" in told
    assert "Who signed was not decided" in told


def test_a_changed_dossier_ends_with_one_and_says_why(
    dossier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = bytearray(dossier.read_bytes())
    changed[5000] ^= 1
    path = tmp_path / "changed.pdf"
    path.write_bytes(changed)
    answer = run("verify", path)
    answer.show()
    told = capsys.readouterr().out
    assert answer.code is Exit.DOES_NOT_CONFORM
    assert "could not be confirmed" in told
    assert "Why not:" in told


def test_a_trusted_certificate_names_the_signer(
    dossier: Path, key: Key, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trusted = tmp_path / "signer.pem"
    trusted.write_bytes(key.certificate.public_bytes(Encoding.PEM))
    answer = run("verify", dossier, "--trust", trusted)
    answer.show()
    assert answer.code is Exit.CONFORMS
    assert "vouched for" in capsys.readouterr().out


def test_json_keeps_its_contract(dossier: Path) -> None:
    found = data("verify", dossier)
    assert {"ok", "signatures", "changes", "attachments", "verdicts", "rendering", "previous"} <= found.keys()
    assert {"role", "signer", "level", "trusted", "intact", "time"} <= found["signatures"][0].keys()
    assert {"name", "sha256", "ok"} <= found["attachments"][0].keys()
    assert {"recomputed", "equal", "differences"} <= found["verdicts"].keys()
    assert {"compared", "equal", "why_not"} <= found["rendering"].keys()
    assert found["ok"] is True


def test_what_is_no_pdf_is_answered_not_raised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a PDF")
    answer = run("verify", path)
    answer.show()
    assert answer.code is Exit.DOES_NOT_CONFORM
    assert "not a PDF" in capsys.readouterr().out


def test_files_that_cannot_be_read_are_named(dossier: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read") as caught:
        run("verify", tmp_path / "none.pdf")
    assert caught.value.where.endswith("none.pdf")
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    with pytest.raises(UserError, match="no certificate") as caught:
        run("verify", dossier, "--trust", wrong)
    assert caught.value.where.endswith("wrong.pem")
