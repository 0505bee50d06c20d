"""YAML becomes a tree with places, by the rules of YAML 1.2 core, within bounds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.policy.document import MAX_BYTES, MAX_DEPTH, parse
from auditor.policy.message import Place
from auditor.policy.tree import graft


def read(text: str) -> object:
    tree, messages = parse(text.encode(), "p.yaml")
    assert not messages, [str(m) for m in messages]
    assert tree is not None
    return tree.plain()


def complaints(data: bytes | str) -> list[str]:
    return [str(m) for m in parse(data.encode() if isinstance(data, str) else data, "p.yaml")[1]]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("12:30:45", "12:30:45"),
        ("2026-01-01", "2026-01-01"),
        ("1.2.0", "1.2.0"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("-3", -3),
        ("1.5", 1.5),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("~", None),
        ("'5'", "5"),
        ("!!str 5", "5"),
    ],
)
def test_a_scalar_means_what_yaml_1_2_core_says(written: str, meant: object) -> None:
    value = read(f"key: {written}")

    assert value == {"key": meant}
    assert type(value["key"]) is type(meant)  # type: ignore[index]


def test_every_value_knows_its_line_and_column() -> None:
    tree, _ = parse(b"a: 1\nb:\n  - x\n  - {c: deep}\n", "p.yaml")

    assert tree is not None
    assert tree.nearest(("a",)).place == Place("p.yaml", 1, 4)
    assert tree.nearest(("b", 1, "c")).place == Place("p.yaml", 4, 9)
    assert tree.nearest(("b", 1, "c")).key == Place("p.yaml", 4, 6)


def test_a_path_that_leads_nowhere_ends_at_the_innermost_value() -> None:
    tree, _ = parse(b"a: {b: 1}\n", "p.yaml")

    assert tree is not None
    assert tree.nearest(("a", "missing", 3)).plain() == {"b": 1}


def test_the_origin_of_a_value_names_no_folder() -> None:
    assert Place("/home/someone/policies/site.yaml", 7, 2).origin == "site.yaml:7"


def test_every_duplicate_key_is_named() -> None:
    assert complaints("a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n") == [
        "p.yaml:3:1: key 'a' is given twice, first in line 1",
        "p.yaml:4:11: key 'd' is given twice, first in line 4",
    ]


def test_bytes_that_are_not_utf8_are_named_with_their_place() -> None:
    assert complaints(b"title: caf" + b"\xe9\n") == ["p.yaml:1:11: byte 0xe9 is not UTF-8; save the file as UTF-8"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a: !!python/object/apply:os.system [x]", "tag"),
        ("a: &a [*a]", "alias stands within"),
        ("a: *b", "alias repeats an anchor"),
        ("a: b: c", "colon in quotes"),
        ("\ta: 1", "tab"),
        ('a: "open', "never closed"),
        ("a: 1\n---\nb: 2\n", "one document"),
        ("1: x", "keys are text"),
        ("[a]: x", "keys are text"),
        ("a: .nan", "no number"),
        ("a: 1e999", "beyond"),
        ("a: 99999999999999999", "beyond"),
        ("a: !!int many", "invalid literal"),
        ("a: \x07", "U+0007"),
        ("", "empty"),
        ("# only a comment\n", "empty"),
    ],
)
def test_what_no_policy_may_hold_is_refused_with_a_reason(text: str, word: str) -> None:
    found = complaints(text)

    assert len(found) == 1
    assert word in found[0]


def test_a_large_file_is_refused_unread() -> None:
    assert "at most" in complaints(b"a" * (MAX_BYTES + 1))[0]


def test_deep_nesting_is_refused() -> None:
    assert "nested" in complaints("[" * 10_000)[0]
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None


def test_aliases_cannot_unfold_without_bound() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 14)]

    assert "unfold" in complaints("\n".join(lines))[0]


def test_an_alias_repeats_its_value() -> None:
    assert read("a: &x {en: text}\nb: *x\n") == {"a": {"en": "text"}, "b": {"en": "text"}}


def test_a_merge_key_is_an_ordinary_key() -> None:
    assert read("'<<': {a: 1}\n") == {"<<": {"a": 1}}


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text("a:-[]{}&*!|>'\"\n #?,%@`0.\t", max_size=120).map(str.encode))
def test_no_input_raises(data: bytes) -> None:
    tree, messages = parse(data, "p.yaml")

    assert tree is not None or messages
    assert all(m.line >= 1 and m.column >= 1 for m in messages)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=12,
    )
)
def test_a_grafted_value_is_given_back_unchanged(value: object) -> None:
    node = graft(value, Place("p.yaml", 1, 1))

    assert node.plain() == value
    assert node.size >= 1
