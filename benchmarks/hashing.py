"""Speed of the probe's hashing beside sha256sum and openssl, on files of its own making, from the page cache.

Usage: python benchmarks/hashing.py [--files 3] [--mib 2048] [--rounds 3] [--folder DIR]

Each round runs every method once, in turn; the best round of each counts. The probe's figures hold its whole way:
a child process is started (a tenth of a second), the folder is walked, headers are read, files are hashed and reported.
"""

import argparse
import concurrent.futures
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

from auditor.collect.collect import collect
from auditor.collect.local import Local
from auditor.collect.request import Options, build

_MIB = 1024 * 1024


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


def probe(folder: Path, readers: int) -> dict[str, str]:
    """The probe as it is used."""
    options = Options(paths=(str(folder),), stores=False, collectors=("models", "weights"), readers=readers, nice=False)
    collected = collect(Local(), build(options), cancel=threading.Event())
    return {Path(r.path).name: r.sha256 or "" for r in collected.records if r.type == "weight"}


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


def methods(folder: Path, files: list[Path]) -> Iterator[tuple[str, Callable[[], dict[str, str]]]]:
    """What is compared, as far as it is installed."""
    processors = os.cpu_count() or 1
    yield "probe", lambda: probe(folder, 0)
    yield "probe, 1 reader", lambda: probe(folder, 1)
    yield f"hashlib readinto, {processors + 1} threads", lambda: threads(files, processors + 1)
    for name, words in (("sha256sum", ["sha256sum"]), ("openssl dgst", ["openssl", "dgst", "-sha256"])):
        if shutil.which(words[0]):
            for count in (1, processors):
                yield f"{name} x {count}", lambda words=words, count=count: command(words, files, count)  # type: ignore[misc]


def main() -> int:
    """Measure and print one line of JSON for each method, fastest first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=3)
    parser.add_argument("--mib", type=int, default=2048, help="size of each file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="where to write the files")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        files = make(folder, given.files, given.mib)
        best: dict[str, float] = {}
        digests: dict[str, str] = {}
        for _ in range(given.rounds):
            for method, run in methods(folder, files):
                start = time.perf_counter()
                found = run()
                best[method] = min(best.get(method, float("inf")), time.perf_counter() - start)
                if found != (digests := digests or found):
                    print(f"{method} gives other digests", file=sys.stderr)
                    return 1
    total = given.files * given.mib * _MIB
    fastest = min(best.values())
    for method, seconds in sorted(best.items(), key=lambda item: item[1]):
        row = {
            "method": method,
            "mb_per_second": round(total / seconds / 1e6),
            "of_fastest": round(fastest / seconds, 3),
        }
        print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
