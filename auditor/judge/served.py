"""Which process serves which model."""

from auditor.facts.models import Model
from auditor.facts.serving import Served


def serves(served: Served, model: Model) -> bool:
    """Whether a process serves the model, by its id, its folder or its name."""
    named = served.models.value or ()
    names = {model.id, model.path, *([model.name.value] if model.name.value else [])}
    return any(name in names or (name.startswith(model.path.rstrip("/") + "/") and model.path) for name in named)
