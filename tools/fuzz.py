"""Feed a decoder of captures with ever new bytes, and end with one at the first exception.

    python tools/fuzz.py DECODER [--seconds N] [--corpus FOLDER]

A maintainer's tool: it needs the package atheris, which finds inputs that reach new code and is not among the locked
requirements. Each decoder begins with well-formed samples. A decoder may refuse an input only with the error that it
declares. An input that fails is written to ``crash-…`` in the working folder; it belongs into the decoder's tests.
"""

import argparse
import contextlib
import importlib.util
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def _capture(data: bytes) -> None:
    from auditor.recognise.packets.capture import read

    with contextlib.suppress(ValueError):
        read([("capture", data)])


def _pcap(data: bytes) -> None:
    _capture(b"\xd4\xc3\xb2\xa1\2\0\4\0" + data)


def _pcapng(data: bytes) -> None:
    _capture(b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0" + b"\xff" * 8 + b"\x1c\0\0\0" + data)


def _dns(data: bytes) -> None:
    from auditor.recognise.packets import dns

    dns.parse(data)


def _tls(data: bytes) -> None:
    from auditor.recognise.packets import tls
    from auditor.recognise.packets.ja4 import ja4

    message = data
    with contextlib.suppress(ValueError):
        message, _ = tls.handshake(data)
    with contextlib.suppress(ValueError):
        hello = tls.client_hello(message)
        if hello is not None:
            ja4(hello, quic=False)


def _quic(data: bytes) -> None:
    from auditor.recognise.packets import quic

    opening = quic.Opening()
    opening.feed(data)
    opening.feed(data)
    quic.crypto_frames(data)


def _ip(data: bytes) -> None:
    from auditor.recognise.packets import ip

    for segment in ip.segments(data, 0, len(data)):
        if not 0 <= segment.start <= segment.end <= len(data):
            raise AssertionError(f"{segment} lies outside of the packet")


def _link(data: bytes) -> None:
    from auditor.recognise.packets import link

    if len(data) > 2:
        link.find(struct.unpack("<H", data[:2])[0], data, 2, len(data))


def _http(data: bytes) -> None:
    from auditor.recognise.packets import http

    if http.may_be(data) and http.whole(data):
        http.host_of(data)


DECODERS: dict[str, Callable[[bytes], None]] = {
    "capture": _capture, "pcap": _pcap, "pcapng": _pcapng, "dns": _dns, "tls": _tls, "quic": _quic, "ip": _ip,
    "link": _link, "http": _http,
}  # fmt: skip


def samples(decoder: str) -> Iterator[bytes]:
    """Well-formed inputs to begin with."""
    from tests.recognise.packets import build as b

    hello = b.hello()
    lookup, found = b.question("stats.example.net"), b.answer("stats.example.net", [(b.ASKED, 1, b"\xc6\x33\x64\7")])
    packet = b.ip4(b.HOST, b.SERVER, 6, b.tcp(40000, 443, payload=hello))
    frames = [*b.conversation(hello), b.ethernet(b.ip(b.HOST, b.RESOLVER, 17, b.udp(40001, 53, lookup)))]
    initial = b.initial(b.crypto(0, b.client_hello([b.server_name(b"quic.example")])), b.V1_SALT)
    blocks = b.interface() + b"".join(b.packet(frame, place) for place, frame in enumerate(frames))
    yield from {
        "capture": (b.pcap(frames), b.section() + blocks, b.section(">") + b.interface(order=">")),
        "pcap": (b.pcap(frames)[8:],),
        "pcapng": (blocks,),
        "dns": (lookup, found),
        "tls": (hello, hello[5:], b.tls_record(b"") + hello),
        "quic": (initial, initial + initial, b.crypto(0, hello[5:]), b"\2\1\0\1\0\0" + b.crypto(3, b"x")),
        "ip": (packet, b.ip6(b.HOST6, b.SERVER6, 41, b.ip6(b.HOST6, b.SERVER6, 17, b.udp(1, 2, b"x")))),
        "link": tuple(struct.pack("<H", kind) + b.ethernet(packet, tags=(0x8100,)) for kind in (0, 1, 9, 113, 276)),
        "http": (b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",),
    }[decoder]


def main() -> int:
    """Run one decoder for so long; the code of libFuzzer."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("decoder", choices=sorted(DECODERS))
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--corpus", type=Path, help="keeps what was found to reach new code")
    arguments = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write("The package atheris is not installed here. Install it in this environment by hand.\n")
        return 2
    import atheris

    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.corpus or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for place, sample in enumerate(samples(arguments.decoder)):
            (folder / f"sample-{place}").write_bytes(sample)
        with atheris.instrument_imports(include=["auditor.recognise.packets"]):
            DECODERS[arguments.decoder](b"")
        line = [sys.argv[0], str(folder), f"-max_total_time={arguments.seconds}", "-timeout=10", "-max_len=4096"]
        atheris.Setup([*line, "-rss_limit_mb=1024"], DECODERS[arguments.decoder])
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
