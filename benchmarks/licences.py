"""Cost of recognising licences: loading, time for each text, memory; another program's beside it where it is there.

Usage: python benchmarks/licences.py [FILE ...] [--rounds 5] [--scancode PYTHON]

Without files the licence texts that installed packages ship are used. ``--scancode`` names the interpreter of an
environment that has scancode-toolkit; its index is loaded once, and each text is matched once.
"""

import argparse
import importlib.metadata
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from auditor.knowledge.fingerprints import load
from auditor.recognise.licences_match import match_text, prepare

_PEER = """
import json, resource, sys, time
started = time.perf_counter()
from licensedcode.cache import get_index
index = get_index()
loaded = time.perf_counter() - started
times = []
for path in json.load(sys.stdin):
    text = open(path, encoding="utf-8", errors="replace").read()
    before = time.perf_counter()
    found = index.match(query_string=text)
    names = sorted({str(match.rule.license_expression) for match in found})
    times.append((path, time.perf_counter() - before, names))
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
json.dump({"load": loaded, "memory": memory, "times": times}, sys.stdout)
"""


def shipped() -> list[Path]:
    """Licence texts in the metadata of installed packages."""
    found = set()
    for distribution in importlib.metadata.distributions():
        for path in distribution.files or ():
            if "dist-info" in str(path) and path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
                found.add(Path(str(path.locate())))
    return sorted(path for path in found if path.is_file())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scancode", metavar="PYTHON")
    arguments = parser.parse_args()
    files = arguments.files or shipped()
    texts = [(path, path.read_text(encoding="utf-8", errors="replace")) for path in files]

    before = _memory()
    started = time.perf_counter()
    fingerprints = load()
    loaded = time.perf_counter()
    prepare(fingerprints)
    indexed = time.perf_counter()
    print(
        f"{len(fingerprints.texts)} fingerprints: loaded in {_ms(loaded - started)}, index in {_ms(indexed - loaded)}"
    )

    best = []
    for path, text in texts:
        times = []
        for _ in range(arguments.rounds):
            began = time.perf_counter()
            match, parts = match_text(text, fingerprints)
            times.append(time.perf_counter() - began)
        best.append((min(times), path, len(text), match, [part.id for part in parts]))
    for seconds, path, length, match, ids in sorted(best, key=lambda row: -row[0]):
        print(f"{_ms(seconds):>10}  {length:>8} characters  {match.value:9}  {', '.join(ids) or '–':40}  {path}")
    exact = sorted(row[0] for row in best if row[3] == "exact")
    if exact:
        print(f"exact copies: {len(exact)}, median {_ms(exact[len(exact) // 2])}, slowest {_ms(exact[-1])}")
    print(f"memory: {before / 1024:.0f} MiB before, {_memory() / 1024:.0f} MiB at most")
    if arguments.scancode:
        _peer(arguments.scancode, files)


def _peer(python: str, files: list[Path]) -> None:
    done = subprocess.run(
        [python, "-c", _PEER], input=json.dumps([str(path) for path in files]), capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{python} could not match with scancode:\n{done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    print(f"\nscancode: loaded in {found['load']:.1f} s, {found['memory'] / 1024:.0f} MiB at most")
    for path, seconds, names in sorted(found["times"], key=lambda row: -row[1]):
        print(f"{_ms(seconds):>10}  {', '.join(names) or '–':40}  {path}")


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
