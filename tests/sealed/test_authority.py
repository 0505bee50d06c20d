"""Certificates for whatever name is asked for."""

import datetime as dt
import ssl

import pytest

from auditor.sealed.authority import Authority

AUTHORITY = Authority(dt.datetime.now(dt.UTC))


def shake(name: str, trusted: bytes | None) -> ssl.SSLObject:
    """A handshake in memory; gives the client's end."""
    client_context = ssl.create_default_context(cadata=trusted.decode() if trusted else None)
    (up, down) = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(down, up, server_hostname=name)
    server = AUTHORITY.context(name, "198.18.0.1").wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    client.write(b"x")
    return client


@pytest.mark.parametrize("name", ["a.example.net", "x" * 63 + ".example.net", "192.0.2.7", "fd53::1"])
def test_who_trusts_the_authority_trusts_its_servers(name: str) -> None:
    assert shake(name, AUTHORITY.pem).getpeercert() is not None


def test_nobody_else_does() -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake("a.example.net", None)
