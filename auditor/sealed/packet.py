"""Reads the IP packets that come out of the box and writes those that go back into it.

RFC 791, 8200, 9293 (TCP), 768 (UDP), 1071 (checksum).
"""

import socket
import struct
from typing import NamedTuple

from auditor.recognise.packets import ip

TCP, UDP, ICMP, ICMP6 = socket.IPPROTO_TCP, socket.IPPROTO_UDP, socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
_TCP = struct.Struct("!HHIIBBHHH")


class Packet(NamedTuple):
    """A packet. Addresses are packed; ``payload`` is what TCP or UDP carries, else all behind the IP header."""

    proto: int
    source: bytes
    target: bytes
    source_port: int
    port: int
    payload: bytes
    flags: int = 0
    seq: int = 0
    ack: int = 0
    window: int = 0


def read(data: bytes) -> Packet | None:
    """The packet in these bytes; None where it makes no sense."""
    segment = ip.outer(data, 0, len(data))
    if segment is None:
        return None
    half = len(segment.addresses) // 2
    source, target = segment.addresses[:half], segment.addresses[half:]
    body = data[segment.start : segment.end]
    if segment.later:
        return Packet(segment.proto, source, target, 0, 0, body)
    if segment.proto == TCP and len(body) >= 20:
        here, there, seq, ack, offset, flags, window, _, _ = _TCP.unpack_from(body)
        start = (offset >> 4) * 4
        if not 20 <= start <= len(body):
            return None
        return Packet(TCP, source, target, here, there, body[start:], flags, seq, ack, window)
    if segment.proto == UDP and len(body) >= 8:
        here, there, length = struct.unpack_from("!HHH", body)
        return Packet(UDP, source, target, here, there, body[8:length] if length >= 8 else body[8:])
    return Packet(segment.proto, source, target, 0, 0, body)


def write(packet: Packet, most: int = 1460) -> bytes:
    """The bytes of a TCP or UDP packet. A SYN offers segments of at most ``most`` bytes."""
    if packet.proto == TCP:
        options = struct.pack("!BBH", 2, 4, most) if packet.flags & SYN else b""
        offset = (20 + len(options)) << 2
        head = _TCP.pack(packet.source_port, packet.port, packet.seq, packet.ack, offset, packet.flags,
                         packet.window, 0, 0)  # fmt: skip
        body, place = head + options + packet.payload, 16
    else:
        body = struct.pack("!HHHH", packet.source_port, packet.port, 8 + len(packet.payload), 0) + packet.payload
        place = 6
    pseudo = packet.source + packet.target + struct.pack("!II", len(body), packet.proto)
    total = checksum(pseudo + body) or 0xFFFF
    body = body[:place] + struct.pack("!H", total) + body[place + 2 :]
    if len(packet.source) == 16:
        return struct.pack("!IHBB", 6 << 28, len(body), packet.proto, 64) + packet.source + packet.target + body
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0x4000, 64, packet.proto, 0)
    head += packet.source + packet.target
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def checksum(data: bytes) -> int:
    """The Internet checksum."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int(~total & 0xFFFF)


def text(address: bytes) -> str:
    """An address as people write it."""
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)
