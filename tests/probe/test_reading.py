"""One file, read once: what changes meanwhile, what is sparse or no file is said to be that, and nothing hangs."""

import os
import socket
import threading

import pytest

from auditor.probe import found, limits, models, reading, weights
from auditor.probe.digests import find_blake3
from tests.probe import making

SIZE = 3_000_000


def read(path, *, told=lambda count, computed: None, go_on=lambda count: True, blake3=None, spread=False):
    """The fields, status and note of a file; ``told`` is called between its pieces."""
    means = reading.Means("m" * 64, True, blake3, spread)
    turn = reading.Turn(lambda most: most, go_on, told)
    return reading.read(found.file_at(path.name, str(path)), means, turn, bytearray(2**20))


def file(folder, data=b"x" * SIZE):
    path = folder / "m.safetensors"
    path.write_bytes(data)
    return path


def look(folder):
    heard = making.Heard()
    weights.collect(heard, {}, models.collect(heard, {"paths": [str(folder)]}))
    return heard


@pytest.mark.parametrize("spread", [False, True])
@pytest.mark.parametrize("size", [0, 1, 2**20, 9 * 2**20 + 1])
def test_both_digests_are_of_the_same_reading(tmp_path, size, spread):
    data = os.urandom(size)
    told = []
    fields, status, _ = read(
        file(tmp_path, data), told=lambda n, _: told.append(n), blake3=find_blake3(), spread=spread
    )

    import blake3

    assert (fields["sha256"], fields["blake3"]) == (making.digest(data), blake3.blake3(data).hexdigest())
    assert (status, sum(told)) == ("observed", size)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda path: path.write_bytes(b"x" * 4_000_000), "grew while it was read"),
        (lambda path: os.truncate(path, 1_500_000), "was truncated while it was read"),
        (lambda path: os.utime(path, (5, 5)), "was written to while it was read"),
    ],
)
def test_a_file_that_changes_while_it_is_read_has_no_digest(tmp_path, change, note):
    path, done = file(tmp_path), threading.Event()

    def told(count, computed):
        if not done.is_set():
            done.set()
            change(path)

    fields, status, said = read(path, told=told)

    assert (fields["sha256"], fields["identity"], status, said) == (None, None, "error", note)


def test_a_file_that_grows_without_end_is_read_to_its_first_size_only(tmp_path):
    path, told = file(tmp_path), []

    def grow(count, computed):
        told.append(count)
        with path.open("ab") as end:
            end.write(b"y" * 2**20)

    assert read(path, told=grow)[1:] == ("error", "grew while it was read")
    assert sum(told) <= SIZE


def test_a_file_that_is_deleted_while_it_is_read_keeps_its_digest_and_says_so(tmp_path):
    path = file(tmp_path)
    fields, status, note = read(path, told=lambda *_: path.unlink(missing_ok=True))

    assert (fields["sha256"], status) == (making.digest(b"x" * SIZE), "observed")
    assert "deleted" in note
    assert not (fields["identity"] or {}).get("lasting"), "nothing may stand in for a file that is gone"


def test_a_reading_stops_where_it_is_told_to(tmp_path):
    turns = iter([True, False])
    fields, status, note = read(file(tmp_path), go_on=lambda count: next(turns))

    assert (fields["sha256"], status, note) == (None, "error", "cancelled after 1048576 of 3000000 bytes")


def test_a_sparse_file_of_a_tebibyte_is_named_and_not_read(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(making.safetensors())
    os.truncate(path, 2**40)
    if os.stat(path).st_blocks * 512 > 2**30:
        pytest.skip("this file system keeps no holes")

    heard = look(tmp_path)

    (record,) = heard.records("weight")
    assert (record["size"], record["sha256"], record["status"]) == (2**40, None, "error")
    assert record["note"] == (
        "was not read: of its 1,099,511,627,776 bytes more than 1,073,741,824 are holes, which no disk holds"
    )
    assert heard.problems()[-1][2] == "error"
    assert [line["done"] for line in heard.lines if line.get("collector") == "weights" and "done" in line] == [0]


def test_small_holes_are_read_as_the_zeros_that_they_are(tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(b"x" * 4096)
    os.truncate(path, 4 * 2**20)

    assert read(path)[0]["sha256"] == making.digest(b"x" * 4096 + bytes(4 * 2**20 - 4096))


def test_many_files_with_holes_are_bounded_together(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "HOLES", 5 * 2**20)
    (tmp_path / "config.json").write_text("{}")
    for name in "abc":
        path = tmp_path / f"{name}.safetensors"
        path.touch()
        os.truncate(path, 2 * 2**20)
    if os.stat(path).st_blocks:
        pytest.skip("this file system keeps no holes")

    digests = [record["sha256"] for record in look(tmp_path).records("weight")]

    assert sorted(digest is None for digest in digests) == [False, False, True]


def test_what_is_no_file_is_named_and_never_waited_for(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    os.mkfifo(tmp_path / "a.safetensors")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "b.safetensors"))
        (tmp_path / "c.safetensors").symlink_to("/dev/zero")
        (tmp_path / "d.safetensors").symlink_to("e.safetensors")
        (tmp_path / "e.safetensors").symlink_to("d.safetensors")
        (tmp_path / "deeper").mkdir()
        (tmp_path / "deeper" / "up").symlink_to(tmp_path)

        heard = look(tmp_path)

    assert heard.records("weight") == []
    named = {os.path.basename(where): what for where, what, _ in heard.problems()}
    assert {"a.safetensors", "b.safetensors", "c.safetensors", "d.safetensors", "e.safetensors"} <= set(named)
    assert "FIFO" in named["a.safetensors"]
    assert "character device" in named["c.safetensors"]


def test_a_file_that_became_a_fifo_after_it_was_found_is_not_waited_for(tmp_path):
    path = file(tmp_path)
    heard = making.Heard()
    files = models.collect(heard, {"paths": [str(path)]})
    path.unlink()
    os.mkfifo(path)

    weights.collect(heard, {}, files)

    assert [(r["sha256"], r["status"]) for r in heard.records("weight")] == [(None, "error")]


def test_a_folder_of_too_many_entries_is_cut_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "ENTRIES", 2_000)
    (tmp_path / "config.json").write_text("{}")
    for number in range(2_500):
        (tmp_path / f"{number}.safetensors").touch()

    heard = look(tmp_path)

    assert len(heard.records("weight")) <= 2_000
    assert any("more than 2,000 entries" in what for _, what, _ in heard.problems())
    assert not heard.records("model")[0]["complete"]
