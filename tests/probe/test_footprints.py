"""Traces of past contact are found in every home, masked and short."""

import os

from auditor.probe import footprints, limits
from tests.probe.making import Heard

ENTRY = {"entry": "vllm-usage", "path": "~/.config/vllm/usage_stats.json"}


def look(monkeypatch, *homes, entries=(ENTRY,)):
    monkeypatch.setattr(footprints, "homes", lambda: [str(home) for home in homes])
    heard = Heard()
    footprints.collect(heard, {"entries": list(entries)})
    return heard


def leave(home, text):
    file = home / ".config" / "vllm" / "usage_stats.json"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


def test_each_home_is_looked_into(tmp_path, monkeypatch):
    leave(tmp_path / "a", '{"uuid": 1, "api_key": "verysecretvalue"}')
    leave(tmp_path / "b", "x" * (limits.FOOTPRINT + 1))

    first, second = look(monkeypatch, tmp_path / "a", tmp_path / "b", tmp_path / "none").records("footprint")

    assert first["entry"] == "vllm-usage"
    assert first["text"] == '{"uuid": 1, "api_key": "***"}'
    assert (second["size"], len(second["text"])) == (limits.FOOTPRINT + 1, limits.FOOTPRINT)


def test_a_link_out_of_the_home_is_not_read(tmp_path, monkeypatch):
    (tmp_path / "shadow").write_text("secret")
    file = tmp_path / "home" / ".config" / "vllm" / "usage_stats.json"
    file.parent.mkdir(parents=True)
    file.symlink_to(tmp_path / "shadow")

    heard = look(monkeypatch, tmp_path / "home")

    assert heard.records("footprint") == []
    assert "link out of the home" in heard.problems()[0][1]


def test_patterns_are_expanded(tmp_path, monkeypatch):
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text("x")

    heard = look(monkeypatch, tmp_path, entries=[{"entry": "e", "path": "~/*.json"}])

    assert [record["path"] for record in heard.records("footprint")] == [
        str(tmp_path / "a.json"),
        str(tmp_path / "b.json"),
    ]


def test_nothing_there_is_no_problem(tmp_path, monkeypatch):
    heard = look(monkeypatch, tmp_path)

    assert heard.lines == []


def test_a_configuration_folder_of_a_process_stands_in_for_the_one_of_its_home(tmp_path, monkeypatch):
    monkeypatch.setattr(footprints, "homes", list)
    (tmp_path / "vllm").mkdir()
    (tmp_path / "vllm" / "usage_stats.json").write_text("x")
    heard = Heard()

    footprints.collect(heard, {"entries": [ENTRY]}, [], [str(tmp_path)])

    assert [record["path"] for record in heard.records("footprint")] == [str(tmp_path / "vllm" / "usage_stats.json")]


def test_a_path_from_the_root_is_looked_at_once(tmp_path, monkeypatch):
    (tmp_path / "trace").write_text("x")

    heard = look(monkeypatch, "/a", "/b", entries=[{"entry": "e", "path": str(tmp_path / "trace")}])

    assert len(heard.records("footprint")) == 1


def test_what_is_no_file_is_told_and_not_opened(tmp_path, monkeypatch):
    (tmp_path / "trace").mkdir()

    heard = look(monkeypatch, tmp_path, entries=[{"entry": "e", "path": "~/trace"}, {"entry": "e", "path": "relative"}])

    assert heard.records("footprint") == []
    assert "not a regular file: a folder" in heard.problems()[0][1]


def test_a_path_from_the_root_is_looked_at_in_the_tree_of_each_process_too(tmp_path, monkeypatch):
    (tmp_path / "trace").write_text("x")
    trace = str(tmp_path / "trace")
    inside = f"/proc/{os.getpid()}/root"

    heard = look(monkeypatch, f"{inside}/home/a", f"{inside}/home/b", entries=[{"entry": "e", "path": trace}])

    assert [record["path"] for record in heard.records("footprint")] == [trace, inside + trace]
