"""``auditor keys``: a key is made once, shown, and said to be self-issued."""

import stat
from pathlib import Path

import pytest

import auditor.cli.keys as module
from auditor.errors import UserError
from tests.cli.commands import data, run


def test_a_new_key_is_for_its_owner_only_and_called_self_issued(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "key.pem"
    answer = run("keys new", "--name", "Příklad s.r.o.", "--out", path)
    answer.show()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    told = capsys.readouterr().out
    assert "Příklad s.r.o. (self-issued)" in told
    assert "not who signed it" in told


def test_show_tells_the_same_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "key.p12"
    made = data("keys new", "--out", path)
    shown = data("keys show", "--key", path)
    assert made == shown
    assert shown["self_issued"] is True
    assert len(shown["fingerprint"]) == 64


def test_a_key_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    run("keys new", "--out", path)
    before = path.read_bytes()
    with pytest.raises(UserError, match="already"):
        run("keys new", "--out", path)
    assert path.read_bytes() == before


def test_without_a_key_there_is_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "default_path", lambda: tmp_path / "none.pem")
    with pytest.raises(UserError, match="no key yet") as caught:
        run("keys show")
    assert "keys new" in caught.value.hint


def test_a_passphrase_is_asked_for_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, said = tmp_path / "key.pem", iter(["one", "one", "one", "first", "second"])
    monkeypatch.setattr(module.getpass, "getpass", lambda _: next(said))
    made = data("keys new", "--out", path, "--passphrase")
    assert b"ENCRYPTED" in path.read_bytes()
    assert data("keys show", "--key", path)["fingerprint"] == made["fingerprint"]
    with pytest.raises(UserError, match="differ"):
        run("keys new", "--out", tmp_path / "other.pem", "--passphrase")
