"""Builds packets and captures for the tests, byte by byte from the standards, with no decoder's help."""

import contextlib
import ipaddress
import ssl
import struct
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

HOST = "192.0.2.10"
RESOLVER = "192.0.2.53"
SERVER = "198.51.100.7"
HOST6 = "2001:db8::10"
SERVER6 = "2001:db8:1::7"
SYN, ACK, RST, PSH, FIN = 2, 16, 4, 8, 1


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def ip4(
    source: str, target: str, proto: int, payload: bytes, ident: int = 1, fragment: int = 0x4000, options: bytes = b""
) -> bytes:
    header = 20 + len(options)
    head = struct.pack(
        "!BBHHHBBH4s4s", 0x40 | header // 4, 0, header + len(payload), ident, fragment, 64, proto, 0,
        packed(source), packed(target),
    ) + options  # fmt: skip
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ip6(source: str, target: str, proto: int, payload: bytes) -> bytes:
    return struct.pack("!IHBB", 0x60000000, len(payload), proto, 64) + packed(source) + packed(target) + payload


def ip(source: str, target: str, proto: int, payload: bytes) -> bytes:
    return (ip6 if ":" in source else ip4)(source, target, proto, payload)


def tcp(
    sport: int, dport: int, sequence: int = 1, flags: int = ACK, payload: bytes = b"", options: bytes = b""
) -> bytes:
    length = (5 + len(options) // 4) << 4
    return (
        struct.pack("!HHIIBBHHH", sport, dport, sequence & 0xFFFFFFFF, 1, length, flags, 64240, 0, 0)
        + options
        + payload
    )


def udp(sport: int, dport: int, payload: bytes) -> bytes:
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def ethernet(packet: bytes, kind: int | None = None, tags: Iterable[int] = ()) -> bytes:
    kind = kind if kind is not None else (0x86DD if packet[0] >> 4 == 6 else 0x0800)
    frame = b"\x02\0\0\0\0\1\x02\0\0\0\0\2"
    for tag in tags:
        frame += struct.pack("!HH", tag, 42)
    return (frame + struct.pack("!H", kind) + packet).ljust(60, b"\0")


def hello(name: str | None = "stats.example.net", alpn: Iterable[str] = ("h2", "http/1.1")) -> bytes:
    """A real ClientHello, in its TLS record."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = False
    if list(alpn):
        context.set_alpn_protocols(list(alpn))
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def client_hello(extensions: Iterable[tuple[int, bytes]], ciphers: Iterable[int] = (0x1301, 0x1302)) -> bytes:
    """A ClientHello as handshake message, made by hand."""
    suites = b"".join(struct.pack("!H", c) for c in ciphers)
    listed = b"".join(struct.pack("!HH", kind, len(value)) + value for kind, value in extensions)
    body = b"\x03\x03" + bytes(32) + b"\0" + struct.pack("!H", len(suites)) + suites + b"\x01\0"
    body += struct.pack("!H", len(listed)) + listed
    return b"\x01" + len(body).to_bytes(3, "big") + body


def server_name(name: bytes) -> tuple[int, bytes]:
    entry = b"\0" + struct.pack("!H", len(name)) + name
    return 0, struct.pack("!H", len(entry)) + entry


def tls_record(data: bytes, kind: int = 22) -> bytes:
    return bytes([kind]) + b"\x03\x01" + struct.pack("!H", len(data)) + data


def dns_name(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def question(name: str, kind: int = 1, ident: int = 7) -> bytes:
    return struct.pack("!HHHHHH", ident, 0x0100, 1, 0, 0, 0) + dns_name(name) + struct.pack("!HH", kind, 1)


def answer(
    name: str, records: Iterable[tuple[bytes, int, bytes]], kind: int = 1, code: int = 0, ident: int = 7
) -> bytes:
    """A response; each record is its owner on the wire, its type and its content."""
    records = list(records)
    head = struct.pack("!HHHHHH", ident, 0x8180 | code, 1, len(records), 0, 0)
    body = b"".join(owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data for owner, kind, data in records)
    return head + dns_name(name) + struct.pack("!HH", kind, 1) + body


ASKED = b"\xc0\x0c"
"""Owner of a record: the name that was asked for."""


def varint(number: int) -> bytes:
    if number < 64:
        return bytes([number])
    return struct.pack("!H", 0x4000 | number) if number < 16384 else struct.pack("!I", 0x80000000 | number)


def crypto(offset: int, data: bytes) -> bytes:
    return b"\x06" + varint(offset) + varint(len(data)) + data


def _expand(secret: bytes, label: bytes, size: int) -> bytes:
    info = struct.pack("!HB", size, 6 + len(label)) + b"tls13 " + label + b"\0"
    return HKDFExpand(SHA256(), size, info).derive(secret)


def initial(
    frames: bytes, salt: str, version: int = 1, kind: int = 0, dcid: bytes = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08",
    label: bytes = b"quic ", number: int = 2, token: bytes = b"", key_id: bytes | None = None, size: int = 1162,
) -> bytes:  # fmt: skip
    """A client's Initial packet, protected as RFC 9001 section 5 says."""
    mac = HMAC(bytes.fromhex(salt), SHA256())
    mac.update(key_id if key_id is not None else dcid)
    client = _expand(mac.finalize(), b"client in", 32)
    key, iv, hp = (_expand(client, label + part, length) for part, length in ((b"key", 16), (b"iv", 12), (b"hp", 16)))
    plain = frames.ljust(size, b"\0")
    first = 0xC0 | kind << 4 | 3
    head = bytes([first]) + struct.pack("!I", version) + bytes([len(dcid)]) + dcid + b"\0" + varint(len(token)) + token
    head += struct.pack("!H", 0x4000 | 4 + len(plain) + 16)
    protected = struct.pack("!I", number)
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    sealed = AESGCM(key).encrypt(nonce, plain, head + protected)
    mask = Cipher(algorithms.AES(hp), modes.ECB()).encryptor().update(sealed[:16])
    masked = bytes(a ^ b for a, b in zip(protected, mask[1:], strict=False))
    return bytes([first ^ mask[0] & 0x0F]) + head[1:] + masked + sealed


V1_SALT = "38762cf7f55934b34d179ae6a4c80cadccbb7f0a"
V2_SALT = "0dede3def700a6db819381be6e269dcbf9bd2ed9"


def pcap(
    frames: Iterable[bytes],
    link: int = 1,
    order: str = "<",
    magic: int = 0xA1B2C3D4,
    snap: int = 262144,
    cut: int = 1 << 30,
) -> bytes:
    """A capture with a packet every millisecond from 2026-11-22T00:00:00Z on; ``cut`` is the longest that is held."""
    nanoseconds = magic == 0xA1B23C4D
    data = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap, link)
    for place, frame in enumerate(frames):
        seconds, fraction = divmod(place, 1000)
        fraction *= 1_000_000 if nanoseconds else 1000
        data += (
            struct.pack(f"{order}IIII", 1_795_305_600 + seconds, fraction, len(frame[:cut]), len(frame)) + frame[:cut]
        )
    return data


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body = body.ljust(len(body) + 3 & ~3, b"\0")
    length = struct.pack(f"{order}I", 12 + len(body))
    return struct.pack(f"{order}I", kind) + length + body + length


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}HH", code, len(value)) + value.ljust(len(value) + 3 & ~3, b"\0")


