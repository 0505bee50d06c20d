"""A fast check says what changed since the last full reading, file by file."""

from pathlib import Path

import pytest

from auditor.cli import weights
from tests.cli.commands import data, run
from tests.probe import making

LOADED = weights


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = tmp_path / "model"
    made.mkdir()
    (made / "config.json").write_text("{}")
    for name in "ab":
        (made / f"{name}.safetensors").write_bytes(making.safetensors(data=name.encode() * 16))
    return made


def states(folder: Path) -> dict[str, str]:
    return {Path(file["path"]).name: file["state"] for file in data("weights recheck", folder)["files"]}


def test_nothing_is_known_before_a_full_reading(folder: Path) -> None:
    assert states(folder) == {"a.safetensors": "new", "b.safetensors": "new"}
    assert run("weights recheck", folder).code == 2


def test_what_was_read_is_told_to_be_the_same_with_both_digests_of_then(folder: Path) -> None:
    read = data("weights", folder, "--blake3")["files"]

    answer = run("weights recheck", folder)

    assert answer.code == 0
    for before, now in zip(read, answer.data["files"], strict=True):
        assert (now["state"], now["blake3"]) == ("same", before["blake3"])
        assert now["earlier"]["sha256"] == before["sha256"]


def test_a_flipped_byte_and_a_missing_file_are_found(folder: Path) -> None:
    run("weights", folder, "--blake3")
    changed = folder / "a.safetensors"
    content = bytearray(changed.read_bytes())
    content[-1] ^= 1
    changed.write_bytes(content)
    (folder / "b.safetensors").unlink()

    assert states(folder) == {"a.safetensors": "changed", "b.safetensors": "gone"}
    assert run("weights recheck", folder).code == 1


def test_without_blake3_nothing_is_kept(folder: Path) -> None:
    (file, _) = data("weights", folder)["files"]
    assert file["blake3"] is None
    assert set(states(folder).values()) == {"new"}
