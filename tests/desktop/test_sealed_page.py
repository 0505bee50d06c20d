"""The sealed run from the app."""

import shlex
import sys
from pathlib import Path

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from auditor.desktop.pages.sealed import RESULT, SealedPage
from auditor.desktop.pages.start import StartPage
from auditor.desktop.settings import Settings
from auditor.desktop.window import Window
from auditor.errors import UserError
from auditor.facts.sealed import Channel, Phase, Planted
from tests.facts.sealed_runs import SIGHTING, attempt, sealed_run, trial
from tests.sealed.servers import PLAIN


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def page(window: Window, tmp_path: Path) -> SealedPage:
    window.show_page("sealed")
    made = window.page("sealed")
    assert isinstance(made, SealedPage)
    made.out.setText(str(tmp_path / "sealed"))
    return made


def test_from_the_form_to_the_result_and_into_the_next_audit(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    made = page(window, tmp_path)
    made.command.setText(shlex.join([sys.executable, "-c", PLAIN, "8111", "http://traces.example.com/"]))
    made.minutes.setValue(0)
    made.profile.setCurrentIndex(made.profile.findData("sink"))
    made.start.click()
    assert not made.start.isEnabled()
    qtbot.waitUntil(made.start.isEnabled, timeout=90_000)
    shown = texts(made)
    assert "Marks left the server." in shown
    assert "traces.example.com:80" in shown
    assert "Mark found: prompt → body (plain)" in shown
    start = window.page("start")
    assert isinstance(start, StartPage)
    assert start.settings.text(RESULT) == str(tmp_path / "sealed" / "sealed.json")


def test_stopping_keeps_what_was_seen(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    made = page(window, tmp_path)
    made.command.setText(shlex.join([sys.executable, "-c", PLAIN, "8111"]))
    made.minutes.setValue(100)
    made.start.click()
    qtbot.waitUntil(lambda: "watching" in made.state.text(), timeout=60_000)
    made.halt.click()
    qtbot.waitUntil(made.start.isEnabled, timeout=60_000)
    assert "The run does not suffice" in texts(made)


def test_a_command_that_is_none_is_told(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    made = page(window, tmp_path)
    for words in ("", '"open'):
        made.command.setText(words)
        with qtbot.waitSignal(made.failed) as told:
            made.begin()
        assert isinstance(told.args[0], UserError)
    made.command.setText("/nowhere/server")
    with qtbot.waitSignal(made.failed, timeout=30_000) as told:
        made.begin()
    assert "no such program" in told.args[0].message


def test_every_answer_has_its_words(settings: Settings, qtbot: QtBot, styled: object) -> None:
    made = SealedPage(settings)
    qtbot.addWidget(made)
    missed = Planted(name="rot13", channel=Channel.BODY, found=False)
    for run, words in (
        (sealed_run(), "No mark and no call was seen."),
        (sealed_run(trial(attempts=(attempt(),))), "but it called others"),
        (sealed_run(trial(attempts=(attempt(sightings=(SIGHTING,)),))), "Marks left the server."),
        (sealed_run(trial(control=(missed,))), "missed: rot13"),
        (sealed_run(trial(Phase.NO_ROUTE)), "does not suffice"),
    ):
        made.show_runs((run,))
        assert words in texts(made)


def test_no_line_of_a_result_is_squeezed(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    made = page(window, tmp_path)
    found = attempt(sightings=(SIGHTING,), requests=("POST /api/public/otel/v1/traces",))
    made.show_runs((sealed_run(trial(attempts=(found, attempt())), trial(attempts=(found,))),))

    def whole() -> bool:
        shown = [label for label in made.findChildren(QLabel) if label.isVisible() and label.text()]
        return all(label.height() >= label.minimumSizeHint().height() for label in shown)

    qtbot.waitUntil(whole, timeout=5000)
