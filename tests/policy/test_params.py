"""Parameters: their types, as typed on a command line, and where they are put."""

import pytest

from auditor.policy.document import parse
from auditor.policy.message import Place
from auditor.policy.params import check_value, read_value, substitute
from auditor.policy.tree import Node, graft

VALUES = {"seconds": 300, "nets": ["10.0.0.0/8", "fd00::/8"], "name": "lab", "strict": True}


def fill(text: str) -> tuple[object, list[str]]:
    tree, messages = parse(text.encode(), "p.yaml")
    assert tree is not None
    assert not messages
    filled, problems = substitute(tree, VALUES)
    return filled.plain(), [str(p) for p in problems]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int", 5),
        ("str", "text"),
        ("bool", False),
        ("spdx-list", ["Apache-2.0", "CC-BY-*", "LicenseRef-own"]),
        ("cidr-list", []),
        ("str-list", ["*:22"]),
        ("gpu-list", ["*H100*"]),
    ],
)
def test_a_value_of_its_type_is_accepted(kind: str, value: object) -> None:
    assert check_value(kind, value) == ("", "")


@pytest.mark.parametrize(
    ("kind", "value", "word"),
    [
        ("int", True, "whole number"),
        ("int", "5", "whole number"),
        ("int", 1.5, "whole number"),
        ("str", 5, "text"),
        ("bool", "true", "true or false"),
        ("spdx-list", "MIT", "list"),
        ("spdx-list", ["Apache 2.0"], "SPDX"),
        ("cidr-list", ["10.0.0.1/8"], "bits"),
        ("gpu-list", [" "], "empty"),
        ("str-list", [1], "list of texts"),
    ],
)
def test_a_value_of_another_type_is_refused(kind: str, value: object, word: str) -> None:
    assert word in check_value(kind, value)[0]


def test_bounds_hold() -> None:
    assert check_value("int", 60, 60, 600) == ("", "")
    assert "at least 60" in check_value("int", 59, 60, 600)[0]
    assert "at most 600" in check_value("int", 601, 60, 600)[0]


def test_lists_are_bounded() -> None:
    assert "at most" in check_value("str-list", ["x"] * 2_001)[0]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "600", 600),
        ("bool", "False", False),
        ("cidr-list", "10.0.0.0/8, 192.168.0.0/16", ["10.0.0.0/8", "192.168.0.0/16"]),
        ("str-list", "", []),
        ("str", "a,b", "a,b"),
    ],
)
def test_a_value_is_read_as_typed(kind: str, text: str, value: object) -> None:
    assert read_value(kind, text) == value


@pytest.mark.parametrize(("kind", "text"), [("int", "six"), ("bool", "yes"), ("int", "9" * 40)])
def test_a_value_that_is_not_of_its_type_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"no whole number|neither true"):
        read_value(kind, text)


def test_a_whole_reference_keeps_the_type() -> None:
    assert fill('{a: "${seconds}", b: "${nets}", c: "${strict}"}') == (
        {"a": 300, "b": ["10.0.0.0/8", "fd00::/8"], "c": True},
        [],
    )


def test_a_list_within_a_list_is_spliced_in() -> None:
    assert fill('[192.168.0.0/16, "${nets}"]') == (["192.168.0.0/16", "10.0.0.0/8", "fd00::/8"], [])


def test_a_reference_within_a_text_becomes_text() -> None:
    assert fill('"gpu-${name}-${seconds}-${strict}"') == ("gpu-lab-300-true", [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"${secnds}"', "p.yaml:1:1: unknown parameter 'secnds' (did you mean 'seconds'?)"),
        ('"x ${nets}"', "p.yaml:1:1: 'x ${nets}': a list cannot stand within a text"),
        ('"${seconds"', "p.yaml:1:1: '${seconds': a parameter is written ${name}"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(text: str, message: str) -> None:
    assert fill(text)[1] == [message]


def test_values_keep_the_place_of_their_use() -> None:
    place = Place("p.yaml", 4, 2)

    filled, _ = substitute(Node("${nets}", place, place), VALUES)

    assert [child.place for child in filled.children()] == [place, place]


def test_text_without_a_reference_is_left_alone() -> None:
    node = graft({"a": ["$5", "{x}"]}, Place("p.yaml", 1, 1))

    assert substitute(node, VALUES)[0].plain() == {"a": ["$5", "{x}"]}


def test_a_list_cannot_grow_without_bound_by_splicing() -> None:
    place = Place("p.yaml", 1, 1)
    node = graft(["${many}"] * 2_000, place)

    filled, messages = substitute(node, {"many": ["x"] * 2_000})

    assert [m.rule for m in messages] == ["too-large"]
    assert filled.size < 6_000


def test_a_text_cannot_grow_without_bound() -> None:
    node = graft("${long}" * 1_000, Place("p.yaml", 1, 1))

    _, messages = substitute(node, {"long": "x" * 1_000})

    assert [m.rule for m in messages] == ["too-large"]
