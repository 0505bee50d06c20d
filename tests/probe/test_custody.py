"""A served file is followed to its bytes by the kernel's own links, whatever became of its name."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from auditor.facts.records import RECORD
from auditor.probe import custody, stores
from tests.probe import making
from tests.probe.making import Heard, digest
from tests.serving_weights import COPY, MAP, OPEN, READ, needs_root, overlays_work, own_namespace, serving, swap


def look(pid: int, *folders: Path | str) -> "tuple[list[dict[str, Any]], Heard]":
    """What is told of one process; ``folders`` hold the models that are hashed anyway."""
    finder = stores.Finder(lambda *told, **more: None, lambda: False)
    for folder in folders:
        finder.look(str(folder), True)
    heard = Heard()
    custody.collect(heard, {"pids": [pid]}, [weight for model in finder.models for weight in model.weights])
    for record in heard.records():
        RECORD.validate_python(record)
    return heard.records("custody"), heard


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "m" / "model.safetensors"
    path.parent.mkdir()
    path.write_bytes(making.safetensors())
    return path


def test_a_mapped_file_that_is_on_disk_is_not_read_again(weights: Path) -> None:
    with serving(MAP, weights) as pid:
        (record,), _ = look(pid, weights.parent)

    status = weights.stat()
    assert (record["path"], record["weight"]) == (str(weights), str(weights))
    assert (record["held"], record["same"], record["deleted"]) == ("mapped", True, False)
    assert (record["device"], record["inode"]) == (status.st_dev, status.st_ino)
    assert record["sha256"] is None
    assert record["disk_sha256"] is None
    assert record["copied"] == 0
    assert record["layer"] == "host"


def test_the_bytes_of_a_mapped_file_are_read_when_its_name_leads_to_another(weights: Path) -> None:
    before = digest(weights.read_bytes())
    with serving(MAP, weights) as pid:
        swap(weights)
        (record,), _ = look(pid, weights.parent)

    assert (record["same"], record["deleted"], record["weight"]) == (False, True, str(weights))
    assert record["sha256"] == before


def test_the_bytes_of_a_mapped_file_are_read_when_it_has_no_name_any_more(weights: Path) -> None:
    before = digest(weights.read_bytes())
    with serving(MAP, weights) as pid:
        weights.unlink()
        (record,), _ = look(pid, weights.parent)

    assert (record["same"], record["sha256"]) == (False, before)
    assert (record["disk_sha256"], record["disk_status"]) == (None, "absent")


def test_an_open_file_is_followed_by_its_descriptor(weights: Path) -> None:
    before = digest(weights.read_bytes())
    with serving(OPEN, weights) as pid:
        swap(weights)
        (record,), _ = look(pid)

    assert (record["held"], record["copied"]) == ("open", None)
    assert record["sha256"] == before
    assert record["disk_sha256"] == digest(weights.read_bytes()), "of no known model, so read here"


def test_a_moved_file_is_found_under_its_new_name(weights: Path) -> None:
    with serving(MAP, weights) as pid:
        weights.rename(weights.with_name("moved.safetensors"))
        (record,), _ = look(pid, weights.parent)

    assert record["weight"].endswith("moved.safetensors")
    assert record["same"] is True


def test_a_file_of_a_cache_is_known_by_its_blob(tmp_path: Path) -> None:
    snapshot = making.cache(tmp_path)
    with serving(MAP, snapshot / "model.safetensors") as pid:
        (record,), _ = look(pid, tmp_path)

    assert "/blobs/" in record["path"]
    assert record["weight"] == str(snapshot / "model.safetensors")


def test_a_file_is_known_by_its_inode_whatever_name_it_was_opened_by(weights: Path) -> None:
    os.link(weights, weights.parent.parent / "anything")
    with serving(MAP, weights.parent.parent / "anything") as pid:
        (record,), _ = look(pid, weights.parent)

    assert record["weight"] == str(weights)


def test_a_loader_that_reads_and_closes_leaves_no_trace(weights: Path) -> None:
    with serving(READ, weights) as pid:
        records, _ = look(pid, weights.parent)

    assert records == []


def test_pages_that_a_process_changed_in_its_memory_are_counted(weights: Path) -> None:
    with serving(COPY, weights) as pid:
        (record,), _ = look(pid, weights.parent)

    assert record["copied"] == os.sysconf("SC_PAGE_SIZE")


def test_the_times_of_a_file_written_in_place_lie_after_the_start(weights: Path) -> None:
    with serving(MAP, weights) as pid:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with weights.open("r+b") as file:
                file.seek(-1, os.SEEK_END)
                file.write(b"\1")
            (record,), _ = look(pid, weights.parent)
            if record["modified"] > record["started"]:
                break

    assert record["started"] < record["modified"] <= record["changed"]
    assert record["same"] is True


def test_each_file_is_told_once_however_often_it_is_mapped_and_open(weights: Path) -> None:
    with serving(MAP + "", weights, weights, weights) as pid:
        records, _ = look(pid, weights.parent)

    assert len(records) == 1


def test_a_name_with_a_line_end_is_no_riddle(tmp_path: Path) -> None:
    path = tmp_path / "a\nb.safetensors"
    path.write_bytes(making.safetensors())
    with serving(MAP, path) as pid:
        (record,), _ = look(pid)

    assert (record["path"], record["same"]) == (str(path), True)


def test_cancelled_reading_says_so(weights: Path) -> None:
    with serving(MAP, weights) as pid:
        swap(weights)
        finder = Heard()
        reader = custody.Reader(finder, 0)
        finder.cancelled.set()
        handle = next(iter(custody.held_by(pid, {}, set()))).handle
        sha256, status, note = reader.digest(handle)

    assert (sha256, status) == (None, "error")
    assert note.startswith("cancelled after 0 of")


@needs_root
def test_without_rights_it_is_said_that_nothing_can_be_seen(weights: Path) -> None:
    with serving(MAP, weights) as pid:
        code = (
            "import os; from auditor.probe import custody; from tests.probe.making import Heard\n"
            "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
            f"heard = Heard(); custody.collect(heard, {{'pids': [{pid}]}}, [])\n"
            "print(heard.problems()); print(heard.records())"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert f"/proc/{pid}" in done.stdout
    assert "may not be seen by this user" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


@needs_root
def test_a_server_with_a_file_system_of_its_own(tmp_path: Path, weights: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    mount = f"mount -t tmpfs tmpfs {inside}; cp {weights} {inside}/model.safetensors"
    with serving(MAP, inside / "model.safetensors", prefix=own_namespace(mount)) as pid:
        (record,), _ = look(pid, weights.parent)
        through = Path(f"/proc/{pid}/root{inside}/model.safetensors")
        before = digest(through.read_bytes())
        swap(through)
        (swapped,), _ = look(pid, weights.parent)
        disk = digest(through.read_bytes())

    assert not (inside / "model.safetensors").exists(), "only that server sees it"
    assert record["foreign"]
    assert (record["same"], record["layer"]) == (True, "volume")
    assert record["mount"] == f"{inside} (tmpfs)"
    assert record["weight"] == "", "the host's file of the same content is another one"
    assert (swapped["same"], swapped["sha256"], swapped["disk_sha256"]) == (False, before, disk)
    assert before != disk


@needs_root
def test_a_file_of_the_host_with_the_same_name_does_not_stand_in(tmp_path: Path, weights: Path) -> None:
    hidden = making.safetensors(data=b"\1" * 16)
    (tmp_path / "hidden").write_bytes(hidden)
    mount = f"mount -t tmpfs tmpfs {weights.parent}; cp {tmp_path}/hidden {weights}"
    with serving(MAP, weights, prefix=own_namespace(mount)) as pid:
        (record,), _ = look(pid, weights.parent)

    assert (record["path"], record["weight"]) == (str(weights), "")
    assert record["disk_sha256"] == digest(hidden)
    assert record["same"] is True


@needs_root
def test_a_server_below_another_root(tmp_path: Path, weights: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    script = f"mount --rbind / {root}; mount -t tmpfs tmpfs {root}/mnt; cp {weights} {root}/mnt/model.safetensors"
    prefix = (*own_namespace(script), "chroot", str(root))
    with serving(MAP, "/mnt/model.safetensors", prefix=prefix) as pid:
        (record,), _ = look(pid)
        swap(Path(f"/proc/{pid}/root/mnt/model.safetensors"))
        (swapped,), _ = look(pid)

    assert record["same"] is True
    assert record["place"].startswith(f"/proc/{pid}/root/")
    assert record["layer"] == "volume"
    assert (swapped["same"], swapped["sha256"]) == (False, digest(weights.read_bytes()))


@needs_root
def test_the_layers_of_an_overlay(tmp_path: Path, weights: Path) -> None:
    if not overlays_work(tmp_path):
        pytest.skip("this kernel mounts no overlay here")
    lower, upper, work, merged = (tmp_path / name for name in ("lower", "upper", "work", "merged"))
    for folder in (lower, upper, work, merged):
        folder.mkdir()
    (lower / "image.safetensors").write_bytes(weights.read_bytes())
    (lower / "both.safetensors").write_bytes(weights.read_bytes())
    script = (
        f"mount -t overlay overlay -o lowerdir={lower},upperdir={upper},workdir={work} {merged}\n"
        f"cp {weights} {merged}/added.safetensors; printf x >> {merged}/both.safetensors"
    )
    files = [merged / f"{name}.safetensors" for name in ("image", "added", "both")]
    with serving(MAP, *files, prefix=own_namespace(script)) as pid:
        records, _ = look(pid)
        swap(Path(f"/proc/{pid}/root{files[0]}"))
        after, _ = look(pid)

    layers = {Path(record["path"]).stem: record["layer"] for record in records}
    assert layers == {"image": "image", "added": "writable", "both": "writable"}
    for record in records:
        assert record["same"] is True or record["sha256"] == record["disk_sha256"]
    image = next(record for record in after if Path(record["path"]).stem == "image")
    assert image["sha256"] == digest(weights.read_bytes())
    assert image["disk_sha256"] != image["sha256"]


def test_no_device_and_no_pipe_is_opened(tmp_path: Path) -> None:
    fifo = tmp_path / "model.safetensors"
    os.mkfifo(fifo)
    code = "import os, sys; kept = os.open(sys.argv[2], os.O_RDWR); print('up', flush=True); sys.stdin.read()"
    with serving(code, fifo) as pid:
        (record,), _ = look(pid)

    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert record["disk_sha256"] is None
    assert "not a regular file" in record["disk_note"]
