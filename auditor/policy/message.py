"""What is wrong in a policy, at which place, and what was perhaps meant."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath

from auditor.errors import UserError

MOST_SHOWN = 50
"""Messages beyond this many are counted, not printed."""
MOST_TOLD = 500
"""Messages beyond this many are not even made: each costs a search for what was meant."""
MOST_COMPARED = 300
LONGEST_WORD = 100

_GUIDE = "policies.md"
SECTIONS = {
    **dict.fromkeys(
        (
            "syntax",
            "encoding",
            "too-large",
            "too-deep",
            "alias-cycle",
            "tag",
            "key",
            "scalar",
            "duplicate-key",
            "empty",
        ),
        f"{_GUIDE}#what-is-read",
    ),
    **dict.fromkeys(("extends", "weakened-without-reason"), f"{_GUIDE}#how-layers-are-merged"),
    **dict.fromkeys(("parameter", "unknown-parameter"), f"{_GUIDE}#parameters"),
    "unknown-check": "policy-reference.md#checks",
    "expression": f"{_GUIDE}#what-no-check-covers",
    "schema-version": f"{_GUIDE}#versions-of-the-format",
    "dates": f"{_GUIDE}#waivers",
    "unknown-standard": f"{_GUIDE}#references",
}
"""Section of the documents by rule; whatever is not named is about a field, which the reference tells of."""
LINTED = "docs/policy-reference.md#rules-of-auditor-policy-lint"


@dataclass(frozen=True, order=True)
class Place:
    """A position in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def origin(self) -> str:
        """The place as the dossier prints it, ``file:line`` without the folder: the same on every workstation."""
        return f"{PurePath(self.file).name}:{self.line}"


@dataclass(frozen=True, order=True)
class Message:
    """One mistake, or one remark of the linter.

    ``rule`` is its stable name; ``suggestion`` is what was perhaps meant, empty where nothing is near.
    """

    file: str
    line: int
    column: int
    rule: str
    message: str
    suggestion: str = ""

    @property
    def help(self) -> str:
        """Where the documents speak of it, for a mistake; remarks of the linter are all in :data:`LINTED`."""
        return f"docs/{SECTIONS.get(self.rule, 'policy-reference.md#fields')}"

    def __str__(self) -> str:
        meant = f" (did you mean '{self.suggestion}'?)" if self.suggestion else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{meant}"


class PolicyError(UserError):
    """A policy that cannot be used; carries every message, not only the first."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self.messages = tuple(sorted(set(messages)))
        lines = [str(m) for m in self.messages[:MOST_SHOWN]]
        if len(self.messages) > MOST_SHOWN:
            lines.append(f"… and {len(self.messages) - MOST_SHOWN} more")
        super().__init__("\n".join(lines), "Mend the policy; `auditor policy check FILE` prints these lines again.")


def tell(place: Place, rule: str, message: str, suggestion: str = "") -> Message:
    """A message about a place."""
    return Message(place.file, place.line, place.column, rule, message, suggestion)


def nearest(word: object, pool: Iterable[str]) -> str:
    """The word of the pool that was perhaps meant, or empty."""
    if not isinstance(word, str) or len(word) > LONGEST_WORD:
        return ""
    known = [other for other in islice(pool, MOST_COMPARED) if len(other) <= LONGEST_WORD]
    found = difflib.get_close_matches(word, known, 1)
    return found[0] if found else ""
