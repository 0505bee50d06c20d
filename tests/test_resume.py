"""An audit that is killed goes on where it was: no finished file is read again, no changed one is trusted."""

import contextlib
import ctypes
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.probe import host

pytestmark = pytest.mark.skipif(not host.machine(), reason="this machine has no id to know its files by")

FILES, SIZE = 16, 4 * 2**20
KILLS = 20
REST = 2.2
"""Seconds: of a file that changed a moment ago no reading is kept for later."""
OVERHEAD = 3 * 2**20
"""Bytes that the probe reads besides weights: its own program, modules, headers."""
_SUBREAPER = 36

DRIVER = """
import json, sys, threading
from pathlib import Path
from auditor import audit
from auditor.collect.collect import collect
from auditor.collect.local import Local
from auditor.collect.request import build
from auditor.policy.effective import Reading

def tell(event):
    print(json.dumps({"kind": type(event).__name__, **event.model_dump(mode="json")}), flush=True)

target = Local()
options = audit.Options(models=(Path(sys.argv[1]),), stores=False, bytes_per_second=int(sys.argv[2]))
with audit.kept_readings(target, True) as readings:
    wanted = audit._wanted(options, Reading(), target, readings)
    wanted = wanted.model_copy(update={"collectors": ("models", "weights")})
    collect(target, build(wanted), on_event=audit.keeping(tell, readings), cancel=threading.Event())
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Weights, an empty history, and this process as the one to which orphans fall."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    made = tmp_path / "model"
    made.mkdir()
    (made / "config.json").write_text("{}")
    for number in range(FILES):
        (made / f"{number}.safetensors").write_bytes(os.urandom(SIZE))
    yield made
    ctypes.CDLL(None).prctl(_SUBREAPER, 0, 0, 0, 0)


def digest(path: Path) -> str:
    """Of what the file holds now."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def kept(tmp_path: Path) -> set[str]:
    """Names of the files whose present bytes were read and kept, straight from the file of the history."""
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "sovereignty-auditor" / "history.sqlite")) as history:
        rows = history.execute("SELECT path, sha256 FROM reading WHERE lasting").fetchall()
    return {Path(path).name for path, sha256 in rows if sha256 == digest(Path(path))}


class Run:
    """One audit of the folder as a process, which is killed, or ends."""

    def __init__(self, folder: Path, rate: int) -> None:
        self.lines: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(folder), str(rate)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(json.loads(line))
            if self.lines[-1]["kind"] == "Begin" and self.lines[-1]["collector"] == "weights":
                break
        self.probe = int(self.lines[0]["pid"])

    def kill(self, after: float) -> None:
        """Both at once, without warning."""
        time.sleep(after)
        for pid in (self._process.pid, self.probe):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._hear()

    def finish(self) -> None:
        """Let it come to its end."""
        self._hear()
        assert self._process.returncode == 0

    def _hear(self) -> None:
        assert self._process.stdout is not None
        # A line that was being written when its writer was killed is no line.
        self.lines += [json.loads(line) for line in self._process.stdout.read().split("\n")[:-1]]
        self._process.wait()

    def read(self) -> int:
        """Bytes that the kernel handed to the probe, which was killed and is not yet buried."""
        os.waitid(os.P_PID, self.probe, os.WEXITED | os.WNOWAIT)
        told = dict(line.split(": ") for line in Path(f"/proc/{self.probe}/io").read_text().splitlines())
        os.waitpid(self.probe, 0)
        return int(told["rchar"])

    @property
    def weights(self) -> dict[str, dict[str, Any]]:
        """Records by name of the file."""
        records = [line["record"] for line in self.lines if line["kind"] == "Seen"]
        return {Path(record["path"]).name: record for record in records if record["type"] == "weight"}

    @property
    def totals(self) -> set[int]:
        """How many bytes it set out to read."""
        told = [line for line in self.lines if line["kind"] == "Progress" and line["collector"] == "weights"]
        return {line["total"] for line in told}


def change(path: Path) -> None:
    """Other bytes, the same length, the old time of writing."""
    status = path.stat()
    path.write_bytes(os.urandom(SIZE))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_twenty_kills_and_no_finished_file_is_read_again_and_no_changed_one_trusted(
    folder: Path, tmp_path: Path
) -> None:
    chance = random.Random(20261122)
    time.sleep(REST)
    known: set[str] = set()
    stood_in = 0
    for _ in range(KILLS):
        run = Run(folder, rate=40_000_000)
        run.kill(chance.uniform(0, 0.4))

        rest = (FILES - len(known)) * SIZE
        assert run.totals <= {rest}
        assert run.read() <= rest + OVERHEAD
        for name, record in run.weights.items():
            assert (record["read"] is not None) == (name in known)
            assert record["sha256"] in (None, digest(folder / name))
        finished = {name for name, record in run.weights.items() if record["sha256"] and not record["read"]}
        lasting = {name for name in finished if run.weights[name]["identity"]["lasting"]}
        stood_in += len(set(run.weights) & known)
        # What was told was kept before; the very last may have been kept and not told.
        assert known | lasting <= kept(tmp_path)
        known = kept(tmp_path)
        if known:
            name = chance.choice(sorted(known))
            change(folder / name)
            known.discard(name)

    last = Run(folder, rate=10**12)
    last.finish()

    assert stood_in > 0
    assert last.totals == {(FILES - len(known)) * SIZE}
    assert {name for name, record in last.weights.items() if record["read"]} == known
    for path in folder.glob("*.safetensors"):
        assert last.weights[path.name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
