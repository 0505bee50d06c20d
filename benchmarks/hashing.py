"""Speed of the probe's reading beside other programs, on files of its own making, from the page cache.

Usage: python benchmarks/hashing.py [--files 3] [--mib 1024] [--single 4096] [--rounds 3] [--folder DIR]

Beside it: sha256sum, openssl dgst, b3sum, the bare loop of hashlib, the package blake3, and, from the environment of
`.venv-products`, the digest code of huggingface_hub and model-signing; each as far as it is installed.

Each round runs every method once, in turn; the best round of each counts. The probe's figures hold its whole way:
a child process is started (a tenth of a second), the folder is walked, headers are read, files are hashed and reported.
"""

import argparse
import concurrent.futures
import contextlib
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from blake3 import blake3

from auditor.collect.collect import collect
from auditor.collect.local import Local, blake3_folder
from auditor.collect.request import Options, build
from auditor.collect.stream import End, Event, Hello, Progress

_MIB = 1024 * 1024
PRODUCTS = Path(__file__).parent.parent / ".venv-products" / "bin" / "python"
PEAKS: list[int] = []
"""Peaks of the probe's memory, in MiB."""


def make(folder: Path, files: int, mib: int) -> list[Path]:
    """Files of noise that no file system can compress."""
    made = []
    for number in range(files):
        path = folder / f"model-{number + 1:05d}-of-{files:05d}.safetensors"
        with path.open("wb") as file:
            for _ in range(mib):
                file.write(os.urandom(_MIB))
        made.append(path)
    (folder / "config.json").write_text("{}")
    return made