def interface(link: int = 1, order: str = "<", options: bytes = b"", snap: int = 0) -> bytes:
    return block(1, struct.pack(f"{order}HHI", link, 0, snap) + options, order)


def packet(frame: bytes, units: int = 0, number: int = 0, order: str = "<", wire: int | None = None) -> bytes:
    wire = len(frame) if wire is None else wire
    return block(
        6, struct.pack(f"{order}IIIII", number, units >> 32, units & 0xFFFFFFFF, len(frame), wire) + frame, order
    )


def conversation(
    payload: bytes, source: str = HOST, target: str = SERVER, sport: int = 40000, dport: int = 443, reply: bytes = b"",
) -> list[bytes]:  # fmt: skip
    """A TCP connection: handshake, what the client says, what the server says, both ends."""

    def out(*args: object, **kwargs: object) -> bytes:
        return ethernet(ip(source, target, 6, tcp(sport, dport, *args, **kwargs)))  # type: ignore[arg-type]

    def back(*args: object, **kwargs: object) -> bytes:
        return ethernet(ip(target, source, 6, tcp(dport, sport, *args, **kwargs)))  # type: ignore[arg-type]

    frames = [out(100, SYN), back(500, SYN | ACK), out(101, ACK)]
    for at in range(0, len(payload), 1200):
        frames.append(out(101 + at, ACK | PSH, payload[at : at + 1200]))
    if reply:
        frames.append(back(501, ACK | PSH, reply))
    return [*frames, out(101 + len(payload), FIN | ACK), back(501 + len(reply), FIN | ACK)]


def lookup(name: str, address: str, sport: int = 50000) -> list[bytes]:
    """A name asked for and answered over UDP."""
    content = packed(address)
    kind = 1 if len(content) == 4 else 28
    return [
        ethernet(ip4(HOST, RESOLVER, 17, udp(sport, 53, question(name, kind)))),
        ethernet(ip4(RESOLVER, HOST, 17, udp(53, sport, answer(name, [(ASKED, kind, content)], kind)))),
    ]
