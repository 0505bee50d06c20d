"""Pydantic's errors become messages that an author of YAML understands."""

import pytest

from auditor.policy.arguments import Destinations, Permits
from auditor.policy.document import parse
from auditor.policy.effective import Deployer
from auditor.policy.schema import WaiverEntry
from auditor.policy.validation import validate


def told(model: type, text: str, within: str = "") -> list[str]:
    tree, messages = parse(text.encode(), "p.yaml")
    assert tree is not None
    assert messages == ()
    return [str(message).removeprefix("p.yaml:") for message in validate(model, tree, within)[1]]


def test_a_value_without_mistakes_is_typed() -> None:
    tree, _ = parse(b"{use: deploy, accepted: [MIT]}", "p.yaml")
    assert tree is not None

    value, messages = validate(Permits, tree)

    assert messages == ()
    assert value == Permits(use="deploy", accepted=("MIT",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{use: deploy, accepted: 5}", "1:25: a list is needed here, 5 is a number"),
        ("{use: deploy, accepted: [5]}", "1:26: a text is needed here, 5 is a number (did you mean '\"5\"'?)"),
        ("{use: deploy, accept_conditions: 1}", "1:34: true or false is needed here, 1 is a number"),
        ("{use: [deploy]}", "1:7: this is not one of deploy, commercial, modify, redistribute"),
        ("{use: deploy, accepted: null}", "1:25: a list is needed here, nothing is empty"),
        ("{}", "1:1: 'use' is missing here in 'with'"),
        ("{use: deploy, extra: 1}", "1:15: unknown key 'extra'; there is use, accept_conditions, accepted"),
    ],
)
def test_a_mistake_is_told_in_the_words_of_the_file(text: str, message: str) -> None:
    assert told(Permits, text, within="'with'") == [message]


def test_a_mistyped_key_is_one_mistake_and_not_two() -> None:
    assert told(Permits, "{us: deploy}") == ["1:2: unknown key 'us' (did you mean 'use'?)"]


def test_bounds_are_told() -> None:
    assert told(Destinations, "{observe_seconds: -1}") == ["1:19: -1 has to be at least 0"]
    assert told(Destinations, "{observe_seconds: 604801}") == ["1:19: 604801 has to be at most 604800"]


def test_norway_is_a_country() -> None:
    assert told(Deployer, "{country: NO}") == []


def test_two_missing_keys_at_one_place_are_two_messages() -> None:
    text = "{id: W-1, control: LIC-001, reason: Agreement no. 118., approved_by: {name: A}, until: 2027-01-01}"

    assert sorted(told(WaiverEntry, text)) == ["1:70: 'on' is missing here", "1:70: 'role' is missing here"]
