"""All files below a folder are listed and hashed; what cannot be read has a reason."""

import datetime as dt
import hashlib
import os
from pathlib import Path

import pytest

from auditor.collect.tree import WHOLE, Known, known_of, measure
from auditor.errors import UserError
from auditor.facts.fact import Fact, Status
from auditor.facts.weights import Header, Weight
from auditor.recognise.signing import Piece

TIME = "2026-11-22T13:00:00Z"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def fact(value: object) -> Fact:  # type: ignore[type-arg]
    return Fact(value=value, source="here", method="read", time=TIME, status=Status.OBSERVED)


def weight(path: Path, digest: str) -> Weight:
    """A weight as the collector tells it."""
    status = path.stat()
    seconds, rest = divmod(status.st_mtime_ns, 10**9)
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC).replace(microsecond=rest // 1000)
    none = Fact[Header](value=None, source="", method="header", time=TIME, status=Status.UNSUPPORTED)
    return Weight(
        path=str(path), model="m", format="gguf", size=fact(status.st_size),
        modified=fact(f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z"), sha256=fact(digest), header=none,
    )  # fmt: skip


def hashed(root: Path, known: Known | None = None) -> dict[str, str]:
    return {name: file.digests[WHOLE] for name, file in measure(root, lambda n: (WHOLE,), known=known).files.items()}


def test_files_of_all_folders_hidden_ones_too(tmp_path: Path) -> None:
    (tmp_path / "sub" / ".hidden").mkdir(parents=True)
    (tmp_path / "sub" / ".hidden" / "a").write_bytes(b"a")
    (tmp_path / "empty").touch()
    assert hashed(tmp_path) == {"empty": sha(b""), "sub/.hidden/a": sha(b"a")}


def test_a_file_alone_is_named_by_a_dot(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    assert hashed(tmp_path / "a") == {".": sha(b"a")}


def test_pieces_are_hashed_each_and_other_algorithms_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abcde")
    first, second, other = Piece("sha256", 0, 3), Piece("blake2b", 3, 5), Piece("blake3")
    found = measure(tmp_path, lambda name: (first, second, other)).files["a"]
    assert found.digests == {first: sha(b"abc"), second: hashlib.blake2b(b"de").hexdigest()}


def test_links_to_files_are_followed_and_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").symlink_to("a")
    tree = measure(tmp_path, lambda name: (WHOLE,))
    assert tree.links
    assert tree.files["b"].digests[WHOLE] == sha(b"a")


def test_what_is_no_file_has_a_reason_and_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / os.fsdecode(b"\xff")).touch()
    problems = measure(tmp_path, lambda name: (WHOLE,)).problems
    assert problems["fifo"] == "neither file nor folder"
    assert "links to folders are not followed" in problems["link"]
    assert "No such file" in problems["gone"]
    assert problems["\\xff"] == "its name is not UTF-8"


def test_ignored_files_are_listed_and_not_read_and_the_baseline_itself_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / ".git" / "x")
    (tmp_path / "sig").touch()
    tree = measure(tmp_path, lambda n: (WHOLE,), ignored=lambda n: n.startswith(".git/"), skip=tmp_path / "sig")
    assert list(tree.files) == [".git/x"]
    assert not tree.problems


def test_a_digest_that_was_collected_is_taken_while_the_file_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "w.gguf"
    path.write_bytes(b"w")
    known = known_of([weight(path, "c" * 64)])
    assert hashed(tmp_path, known) == {"w.gguf": "c" * 64}
    path.write_bytes(b"v")
    os.utime(path, ns=(0, 10**18))
    assert hashed(tmp_path, known) == {"w.gguf": sha(b"v")}
    path.write_bytes(b"longer")
    assert hashed(tmp_path, known) == {"w.gguf": sha(b"longer")}


def test_a_folder_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be listed"):
        measure(tmp_path / "nowhere", lambda name: (WHOLE,))
