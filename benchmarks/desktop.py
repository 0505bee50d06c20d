"""Measures the app: time to the first paint, tables of 100,000 rows, the event loop while an audit hashes.

    python benchmarks/desktop.py [--gigabytes 2] [--packets 200000] [--rounds 3]

Prints JSON. ``late_ms`` says by how much a 10 ms timer in the window was late from the click on Start until the result
was drawn, while the audit hashed and a capture was read; beside it the same hashing and reading done by threads of the
window's process. ``idle`` is the same timer while the app does nothing: what other programs of the machine cost. The
files are made in a temporary folder and removed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

START = """
import sys, time
began = float(sys.argv[1])
from pathlib import Path
from PySide6.QtWidgets import QApplication
from auditor.desktop.app import build
from auditor.desktop.settings import Settings
app = QApplication([])
window = build(app, Settings(Path(sys.argv[2]) / "s.ini"), Path(sys.argv[2]) / "h.sqlite")
window.show()
window.grab()
print(time.time() - began)
window.close()
"""


def first_paint(runs: int = 5) -> list[float]:
    """Seconds from the start of the interpreter to a painted window, best first."""
    found = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            line = [sys.executable, "-c", START, str(time.time()), folder]
            done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
            found.append(round(float(done.stdout.split()[0]), 3))
    return sorted(found)


def tables(rows: int = 100_000) -> dict[str, float]:
    """Seconds to show, sort, search and paint that many facts."""
    from PySide6.QtWidgets import QApplication

    from auditor.desktop.leaves import Leaf
    from auditor.desktop.pages.facts import FactsPage
    from auditor.desktop.settings import Settings

    app = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        page = FactsPage(Settings(Path(folder) / "s.ini"))
        page.resize(1200, 800)
        page.show()
        leaves = [
            Leaf(
                f"/facts/weights/{n}/sha256", f"{n * 2654435761 % 2**32:08x}", "observed", f"/srv/{n % 9973}", "sha256"
            )
            for n in range(rows)
        ]
        found = {}
        for name, action in (
            ("show", lambda: page.table.set_rows(leaves)),
            ("sort", lambda: page.table.model.sort(1)),
            ("search", lambda: page.table.model.search("99 srv")),
        ):
            start = time.perf_counter()
            action()
            app.processEvents()
            page.grab()
            found[name] = round(time.perf_counter() - start, 3)
        page.deleteLater()
    return found


class Ticks:
    """A 10 ms timer in the window's thread, and by how many milliseconds each of its ticks was late."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._late: list[float] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(10)
        self._timer.timeout.connect(self._tick)
        self._last = self._began = time.perf_counter()
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._late.append(max(0.0, (now - self._last) * 1000 - 10))
        self._last = now

    def stop(self) -> dict[str, float]:
        """The figures."""
        self._timer.stop()
        self._tick()  # a wait that has not ended is one, too
        late = sorted(self._late)
        return {
            "seconds": round(self._last - self._began, 1),
            "ticks": len(late),
            "p50": round(late[len(late) // 2], 1),
            "p99": round(late[int(len(late) * 0.99)], 1),
            "p99.9": round(late[int(len(late) * 0.999)], 1),
            "max": round(late[-1], 1),
        }


def until(app: Any, over: Callable[[], bool]) -> None:
    """Run the event loop as the app does."""
    from PySide6.QtCore import QTimer

    timer = QTimer()
    timer.timeout.connect(lambda: app.quit() if over() else None)
    timer.start(50)
    app.exec()


def pause(app: Any, seconds: float) -> None:
    """Let the window work."""
    end = time.monotonic() + seconds
    until(app, lambda: time.monotonic() > end)


def loop(gigabytes: float, packets: int, rounds: int) -> dict[str, Any]:
    """How late the window is while it audits a store and reads a capture, and while threads do the same work."""
    from PySide6.QtWidgets import QApplication

    from auditor.desktop.app import build
    from auditor.desktop.settings import Settings
    from auditor.sample import write_sample
    from benchmarks.packets import generate

    app = QApplication.instance() or QApplication([])
    found: dict[str, Any] = {"load_average": os.getloadavg()[0], "idle": {}, "app": [], "naive_threads": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store, capture = folder / "store", folder / "capture.pcap"
        (model,) = write_sample(store)[-1:]
        with (model / "model-00009-of-00009.safetensors").open("wb") as file:
            header = b"{}" + b" " * 6
            file.write(len(header).to_bytes(8, "little") + header)
            block = os.urandom(2**24)
            for _ in range(int(gigabytes * 1e9 / 2**24)):
                file.write(block)
        with capture.open("wb") as file:
            generate(file, packets)
        os.environ["XDG_DATA_HOME"] = str(folder / "data")
        switch = sys.getswitchinterval()
        window = build(app, Settings(folder / "s.ini"), folder / "h.sqlite")
        window.show()
        pause(app, 4)
        idle = Ticks()
        pause(app, 5)
        found["idle"] = idle.stop()
        for number in range(rounds):
            found["app"].append(by_the_app(app, window, store, capture, folder / f"out-{number}"))
        ours, _ = sys.getswitchinterval(), sys.setswitchinterval(switch)
        for _ in range(rounds):
            found["naive_threads"].append(by_threads(app, store, capture))
        sys.setswitchinterval(ours)
        window.close()
    return found


def by_the_app(app: Any, window: Any, store: Path, capture: Path, out: Path) -> dict[str, float]:
    """From the click on Start until the audit is shown and the answer about the capture is there."""
    from auditor.desktop.child import Task
    from auditor.desktop.run import Wanted

    answers: list[Any] = []
    reading = Task(["traffic", str(capture)], window)
    reading.done.connect(lambda data, code: answers.append(data))
    reading.failed.connect(answers.append)
    window.session = None
    ticks = Ticks()
    window.start(Wanted("local", "truly-open", out, (store,), stores=False, observe=0))
    reading.start()
    until(app, lambda: window.run is None and not window.opening and window.session is not None and bool(answers))
    found = ticks.stop()
    if not isinstance(answers[0], dict):
        raise SystemExit(f"the capture was not read: {answers[0]}")
    return found


def by_threads(app: Any, store: Path, capture: Path) -> dict[str, float]:
    """The same files hashed and the same capture read by threads of the window's own process."""
    from auditor.collect.captures import CaptureFile
    from auditor.collect.tree import WHOLE, measure
    from auditor.recognise.packets.capture import read

    threads = [
        threading.Thread(target=lambda: measure(store, lambda name: [WHOLE])),
        threading.Thread(target=lambda: read([("capture", CaptureFile(capture))])),
    ]
    ticks = Ticks()
    for thread in threads:
        thread.start()
    until(app, lambda: not any(thread.is_alive() for thread in threads))
    return ticks.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--packets", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    result = {
        "first_paint_s": first_paint(),
        "table_100000_s": tables(),
        "late_ms": loop(arguments.gigabytes, arguments.packets, arguments.rounds),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
