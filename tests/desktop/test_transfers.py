"""The page of traffic tells whom the host contacted, and reads captures that are dropped on it in a child process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from auditor.desktop.pages.traffic import TrafficPage
from auditor.desktop.pages.transfers import Transfers, captures_in
from auditor.desktop.session import Session
from auditor.desktop.settings import Settings
from auditor.judge.destinations import destinations_of
from auditor.knowledge.knowledge import load
from tests.desktop import sample
from tests.recognise.packets.build import conversation, hello, pcap


@pytest.fixture
def page(styled: QApplication, settings: Settings, qtbot: QtBot) -> Iterator[TrafficPage]:
    page = TrafficPage(settings)
    qtbot.addWidget(page)
    found = destinations_of(sample.audit(), load())
    page.show_session(Session(sample.documents(destinations=found)))
    yield page
    page.stop()


def drop(page: TrafficPage, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    page.dropEvent(QDropEvent(QPoint(5, 5), action, data, button, Qt.KeyboardModifier.NoModifier))


def tables(page: TrafficPage) -> list[list[list[str]]]:
    return [found.table.model.table() for found in page.findChildren(Transfers)]


def test_the_destinations_of_the_audit_have_operator_and_class(page: TrafficPage) -> None:
    (table,) = tables(page)
    assert {"Registered to", "Class of transfer", "Known contact of", "Sent", "Received"} <= set(table[0])
    assert len(table) > 1


def test_a_dropped_capture_is_read_and_shown(page: TrafficPage, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap(conversation(hello("stats.vllm.ai"), target="8.8.8.8")))
    drop(page, path)
    qtbot.waitUntil(lambda: len(tables(page)) == 2, timeout=60_000)
    head, first = tables(page)[1]
    row = dict(zip(head, first, strict=True))
    assert row["Destination"].startswith("stats.vllm.ai")
    assert row["Registered to"].startswith("Google LLC")
    assert row["Known contact of"] == "vLLM"


def test_what_is_no_capture_is_told_and_leaves_the_page(page: TrafficPage, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_text("hello")
    heard: list[Any] = []
    page.failed.connect(heard.append)
    drop(page, path)
    qtbot.waitUntil(lambda: bool(heard), timeout=60_000)
    assert "no capture" in str(heard[0])
    assert len(tables(page)) == 1


def test_only_captures_are_taken() -> None:
    assert captures_in(["/a/x.pcap", "/a/y.PCAPNG", "/a/notes.txt", ""]) == [Path("/a/x.pcap"), Path("/a/y.PCAPNG")]
