"""Fixtures of the app's tests: a window of its own for each test, and nothing left behind by any.

Any warning of Qt fails a test. The platform is ``offscreen`` unless QT_QPA_PLATFORM names another.
"""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from auditor.desktop import fonts, theme
from auditor.desktop.leave import Leave
from auditor.desktop.settings import Settings
from auditor.desktop.window import Window
from tests.desktop import sample

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings of Qt are failures."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            # The offscreen platform says this of every window with a least size.
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints"))


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No thread of a test outlives it."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    assert not left, left


@pytest.fixture(scope="session")
def faces(qapp: QApplication) -> None:
    """The app's fonts, loaded once."""
    fonts.install(qapp)


@pytest.fixture
def styled(qapp: QApplication, faces: None) -> QApplication:
    """The application in the app's own look, in English."""
    QLocale.setDefault(QLocale("en_GB"))
    theme.install(qapp, "light")
    return qapp


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that touch nobody's own."""
    return Settings(tmp_path / "desktop.ini")


@pytest.fixture
def window(styled: QApplication, qtbot: QtBot, settings: Settings, tmp_path: Path) -> Iterator[Window]:
    """A window without an audit."""
    made = Window(settings, tmp_path / "history.sqlite")
    made._ask_close = lambda: Leave.DISCARD
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    made.activateWindow()
    with qtbot.waitActive(made):
        pass
    yield made
    made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def opened(window: Window, number: int) -> None:
    """Open a kept audit, and wait until it is shown or its error is."""
    window.open_history(number)
    settle(window)


def settle(window: Window, seconds: float = 60) -> None:
    """Wait until nothing is being opened."""
    end = time.monotonic() + seconds
    while window.opening and time.monotonic() < end:
        QApplication.processEvents()
    assert not window.opening


@pytest.fixture
def audited(window: Window) -> Window:
    """A window that shows the sample."""
    with window.history() as history:
        number = history.add(sample.documents())
    opened(window, number)
    return window
