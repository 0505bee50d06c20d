"""The whole way, by mouse and keyboard: start, watch, read, sign, verify; and the ways in which it can go wrong."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from auditor.desktop.leave import Leave
from auditor.desktop.pages.dossier import DossierPage
from auditor.desktop.pages.facts import FactsPage
from auditor.desktop.pages.history import HistoryPage
from auditor.desktop.pages.running import RunningPage
from auditor.desktop.pages.start import StartPage
from auditor.desktop.window import Window
from auditor.sample import write_sample

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the probe of the local machine needs /proc")

LONG = 120_000
"""Milliseconds; an audit of three tiny models takes a few seconds."""


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child's keys and history are nobody's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def start(window: Window, tmp_path: Path) -> StartPage:
    """The start page, filled in for three tiny models."""
    write_sample(tmp_path / "models")
    page = window.page("start")
    assert isinstance(page, StartPage)
    page._choose_folder = lambda: str(tmp_path / "models")
    page.out.setText(str(tmp_path / "audit"))
    return page


def click(qtbot: QtBot, parent: QWidget, name: str) -> None:
    found = [b for b in parent.findChildren(QPushButton) if b.accessibleName() == name and b.isVisibleTo(parent)]
    assert found, name
    qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def begin(qtbot: QtBot, start: StartPage, seconds: int) -> None:
    """Fill in the page as a person does, and start."""
    click(qtbot, start, "Add folder…")
    start.stores.setFocus()
    qtbot.keyClick(start.stores, Qt.Key.Key_Space)
    assert not start.stores.isChecked()
    start.seconds.setFocus()
    start.seconds.selectAll()
    qtbot.keyClicks(start.seconds, str(seconds))
    click(qtbot, start, "Start audit")


def finished(qtbot: QtBot, window: Window) -> None:
    qtbot.waitUntil(lambda: window.run is None and not window.opening, timeout=LONG)


def test_from_start_to_a_verified_dossier(window: Window, start: StartPage, qtbot: QtBot, tmp_path: Path) -> None:
    begin(qtbot, start, 1)
    assert window.stack.currentWidget() is window.page("running")
    assert window.side.buttons["running"].isVisible()
    finished(qtbot, window)
    assert not window.banner.isVisible(), window.banner.title.text()
    assert window.session is not None
    assert len(window.session.audit.facts.models) == 3
    assert window.stack.currentWidget() is window.page("overview")
    # A finding, its facts, and back.
    click(qtbot, window.page("overview"), f"All open findings: {len(window.session.open_findings)}")
    click(qtbot, window.page("findings"), "Open the facts")
    facts = window.page("facts")
    assert isinstance(facts, FactsPage)
    assert facts.table.selected()
    # Sign it with a key of one's own, made on first use.
    click(qtbot, window.header, "Sign and save")
    dossier = window.page("dossier")
    assert isinstance(dossier, DossierPage)
    dossier.fields["out"].setText(str(tmp_path / "signed"))
    with qtbot.waitSignal(dossier.signed, timeout=LONG) as signed:
        click(qtbot, dossier, "Sign and save")
    path = Path(signed.args[0])
    assert path.read_bytes().startswith(b"%PDF")
    assert "Page 1 of" in dossier.preview.place.text()
    with window.history() as history:
        (entry,) = history.entries()
        assert entry.dossier == str(path)
    # Drop it, and verify.
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    dossier.dropEvent(QDropEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))
    qtbot.waitUntil(lambda: "computed again" in texts(dossier), timeout=LONG)
    assert "Verified" in texts(dossier)
    assert "The verdicts were computed again and are the same." in texts(dossier)


def test_stopping_keeps_what_was_seen_and_says_so(window: Window, start: StartPage, qtbot: QtBot) -> None:
    begin(qtbot, start, 600)
    assert window.run is not None
    progress = window.run.progress
    qtbot.waitUntil(lambda: progress.steps["weights"].state == "done", timeout=LONG)
    page = window.page("running")
    assert isinstance(page, RunningPage)
    qtbot.waitUntil(lambda: "left" in page.head.text(), timeout=LONG)
    assert "“Traffic window” decides the end." in page.below.text()
    assert "Traffic window" in texts(page)
    qtbot.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    finished(qtbot, window)
    assert window.session is not None
    assert window.session.audit.partial
    assert len(window.session.audit.facts.weights) > 0
    assert "stopped early" in texts(window.page("overview"))


def test_a_child_that_is_killed_is_told_and_nothing_is_shown(window: Window, start: StartPage, qtbot: QtBot) -> None:
    begin(qtbot, start, 600)
    assert window.run is not None
    run = window.run
    qtbot.waitUntil(lambda: run.child.pid > 0 and run.progress.stage == "collect", timeout=LONG)
    os.kill(run.child.pid, signal.SIGKILL)
    finished(qtbot, window)
    assert window.banner.isVisible()
    assert "ended from outside" in window.banner.title.text()
    assert window.session is None
    assert window.stack.currentWidget() is start


def test_a_folder_that_cannot_be_written_is_told(
    window: Window, start: StartPage, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    start.out.setText(str(tmp_path / "file" / "audit"))
    begin(qtbot, start, 0)
    finished(qtbot, window)
    assert window.banner.isVisible()
    assert str(tmp_path / "file") in window.banner.where.text() + window.banner.title.text()


def test_what_is_certain_is_told_while_the_watch_goes_on_and_stands_in_the_end(
    window: Window, start: StartPage, qtbot: QtBot
) -> None:
    begin(qtbot, start, 600)
    assert window.run is not None
    progress = window.run.progress
    qtbot.waitUntil(lambda: progress.steps["footprints"].state == "done" and bool(progress.early), timeout=LONG)
    page = window.page("running")
    assert isinstance(page, RunningPage)
    qtbot.waitUntil(lambda: "Already certain" in texts(page) and "WGT-004" in texts(page), timeout=LONG)
    assert progress.steps["traffic"].state == "busy"
    told = {(each.control, each.subject, each.verdict) for each in progress.early}
    qtbot.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    finished(qtbot, window)
    assert window.session is not None
    judged = {(f.control, f.subject.id, f.verdict.value) for f in window.session.judgement.findings}
    assert told <= judged


def test_a_target_that_the_command_line_does_not_take_is_told_on_the_start_page(
    window: Window, start: StartPage, qtbot: QtBot, tmp_path: Path
) -> None:
    start._choose_export = lambda: str(tmp_path / "nowhere")
    start.files.setChecked(True)
    click(qtbot, start, "Choose the folder with exported files")
    assert start.options().target == f"files:{tmp_path / 'nowhere'}"
    click(qtbot, start, "Start audit")
    finished(qtbot, window)
    assert window.stack.currentWidget() is start
    assert window.banner.isVisible()
    assert str(tmp_path / "nowhere") in window.banner.title.text() + window.banner.where.text()


def test_closing_the_window_ends_the_audit(window: Window, start: StartPage, qtbot: QtBot) -> None:
    begin(qtbot, start, 600)
    assert window.run is not None
    child = window.run.child
    qtbot.waitUntil(lambda: child.pid > 0, timeout=LONG)
    window.close()
    assert not child.running


def test_closing_can_keep_what_was_seen_or_be_thought_better_of(
    window: Window, start: StartPage, qtbot: QtBot, tmp_path: Path
) -> None:
    begin(qtbot, start, 600)
    assert window.run is not None
    progress = window.run.progress
    qtbot.waitUntil(lambda: progress.steps["weights"].state == "done", timeout=LONG)
    window._ask_close = lambda: Leave.STAY
    window.close()
    assert window.isVisible()
    window._ask_close = lambda: Leave.KEEP
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)
    with window.history() as history:
        (entry,) = history.entries()
    assert entry.partial


def test_a_kept_audit_is_judged_again_under_another_policy(audited: Window, qtbot: QtBot) -> None:
    from auditor.desktop.again import Again

    audited.show_page("history")
    page = audited.page("history")
    assert isinstance(page, HistoryPage)
    page.table.select(0)
    click(qtbot, page, "Judge again…")
    (dialog,) = audited.findChildren(Again)
    dialog.policy.setEditText("truly-open")
    with qtbot.waitSignal(dialog.judged, timeout=LONG):
        click(qtbot, dialog, "Judge")
    qtbot.waitUntil(lambda: not audited.opening, timeout=LONG)
    assert audited.session is not None
    assert audited.session.judgement.policy.id == "truly-open"
    assert len(page.load()) == 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB, which a dossier does not fit on."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk can be mounted by root only")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_and_what_was_written_is_named(
    window: Window, start: StartPage, qtbot: QtBot, small_disk: Path
) -> None:
    (small_disk / "filler").write_bytes(bytes(700_000))
    start.out.setText(str(small_disk / "audit"))
    begin(qtbot, start, 0)
    finished(qtbot, window)
    assert window.banner.isVisible()
    said = window.banner.title.text() + window.banner.where.text() + window.banner.hint.text()
    assert "No space left on device" in said
    assert str(small_disk) in said
    assert "make room" in said
    assert not list(small_disk.rglob("*.partial"))
    assert window.stack.currentWidget() is start
    # With room, the same page does it.
    (small_disk / "filler").unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    click(qtbot, start, "Start audit")
    finished(qtbot, window)
    assert window.session is not None


def test_a_full_disk_of_the_history_loses_no_audit(
    window: Window, start: StartPage, qtbot: QtBot, small_disk: Path, tmp_path: Path
) -> None:
    window._history_path = small_disk / "history.sqlite"
    with window.history() as history:
        assert history.entries() == ()
    (small_disk / "filler").write_bytes(bytes(2**20 - 80_000 - (small_disk / "history.sqlite").stat().st_size))
    begin(qtbot, start, 0)
    finished(qtbot, window)
    assert window.banner.isVisible()
    assert "history" in window.banner.title.text()
    assert window.session is not None
    assert window.session.number is None
    assert (tmp_path / "audit" / "facts.json").is_file()


def test_a_target_that_goes_away_leaves_what_was_seen_and_is_partial(
    window: Window, start: StartPage, qtbot: QtBot
) -> None:
    begin(qtbot, start, 600)
    assert window.run is not None
    run = window.run
    qtbot.waitUntil(lambda: run.progress.steps["weights"].state == "done", timeout=LONG)
    # The probe is the child of the app's child: gone, as when the cable to the host is pulled.
    listed = Path(f"/proc/{run.child.pid}/task/{run.child.pid}/children").read_text().split()
    assert listed
    for pid in listed:
        os.kill(int(pid), signal.SIGKILL)
    finished(qtbot, window)
    assert window.session is not None
    assert window.session.audit.partial
    assert len(window.session.audit.facts.weights) > 0
    assert "the probe ended before it was done" in texts(window.page("overview"))
