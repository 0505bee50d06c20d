"""Counters in the text format of Prometheus: name, labels, value. Lines of any other form are passed over."""

import math
import re
from collections.abc import Collection

_SAMPLE = re.compile(r"([A-Za-z_:][A-Za-z0-9_:]*)(\{[^\n]*\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*", re.ASCII)
_MOST = 2.0**53


def total(text: str, names: Collection[str]) -> int | None:
    """The sum of all samples of these counters; None where there is none, or one is no count."""
    found: list[float] = []
    for line in text.split("\n"):
        match = _SAMPLE.fullmatch(line.rstrip("\r"))
        if match is None or match[1] not in names:
            continue
        try:
            value = float(match[3])
        except ValueError:
            return None
        if not math.isfinite(value) or not 0 <= value <= _MOST:
            return None
        found.append(value)
    return int(sum(found)) if found else None
