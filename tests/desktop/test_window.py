"""The window with an audit in it: every page, every way between them, by mouse and by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPlainTextEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from auditor.desktop.pages.findings import FindingsPage
from auditor.desktop.pages.registry import CLASSES
from auditor.desktop.settings import Settings
from auditor.desktop.window import Window
from auditor.facts.audit import Problem
from auditor.facts.fact import Status
from auditor.judge.finding import Verdict
from tests.desktop import sample
from tests.desktop.conftest import opened, settle

PAGES = [key for key in CLASSES if key != "running"]


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def focusable(window: QWidget) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(window):
            yield widget


@pytest.mark.parametrize("key", PAGES)
def test_every_focusable_widget_of_a_page_has_a_name(audited: Window, key: str) -> None:
    audited.show_page(key)
    page = audited.page(key)
    assert page.isVisible()
    nameless = []
    for widget in focusable(audited):
        if isinstance(widget.parent(), QWidget) and widget.objectName().startswith("qt_"):
            continue  # parts of a spin box or a calendar, named by the whole
        interface = QAccessible.queryAccessibleInterface(widget)
        if interface is None or not interface.text(QAccessible.Text.Name):
            nameless.append(f"{type(widget).__name__} {widget.objectName()}")
    assert not nameless


def test_the_numbers_beside_the_pages_add_up_to_the_open_findings(audited: Window) -> None:
    assert audited.session is not None
    numbers = [int(b.number.text() or 0) for key, b in audited.side.buttons.items() if key != "findings"]
    assert sum(numbers) == int(audited.side.buttons["findings"].number.text()) == len(audited.session.open_findings)


def test_without_an_audit_only_the_records_can_be_opened(window: Window) -> None:
    assert not window.side.buttons["overview"].isEnabled()
    assert window.side.buttons["history"].isEnabled()
    window.show_page("overview")
    assert window.stack.currentWidget() is window.page("start")


def test_ctrl_and_a_digit_goes_to_a_page(audited: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(audited, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert audited.stack.currentWidget() is audited.page("findings")


def test_a_click_on_a_count_shows_what_is_counted(audited: Window, qtbot: QtBot) -> None:
    audited.show_page("overview")
    chip = next(b for b in audited.page("overview").findChildren(QAbstractButton) if b.text().endswith("Not seen"))
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    page = audited.page("findings")
    assert isinstance(page, FindingsPage)
    assert {finding.verdict for finding in page.table.model.rows()} == {Verdict.UNKNOWN}


def test_a_verdict_is_never_told_by_colour_alone(audited: Window) -> None:
    audited.show_page("findings")
    page = audited.page("findings")
    assert isinstance(page, FindingsPage)
    model = page.table.model
    for number, finding in enumerate(model.rows()):
        said = model.data(model.index(number, 0), Qt.ItemDataRole.AccessibleTextRole)
        assert ("Contradicted" in said) is (finding.verdict is Verdict.FAIL)
        assert ("Not seen" in said) is (finding.verdict is Verdict.UNKNOWN)


def test_the_next_finding_is_reached_by_keyboard(audited: Window, qtbot: QtBot) -> None:
    audited.show_page("findings")
    page = audited.page("findings")
    assert isinstance(page, FindingsPage)
    first = page.view.finding
    qtbot.keyClick(audited, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert page.view.finding is page.table.model.rows()[1]
    qtbot.keyClick(audited, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert page.view.finding is first


def test_a_finding_shows_required_and_seen_and_what_it_rests_on(audited: Window) -> None:
    assert audited.session is not None
    for finding in audited.session.judgement.findings:
        audited.show_page("findings", finding)
        QApplication.processEvents()
        page = audited.page("findings")
        assert isinstance(page, FindingsPage)
        said = texts(page.view)
        assert finding.expected in said
        assert finding.observed in said
        assert all(sentence in said for sentence in finding.not_seen)


def test_a_waived_finding_says_until_when_and_who_approved(audited: Window) -> None:
    audited.show_page("findings", Verdict.WAIVED)
    said = texts(audited.page("findings"))
    assert "Waived until 2027-03-31" in said
    assert "J. Novak" in said


def test_a_fact_is_reached_from_a_finding(audited: Window) -> None:
    audited.show_page("facts", "/facts/switches/0")
    table = audited.page("facts").table  # type: ignore[attr-defined]
    assert table.selected()[0].pointer.startswith("/facts/switches/0/")


def test_what_could_not_be_seen_stands_beside_the_answer(audited: Window) -> None:
    audited.show_page("overview")
    assert "What could not be seen" in texts(audited.page("overview"))
    assert "The digest of 1 weight file" in texts(audited.page("overview"))


def test_where_nothing_was_missed_it_says_so(window: Window) -> None:
    complete = sample.audit(problems=(), collectors=())
    traffic = complete.facts.traffic.model_copy(update={"capture": sample.missing()})
    complete = complete.model_copy(update={"facts": complete.facts.model_copy(update={"traffic": traffic})})
    with window.history() as history:
        number = history.add(sample.documents(of=complete))
    opened(window, number)
    assert "Every collector completed and met no obstacle." in texts(window.page("overview"))


def test_an_audit_that_was_stopped_early_says_so(window: Window) -> None:
    with window.history() as history:
        number = history.add(sample.documents(of=sample.audit(partial=True)))
    opened(window, number)
    assert "stopped early" in texts(window.page("overview"))


def test_text_of_the_host_is_shown_and_not_obeyed(window: Window) -> None:
    evil = Problem(
        collector="models", where="<b>/srv</b>", what="<img src=x>\u202egnp.exe", status=Status.DENIED, remedy="<a>"
    )
    with window.history() as history:
        number = history.add(sample.documents(of=sample.audit(problems=(evil,))))
    opened(window, number)
    for label in window.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText or not label.text()
    assert "<img src=x><U+202E>gnp.exe" in texts(window.page("overview"))


def test_the_change_since_the_audit_before_is_told(window: Window) -> None:
    better = tuple(f.model_copy(update={"verdict": Verdict.PASS}) for f in sample.findings())
    with window.history() as history:
        history.add(sample.documents(findings=better))
        number = history.add(sample.documents(of=sample.audit(started="2026-11-23T12:00:02Z")))
    opened(window, number)
    assert "Contradicted +6" in texts(window.page("overview"))


def test_only_one_button_of_a_window_is_filled(audited: Window) -> None:
    for key in PAGES:
        audited.show_page(key)
        filled = [
            b
            for b in audited.findChildren(QAbstractButton)
            if b.property("kind") == "primary" and b.isVisibleTo(audited)
        ]
        assert len(filled) == 1 or key in ("history", "policy")


def test_pages_scroll_to_the_focused_widget(audited: Window) -> None:
    audited.show_page("traffic")
    area = audited.page("traffic").findChild(QScrollArea)
    assert area is not None
    assert area.accessibleName() == "Traffic"


def test_a_damaged_history_is_told_in_the_window_and_set_aside(audited: Window, tmp_path: Path) -> None:
    (tmp_path / "history.sqlite").write_bytes(b"broken" * 1000)
    audited.show_page("history")
    assert audited.banner.isVisible()
    assert "set aside" in audited.banner.title.text()
    assert (tmp_path / "history.damaged-1.sqlite").exists()


def test_an_error_can_be_dismissed_by_keyboard(audited: Window, qtbot: QtBot, tmp_path: Path) -> None:
    audited.open_folder(tmp_path / "nowhere")
    settle(audited)
    assert audited.banner.isVisible()
    audited.banner.dismiss.setFocus()
    qtbot.keyClick(audited.banner.dismiss, Qt.Key.Key_Space)
    assert not audited.banner.isVisible()


def test_the_window_remembers_its_size(window: Window, settings: Settings, tmp_path: Path, qtbot: QtBot) -> None:
    window.resize(960, 640)
    window.close()
    again = Window(settings, tmp_path / "history.sqlite")
    qtbot.addWidget(again)
    assert (again.width(), again.height()) == (960, 640)
    again.close()


def test_a_theme_is_chosen_and_remembered(audited: Window, settings: Settings) -> None:
    audited._choose_theme("dark")
    assert QApplication.palette().window().color().name() == "#161b20"
    assert settings.text("window/theme") == "dark"
    audited._choose_theme("light")
    assert QApplication.palette().window().color().name() == "#ffffff"


@pytest.mark.parametrize("key", ["overview", "findings", "start", "dossier"])
def test_a_narrow_window_needs_no_sideways_scrolling(audited: Window, key: str) -> None:
    audited.resize(audited.minimumSize())
    audited.show_page(key)
    for _ in range(5):
        QApplication.processEvents()
    assert audited.page(key).area.horizontalScrollBar().maximum() == 0


def test_about_tells_versions_and_licences(audited: Window) -> None:
    from auditor.desktop.about import About, components

    found = {name.lower(): (version, licence) for name, version, licence in components()}
    assert found["reportlab"][1] != "?"
    assert "LGPL" in found["pyside6_essentials"][1]
    dialog = About(audited)
    assert "reportlab" in dialog.findChild(QPlainTextEdit).toPlainText().lower()
    dialog.deleteLater()


def test_the_keys_of_pages_are_shown(audited: Window) -> None:
    assert audited.side.buttons["findings"].toolTip() == "Ctrl+2"
    assert audited.side.new.toolTip() == "Ctrl+N"
