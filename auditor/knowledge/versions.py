"""Version numbers as products write them, and ranges over them."""

import re

from pydantic import Field

from auditor.facts.fact import Value


def numbers(version: str) -> tuple[int, ...]:
    """The leading release numbers: ``v0.33.0rc1+cu130`` gives ``(0, 33, 0)``; empty where there are none."""
    match = re.match(r"\s*[vV]?(\d{1,9}(?:\.\d{1,9}){0,9})", version, re.ASCII)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


class Range(Value):
    """Both ends belong to it. ``to: "0.33"`` takes in every 0.33.x."""

    from_: str = Field("", alias="from", pattern=r"^(\d+(\.\d+)*)?$")
    to: str = Field("", pattern=r"^(\d+(\.\d+)*)?$")

    def holds(self, version: str) -> bool:
        """Whether a version lies within; one without numbers never does."""
        given = numbers(version)
        if not given:
            return False
        low, high = numbers(self.from_), numbers(self.to)
        width = max(len(given), len(low))
        padded = given + (0,) * (width - len(given))
        if padded < low + (0,) * (width - len(low)):
            return False
        return not high or (given + (0,) * (len(high) - len(given)))[: len(high)] <= high

    def __str__(self) -> str:
        if self.from_ == self.to:
            return self.to
        return f"{self.from_ or 'any'} to {self.to or 'any'}"
