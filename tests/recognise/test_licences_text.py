"""Words of a licence: layout goes, meaning stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.knowledge.fingerprints import Mark
from auditor.recognise.licences_text import LONGEST, enumerator_of, hash_word, is_page_number, read_text


def words(text: str) -> tuple[str, ...]:
    return read_text(text).words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The **Licensee's** \\_rights\\_", "the licensee s rights"),
        ("[the terms](https://example.org/terms)", "the terms"),
        ("https://www.example.org/a_b", "example org a b"),
        ("<p>Not <b>granted</b></p>", "not granted"),
        ("non-\nexclusive", "non exclusive"),
        ("&quot;as is&quot; &amp; more", "as is more"),
        ("LICENCE and Licence", "license and license"),
        ("ﬁne print\u00ad", "fine print"),
        ("“Work”", "work"),
    ],
)
def test_layout_is_taken_away(text: str, expected: str) -> None:
    assert " ".join(words(text)) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("700 million", "7 million"),
        ("1.5 million", "15 million"),
        ("1,000", "1000"),
        ("$20", "€20"),
        ("$20", "20"),
        ("5%", "5"),
        ("10²", "102"),
        ("is not granted", "is granted"),
        ("revocable", "irrevocable"),
        ("<not> granted", "granted"),
        ("[granted](not)", "granted"),
        ("<!-- only --> granted", "granted"),
        ("commercial", "cоmmercial"),
    ],
)
def test_meaning_is_not(one: str, other: str) -> None:
    assert words(one) != words(other)


def test_words_know_their_line_and_their_letters() -> None:
    text = read_text("First line\n\n  Second, “line”.")
    assert text.lines == (1, 1, 3, 3)
    assert text.quote(2, 4) == "Second, “line"
    assert text.quote(0, 4, most=2) == "First line … (4 words)"
    assert text.quote(1, 1) == ""


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("1. Grant.", ["1"]),
        ("(a) Grant.", ["a"]),
        ("  iv) Grant.", ["iv"]),
        ("3\\. **Grant**", ["3"]),
        ("2.1 Grant of rights", ["2.1"]),
        ("Section 4: Grant", ["section", "4"]),
        ("under the conditions that are listed in Section\n2. If you", []),
        ("more than\n7. million", ["7"]),
        ("at least 10\n0. million", []),
        ("700 million users", []),
        ("a license", []),
    ],
)
def test_enumerators_stand_at_the_start_of_a_line(text: str, marked: list[str]) -> None:
    found = read_text(text)
    assert [w for w, m in zip(found.words, found.marks, strict=True) if m == Mark.ENUMERATOR] == marked


@pytest.mark.parametrize(
    "line",
    [
        "Copyright (c) 2024 Jane Doe",
        "© 2019-2026 Example GmbH, all rights reserved.",
        "Copyright [yyyy] [name of copyright owner]",
        "(c) 2024 Will Doe <will@example.org>",
        "Copyright (c) 2024, the authors\nand many others",
    ],
)
def test_a_line_that_names_a_holder_is_marked(line: str) -> None:
    assert set(read_text(line).marks) == {Mark.COPYRIGHT}


@pytest.mark.parametrize(
    "line",
    [
        "Copyright (c) 2024 Acme. Commercial use prohibited.",
        "Copyright 2024 Acme, research only",
        "Copyright 2024 Acme, licensed to Europeans",
        "Copyright holders are not liable",
        "(c) use of the work is restricted",
    ],
)
def test_a_condition_in_such_a_line_is_text(line: str) -> None:
    assert Mark.COPYRIGHT not in read_text(line).marks


def test_the_foot_of_a_page_is_known() -> None:
    assert is_page_number("- Page 3 of 7 -")
    assert not is_page_number("Page 3 of 7 users")


def test_enumerators_are_told() -> None:
    assert [enumerator_of(line) for line in ("(B) x", "10. x", "2.3 Xy", "x")] == ["b", "10", "2.3", ""]


def test_a_hash_has_32_bits_and_stays() -> None:
    assert hash_word("license") == hash_word("license") < 2**32
    assert hash_word("revocable") != hash_word("irrevocable")


@given(st.text(max_size=2000))
def test_every_word_has_its_place(raw: str) -> None:
    text = read_text(raw)
    assert len(text.words) == len(text.hashes) == len(text.lines) == len(text.spans) == len(text.marks)
    assert list(text.lines) == sorted(text.lines)
    assert all(text.source[a:b] for a, b in text.spans)


def test_a_text_without_end_is_cut() -> None:
    assert len(read_text("ab " * LONGEST).words) <= LONGEST // 3 + 1
