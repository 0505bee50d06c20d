"""Runs a program in a network namespace without a route, and tells every name that it asked for.

Loopback is up and holds a resolver, which answers each new name with an address of its own (198.18.x.y); since there
is no route, every connection to one of them fails at once. Nothing can leave. Needs root and Linux.
"""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

RESOLVER = "127.0.0.53"
_UP = struct.pack("16sH14x", b"lo", 0x1 | 0x40)
_SETS_FLAGS = 0x8914


@dataclass(frozen=True)
class Ran:
    """What a program did."""

    code: int
    names: tuple[str, ...]
    """Asked for, in order, each once."""
    addresses: dict[str, str]
    """Names by the address that the resolver gave for them."""
    space: int
    """Number of the network namespace."""
    output: str


def possible() -> bool:
    """Whether such a namespace can be made here."""
    command = ["unshare", "--net", "--mount", "--", "true"]
    return sys.platform == "linux" and os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0


needs_namespaces = pytest.mark.skipif(not possible(), reason="no network namespace can be made here (needs root)")


def run(command: Sequence[str], environment: Mapping[str, str], seconds: float = 120) -> Ran:
    """Run it with these variables only, and a home of its own that is removed afterwards."""
    with tempfile.TemporaryDirectory() as home:
        given = {"HOME": home, "PATH": os.environ.get("PATH", ""), "TMPDIR": home, **environment}
        order = json.dumps({"command": list(command), "environment": given, "home": home, "seconds": seconds})
        inside = ["unshare", "--net", "--mount", "--propagation", "private", "--", sys.executable, __file__]
        done = subprocess.run(inside, input=order, capture_output=True, text=True, timeout=seconds + 60, check=False)
        assert done.returncode == 0, done.stderr
        return Ran(**json.loads(done.stdout.splitlines()[-1]))


def _label(data: bytes) -> str:
    """The first question's name, in lower case."""
    labels, at = [], 12
    while data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]].decode("latin-1").lower())
        at += 1 + data[at]
    return ".".join(labels)


def _answer(data: bytes, names: dict[str, str]) -> bytes:
    name = _label(data)
    end = 12 + len(name) + 2 + 4
    kind = struct.unpack_from("!H", data, end - 4)[0]
    address = names.setdefault(name, f"198.18.{len(names) // 250}.{len(names) % 250 + 1}")
    found = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 30, 4) + socket.inet_aton(address) if kind == 1 else b""
    return data[:2] + struct.pack("!5H", 0x8180, 1, bool(found), 0, 0) + data[12:end] + found


def _serve(server: socket.socket, names: dict[str, str]) -> None:
    while True:
        data, client = server.recvfrom(4096)
        with contextlib.suppress(IndexError, struct.error):
            server.sendto(_answer(data, names), client)


def _inside() -> None:
    """The part that runs in the namespace."""
    import fcntl

    order = json.load(sys.stdin)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SETS_FLAGS, _UP)
    for path, text in (
        ("/etc/resolv.conf", f"nameserver {RESOLVER}\noptions timeout:1 attempts:1\n"),
        ("/etc/hosts", "127.0.0.1 localhost\n"),
    ):
        own = Path(order["home"]) / Path(path).name
        own.write_text(text, encoding="ascii")
        subprocess.run(["mount", "--bind", str(own), os.path.realpath(path)], check=True)
    names: dict[str, str] = {}
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((RESOLVER, 53))
    threading.Thread(target=_serve, args=(server, names), daemon=True).start()
    child = subprocess.Popen(
        order["command"], env=order["environment"], cwd=order["home"], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        output, _ = child.communicate(timeout=order["seconds"])
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        output, _ = child.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, 9)
    addresses = {address: name for name, address in names.items()}
    told = {"code": child.returncode, "names": list(names), "addresses": addresses}
    told["space"] = os.stat("/proc/self/ns/net").st_ino
    told["output"] = output.decode("utf-8", "replace")[-4000:]
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    _inside()
