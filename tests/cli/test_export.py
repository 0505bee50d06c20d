"""``auditor export``: formats that need a key are made with one only."""

import datetime as dt
from pathlib import Path

import pytest

import auditor.cli.export  # noqa: F401  (registers the command)
from auditor.documents import Documents
from auditor.errors import UserError
from auditor.evidence.cades import check_detached
from auditor.evidence.exports.formats import FORMATS
from auditor.evidence.keys import make_key, save_key
from tests.cli.commands import data
from tests.desktop import sample


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sample.documents().write(tmp_path / "in")
    return tmp_path / "in"


def test_without_a_key_everything_that_needs_none_is_written(folder: Path) -> None:
    assert [each["format"] for each in data("export", folder)] == list(FORMATS)


def test_a_signed_format_without_a_key_is_refused(folder: Path) -> None:
    with pytest.raises(UserError, match="“cades” is signed"):
        data("export", folder, "--as", "cades")


def test_signed_formats_lie_beside_what_they_sign(folder: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    save_key(make_key("Example Ltd", dt.datetime.now(dt.UTC)), key)
    out = tmp_path / "out"
    made = data("export", folder, "--as", "cades", "--as", "asice", "--as", "dsse", "--key", key, "--out", out)
    assert [Path(each["path"]).name for each in made] == [
        "facts.json", "facts.json.p7s", "evidence.asice", "verification-summaries.dsse.jsonl"
    ]  # fmt: skip
    assert (out / "facts.json").read_bytes() == Documents.read(folder).facts
    assert (
        "Example Ltd" in check_detached((out / "facts.json").read_bytes(), (out / "facts.json.p7s").read_bytes()).name
    )
