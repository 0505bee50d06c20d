"""The closed registry of checks: name, arguments, what each looks at and when it cannot tell.

The judge implements them; a test demands that both sides agree. Policies hold no code, only these names.
"""

from auditor.policy.checks_host import HOST_CHECKS
from auditor.policy.checks_models import MODEL_CHECKS
from auditor.policy.spec import Spec

SPECS: dict[str, Spec] = {spec.name: spec for spec in (*MODEL_CHECKS, *HOST_CHECKS)}
"""Every check there is, by name."""
