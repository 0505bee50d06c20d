"""The closed registry of checks: name, arguments, what each looks at and when it cannot tell.

The judge implements them; a test demands that both sides agree. Policies hold no code, only these names.
"""

from collections.abc import Mapping
from typing import Any

from auditor.policy.checks_host import HOST_CHECKS
from auditor.policy.checks_models import MODEL_CHECKS
from auditor.policy.spec import Spec

SPECS: dict[str, Spec] = {spec.name: spec for spec in (*MODEL_CHECKS, *HOST_CHECKS)}
"""Every check there is, by name."""


def subject_of(check: str, arguments: Mapping[str, Any]) -> str:
    """What a control looks at: an expression says it itself, everything else by its check."""
    return str(arguments.get("each", "host")) if check == "facts.expression" else SPECS[check].subject
