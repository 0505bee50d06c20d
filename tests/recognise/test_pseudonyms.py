"""Loopback is nobody, a strange address is replaced too, and the port that tells a client apart goes with it."""

from auditor.recognise.pseudonyms import PREFIX, pseudonym, pseudonymised
from auditor.recognise.sockets import traffic_of
from tests.recognise.process_records import capture, flow

KEY = bytes(32)


def test_only_callers_from_elsewhere_are_replaced() -> None:
    records = [flow("127.0.0.1", direction="in"), flow("somebody", direction="in"), flow("8.8.8.8"), capture()]
    found = {each.address for each in pseudonymised(traffic_of(records), KEY).flows}
    assert found == {"127.0.0.1", "8.8.8.8", pseudonym("somebody", KEY)}


def test_a_pseudonym_says_that_it_is_one() -> None:
    assert pseudonym("198.51.100.1", KEY).startswith(PREFIX)
    assert pseudonym("[2001:DB8::1]", KEY) == pseudonym("2001:db8:0::1", KEY)
