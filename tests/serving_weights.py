"""Small real servers for tests: processes that map, open or read weight files, also in a namespace of their own."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

MAP = """
import mmap, sys
kept = []
for path in sys.argv[2:]:
    with open(path, "rb") as file:
        kept.append(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
print("up", flush=True)
sys.stdin.read()
"""
COPY = """
import mmap, sys
with open(sys.argv[2], "rb") as file:
    kept = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
kept[-1] = kept[-1] ^ 1
print("up", flush=True)
sys.stdin.read()
"""
OPEN = """
import sys
kept = [open(path, "rb") for path in sys.argv[2:]]
print("up", flush=True)
sys.stdin.read()
"""
READ = """
import sys
kept = [open(path, "rb").read() for path in sys.argv[2:]]
print("up", flush=True)
sys.stdin.read()
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces and mounts need root")


@contextlib.contextmanager
def serving(code: str, *paths: Path | str, prefix: tuple[str, ...] = (), word: str = "serve-weights") -> Iterator[int]:
    """The pid of a process that runs this code over the files until the block ends; ``prefix`` is put before it."""
    command = [*prefix, sys.executable, "-S", "-c", code, word, *map(str, paths)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env={"PATH": os.environ["PATH"]}) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == b"up\n"
            yield child.pid
        finally:
            child.stdin.close()


def own_namespace(script: str) -> tuple[str, ...]:
    """A command in a mount namespace of its own, after this shell script; mounts go with its last process.

    The command replaces the shell, so that its pid is that of the server.
    """
    return ("unshare", "--mount", "--propagation", "private", "sh", "-ec", f'{script}\nexec "$@"', "sh")


def swap(path: Path) -> bytes:
    """Put a file of one other byte in the place of this one, as an update does; gives the new bytes."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    other = path.with_name("incoming")
    other.write_bytes(data)
    other.replace(path)
    return bytes(data)


def overlays_work(folder: Path) -> bool:
    """Whether this kernel mounts an overlay whose upper layer is below this folder."""
    layers = [folder / name for name in ("probe-lower", "probe-upper", "probe-work", "probe-merged")]
    for layer in layers:
        layer.mkdir()
    lower, upper, work, merged = map(str, layers)
    script = f"mount -t overlay overlay -o lowerdir={lower},upperdir={upper},workdir={work} {merged}"
    command = [*own_namespace(script), "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
