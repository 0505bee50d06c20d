"""Work beside the window: one answer or one error, and nothing left running."""

import gc
import threading

import pytest
from pytestqt.qtbot import QtBot

from auditor.desktop.work import Work, calm
from auditor.errors import UserError

LONG = 30_000


def test_the_answer_comes_in_the_thread_of_the_window(qtbot: QtBot) -> None:
    work = Work(threading.get_ident)
    threads: list[int] = []
    work.done.connect(lambda _: threads.append(threading.get_ident()))
    with qtbot.waitSignal(work.done, timeout=LONG) as done:
        work.start()
    assert done.args[0] != threading.get_ident()
    assert threads == [threading.get_ident()]
    work.stop()


def test_a_user_error_is_passed_on_and_a_defect_becomes_one(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    def refuse() -> None:
        raise UserError("no such audit", "Name another.")

    def fail() -> None:
        raise ZeroDivisionError("by zero")

    for function, message in ((refuse, "no such audit"), (fail, "ZeroDivisionError: by zero")):
        work = Work(function)
        with qtbot.waitSignal(work.failed, timeout=LONG) as failed:
            work.start()
        assert failed.args[0].message == message
        work.stop()


def test_work_that_was_stopped_has_ended_and_says_nothing(qtbot: QtBot) -> None:
    go, said = threading.Event(), []
    work = Work(lambda: go.wait(20))
    work.done.connect(said.append)
    work.start()
    assert work.running
    threading.Timer(0.1, go.set).start()
    work.stop()
    assert not work.running
    qtbot.wait(50)
    assert said == []


def test_garbage_is_collected_again_only_after_the_last_work() -> None:
    assert gc.isenabled()
    with calm():
        with calm():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
