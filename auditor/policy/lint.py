"""Remarks on a policy that has no mistakes and may still not say what its author means.

Every rule has a name, which its messages carry, and is one function of :mod:`auditor.policy.lint_rules`. Nothing here
refuses a policy. Only what stands in the named file itself is remarked on, not what it extends.
"""

import datetime as dt
from collections.abc import Mapping

from auditor.knowledge.knowledge import Knowledge
from auditor.policy.lint_rules import RULES
from auditor.policy.loader import Loaded
from auditor.policy.message import Message
from auditor.policy.remark import Reading


def lint(loaded: Loaded, today: dt.date, knowledge: Knowledge) -> tuple[Message, ...]:
    """All remarks, in the order of lines."""
    reading = Reading(loaded, today, knowledge)
    found = {message for rule in RULES.values() for message in rule(reading)}
    return tuple(sorted(message for message in found if message.file == str(loaded.path)))


def explanations() -> Mapping[str, str]:
    """What each rule is about, for the reference."""
    return {name: (rule.__doc__ or "").strip() for name, rule in RULES.items()}
