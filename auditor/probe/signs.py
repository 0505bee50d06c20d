"""What is told of a file that was looked through: names that it imports, signs of harm, what was not followed."""

from typing import Dict, NamedTuple

from . import limits


class Import(NamedTuple):
    """A name that a loader would import; ``how`` is the opcode."""

    name: str
    how: str
    where: str


class Sign(NamedTuple):
    """Something else that tells of harm."""

    kind: str
    detail: str
    where: str


class Seen:
    """What was seen in one file. Bounded: what is beyond the bounds is counted and makes it incomplete."""

    def __init__(self) -> None:
        self.imports: Dict[Import, None] = {}
        self.signs: Dict[Sign, None] = {}
        self.problems: Dict[str, None] = {}
        self.pickles = 0

    def imported(self, name: str, how: str, where: str) -> None:
        """A name is imported."""
        if len(self.imports) < limits.IMPORTS:
            self.imports[Import(name[:500], how, where)] = None
        else:
            self.problem(f"more than {limits.IMPORTS} names are imported; those beyond are not listed")

    def sign(self, kind: str, detail: str, where: str) -> None:
        """Something tells of harm."""
        if len(self.signs) < limits.SIGNS:
            self.signs[Sign(kind, detail[:500], where)] = None
        else:
            self.problem(f"more than {limits.SIGNS} signs of harm; those beyond are not listed")

    def problem(self, what: str) -> None:
        """Something could not be followed."""
        if len(self.problems) < limits.HEADER_PROBLEMS:
            self.problems[what[:500]] = None
