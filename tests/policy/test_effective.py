"""The policy as applied: closed, and the same after a round through its document."""

import pytest
from pydantic import ValidationError

from auditor.facts.canonical import canonical, parse
from auditor.policy.effective import Control, Deployer, Effective, Severity
from auditor.policy.loader import builtin_names
from auditor.policy.resolve import load_effective


@pytest.mark.parametrize("name", builtin_names())
def test_a_policy_is_the_same_after_its_document(name: str) -> None:
    policy = load_effective(name, "gpu-01")

    again = Effective.model_validate(parse(canonical(policy)))

    assert again == policy
    assert canonical(again) == canonical(policy)


def test_what_the_deployer_does_not_state_is_none_and_not_zero() -> None:
    assert Deployer().monthly_active_users is None
    assert Deployer().country is None


def test_severities_are_ordered_from_the_least() -> None:
    assert [severity.value for severity in Severity] == ["info", "low", "medium", "high", "critical"]


def test_a_control_takes_no_field_that_it_does_not_know() -> None:
    with pytest.raises(ValidationError):
        Control.model_validate(
            {"id": "A", "group": "G", "title": {"en": "x"}, "severity": "low", "check": "x", "code": "import os"}
        )
