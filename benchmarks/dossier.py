"""How long a dossier takes to compose, seal and verify, and how long it gets: ``python -m benchmarks.dossier``.

Prints one line a size: models, findings, pages, bytes, seconds of each step, peak memory of the process.
"""

import argparse
import io
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pikepdf

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from auditor.evidence import fonts
from auditor.evidence.compose import compose
from auditor.evidence.keys import make_key
from auditor.evidence.seal import seal
from auditor.evidence.verify import verify
from tests.evidence import samples

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """The result, and the seconds that it took."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def main() -> None:
    """Measure some sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, nargs="+", default=[5, 50, 200])
    parser.add_argument("--findings-per-model", type=int, default=10)
    options = parser.parse_args()
    key, made = timed(lambda: make_key("Benchmark", samples.WHEN))
    _, registered = timed(fonts.register)
    print(f"key {made:.2f} s, fonts {registered:.2f} s")
    print(
        f"{'models':>7} {'findings':>9} {'pages':>6} {'bytes':>9} {'compose':>8} {'seal':>6} {'verify':>7} {'MiB':>5}"
    )
    for models in options.models:
        count = models * options.findings_per_model
        case = samples.huge(models=models, findings=count)
        judgement = case[1]
        pdf, composing = timed(lambda case=case: compose(*case, samples.cover()))  # type: ignore[misc]
        sealed, sealing = timed(lambda pdf=pdf: seal(pdf, key, when=samples.WHEN))  # type: ignore[misc]
        found, verifying = timed(
            lambda sealed=sealed, judgement=judgement: verify(sealed, judge=lambda *_: judgement)  # type: ignore[misc]
        )
        if not found.ok:
            sys.exit(f"the dossier of {models} models was not confirmed: {found.problems}")
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            pages = len(opened.pages)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{models:>7} {count:>9} {pages:>6} {len(sealed):>9} {composing:>7.2f}s {sealing:>5.2f}s "
            f"{verifying:>6.2f}s {peak:>5}"
        )


if __name__ == "__main__":
    main()
