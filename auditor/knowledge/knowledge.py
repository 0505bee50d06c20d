"""All knowledge that a verdict may rest on, as one value with one digest."""

from functools import cache

from auditor.facts.canonical import digest
from auditor.facts.fact import Value
from auditor.knowledge.models import Models, load_models


class Knowledge(Value):
    """The tables, by topic. The dossier embeds them, so that its verdicts can be computed again elsewhere."""

    models: Models = Models()

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical form."""
        return digest(self)


@cache
def load() -> Knowledge:
    """Read all of ``resources/knowledge``."""
    return Knowledge(models=load_models())
