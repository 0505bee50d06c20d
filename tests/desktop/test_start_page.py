"""The start page: three ways to begin, and what will be read said before anything is."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel

from auditor.desktop.pages.start import StartPage
from auditor.desktop.settings import Settings
from auditor.desktop.window import Window


@pytest.fixture
def page(window: Window) -> StartPage:
    made = window.page("start")
    assert isinstance(made, StartPage)
    return made


def said(page: StartPage) -> str:
    QApplication.processEvents()
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page))


def drop(page: StartPage, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))


def test_each_way_names_its_target(page: StartPage, tmp_path: Path) -> None:
    assert page.options().target == "local"
    page.remote.setChecked(True)
    assert not page.start.isEnabled()
    page.host.setText("officer@gpu-rack-03:2222")
    assert page.start.isEnabled()
    assert page.options().target == "ssh://officer@gpu-rack-03:2222"
    page.files.setChecked(True)
    assert not page.start.isEnabled()
    page.take_export(str(tmp_path))
    assert page.start.isEnabled()
    wanted = page.options()
    assert (wanted.target, wanted.observe) == (f"files:{tmp_path}", 0)
    assert wanted.arguments()[:2] == ["audit", f"files:{tmp_path}"]


def test_the_summary_speaks_of_the_way_that_is_chosen(page: StartPage, tmp_path: Path) -> None:
    assert "processes, sockets, GPUs" in said(page)
    page.take_export(str(tmp_path))
    assert "what was exported" in said(page)
    assert str(tmp_path) in said(page)
    assert "processes, sockets, GPUs" not in said(page)


def test_reading_is_of_low_priority_unless_that_is_changed(page: StartPage, settings: Settings) -> None:
    assert "--priority" not in page.options().arguments()
    page.low.setChecked(False)
    line = page.options().arguments()
    assert line[line.index("--priority") + 1] == "normal"
    page.wanted.disconnect()
    page._start()
    assert not StartPage(settings).low.isChecked()


def test_what_is_dropped_goes_where_it_belongs(page: StartPage, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "own.yaml").write_text("")
    drop(page, tmp_path / "models", tmp_path / "own.yaml", tmp_path / "nothing.txt")
    assert page.options().models == (tmp_path / "models",)
    assert page.options().policy == str(tmp_path / "own.yaml")
    page.files.setChecked(True)
    drop(page, tmp_path)
    assert page.options().target == f"files:{tmp_path}"
    assert page.options().models == (tmp_path / "models",)
