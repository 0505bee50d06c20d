"""Classic BPF programs for packet sockets, which decide inside the kernel how much of a packet anybody gets to see.

They are for sockets of the type SOCK_DGRAM, where a packet begins with its IP header. A program answers with the number
of bytes that are kept; 0 passes a packet over. Numbers are those of linux/filter.h.
"""

import ctypes
import socket
import struct
from typing import Dict, List, NamedTuple, Union

_LD_W_ABS, _LD_H_ABS, _LD_B_ABS, _LD_MEM, _LD_LEN = 0x20, 0x28, 0x30, 0x60, 0x80
_LD_W_IND, _LD_H_IND, _LD_B_IND = 0x40, 0x48, 0x50
_LDX_IMM, _LDX_MSH, _ST, _TAX = 0x01, 0xB1, 0x02, 0x07
_JA, _JEQ, _JGE, _JSET, _RET = 0x05, 0x15, 0x35, 0x45, 0x06
_AND, _RSH, _LSH, _ADD_X, _LD_IMM = 0x54, 0x74, 0x64, 0x0C, 0x00
_PROTOCOL, _KIND, _INTERFACE = 0xFFFFF000, 0xFFFFF004, 0xFFFFF008
"""Of what the kernel knows beside the bytes."""

HEADERS = 96
"""Bytes that are kept of a packet that is only counted: IP header, its options or extensions, ports."""
OPENING = 4096
"""Bytes that are kept of a packet that begins a conversation."""
DNS = 53
_LOOPBACK = 1
_METHODS = (b"GET ", b"HEAD", b"POST", b"PUT ", b"DELE", b"OPTI", b"PATC", b"CONN", b"PRI ")
_SMALLEST_INITIAL = 1200
"""RFC 9000, section 14.1: a client pads its first datagrams to this."""


class _Step(NamedTuple):
    code: int
    value: int = 0
    yes: str = ""
    no: str = ""


_Code = List[Union[_Step, str]]


def _assemble(code: _Code) -> bytes:
    labels: Dict[str, int] = {}
    plain: List[_Step] = []
    for item in code:
        if isinstance(item, str):
            labels[item] = len(plain)
        else:
            plain.append(item)
    parts = []
    for place, step in enumerate(plain):
        yes, no = (labels[label] - place - 1 if label else 0 for label in (step.yes, step.no))
        # A jump that is always taken carries its distance in the number.
        value, yes = (yes, 0) if step.code == _JA else (step.value, yes)
        parts.append(struct.pack("=HBBI", step.code, yes, no, value))
    return b"".join(parts)


def counting() -> bytes:
    """Headers of every IP packet that passes an interface other than the loopback."""
    return _assemble(
        [
            _Step(_LD_W_ABS, _INTERFACE),
            _Step(_JEQ, _LOOPBACK, yes="pass"),
            _Step(_LD_W_ABS, _PROTOCOL),
            _Step(_JEQ, 0x0800, yes="keep"),
            _Step(_JEQ, 0x86DD, no="pass"),
            "keep",
            _Step(_RET, HEADERS),
            "pass",
            _Step(_RET, 0),
        ]
    )


def openings() -> bytes:
    """What names a conversation: SYN, ClientHello, QUIC Initial, head of a clear request, DNS; DNS on loopback too."""
    return _assemble(
        [
            _Step(_LD_IMM, 0),
            _Step(_ST, 0),
            _Step(_LD_W_ABS, _INTERFACE),
            _Step(_JEQ, _LOOPBACK, no="family"),
            # What stays on the host passes the loopback twice, going out and coming in.
            _Step(_ST, 0),
            _Step(_LD_W_ABS, _KIND),
            _Step(_JEQ, socket.PACKET_HOST, no="pass"),
            "family",
            _Step(_LD_W_ABS, _PROTOCOL),
            _Step(_JEQ, 0x86DD, yes="six"),
            _Step(_JEQ, 0x0800, no="pass"),
            _Step(_LD_H_ABS, 6),
            _Step(_JSET, 0x1FFF, yes="pass"),
            _Step(_LDX_MSH, 0),
            _Step(_LD_B_ABS, 9),
            _Step(_JA, yes="transport"),
            "six",
            _Step(_LDX_IMM, 40),
            _Step(_LD_B_ABS, 6),
            "transport",
            _Step(_JEQ, socket.IPPROTO_TCP, yes="tcp"),
            _Step(_JEQ, socket.IPPROTO_UDP, no="pass"),
            *_dns(),
            _Step(_LD_B_IND, 8),
            _Step(_AND, 0xC0),
            _Step(_JEQ, 0xC0, no="pass"),
            _Step(_LD_LEN),
            _Step(_JGE, _SMALLEST_INITIAL, yes="keep", no="pass"),
            "tcp",
            *_dns(),
            _Step(_LD_B_IND, 13),
            _Step(_JSET, 0x02, yes="keep"),
            _Step(_LD_B_IND, 12),
            _Step(_RSH, 4),
            _Step(_LSH, 2),
            _Step(_ADD_X),
            _Step(_TAX),
            # Where there is no payload the load fails, and the kernel passes the packet over.
            _Step(_LD_W_IND, 0),
            *[_Step(_JEQ, int.from_bytes(method, "big"), yes="keep") for method in _METHODS],
            _Step(_RSH, 16),
            _Step(_JEQ, 0x1603, no="pass"),
            _Step(_LD_B_IND, 5),
            _Step(_JEQ, 1, yes="keep"),
            "pass",
            _Step(_RET, 0),
            "keep",
            _Step(_RET, OPENING),
        ]
    )


def _dns() -> _Code:
    """To ``keep`` for either port of DNS; to ``pass`` for everything else on the loopback."""
    return [
        _Step(_LD_H_IND, 0),
        _Step(_JEQ, DNS, yes="keep"),
        _Step(_LD_H_IND, 2),
        _Step(_JEQ, DNS, yes="keep"),
        _Step(_LD_MEM, 0),
        _Step(_JEQ, _LOOPBACK, yes="pass"),
    ]


def attach(to: socket.socket, program: bytes) -> None:
    """Let a socket receive only what the program keeps. Raises OSError."""
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of steps, padded, and where they are. Locked, it cannot be widened any more.
    to.setsockopt(socket.SOL_SOCKET, 26, struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    to.setsockopt(socket.SOL_SOCKET, 44, 1)
