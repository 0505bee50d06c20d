"""The name server of a sealed run."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.packets import dns
from auditor.sealed.names import Names


def question(name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", 9, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


def test_every_name_has_addresses_of_its_own_by_which_it_is_known_again() -> None:
    names = Names()
    for number in range(1000):
        name = f"host-{number}.example.net"
        for kind in (dns.A, dns.AAAA):
            told = names.answer(question(name, kind))
            assert told is not None
            answer = dns.parse(told[2])
            assert answer is not None
            (address,) = answer.addresses
            assert names.of(address) == name


def test_other_records_of_a_name_are_not_there_but_the_name_is() -> None:
    told = Names().answer(question("example.net", 16))
    assert told is not None
    answer = dns.parse(told[2])
    assert answer is not None
    assert (told[1], answer.refused, answer.addresses) == ("TXT", False, ())


def test_an_address_that_was_not_given_out_has_no_name() -> None:
    assert Names().of(bytes([8, 8, 8, 8])) == ""
    assert Names().of(bytes(16)) == ""


@given(st.binary(max_size=80))
def test_whatever_comes_nothing_breaks(data: bytes) -> None:
    Names().answer(data)
