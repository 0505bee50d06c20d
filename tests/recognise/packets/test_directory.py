"""What DNS told about addresses."""

import pytest

from auditor.recognise.packets import directory
from auditor.recognise.packets.directory import Directory
from auditor.recognise.packets.dns import AAAA, A, Message

ME, YOU, THERE = b"\x0a\0\0\1", b"\x0a\0\0\2", b"\xc6\x33\x64\7"


def answer(name: str, *addresses: bytes) -> Message:
    return Message(True, name, A, False, addresses)


def test_the_last_answer_to_a_client_names_the_address() -> None:
    found = Directory()
    found.learn(answer("old.example", THERE), ME)
    found.learn(answer("new.example", THERE), ME)
    assert found.name(ME + THERE, THERE) == "new.example"


def test_an_answer_to_somebody_else_is_better_than_none_and_worse_than_an_own_one() -> None:
    found = Directory()
    found.learn(answer("mine.example", THERE), ME)
    found.learn(answer("yours.example", THERE), YOU)
    assert found.name(ME + THERE, THERE) == "mine.example"
    assert found.name(b"\x0a\0\0\3" + THERE, THERE) == "yours.example"
    assert found.name(ME + b"\1\2\3\4", b"\1\2\3\4") == ""


def test_look_ups_are_counted_also_those_that_were_never_answered() -> None:
    found = Directory()
    found.learn(Message(False, "b.example", A, False), ME)
    found.learn(Message(False, "b.example", AAAA, False), ME)
    found.learn(Message(False, "a.example", A, False), ME)
    found.learn(Message(True, "a.example", A, False, (THERE,), ("cdn.example",), True), ME)
    first, second = found.lookups()
    assert (first.name, first.asked, first.answered, first.aliases, first.ech) == (
        "a.example", 1, 1, ("cdn.example",), True,
    )  # fmt: skip
    assert (second.name, second.kinds, second.asked, second.answered) == ("b.example", ("A", "AAAA"), 2, 0)


def test_memory_is_bounded_and_what_was_not_kept_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "MOST_NAMES", 2)
    monkeypatch.setattr(directory, "MOST_ADDRESSES", 2)
    found = Directory()
    for n in range(5):
        found.learn(answer(f"{n}.example", bytes([1, 1, 1, n])), ME)
    assert len(found.lookups()) == 2
    assert found.unlisted == 3
    assert found.name(ME + b"\1\1\1\0", b"\1\1\1\0") == ""
    assert found.name(ME + b"\1\1\1\4", b"\1\1\1\4") == "4.example"
