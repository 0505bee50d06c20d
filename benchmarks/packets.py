"""Speed and memory of decoding captures, beside scapy, dpkt, tshark and ndpiReader where they are installed.

Usage: python benchmarks/packets.py [--packets 200000] [--large 2000000] [--rounds 3] [--json]

Captures are generated in a temporary folder: TCP with real ClientHellos, UDP, DNS, HTTP, one connection in seven over
IPv6. The large one holds as many connections as the small one, only longer, so that it shows whether memory depends on
packets. Every run is a process of its own; CPU seconds are those of user and system together, from the opened file to
the finished list of flows. scapy and dpkt count packets by 5-tuple on the first packets only, without any names, and
still have less to do than what they are compared with.
"""

import argparse
import importlib.util
import ipaddress
import json
import random
import resource
import shutil
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
SESSIONS = 3900
"""Connections other than look-ups in each capture."""
HOST, RESOLVER = ipaddress.ip_address("192.0.2.10").packed, ipaddress.ip_address("192.0.2.53").packed
HOST6 = ipaddress.ip_address("2001:db8:ffff::10").packed
NAMES = [f"h{n}.example.net" for n in range(200)]

OURS = """
import json, resource, sys, time
from pathlib import Path
from auditor.collect.captures import CaptureFile
from auditor.recognise.packets.capture import read
file = CaptureFile(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.process_time()
found = read([("capture", file)])
spent = time.process_time() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
named = sum(flow.name != "" for flow in found.flows)
print(json.dumps({"packets": found.capture.packets, "seconds": spent, "flows": len(found.flows), "named": named,
                  "peak_kib": peak, "grown_kib": peak - before}))
"""

SCAPY = """
import itertools, json, sys, time
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.utils import PcapReader
flows, count, started = {}, 0, time.process_time()
for packet in itertools.islice(PcapReader(sys.argv[1]), int(sys.argv[2])):
    count += 1
    ip = packet.getlayer(IP) or packet.getlayer(IPv6)
    four = packet.getlayer(TCP) or packet.getlayer(UDP)
    if ip is not None and four is not None:
        key = (ip.src, ip.dst, four.sport, four.dport)
        flows[key] = flows.get(key, 0) + len(packet)
print(json.dumps({"packets": count, "seconds": time.process_time() - started, "flows": len(flows)}))
"""

DPKT = """
import itertools, json, sys, time
import dpkt
flows, count, started = {}, 0, time.process_time()
for _, frame in itertools.islice(dpkt.pcap.Reader(open(sys.argv[1], "rb")), int(sys.argv[2])):
    count += 1
    ip = dpkt.ethernet.Ethernet(frame).data
    four = getattr(ip, "data", None)
    if isinstance(four, (dpkt.tcp.TCP, dpkt.udp.UDP)):
        key = (ip.src, ip.dst, four.sport, four.dport)
        flows[key] = flows.get(key, 0) + len(frame)
print(json.dumps({"packets": count, "seconds": time.process_time() - started, "flows": len(flows)}))
"""

TSHARK = ("ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "dns.qry.name",
          "tls.handshake.extensions_server_name")  # fmt: skip


