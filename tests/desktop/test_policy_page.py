"""The policy page: what judged, the editor with its messages, waivers that keep the file as it was."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from auditor.desktop.draft import add_waiver, skeleton
from auditor.desktop.pages.policy import PolicyPage
from auditor.desktop.window import Window
from auditor.errors import UserError
from auditor.judge.finding import Verdict
from auditor.policy.loader import examine
from auditor.policy.resolve import load_effective

TEXT = """\
# Ours.
schema: sovereign-policy/1
id: ours
version: 1.0.0
valid: {from: 2026-01-01, until: 2028-12-31}
title: {en: "Ours"}   # short
extends: [builtin:truly-open@^1]
"""
LONG = 60_000


def waiver(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": "W-1",
        "control": "OPN-001",
        "subject": {"id": "qwen"},
        "reason": "A written agreement: no. 12, kept by the legal department.",
        "approved_by": {"name": "J. Novak", "role": "DPO", "on": dt.date(2026, 10, 1)},
        "until": dt.date(2027, 3, 31),
    }
    return made | changes


@pytest.fixture
def page(audited: Window) -> PolicyPage:
    audited.show_page("policy")
    made = audited.page("policy")
    assert isinstance(made, PolicyPage)
    return made


def test_a_waiver_leaves_the_rest_of_the_file_as_it_was(tmp_path: Path) -> None:
    changed = add_waiver(TEXT, waiver())
    assert changed.startswith(TEXT)
    (tmp_path / "ours.yaml").write_text(changed)
    loaded, messages = examine(tmp_path / "ours.yaml")
    assert messages == ()
    assert loaded is not None
    (read,) = load_effective(tmp_path / "ours.yaml", "host").waivers
    assert read.until == dt.date(2027, 3, 31)
    assert read.approved_by.name == "J. Novak"


def test_a_second_waiver_stands_after_the_first_and_an_id_stands_once() -> None:
    twice = add_waiver(add_waiver(TEXT, waiver()), waiver(id="W-2"))
    assert twice.index("W-1") < twice.index("W-2")
    with pytest.raises(UserError, match="W-2 already"):
        add_waiver(twice, waiver(id="W-2"))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=10, max_size=60))
def test_any_reason_comes_back_as_it_was_written(reason: str) -> None:
    import yaml

    read = yaml.safe_load(add_waiver(TEXT, waiver(reason=reason)))
    assert read["waivers"][0]["reason"] == reason


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "just words", "{a: 1, a: 2}"])
def test_a_text_that_is_no_policy_is_told(text: str) -> None:
    with pytest.raises(UserError):
        add_waiver(text, waiver())


def test_a_new_policy_over_a_built_in_has_no_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(skeleton(load_effective("truly-open", "host")))
    assert examine(path)[1] == ()


def test_the_page_tells_what_judged(page: PolicyPage) -> None:
    said = "\n".join(label.text() for label in page.findChildren(QLabel))
    assert "Sample baseline 1.2.0" in said
    assert "tailored to inference-1" in said


def test_messages_name_line_and_column_and_enter_goes_there(page: PolicyPage, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(TEXT.replace("version:", "versoin:"))
    assert page.editor.open(path)
    page.editor.show()
    messages = page.editor.messages
    qtbot.waitUntil(lambda: messages.count() > 0, timeout=LONG)
    said = [messages.item(i).text() for i in range(messages.count())]
    number = next(i for i, line in enumerate(said) if "versoin" in line)
    assert said[number].startswith("4:1")
    messages.setFocus()
    messages.setCurrentRow(number)
    qtbot.keyClick(messages, Qt.Key.Key_Return)
    assert page.editor.text.textCursor().blockNumber() == 3
    assert page.editor.place.text() == "Line 4, column 1"


def test_typing_is_checked_and_saved(page: PolicyPage, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(TEXT)
    page.editor.open(path)
    page.editor.show()
    qtbot.waitUntil(lambda: "no mistakes" in page.editor.state.text(), timeout=LONG)
    page.editor.text.moveCursor(page.editor.text.textCursor().MoveOperation.End)
    qtbot.keyClicks(page.editor.text, "nonsense: 1")
    qtbot.waitUntil(lambda: page.editor.messages.count() == 1, timeout=LONG)
    assert page.editor.save()
    assert path.read_text() == TEXT + "nonsense: 1"


def test_a_file_that_is_not_text_is_told(page: PolicyPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    with qtbot.waitSignal(page.failed) as caught:
        assert not page.editor.open(tmp_path / "x.yaml")
    assert "UTF-8" in caught.args[0].message


def test_a_waiver_is_prepared_from_a_contradiction_and_written(page: PolicyPage, audited: Window) -> None:
    assert audited.session is not None
    finding = next(f for f in audited.session.judgement.of(Verdict.FAIL) if f.control == "WGT-001")
    audited.show_page("policy", finding)
    form = page.form
    assert form.isVisibleTo(page)
    assert form.fields["control"].text() == "WGT-001"
    assert len(form.fields["sha256"].text()) == 64
    assert not form.record.isEnabled()
    for key, value in (("reason", "An agreement, no. 12"), ("name", "J. Novak"), ("role", "DPO")):
        form.fields[key].setText(value)
    assert form.record.isEnabled()
    form.record.click()
    written = page.editor.text.toPlainText()
    assert "control: WGT-001" in written
    assert form.fields["sha256"].text() in written


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("reason", "short", "at least 10"), ("sha256", "abc", "64 digits"), ("name", "", "Still missing: Approved by")],
)
def test_a_waiver_without_what_it_needs_is_not_recorded(page: PolicyPage, key: str, value: str, said: str) -> None:
    form = page.form
    for field, text in (("control", "A-1"), ("reason", "long enough a reason"), ("name", "N"), ("role", "DPO")):
        form.fields[field].setText(text)
    assert form.record.isEnabled()
    form.fields[key].setText(value)
    assert not form.record.isEnabled()
    assert said in form.problem.text()


def test_a_waiver_that_ends_before_it_was_approved_is_not_recorded(page: PolicyPage) -> None:
    form = page.form
    for field, text in (("control", "A-1"), ("reason", "long enough a reason"), ("name", "N"), ("role", "DPO")):
        form.fields[field].setText(text)
    form.until.setDate(form.on.date().addDays(-1))
    assert not form.record.isEnabled()
