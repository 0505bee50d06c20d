"""The sample store is what it says it is, and the same everywhere."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from auditor.errors import UserError
from auditor.sample import apache_text, write_sample


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_bytes_are_the_same_each_time(tmp_path: Path) -> None:
    write_sample(tmp_path / "a")
    write_sample(tmp_path / "b")
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_blobs_of_the_cache_bear_the_digest_of_their_content(tmp_path: Path) -> None:
    cached, _, _ = write_sample(tmp_path / "s")
    weights = cached / "model.safetensors"
    assert weights.is_symlink()
    assert not os.path.isabs(os.readlink(weights))
    assert weights.resolve().name == hashlib.sha256(weights.read_bytes()).hexdigest()


def test_one_shard_is_not_what_was_downloaded(tmp_path: Path) -> None:
    *_, damaged = write_sample(tmp_path / "s")
    agree = {}
    for shard in sorted(damaged.glob("*.safetensors")):
        note = damaged / ".cache/huggingface/download" / f"{shard.name}.metadata"
        agree[shard.name] = note.read_text().splitlines()[1] == hashlib.sha256(shard.read_bytes()).hexdigest()
    assert agree == {"model-00001-of-00002.safetensors": True, "model-00002-of-00002.safetensors": False}


def test_headers_describe_their_files(tmp_path: Path) -> None:
    for path in write_sample(tmp_path / "s")[2].glob("*.safetensors"):
        data = path.read_bytes()
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        header.pop("__metadata__")
        assert max(tensor["data_offsets"][1] for tensor in header.values()) == len(data) - 8 - length


def test_it_says_that_it_is_a_sample_and_is_small(tmp_path: Path) -> None:
    write_sample(tmp_path / "s")
    assert "sample" in (tmp_path / "s" / "README.txt").read_text()
    assert sum(path.stat().st_size for path in (tmp_path / "s").rglob("*") if path.is_file()) < 5_000_000


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(UserError, match="not empty"):
        write_sample(tmp_path)
    assert os.listdir(tmp_path) == ["mine"]


def test_the_licence_is_whole() -> None:
    text = apache_text()
    assert "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" in text
    assert "END OF TERMS AND CONDITIONS" in text
