"""The child process: JSON lines in, one end, whatever it does."""

import os
import sys

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from auditor.desktop import child
from auditor.desktop.child import Child, Ended, Task
from auditor.errors import UserError

LONG = 30_000


def speaking(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """The child runs this Python instead of the command line."""
    monkeypatch.setattr(child, "command_line", lambda arguments: (sys.executable, ["-c", program]))


def heard(qtbot: QtBot, made: Child) -> tuple[list[dict[str, object]], Ended]:
    messages: list[dict[str, object]] = []
    made.message.connect(messages.append)
    with qtbot.waitSignal(made.ended, timeout=LONG) as end:
        made.start()
    return messages, end.args[0]


def test_each_line_is_a_message(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    speaking(monkeypatch, 'print(\'{"kind":"a"}\\n\\n{"kind":"b"}\', end="")')
    messages, ended = heard(qtbot, Child([]))
    assert [m["kind"] for m in messages] == ["a", "b"]
    assert ended == Ended(0, False, "")


def test_what_is_not_json_is_passed_over(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    speaking(monkeypatch, "print('warning'); print('[1]'); print('{\"kind\":1}')")
    messages, _ = heard(qtbot, Child([]))
    assert messages == [{"kind": 1}]


def test_a_message_may_come_in_pieces(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    speaking(
        monkeypatch,
        'import sys,time\nfor c in \'{"kind":"x"}\\n\': sys.stdout.write(c); sys.stdout.flush(); time.sleep(0.005)',
    )
    messages, _ = heard(qtbot, Child([]))
    assert messages == [{"kind": "x"}]


def test_a_command_reaches_its_input(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    speaking(monkeypatch, "print(input(), flush=True)")
    made = Child([])
    messages: list[dict[str, object]] = []
    made.message.connect(messages.append)
    with qtbot.waitSignal(made.ended, timeout=LONG):
        made.start()
        made.send({"command": "cancel"})
    assert messages == [{"command": "cancel"}]


def test_the_end_of_errors_is_kept(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    speaking(monkeypatch, "import sys; sys.stderr.write('x' * 100_000 + 'last'); sys.exit(4)")
    _, ended = heard(qtbot, Child([]))
    assert ended.code == 4
    assert ended.errors.endswith("last")
    assert len(ended.errors) <= child.LONGEST_TAIL


def test_a_line_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setattr(child, "LONGEST_LINE", 100_000)
    speaking(monkeypatch, "while True: print('x' * 60_000, end='')")
    _, ended = heard(qtbot, Child([]))
    assert ended.crashed


def test_a_program_that_is_not_there_ends_once_with_a_reason(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setattr(child, "command_line", lambda arguments: ("/nowhere/at-all", []))
    _, ended = heard(qtbot, Child([]))
    assert ended.crashed
    assert ended.errors


def test_stopping_closes_the_input_first_and_kills_last(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    speaking(monkeypatch, 'import sys; sys.stdin.read(); print(\'{"kind":"kept"}\', flush=True)')
    made = Child([])
    messages: list[dict[str, object]] = []
    made.message.connect(messages.append)
    made.start()
    qtbot.waitUntil(lambda: made.running, timeout=LONG)
    made.stop(10_000)
    assert messages == [{"kind": "kept"}]
    speaking(monkeypatch, "import time; time.sleep(600)")
    deaf = Child([])
    deaf.start()
    qtbot.waitUntil(lambda: deaf.pid > 0, timeout=LONG)
    deaf.stop(100)
    assert not deaf.running


def test_a_task_gives_its_document_and_exit_code(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    speaking(monkeypatch, "import sys; print('{\"a\": 1}'); sys.exit(2)")
    made = Task([])
    with qtbot.waitSignal(made.done, timeout=LONG) as done:
        made.start()
    assert done.args == [{"a": 1}, 2]


def test_a_task_without_an_answer_fails_with_its_words(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    speaking(monkeypatch, "import sys; sys.stderr.write('no such file\\nName another.'); sys.exit(3)")
    made = Task([])
    with qtbot.waitSignal(made.failed, timeout=LONG) as failed:
        made.start()
    error = failed.args[0]
    assert isinstance(error, UserError)
    assert (error.message, error.hint) == ("no such file", "Name another.")


def test_the_real_command_line_answers_whatever_the_folder(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    made = Task(["policy", "list"], QCoreApplication.instance())
    with qtbot.waitSignal(made.done, timeout=LONG) as done:
        made.start()
    assert "truly-open" in [policy["id"] for policy in done.args[0]]


def test_a_task_that_was_stopped_says_nothing(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    speaking(monkeypatch, "import time; time.sleep(600)")
    made = Task([])
    said: list[object] = []
    made.failed.connect(said.append)
    made.start()
    qtbot.waitUntil(lambda: made.running, timeout=LONG)
    made.stop()
    assert not made.running
    assert said == []


@pytest.mark.skipif(sys.platform == "win32", reason="priorities are those of Unix")
def test_a_child_steps_back_behind_the_window(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    speaking(monkeypatch, "import time; time.sleep(600)")
    made = Child([])
    made.start()
    qtbot.waitUntil(lambda: made.pid > 0 and os.getpriority(os.PRIO_PROCESS, made.pid) >= child.NICE, timeout=LONG)
    made.stop(100)
