"""``auditor knowledge``: newer tables are checked, installed and used; what is no table changes nothing."""

import json
from pathlib import Path

import pytest

from auditor.audit import registries_folder
from auditor.cli.main import run
from auditor.knowledge.registries import INDEX
from tests.knowledge.test_registries import country_table

CSV = '8.8.8.0,8.8.8.255,64500,"Example, Ltd."\n2001:db8::,2001:db8::ff,64501,Other\n'


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def answer(capsys: pytest.CaptureFixture[str], *line: str) -> list[dict[str, object]]:
    assert run(["knowledge", *line, "--json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_the_shipped_tables_are_shown_with_day_and_licence(capsys: pytest.CaptureFixture[str]) -> None:
    rows = answer(capsys, "show")
    assert {(row["kind"], row["licence"]) for row in rows} == {("country", "CC0-1.0"), ("network", "CC-BY-4.0")}
    assert run(["knowledge", "show"]) == 0
    text = capsys.readouterr().out
    assert "days" in text
    assert "DB-IP" in text


def test_newer_tables_go_first_and_the_other_one_stays(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "c.mmdb").write_bytes(country_table())
    (tmp_path / "n.csv").write_text(CSV)
    rows = answer(capsys, "update", "--countries", str(tmp_path / "c.mmdb"), "--licence", "CC0-1.0")
    assert {row["kind"]: row["origin"] for row in rows}["country"] == "c.mmdb"
    assert {row["kind"]: row["date"] for row in rows}["country"] == "2026-06-17"
    rows = answer(capsys, "update", "--asn", str(tmp_path / "n.csv"), "--date", "2026-11-01")
    assert {row["kind"]: row["origin"] for row in rows} == {"country": "c.mmdb", "network": "n.csv"}
    assert {row["kind"]: row["entries"] for row in rows}["network"] == 2


@pytest.mark.parametrize(
    ("name", "content", "line", "words"),
    [
        ("c.mmdb", b"no table", ["--countries"], "no MaxMind DB"),
        ("n.csv", b"1.0.0.0,nonsense,5,x\n", ["--date", "2026-11-01", "--asn"], "n.csv:1"),
        ("n.csv", b"1.0.0.9,1.0.0.0,5,x\n", ["--date", "2026-11-01", "--asn"], "no range"),
        ("n.csv", b"1\n", ["--date", "2026-11-01", "--asn"], "n.csv:1"),
        ("n.csv", b"", ["--date", "2026-11-01", "--asn"], "no ranges"),
        ("n.csv", CSV.encode(), ["--asn"], "day of the data"),
    ],
)
def test_what_is_no_table_is_refused_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, content: bytes, line: list[str], words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert run(["knowledge", "update", *line, str(tmp_path / name)]) == 3
    assert words in capsys.readouterr().err
    assert not (registries_folder() / INDEX).exists()


def test_without_a_file_there_is_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["knowledge", "update"]) == 3
    assert "--countries FILE" in capsys.readouterr().err