def probe(folder: Path, digests: tuple[str, ...] = ("sha256",), readers: int = 0) -> dict[str, str]:
    """The probe as it is used; the digest is that of SHA-256 where there are two. Notes its peak of memory."""
    options = Options(
        paths=(str(folder),), stores=False, collectors=("models", "weights"), readers=readers, nice=False,
        digests=digests, blake3=blake3_folder(),
    )  # fmt: skip
    pid = 0

    def hear(event: Event) -> None:
        nonlocal pid
        pid = event.pid if isinstance(event, Hello) else pid
        if isinstance(event, Progress | End):
            # Gone from here when the probe has ended.
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
                lines = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
                PEAKS.extend(int(line) // 1024 for line in lines)

    collected = collect(Local(), build(options), on_event=hear, cancel=threading.Event())
    return {Path(r.path).name: r.sha256 or r.blake3 or "" for r in collected.records if r.type == "weight"}


def product(code: str, files: list[Path]) -> dict[str, str]:
    """A few lines of Python with the libraries of other products; they print name and digest of each file."""
    words = [str(PRODUCTS), "-c", code, *map(str, files)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return {Path(name).name: digest for digest, name in (line.split(None, 1) for line in said.splitlines())}


def command(words: list[str], files: list[Path], processes: int) -> dict[str, str]:
    """A program, as so many processes at once, one file each."""

    def one(path: Path) -> tuple[str, str]:
        said = subprocess.run([*words, str(path)], capture_output=True, text=True, check=True).stdout
        return path.name, said.split("= ")[-1].split()[0]

    with concurrent.futures.ThreadPoolExecutor(processes) as pool:
        return dict(pool.map(one, files))


def threads(files: list[Path], count: int) -> dict[str, str]:
    """The bare loop that the probe's is held against: readinto of 1 MiB, largest first."""

    def one(path: Path) -> tuple[str, str]:
        hasher, buffer = hashlib.sha256(), bytearray(_MIB)
        view = memoryview(buffer)
        with path.open("rb", buffering=0) as file:
            while got := file.readinto(buffer):
                hasher.update(view[:got])
        return path.name, hasher.hexdigest()

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return dict(pool.map(one, files))


def mapped(files: list[Path]) -> dict[str, str]:
    """BLAKE3 as its package computes it of a memory map, on all processors."""
    return {path.name: blake3(max_threads=blake3.AUTO).update_mmap(path).hexdigest() for path in files}


@functools.cache
def installed(module: str) -> bool:
    """Whether the environment of other products has this module."""
    words = [str(PRODUCTS), "-c", f"import {module}"]
    return PRODUCTS.exists() and not subprocess.run(words, capture_output=True, check=False).returncode


Method = Callable[[], dict[str, str]]


def methods(folder: Path, files: list[Path]) -> Iterator[tuple[str, str, Method]]:
    """What is compared, as far as it is installed: the kind of digest, the name, and how to run it."""
    processors = os.cpu_count() or 1
    yield "sha256", "probe", lambda: probe(folder)
    yield "sha256", "probe, both digests", lambda: probe(folder, ("sha256", "blake3"))
    yield "blake3", "probe, blake3 alone", lambda: probe(folder, ("blake3",))
    yield "sha256", f"hashlib readinto, {processors + 1} threads", lambda: threads(files, processors + 1)
    for name, words in (("sha256sum", ["sha256sum"]), ("openssl dgst", ["openssl", "dgst", "-sha256"])):
        if shutil.which(words[0]):
            for count in sorted({1, min(processors, len(files))}):
                run = functools.partial(command, words, files, count)
                yield "sha256", f"{name} x {count}", run
    for name, code in (("huggingface_hub", _HUGGINGFACE), ("model-signing", _MODEL_SIGNING)):
        module = name.replace("-", "_")
        if (
            PRODUCTS.exists()
            and not subprocess.run([PRODUCTS, "-c", f"import {module}"], capture_output=True).returncode
        ):
            yield "sha256", name, functools.partial(product, code, files)
    if shutil.which("b3sum"):
        yield "blake3", "b3sum", lambda: command(["b3sum"], files, 1)
    yield "blake3", "package blake3, memory map", lambda: mapped(files)


_HUGGINGFACE = """
import sys
from huggingface_hub.utils.sha import sha_fileobj
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        print(sha_fileobj(file).hex(), name)
"""
_MODEL_SIGNING = """
import os, sys
from model_signing import hashing
found = hashing.Config().use_file_serialization().hash(os.path.dirname(sys.argv[1]))
for each in found.resource_descriptors():
    if each.identifier.endswith(".safetensors"):
        print(each.digest.digest_hex, each.identifier)
"""


def measure(folder: Path, files: list[Path], rounds: int) -> tuple[dict[str, float], dict[str, str]]:
    """Best seconds of each method, and its kind. Raises ValueError where one gives other digests."""
    best: dict[str, float] = {}
    kinds: dict[str, str] = {}
    digests: dict[str, dict[str, str]] = {}
    for _ in range(rounds):
        for kind, method, run in methods(folder, files):
            start = time.perf_counter()
            found = run()
            best[method] = min(best.get(method, float("inf")), time.perf_counter() - start)
            kinds[method] = kind
            if found != digests.setdefault(kind, found):
                raise ValueError(f"{method} gives other digests")
    return best, kinds


def tell(case: str, total: int, best: dict[str, float], kinds: dict[str, str]) -> None:
    """One line of JSON for each method, fastest first, then the ratios that matter."""
    fastest = {kind: min(best[name] for name in best if kinds[name] == kind) for kind in set(kinds.values())}
    for method, seconds in sorted(best.items(), key=lambda item: item[1]):
        row = {
            "case": case,
            "method": method,
            "mb_per_second": round(total / seconds / 1e6),
            "of_fastest": round(fastest[kinds[method]] / seconds, 3),
        }
        print(json.dumps(row))
    against = "b3sum" if "b3sum" in best else "package blake3, memory map"
    ratios = {
        "case": case,
        "sha256_of_fastest": round(fastest["sha256"] / best["probe"], 3),
        "both_of_sha256": round(best["probe"] / best["probe, both digests"], 3),
        f"blake3_of_{against.split(',')[0].replace(' ', '_')}": round(best[against] / best["probe, blake3 alone"], 3),
        "peak_mib": max(PEAKS),
    }
    print(json.dumps(ratios))


def main() -> int:
    """Measure several files, then a single one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=3)
    parser.add_argument("--mib", type=int, default=1024, help="size of each file")
    parser.add_argument("--single", type=int, default=4096, metavar="MIB", help="size of the single file; 0: none")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="where to write the files")
    given = parser.parse_args()
    for case, count, mib in (("several", given.files, given.mib), ("single", 1, given.single)):
        if not mib:
            continue
        with tempfile.TemporaryDirectory(dir=given.folder) as name:
            try:
                best, kinds = measure(Path(name), make(Path(name), count, mib), given.rounds)
            except ValueError as error:
                print(error, file=sys.stderr)
                return 1
        tell(f"{case}: {count} x {mib} MiB", count * mib * _MIB, best, kinds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
