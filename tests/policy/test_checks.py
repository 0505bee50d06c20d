"""The registry of checks."""

import pytest
from pydantic import ValidationError

from auditor.policy.arguments import Destinations, Listeners
from auditor.policy.checks import SPECS


@pytest.mark.parametrize("name", SPECS)
def test_a_check_says_when_it_can_and_cannot_tell(name: str) -> None:
    spec = SPECS[name]

    assert spec.name == name
    assert name.partition(".")[0]
    assert spec.rule.startswith("Evidenced if")
    assert "contradicted if" in spec.rule
    assert spec.looks_at
    assert spec.unknown_when


@pytest.mark.parametrize("name", SPECS)
def test_every_argument_is_explained(name: str) -> None:
    fields = SPECS[name].arguments.model_fields

    assert [field for field, info in fields.items() if not info.description] == []


@pytest.mark.parametrize("socket", ["*:22", "10.0.0.5:8000", "[::]:443", "*:*", "localhost:80"])
def test_a_listener_is_an_address_with_a_port(socket: str) -> None:
    assert Listeners(allowed=(socket,)).allowed == (socket,)


@pytest.mark.parametrize("socket", ["22", "10.0.0.5", "a b:22", ":22", "*:http"])
def test_anything_else_is_no_listener(socket: str) -> None:
    with pytest.raises(ValidationError):
        Listeners(allowed=(socket,))


def test_a_destination_is_an_address_block() -> None:
    with pytest.raises(ValidationError, match=r"perhaps 10\.0\.0\.0/8"):
        Destinations(destinations=("10.0.0.1/8",))
