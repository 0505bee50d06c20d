"""Opens the first packets of a QUIC connection, whose keys anyone on the way can compute, for the ClientHello in them.

RFC 9000 (packets and frames), 9001 (protection), 9369 (version 2), and the drafts that were deployed.
"""

import hashlib
import hmac
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from auditor.recognise.packets.tls import MOST_HELLO, wanted

V1, V2 = 0x00000001, 0x6B3343CF
_SALT_V1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_SALT_29 = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")
_SALT_23 = bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502")
SALTS: dict[int, bytes] = {
    V1: _SALT_V1,
    V2: bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
    # Facebook's, of the time of draft 27
    0xFACEB002: _SALT_23,
    0xFACEB00E: _SALT_23,
    **{0xFF000000 + draft: _SALT_23 for draft in range(23, 29)},
    **{0xFF000000 + draft: _SALT_29 for draft in range(29, 33)},
    **{0xFF000000 + draft: _SALT_V1 for draft in range(33, 35)},
}
"""Salt of the initial secret by version (RFC 9001 section 5.2, 9369 section 3.3.1)."""

MOST_PIECES = 64
MOST_TRIES = 24
"""Packets of one connection that are tried to open."""
MOST_COALESCED = 8


def may_be(datagram: bytes) -> bool:
    """Whether a datagram begins with a long header of a version that can be opened."""
    return len(datagram) > 40 and datagram[0] & 0x80 != 0 and int.from_bytes(datagram[1:5], "big") in SALTS


class Keys(NamedTuple):
    """Protection of a client's first packets."""

    key: bytes
    iv: bytes
    mask: bytes


class Opening:
    """Collects the ClientHello of one connection from datagrams in any order."""

    def __init__(self) -> None:
        self._pieces: dict[int, bytes] = {}
        self._held = 0
        self._id: bytes | None = None
        self._tries = 0

    @property
    def spent(self) -> bool:
        """Whether nothing more is worth trying."""
        return self._tries >= MOST_TRIES or self._held >= MOST_HELLO or len(self._pieces) >= MOST_PIECES

    @property
    def message(self) -> bytes:
        """The handshake bytes that are there without a gap."""
        found = bytearray()
        for offset in sorted(self._pieces):
            if offset > len(found):
                break
            found += self._pieces[offset][len(found) - offset :]
        return bytes(found)

    def feed(self, datagram: bytes) -> bytes:
        """Take a datagram of the client; the ClientHello once it is whole, before that nothing."""
        for _ in range(MOST_COALESCED):
            if not may_be(datagram) or self.spent:
                break
            packet = _initial(datagram)
            if packet is None:
                break
            if packet.initial:
                self._take(packet)
            datagram = datagram[packet.end :]
        message = self.message
        return message if len(message) >= 4 and wanted(message) <= len(message) else b""

    def _take(self, packet: "_Packet") -> None:
        # A client keeps the keys of its first id until a server's Retry makes it choose another.
        for id_ in dict.fromkeys((self._id if self._id is not None else packet.id, packet.id)):
            self._tries += 1
            plain = _open(packet, id_)
            if plain is not None:
                self._id = id_
                for offset, piece in crypto_frames(plain):
                    known = len(self._pieces.get(offset, b""))
                    if offset + len(piece) <= MOST_HELLO and len(piece) > known and not self.spent:
                        self._pieces[offset] = piece
                        self._held += len(piece) - known
                return


class _Packet(NamedTuple):
    """A long-header packet: where its number begins and where it ends in ``data``."""

    data: bytes
    version: int
    initial: bool
    id: bytes
    number: int
    end: int


def _initial(data: bytes) -> _Packet | None:
    """Cut the first packet off a datagram (RFC 9000 section 17.2); None where it has no length or makes no sense."""
    version = int.from_bytes(data[1:5], "big")
    kind = data[0] >> 4 & 3
    initial, retry = (1, 0) if version == V2 else (0, 3)
    try:
        at = 6 + data[5]
        id_ = data[6:at]
        at += 1 + data[at]
        if kind == retry or len(id_) > 20:
            return None
        if kind == initial:
            size, at = varint(data, at)
            at += size
        size, at = varint(data, at)
    except IndexError:
        return None
    if at + size > len(data) or size < 20:
        return None
    return _Packet(data, version, kind == initial, id_, at, at + size)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to eight bytes and where it ends (RFC 9000 section 16). Raises IndexError where it is cut."""
    size = 1 << (data[at] >> 6)
    if at + size > len(data):
        raise IndexError("a number is cut")
    return int.from_bytes(data[at : at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size


@lru_cache(maxsize=64)
def client_keys(version: int, id_: bytes) -> Keys:
    """The client's keys (RFC 9001 section 5.1)."""
    secret = hmac.new(SALTS[version], id_, hashlib.sha256).digest()
    client = expand(secret, b"client in", 32)
    prefix = b"quicv2 " if version == V2 else b"quic "
    return Keys(
        expand(client, prefix + b"key", 16), expand(client, prefix + b"iv", 12), expand(client, prefix + b"hp", 16)
    )


def expand(secret: bytes, label: bytes, size: int) -> bytes:
    """HKDF-Expand-Label without context (RFC 8446 section 7.1), for at most 32 bytes."""
    label = b"tls13 " + label
    info = size.to_bytes(2, "big") + bytes([len(label)]) + label + b"\0"
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()[:size]


def _open(packet: _Packet, id_: bytes) -> bytes | None:
    """The frames in a client's first packet; None where the keys do not fit."""
    data, at = packet.data, packet.number
    keys = client_keys(packet.version, id_)
    mask = Cipher(algorithms.AES(keys.mask), modes.ECB()).encryptor().update(data[at + 4 : at + 20])
    first = data[0] ^ (mask[0] & 0x0F)
    size = (first & 3) + 1
    number = bytes(x ^ y for x, y in zip(data[at : at + size], mask[1:], strict=False))
    head = bytes([first]) + data[1:at] + number
    nonce = bytes(x ^ y for x, y in zip(keys.iv, number.rjust(12, b"\0"), strict=True))
    try:
        return AESGCM(keys.key).decrypt(nonce, data[at + size : packet.end], head)
    except InvalidTag:
        return None


def crypto_frames(plain: bytes) -> list[tuple[int, bytes]]:
    """Offset and content of the frames that carry handshake (RFC 9000 section 19); stops at what it does not know."""
    found: list[tuple[int, bytes]] = []
    at = 0
    try:
        while at < len(plain) and len(found) < MOST_PIECES:
            kind, at = plain[at], at + 1
            if kind in (2, 3):
                at = _skip_ack(plain, at, kind == 3)
            elif kind == 6:
                offset, at = varint(plain, at)
                size, at = varint(plain, at)
                found.append((offset, plain[at : at + size]))
                at += size
            elif kind not in (0, 1):
                break
    except IndexError:
        pass
    return found


def _skip_ack(plain: bytes, at: int, counts: bool) -> int:
    for _ in range(2):
        _, at = varint(plain, at)
    ranges, at = varint(plain, at)
    for _ in range(1 + 2 * min(ranges, len(plain)) + 3 * counts):
        _, at = varint(plain, at)
    return at
