"""The start: the window is there before the core is loaded, and every page's module is found."""

import subprocess
import sys

import pytest

from auditor.desktop.app import available
from auditor.desktop.pages.registry import CLASSES
from auditor.desktop.progress import COLLECTORS

PROGRAM = """
import sys, tempfile
from pathlib import Path
from PySide6.QtWidgets import QApplication
from auditor.desktop.app import build
from auditor.desktop.settings import Settings
app = QApplication([])
with tempfile.TemporaryDirectory() as folder:
    window = build(app, Settings(Path(folder) / "s.ini"), Path(folder) / "h.sqlite")
    window.show()
    window.grab()
    print(sorted({name.partition(".")[0] for name in sys.modules} & {"pydantic", "reportlab", "sqlite3", "pypdfium2"}))
    window.close()
"""


def test_the_window_is_painted_before_the_core_is_loaded() -> None:
    line = [sys.executable, "-c", PROGRAM]
    # The very first start on a machine makes the fonts, and needs the core for it; every later one does not.
    subprocess.run(line, capture_output=True, check=True, timeout=120)
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_a_display_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert not available()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert available()


def test_every_page_that_the_side_bar_names_can_be_made() -> None:
    from importlib import import_module

    for key, name in CLASSES.items():
        assert hasattr(import_module(f"auditor.desktop.pages.{key}"), name)


def test_the_running_page_knows_every_collector_that_runs_unasked() -> None:
    from auditor.collect import request

    assert set(request.build(request.Options()).collectors) == set(COLLECTORS)
