"""How a check is described: in the reference, in messages, and in the dossier's decision rules."""

from dataclasses import dataclass

from auditor.policy.arguments import Arguments


@dataclass(frozen=True)
class Spec:
    """Documentation of a check, printed in the reference and in the dossier's decision rules."""

    name: str
    arguments: type[Arguments]
    group: str
    subject: str
    looks_at: str
    rule: str
    """The decision rule in a sentence: when pass, when fail."""
    unknown_when: str
    example: str = "{}"
    """A ``with:`` of a control, as YAML."""
    example_pass: str = ""
    """Something on a host that is evidenced under the example."""
    example_fail: str = ""
    """Something on a host that is contradicted under it."""
