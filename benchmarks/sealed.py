"""How fast the search of a sealed run is, and whether it claims anything in noise.

    python benchmarks/sealed.py [--megabytes 1024]

Random bytes, and the same amount of base64 of random bytes, in pieces of 16 MB as the sink hands them over.
"""

import argparse
import base64
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from auditor.sealed.canary import Marks
from auditor.sealed.search import find

PIECE = 16 * 2**20


def main() -> None:
    """Both kinds, one line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--megabytes", type=int, default=1024)
    arguments = parser.parse_args()
    marks = Marks.make(os.urandom)
    for name in ("random", "base64"):
        begun, claimed, unfinished, done = time.perf_counter(), 0, 0, 0
        while done < arguments.megabytes << 20:
            data = os.urandom(PIECE) if name == "random" else base64.b64encode(os.urandom(PIECE // 4 * 3))
            found = find(data, marks)
            claimed += len(found.hits)
            unfinished += not found.whole
            done += len(data)
        seconds = time.perf_counter() - begun
        print(f"{name}: {done >> 20} MB in {seconds:.1f} s, {claimed} claimed, {unfinished} pieces not to the end")


if __name__ == "__main__":
    main()
