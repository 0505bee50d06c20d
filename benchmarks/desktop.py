"""Measures the app: time to the first paint, tables of 100,000 rows, the event loop while an audit hashes.

    python benchmarks/desktop.py [--gigabytes 2]

Prints JSON. The files to hash are made in a temporary folder and removed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def stall(gigabytes: float) -> dict[str, float]:
    """Milliseconds by which a 10 ms timer came late while the child hashed."""
    from PySide6.QtCore import QElapsedTimer, Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from auditor.desktop.app import build
    from auditor.desktop.run import Wanted
    from auditor.desktop.settings import Settings
    from auditor.sample import write_sample

    app = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        (model,) = write_sample(store)[-1:]
        with (model / "model-00009-of-00009.safetensors").open("wb") as file:
            header = b"{}" + b" " * 6
            file.write(len(header).to_bytes(8, "little") + header)
            block = os.urandom(2**24)
            for _ in range(int(gigabytes * 1e9 / 2**24)):
                file.write(block)
        os.environ["XDG_DATA_HOME"] = str(Path(folder) / "data")
        window = build(app, Settings(Path(folder) / "s.ini"), Path(folder) / "h.sqlite")
        window.show()
        late: list[float] = []
        clock, timer = QElapsedTimer(), QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(10)

        def tick() -> None:
            late.append(max(0.0, clock.nsecsElapsed() / 1e6 - 10))
            clock.restart()

        timer.timeout.connect(tick)
        window.start(Wanted("local", "truly-open", Path(folder) / "out", (store,), stores=False, observe=0))
        run = window.run
        began = time.monotonic()
        clock.start()
        timer.start()
        while run.progress.stage in ("", "collect") and window.run is run:
            app.processEvents()
            time.sleep(0.001)
        timer.stop()
        seconds = time.monotonic() - began
        while window.run is run:
            app.processEvents()
            time.sleep(0.001)
        window.close()
    late.sort()
    return {
        "seconds": round(seconds, 1),
        "ticks": len(late),
        "p50": round(late[len(late) // 2], 1),
        "p99": round(late[int(len(late) * 0.99)], 1),
        "max": round(late[-1], 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=2)
    arguments = parser.parse_args()
    result = {
        "first_paint_s": first_paint(),
        "table_100000_s": tables(),
        "late_ms_while_hashing": stall(arguments.gigabytes),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
