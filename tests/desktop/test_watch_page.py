"""Watching from the window, by mouse and keyboard: a process connects, its row appears, what was seen is kept."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from auditor.desktop.child import Ended
from auditor.desktop.leave import Leave
from auditor.desktop.pages.transfers import Transfers
from auditor.desktop.pages.watch import WatchPage
from auditor.desktop.window import Window
from auditor.documents import read_audit
from tests.desktop.test_watching import live

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the probe of the local machine needs /proc")

LONG = 60_000
CLIENT = """
import socket, sys, time
one = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
while True:
    one.sendall(b"x" * 1000)
    time.sleep(0.1)
"""


@contextmanager
def talking() -> Iterator[tuple[int, int]]:
    """Port of a server on loopback, and the process that sends to it until the end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = subprocess.Popen([sys.executable, "-c", CLIENT, str(port)], stderr=subprocess.DEVNULL)
        taken, _ = server.accept()
        try:
            with taken:
                yield port, client.pid
        finally:
            client.kill()
            client.wait()


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


@pytest.fixture
def page(window: Window, qtbot: QtBot, tmp_path: Path) -> WatchPage:
    """Opened by a click in the side bar; a thousand seconds typed in."""
    qtbot.mouseClick(window.side.buttons["watch"], Qt.MouseButton.LeftButton)
    made = window.stack.currentWidget()
    assert isinstance(made, WatchPage)
    made.out.setText(str(tmp_path / "watch"))
    made.seconds.setFocus()
    made.seconds.selectAll()
    qtbot.keyClicks(made.seconds, "1000")
    return made


def rows(page: WatchPage) -> list[dict[str, str]]:
    head, *lines = page.rows.table.model.table()
    return [dict(zip(head, line, strict=True)) for line in lines]


def begin(page: WatchPage, qtbot: QtBot) -> None:
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    assert page.running
    assert not page.start.isEnabled()
    assert page.halt.isVisible()


def appears(page: WatchPage, qtbot: QtBot, port: int, pid: int) -> None:
    def found() -> bool:
        return any(f":{port}" in row["Destination"] and f"({pid})" in row["Process"] for row in rows(page))

    qtbot.waitUntil(found, timeout=LONG)


def test_a_connection_appears_stopping_keeps_it_and_the_facts_hold_it(
    page: WatchPage, qtbot: QtBot, tmp_path: Path
) -> None:
    with talking() as (port, pid):
        begin(page, qtbot)
        appears(page, qtbot, port, pid)
        assert "Watching, " in page.head.text()
        assert page.lanes.isVisible()
        assert "127.0.0.1" in page.lanes.accessibleDescription()
        with qtbot.waitSignal(page.over, timeout=LONG):
            qtbot.mouseClick(page.halt, Qt.MouseButton.LeftButton)
            assert "Stopping" in page.head.text() or not page.running
    assert page.start.isEnabled()
    assert not page.halt.isVisible()
    (path,) = (tmp_path / "watch").iterdir()
    qtbot.waitUntil(lambda: f"Kept as {path}" in texts(page))
    shown = texts(page)
    assert "It is marked partial" in shown
    assert "What could not be seen" in shown
    assert any(f":{port}" in row["Destination"] for row in rows(page))
    audit = read_audit(path)
    (flow,) = [each for each in audit.facts.traffic.flows if each.port == port and each.direction == "out"]
    assert flow.process.value is not None
    assert flow.process.value.pid == pid
    assert page.findChildren(Transfers)


def test_closing_asks_and_keeps_what_was_seen(page: WatchPage, window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    answers = [Leave.STAY, Leave.KEEP]
    window._ask_close = lambda: answers.pop(0)
    with talking() as (port, pid):
        begin(page, qtbot)
        appears(page, qtbot, port, pid)
        window.close()
        assert window.isVisible()
        assert page.running
        window.close()
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)
    assert answers == []
    (path,) = (tmp_path / "watch").iterdir()
    assert f'"port":{port}' in path.read_text()


def test_closing_at_once_leaves_no_process_behind(page: WatchPage, window: Window, qtbot: QtBot) -> None:
    begin(page, qtbot)
    child = page._child
    assert child is not None
    qtbot.waitUntil(lambda: child.pid > 0, timeout=LONG)
    window.close()
    assert not child.running


def test_a_host_that_is_not_there_is_told(page: WatchPage, window: Window, qtbot: QtBot) -> None:
    assert not page.sudo.isEnabled()
    page.host.setFocus()
    qtbot.keyClicks(page.host, "nobody@127.0.0.1:9")
    assert page.sudo.isEnabled()
    with qtbot.waitSignal(page.failed, timeout=LONG):
        begin(page, qtbot)
    qtbot.waitUntil(page.start.isEnabled, timeout=LONG)
    assert window.banner.isVisible()
    assert "The watch ended without a result." in texts(page)


def test_a_newer_state_keeps_the_chosen_row(page: WatchPage, qtbot: QtBot) -> None:
    page.watching.feed(live(1, {}, {"address": "198.51.100.9", "bytes_out": 9, "bytes_in": 9}))
    page.rows.show_rows(page.watching.rows.values())
    page.rows.table.select(1)
    page.watching.feed(live(2, {"address": "198.51.100.9", "bytes_out": 9_999_999}))
    page.rows.show_rows(page.watching.rows.values())
    (chosen,) = page.rows.table.selected()
    assert chosen.address == "198.51.100.9"
    assert page.rows.table.view.currentIndex().row() == 0


def test_where_nothing_was_contacted_the_chart_says_so(page: WatchPage) -> None:
    page._dirty = True
    page._draw()
    assert page.silent.isVisibleTo(page.chart)
    assert not page.lanes.isVisibleTo(page.chart)


def result(**changes: Any) -> dict[str, Any]:
    given = {"kind": "result", "partial": False, "capture": None, "destinations": [], "problems": [], "facts": "/x"}
    return json.loads(json.dumps(given | changes))


def test_a_whole_watch_is_not_called_partial(page: WatchPage, qtbot: QtBot) -> None:
    page._answer = result()
    page._conclude(Ended(0, False, ""))
    qtbot.waitUntil(lambda: "Kept as /x" in texts(page))
    assert "partial" not in texts(page)
