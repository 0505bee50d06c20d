"""The catalogue of frameworks: which provisions the evidence of a check supports.

Ids only. A check supports a provision; it never fulfils one.
"""

from auditor.facts.fact import Value
from auditor.knowledge.tables import read

FILE = "controls.yaml"


class Framework(Value):
    """A law, standard or guide, in the edition that the ids are of."""

    id: str
    title: str
    edition: str


class Support(Value):
    """What one check can be cited for."""

    id: str
    """Name of the check."""
    supports: dict[str, tuple[str, ...]]
    """Ids of provisions by framework."""


class Controls(Value):
    """The whole catalogue."""

    frameworks: tuple[Framework, ...] = ()
    checks: tuple[Support, ...] = ()

    def framework(self, name: str) -> Framework | None:
        """A framework by its id, whatever the case of the letters."""
        return next((f for f in self.frameworks if f.id.casefold() == name.casefold()), None)

    def supported(self, check: str, framework: str) -> tuple[str, ...]:
        """The provisions of a framework that a check supports."""
        found = next((c for c in self.checks if c.id == check), None)
        known = self.framework(framework)
        return found.supports.get(known.id, ()) if found is not None and known is not None else ()

    def provisions(self, framework: str) -> frozenset[str]:
        """Every id that the catalogue knows of a framework."""
        known = self.framework(framework)
        return frozenset(i for c in self.checks for i in c.supports.get(known.id, ())) if known else frozenset()


def load_controls() -> Controls:
    """Read the catalogue. Raises ValueError where it names a framework that it does not list."""
    catalogue = Controls(frameworks=read(FILE, Framework, "frameworks"), checks=read(FILE, Support, "checks"))
    listed = {framework.id for framework in catalogue.frameworks}
    unlisted = sorted({name for check in catalogue.checks for name in check.supports} - listed)
    if unlisted:
        raise ValueError(f"{FILE}: frameworks not listed: {', '.join(unlisted)}")
    return catalogue
