"""What the readers of safetensors and GGUF headers have in common: one summary, and its bounds."""

from typing import Any, Callable, Dict, List, Set, Tuple

from . import limits
from .text import MAX_INT

_ALL_METADATA = 2 * limits.MIB


def never() -> bool:
    """The default of ``stop``: nobody asks to stop."""
    return False


class Header:
    """A header, summed up. Readers put what is wrong into ``problems`` and raise nothing but OSError."""

    def __init__(self, format_: str) -> None:
        self.format = format_
        self.tensors = 0
        self.parameters = 0
        self.dtypes: Dict[str, int] = {}
        self.bytes = 0
        self.metadata: Dict[str, str] = {}
        self.problems: List[str] = []
        self._prefixes: Set[str] = set()
        self._kept = 0
        self._unkept = 0

    def problem(self, what: str) -> None:
        """Name something wrong, at most so many times."""
        if len(self.problems) < limits.HEADER_PROBLEMS:
            self.problems.append(what)
        elif len(self.problems) == limits.HEADER_PROBLEMS:
            self.problems.append("more problems of this header are not listed")

    def keep(self, key: str, value: str) -> None:
        """Keep a piece of metadata, cut to its bounds."""
        if len(value) > limits.METADATA_VALUE:
            self.problem(f"value of {key[:200]} was cut at {limits.METADATA_VALUE} characters")
            value = value[: limits.METADATA_VALUE]
        if len(self.metadata) >= limits.METADATA_KEYS or self._kept + len(key) + len(value) > _ALL_METADATA:
            self._unkept += 1
            if self._unkept == 1:
                self.problem("metadata is too long, not all of it was kept")
            return
        self._kept += len(key) + len(value)
        self.metadata[key] = value

    def count(self, name: str, dtype: str, elements: int) -> None:
        """Count one tensor."""
        self.tensors += 1
        if self.parameters + elements > MAX_INT:
            self.problem(f"tensor {name[:200]} claims {str(elements)[:40]} elements")
            return
        self.parameters += elements
        self.dtypes[dtype] = self.dtypes.get(dtype, 0) + elements
        if len(self._prefixes) < limits.PREFIXES:
            self._prefixes.add(".".join(name.split(".")[:2])[:200])

    def check_layout(self, spans: List[Tuple[int, int, str]], start: int, size: int, dense: bool) -> None:
        """Tensor data (first, end, name; relative to ``start``) must lie in the file and not overlap."""
        end = 0
        for first, last, name in sorted(spans):
            if first < end:
                self.problem(f"tensor {name[:200]} overlaps the one before it")
            elif dense and first > end:
                self.problem(f"{first - end} bytes before tensor {name[:200]} belong to no tensor")
            end = max(end, last)
        self.bytes = min(start + end, MAX_INT)
        if self.bytes > size:
            self.problem(f"tensors reach to byte {str(start + end)[:40]}, the file ends at {size}: it is truncated")
        elif dense and self.bytes < size:
            self.problem(f"{size - self.bytes} bytes after the last tensor belong to no tensor")

    def fields(self) -> Dict[str, Any]:
        """The fields of a ``HeaderRecord``."""
        return {
            "format": self.format,
            "tensors": self.tensors,
            "parameters": self.parameters,
            "dtypes": dict(sorted(self.dtypes.items())),
            "bytes": self.bytes,
            "metadata": dict(sorted(self.metadata.items())),
            "prefixes": sorted(self._prefixes),
            "problems": self.problems,
        }


Stop = Callable[[], bool]
