"""Addresses and owners as the checks of the network read and name them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.fact import Status
from auditor.facts.traffic import Process
from auditor.judge.addresses import address_of, loopback
from auditor.judge.network import owner, socket
from tests.facts.samples import seen, unseen


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_only_loopback_stays_on_the_host(text: str, stays: bool) -> None:
    assert loopback(text) is stays


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = address_of(text)
    assert found is None or str(found)


def test_an_end_of_a_connection_can_be_read_back() -> None:
    assert socket("10.0.0.1", 443, "tcp") == "10.0.0.1:443/tcp"
    assert socket("2001:db8::1", 443, "tcp6") == "[2001:db8::1]:443/tcp6"


def test_an_owner_is_named_as_far_as_it_was_seen() -> None:
    assert owner(seen(Process(pid=7, name="vllm", container="0123456789ab"))) == "vllm (7, container 0123456789ab)"
    assert owner(unseen(Status.DENIED)) == "a process that could not be seen"
