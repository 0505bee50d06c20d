"""JA4, a fingerprint of TLS clients: equal for equal software, whatever it contacts.

Only the part that its authors published under a BSD licence: JA4 of the client, none of its siblings.
"""

import hashlib
from functools import lru_cache

from auditor.recognise.packets.tls import Hello

GREASE = frozenset(0x0A0A + 0x1010 * step for step in range(16))
"""Values without a meaning that clients mix in (RFC 8701)."""
VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}
EMPTY = "0" * 12


def ja4(hello: Hello, quic: bool) -> str:
    """The fingerprint; empty where the ClientHello is not whole."""
    if not hello.whole:
        return ""
    return _ja4(
        "q" if quic else "t",
        hello.version,
        hello.versions,
        hello.ciphers,
        hello.extensions,
        hello.signatures,
        hello.first_protocol,
    )


@lru_cache(maxsize=512)
def _ja4(
    transport: str,
    version: int,
    versions: tuple[int, ...],
    ciphers: tuple[int, ...],
    extensions: tuple[int, ...],
    signatures: tuple[int, ...],
    protocol: bytes,
) -> str:
    version = max((v for v in versions if v not in GREASE), default=version)
    suites = sorted(f"{c:04x}" for c in ciphers if c not in GREASE)
    kinds = [e for e in extensions if e not in GREASE]
    # The name and the protocols say what is contacted, not with what.
    hashed = ",".join(sorted(f"{e:04x}" for e in kinds if e not in (0, 16)))
    signed = ",".join(f"{s:04x}" for s in signatures if s not in GREASE)
    head = (
        f"{transport}{VERSIONS.get(version, '00')}{'d' if 0 in kinds else 'i'}"
        f"{min(len(suites), 99):02d}{min(len(kinds), 99):02d}{_ends(protocol)}"
    )
    return f"{head}_{_digest(','.join(suites))}_{_digest(hashed + ('_' + signed if hashed and signed else ''))}"


def _ends(protocol: bytes) -> str:
    """First and last character of a protocol's name; of its hex form where one is no letter or digit."""
    if not protocol:
        return "00"
    first, last = chr(protocol[0]), chr(protocol[-1])
    if all(c.isascii() and c.isalnum() for c in (first, last)):
        return first + last
    return protocol.hex()[0] + protocol.hex()[-1]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else EMPTY
