"""The fingerprint of TLS clients, against the values that its authors publish."""

import struct

from auditor.recognise.packets.ja4 import ja4
from auditor.recognise.packets.tls import Hello, client_hello, handshake
from tests.recognise.packets import build

CHROME_CIPHERS = (
    0x0A0A, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D,
    0x002F, 0x0035,
)  # fmt: skip
CHROME_EXTENSIONS = (
    0x1A1A,
    0x1B,
    0,
    0x33,
    0x10,
    0x4469,
    0x17,
    0x2D,
    0x0D,
    5,
    0x23,
    0x12,
    0x2B,
    0xFF01,
    0x0B,
    0x0A,
    0x15,
)
CHROME_SIGNATURES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)


def chrome(**changes: object) -> Hello:
    content = {
        0: build.server_name(b"a.example")[1],
        16: b"\0\x0c\2h2\x08http/1.1",
        13: struct.pack("!H8H", 16, *CHROME_SIGNATURES),
        43: b"\x06\x2a\x2a\x03\x04\x03\x03",
    }
    found = client_hello(
        build.client_hello([(kind, content.get(kind, b"")) for kind in CHROME_EXTENSIONS], CHROME_CIPHERS)
    )
    assert found is not None
    return found._replace(**changes)  # type: ignore[arg-type]


def test_the_published_example() -> None:
    assert ja4(chrome(), quic=False) == "t13d1516h2_8daaf6152771_e5627efa2ab1"


def test_over_quic_only_the_first_letter_differs() -> None:
    assert ja4(chrome(), quic=True) == "q13d1516h2_8daaf6152771_e5627efa2ab1"


def test_the_order_of_ciphers_and_extensions_does_not_matter_that_of_signatures_does() -> None:
    one = chrome()
    shuffled = one._replace(ciphers=one.ciphers[::-1], extensions=one.extensions[::-1])
    assert ja4(shuffled, quic=False) == ja4(one, quic=False)
    assert ja4(one._replace(signatures=one.signatures[::-1]), quic=False) != ja4(one, quic=False)


def test_without_a_name_or_protocols() -> None:
    bare = chrome(first_protocol=b"", extensions=tuple(e for e in CHROME_EXTENSIONS if e != 0))
    assert ja4(bare, quic=False).startswith("t13i151500_")


def test_protocols_that_are_no_letters_show_their_hex() -> None:
    assert ja4(chrome(first_protocol=b"\xab\xcd"), quic=False).split("_")[0].endswith("ad")


def test_without_ciphers_extensions_or_signatures_the_digests_are_zeros() -> None:
    empty = chrome(ciphers=(), extensions=(), signatures=(), versions=(), version=0x0303)
    assert ja4(empty, quic=False) == "t12i0000h2_000000000000_000000000000"


def test_a_hello_that_is_cut_has_no_fingerprint() -> None:
    assert ja4(chrome(whole=False), quic=False) == ""


def test_the_same_client_has_the_same_fingerprint_for_every_name() -> None:
    marks = set()
    for name in ("a.example", "b.example.org"):
        found = client_hello(handshake(build.hello(name))[0])
        assert found is not None
        marks.add(ja4(found, quic=False))
    assert len(marks) == 1
    assert marks.pop().startswith("t13d")
