"""DNS messages."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.packets.dns import AAAA, CNAME, HTTPS, A, Message, kind_name, parse
from tests.recognise.packets.build import ASKED, SERVER, SERVER6, answer, dns_name, packed, question

FOUR, SIX = packed(SERVER), packed(SERVER6)


def read(data: bytes) -> Message:
    found = parse(data)
    assert found is not None
    return found


def test_a_question() -> None:
    assert read(question("Stats.Example.NET", AAAA)) == Message(False, "stats.example.net", AAAA, False)


def test_addresses_of_both_kinds() -> None:
    found = read(answer("a.example", [(ASKED, A, FOUR), (ASKED, AAAA, SIX)]))
    assert found.response
    assert found.addresses == (FOUR, SIX)


def test_a_chain_of_aliases_leads_to_the_name_that_was_asked_for() -> None:
    records = [
        (ASKED, CNAME, dns_name("b.example")),
        (dns_name("b.example"), CNAME, dns_name("c.example")),
        (dns_name("c.example"), A, FOUR),
    ]
    found = read(answer("a.example", records))
    assert (found.name, found.aliases, found.addresses) == ("a.example", ("b.example", "c.example"), (FOUR,))


def test_addresses_of_names_that_nobody_asked_for_do_not_count() -> None:
    assert read(answer("a.example", [(dns_name("bank.example"), A, FOUR)])).addresses == ()


def service(target: bytes, *params: tuple[int, bytes]) -> bytes:
    return b"\0\1" + target + b"".join(struct.pack("!HH", key, len(value)) + value for key, value in params)


def test_https_records_give_hints_target_and_keys() -> None:
    record = service(b"\0", (1, b"\2h2"), (4, FOUR + b"\1\2\3\4"), (5, b"keys"), (6, SIX))
    found = read(answer("a.example", [(ASKED, HTTPS, record)], HTTPS))
    assert found.addresses == (FOUR, b"\1\2\3\4", SIX)
    assert found.ech
    other = answer("a.example", [(ASKED, 64, service(dns_name("cdn.example"))), (dns_name("cdn.example"), A, FOUR)], 64)
    assert read(other).aliases == ("cdn.example",)
    assert read(other).addresses == (FOUR,)


def test_errors_are_told() -> None:
    assert read(answer("no.example", [], code=3)).refused


def test_an_answer_that_is_cut_keeps_what_stands_before() -> None:
    whole = answer("a.example", [(ASKED, A, FOUR), (ASKED, AAAA, SIX)])
    assert read(whole[:-3]).addresses == (FOUR,)


@pytest.mark.parametrize(
    "owner",
    [
        b"\xc0\xff",  # beyond the end
        b"\xc0",
        b"\x3fshort",
        b"\x40" + b"x" * 64 + b"\0",  # a length that is none
        b"".join(b"\x3f" + b"x" * 63 for _ in range(5)) + b"\0",  # longer than a name may be
    ],
)
def test_owners_that_make_no_sense_end_the_reading(owner: bytes) -> None:
    assert read(answer("a.example", [(ASKED, A, FOUR), (owner, A, SIX[:4])])).addresses == (FOUR,)


def test_pointers_in_a_circle_end() -> None:
    head = len(question("a.example"))
    itself = struct.pack("!H", 0xC000 | head)
    assert read(answer("a.example", [(itself, A, FOUR)])).addresses == ()
    forth_and_back = b"\1x" + struct.pack("!H", 0xC000 | head)
    assert read(answer("a.example", [(forth_and_back, A, FOUR)])).addresses == ()
    forward = struct.pack("!H", 0xC000 | head + 2)
    assert read(answer("a.example", [(forward, A, FOUR)])).addresses == ()


def test_a_message_made_of_pointers_costs_no_more_than_its_limit() -> None:
    """Thousands of records, each of whose owners hops through a long chain of pointers."""
    chain = b"\0" + b"".join(struct.pack("!H", 0xC000 | max(29, 29 + 1 + 2 * (n - 1))) for n in range(2000))
    chain = chain[:4000]
    records = [(ASKED, 16, chain)] + [(struct.pack("!H", 0xC000 | 29 + 3999), A, FOUR)] * 400
    assert read(answer("a.example", records)).addresses == ()


@pytest.mark.parametrize(
    "data",
    [b"", bytes(12), question("a.example")[:-1], b"\0\0\x28\0" + question("a.example")[4:],
     question("a.example")[:4] + b"\0\2" + question("a.example")[6:], b"HTTP/1.1 200 OK\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_look_up_is_none(data: bytes) -> None:
    assert parse(data) is None


def test_labels_of_any_bytes_are_names_that_can_be_printed() -> None:
    data = question("x")[:12] + b"\4a\0.\xff\0" + b"\0\1\0\1"
    assert read(data).name == "a\\x00\\.\\xff"


def test_types_without_a_name_show_their_number() -> None:
    assert (kind_name(65), kind_name(999)) == ("HTTPS", "TYPE999")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_none(rest: bytes) -> None:
    for data in (rest, question("a.example")[:12] + rest, answer("a.example", [(ASKED, A, FOUR)] * 3)[:29] + rest):
        found = parse(data)
        assert found is None or (found.name.isprintable() and len(found.name) <= 4 * 255)
