"""The server's end of a connection, as a script of packets."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from auditor.sealed import packet as packets
from auditor.sealed.packet import ACK, FIN, RST, SYN, TCP, Packet
from auditor.sealed.tcp import TRIES, Connection

HERE, THERE = bytes([192, 0, 2, 1]), bytes([198, 18, 0, 1])


class Client:
    """A client that counts for itself."""

    def __init__(self, start: int = 1000) -> None:
        self.seq = start
        self.connection = Connection(self.packet(SYN), 77)
        (answer,) = self.connection.open(0.0)
        assert answer.flags == SYN | ACK
        self.seq, self.ack = self.seq + 1, answer.seq + 1
        assert self.say(ACK) == []

    def packet(self, flags: int, data: bytes = b"", seq: int | None = None, window: int = 65535) -> Packet:
        number = self.seq if seq is None else seq
        return Packet(TCP, HERE, THERE, 40000, 443, data, flags, number & 0xFFFFFFFF, getattr(self, "ack", 0), window)

    def say(self, flags: int, data: bytes = b"", **more: int) -> list[Packet]:
        found = list(self.connection.feed(self.packet(flags, data, **more), 0.0))
        return found

    def take(self, answers: Iterable[Packet]) -> bytes:
        data = b""
        for answer in answers:
            if answer.payload and answer.seq == self.ack & 0xFFFFFFFF:
                data += answer.payload
                self.ack += len(answer.payload)
        return data


def test_what_arrives_in_order_is_acknowledged_and_taken() -> None:
    client = Client()
    (answer,) = client.say(ACK, b"hello")
    assert (answer.flags, answer.ack) == (ACK, client.seq + 5)
    assert client.connection.take() == b"hello"


def test_what_comes_twice_is_taken_once_and_what_comes_early_is_asked_for_again() -> None:
    client = Client()
    first = client.seq
    client.say(ACK, b"hello")
    client.say(ACK, b"hello world", seq=first)
    (answer,) = client.say(ACK, b"!", seq=first + 50)
    assert answer.ack == first + 11
    assert client.connection.take() == b"hello world"


def test_numbers_may_run_over() -> None:
    client = Client(start=0xFFFFFFFD)
    for byte in b"abcdef":
        client.say(ACK, bytes([byte]))
        client.seq += 1
    assert client.connection.take() == b"abcdef"


def test_an_answer_waits_for_room_and_is_sent_again_until_it_is_acknowledged() -> None:
    client = Client()
    client.say(ACK, window=3000)
    sent = list(client.connection.send(b"x" * 9000, 0.0))
    assert sum(len(packet.payload) for packet in sent) < 9000
    assert list(client.connection.tick(0.5)) == []
    again = list(client.connection.tick(1.5))
    assert [packet.seq for packet in again] == [packet.seq for packet in sent]
    got = client.take(again)
    while len(got) < 9000:
        got += client.take(client.say(ACK, window=3000))
    assert got == b"x" * 9000


def test_a_client_that_never_answers_is_given_up() -> None:
    client = Client()
    list(client.connection.send(b"x", 0.0))
    for second in range(1, TRIES + 2):
        last = list(client.connection.tick(2.0 * second))
    assert client.connection.closed
    assert last[0].flags & RST


def test_both_sides_close() -> None:
    client = Client()
    client.say(FIN | ACK, b"bye")
    assert client.connection.ended
    assert client.connection.take() == b"bye"
    (fin,) = client.connection.finish(0.0)
    assert fin.flags & FIN
    client.seq, client.ack = client.seq + 4, fin.seq + 1
    client.say(ACK)
    assert client.connection.closed


def test_a_reset_ends_it() -> None:
    client = Client()
    client.say(RST)
    assert client.connection.closed


@given(st.lists(st.integers(0, 30), max_size=30), st.randoms())
def test_in_whatever_order_pieces_come_nothing_is_made_up(cuts: list[int], chance: object) -> None:
    data = bytes(range(32))
    client = Client()
    first, taken = client.seq, b""
    for cut in [*cuts, *range(32)]:
        client.say(ACK, data[cut : cut + 7], seq=first + cut)
        taken += client.connection.take()
    assert taken == data


def test_a_packet_reads_as_it_was_written() -> None:
    for source, target in ((HERE, THERE), (HERE * 4, THERE * 4)):
        for packet in (
            Packet(TCP, source, target, 1, 2, b"abc", ACK, 5, 6, 7),
            Packet(packets.UDP, source, target, 53, 9, b"odd"),
        ):
            data = packets.write(packet)
            assert packets.read(data) == packet
            body = data[20 if len(source) == 4 else 40 :]
            pseudo = source + target + len(body).to_bytes(4, "big") + packet.proto.to_bytes(4, "big")
            assert packets.checksum(pseudo + body) == 0


@given(st.binary(max_size=120))
def test_whatever_bytes_come_as_a_packet_nothing_breaks(data: bytes) -> None:
    packets.read(data)
    for first in (b"\x45", b"\x60"):
        packets.read(first + data)