def hello(name: str) -> bytes:
    """A real ClientHello."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake cannot end without an answer")


def _frame(source: bytes, target: bytes, proto: int, payload: bytes) -> bytes:
    ends = b"\x02\0\0\0\0\1\x02\0\0\0\0\2"
    if len(source) == 16:
        return (
            ends + b"\x86\xdd" + struct.pack("!IHBB", 0x60000000, len(payload), proto, 64) + source + target + payload
        )
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, proto, 0, source, target)
    return ends + b"\x08\0" + head + payload


def _tcp(sport: int, dport: int, sequence: int, flags: int, payload: bytes = b"") -> bytes:
    return struct.pack("!HHIIBBHHH", sport, dport, sequence & 0xFFFFFFFF, 1, 0x50, flags, 64240, 0, 0) + payload


def _udp(sport: int, dport: int, payload: bytes) -> bytes:
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def _lookup(port: int, name: str, address: bytes) -> Iterator[bytes]:
    asked = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0\0\1\0\1"
    number = random.randrange(65536)
    yield _frame(HOST, RESOLVER, 17, _udp(port, 53, struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + asked))
    found = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + address
    yield _frame(RESOLVER, HOST, 17, _udp(53, port, struct.pack("!HHHHHH", number, 0x8180, 1, 1, 0, 0) + asked + found))


def _session(place: int, length: int, hellos: dict[str, bytes], noise: bytes) -> Iterator[bytes]:
    """One connection of about ``length`` packets, with the look-up before it."""
    number = place % len(NAMES)
    name, port = NAMES[number], 20000 + place
    six = random.random() < 0.15
    me = HOST6 if six else HOST
    address = bytes([198, 51, 100, 1 + number])
    there = ipaddress.ip_address(f"2001:db8::{1 + number:x}").packed if six else address
    yield from _lookup(port, name, address)
    kind = random.random()
    if kind > 0.85:
        for _ in range(length):
            yield _frame(me, there, 17, _udp(port, 443, b"\x40" + noise[: random.choice((50, 1200))]))
        return
    first, dport = (hellos[name], 443) if kind < 0.75 else (f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode(), 80)
    sent, got = random.getrandbits(32), random.getrandbits(32)
    yield _frame(me, there, 6, _tcp(port, dport, sent, 2))
    yield _frame(there, me, 6, _tcp(dport, port, got, 18))
    yield _frame(me, there, 6, _tcp(port, dport, sent + 1, 16))
    yield _frame(me, there, 6, _tcp(port, dport, sent + 1, 24, first))
    sent, got = sent + 1 + len(first), got + 1
    for _ in range(length // 2):
        size = random.choice((60, 200, 1400, 1400))
        if random.random() < 0.2:
            yield _frame(me, there, 6, _tcp(port, dport, sent, 24, noise[:size]))
            sent += size
        else:
            yield _frame(there, me, 6, _tcp(dport, port, got, 24, noise[:size]))
            got += size
        yield _frame(me, there, 6, _tcp(port, dport, sent, 16))
    yield _frame(me, there, 6, _tcp(port, dport, sent, 17))
    yield _frame(there, me, 6, _tcp(dport, port, got, 17))


def generate(file: IO[bytes], packets: int) -> int:
    """Write a capture of so many packets, 64 connections at a time; returns its bytes."""
    random.seed(7)
    hellos = {name: hello(name) for name in NAMES}
    noise = b"\x17\x03\x03" + random.randbytes(1500)
    length = max(4, packets // SESSIONS - 6)
    places = iter(range(10**9))
    active = [_session(next(places), length, hellos, noise) for _ in range(64)]
    size = file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    clock, written = 1_700_000_000 * 10**6, 0
    while written < packets:
        at = random.randrange(64)
        frame = next(active[at], None)
        if frame is None:
            active[at] = _session(next(places), length, hellos, noise)
            continue
        clock += random.randrange(400)
        size += file.write(struct.pack("<IIII", clock // 10**6, clock % 10**6, len(frame), len(frame)) + frame)
        written += 1
    return size


def script(code: str, *arguments: str) -> dict[str, Any]:
    """Run a measuring script in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, cwd=ROOT)
    return dict(json.loads(done.stdout))


def program(command: list[str], packets: int) -> dict[str, Any]:
    """Run a program over a whole capture, its output thrown away."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"packets": packets, "seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def peers(path: Path, packets: int) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Each peer's figures; None where it is not installed."""
    for name, code, most in (("scapy", SCAPY, 20_000), ("dpkt", DPKT, packets)):
        installed = importlib.util.find_spec(name) is not None
        yield name, script(code, str(path), str(most)) if installed else None
    fields = [part for field in TSHARK for part in ("-e", field)]
    commands = {
        "tshark": ["tshark", "-n", "-r", str(path), "-T", "fields", *fields],
        "ndpiReader": ["ndpiReader", "-q", "-i", str(path)],
    }
    for name, command in commands.items():
        yield name, program(command, packets) if shutil.which(name) else None


def measure(packets: int, large: int, rounds: int) -> dict[str, Any]:
    """All figures; of several rounds the one with the least CPU time counts."""
    found: dict[str, Any] = {"python": sys.version.split()[0], "rounds": rounds}
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.pcap"
        with small.open("wb") as file:
            found["bytes"] = generate(file, packets)
        ours = [script(OURS, str(small)) for _ in range(rounds)]
        found["ours"] = min(ours, key=lambda one: float(one["seconds"]))
        found["peers"] = dict(peers(small, packets))
        if large:
            # The room for it and a little more.
            if shutil.disk_usage(folder).free < large * 600:
                found["large"] = None
            else:
                path = Path(folder) / "large.pcap"
                with path.open("wb") as file:
                    generate(file, large)
                found["large"] = script(OURS, str(path))
    return found


def show(found: dict[str, Any]) -> None:
    """A table for people."""
    ours = found["ours"]
    speed = ours["packets"] / ours["seconds"]
    print(
        f"{ours['packets']:,} packets, {found['bytes'] / 1e6:.1f} MB, {ours['flows']:,} flows, {ours['named']:,} named"
    )
    print(f"{'auditor':<12}{speed:>12,.0f} packets per CPU second, {ours['grown_kib'] / 1024:.0f} MiB for all of it")
    for name, one in found["peers"].items():
        if one is None:
            print(f"{name:<12}{'not installed':>12}")
            continue
        other = one["packets"] / one["seconds"]
        print(f"{name:<12}{other:>12,.0f} packets per CPU second ({speed / other:.1f} times slower than auditor)")
    if found.get("large"):
        large = found["large"]
        print(
            f"{large['packets']:,} packets in {large['flows']:,} flows: {large['packets'] / large['seconds']:,.0f} "
            f"per CPU second, {large['grown_kib'] / 1024:.0f} MiB"
        )
    elif "large" in found:
        print("The large capture was left out: the temporary folder has too little room.")


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=200_000)
    parser.add_argument("--large", type=int, default=2_000_000, help="0 leaves it out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    started = time.monotonic()
    found = measure(arguments.packets, arguments.large, arguments.rounds)
    found["took_seconds"] = round(time.monotonic() - started, 1)
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        show(found)


if __name__ == "__main__":
    main()
