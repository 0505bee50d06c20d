"""A document as a tree."""

from auditor.policy.message import Place
from auditor.policy.tree import Node, graft

HERE = Place("p.yaml", 2, 3)


def test_what_is_missing_or_something_else_reads_as_empty() -> None:
    node = graft({"a": 1, "b": {"c": "text"}, "d": ["x"]}, HERE)

    assert node.get("z") is None
    assert node.entries("a") == {}
    assert node.elements("b") == []
    assert node.text("d") == ""
    assert node.entries("b")["c"].value == "text"
    assert [child.value for child in node.elements("d")] == ["x"]


def test_a_value_can_be_replaced_in_its_place() -> None:
    node = Node("old", HERE, Place("p.yaml", 2, 1))

    changed = node.with_value("new")

    assert (changed.value, changed.place, changed.key) == ("new", HERE, Place("p.yaml", 2, 1))


def test_shared_values_count_as_often_as_they_stand() -> None:
    shared = graft(["x", "y"], HERE)

    assert Node([shared, shared], HERE, HERE).size == 7
