"""Which differences carry no meaning."""

import pytest

from auditor.knowledge.fingerprints import Fingerprint, Kind, Mark
from auditor.recognise.licences_align import Edit
from auditor.recognise.licences_harmless import hard_found, hard_known, is_harmless, is_label, line_of, named_words
from auditor.recognise.licences_text import Text, read_text

KNOWN_WORDS = "acme license 1 granted non infringement by acme labs free of charge"


def known(marks: dict[str, Mark] | None = None) -> Fingerprint:
    text = read_text(KNOWN_WORDS)
    given = bytes((marks or {}).get(word, Mark.BODY) for word in text.words)
    return Fingerprint("acme", "LicenseRef-Acme", "Acme License", "1", Kind.LICENCE, text.hashes, given, ())


def harmless(a1: int, a2: int, copy: str, b1: int, b2: int, marks: dict[str, Mark] | None = None) -> bool:
    return is_harmless(read_text(copy), known(marks), Edit(a1, a2, b1, b2))


def test_a_word_of_the_text_matters() -> None:
    assert not harmless(3, 4, "denied", 0, 1)
    assert not harmless(3, 4, "", 0, 0)
    assert not harmless(3, 3, "not", 0, 1)


@pytest.mark.parametrize("mark", [Mark.TITLE, Mark.OPTIONAL, Mark.ENUMERATOR, Mark.COPYRIGHT])
def test_words_that_a_copy_may_lack_do_not(mark: Mark) -> None:
    assert harmless(3, 4, "", 0, 0, {"granted": mark})
    assert not harmless(3, 4, "denied", 0, 1, {"granted": mark}), "but another word in their place does"


def test_letters_that_were_only_split_or_joined_are_the_same() -> None:
    assert harmless(4, 6, "noninfringement", 0, 1)
    assert harmless(3, 4, "gran ted", 0, 2)
    assert not harmless(4, 6, "infringement", 0, 1)


def test_a_name_may_stand_for_a_holder_and_a_condition_may_not() -> None:
    marks = {"acme": Mark.HOLDER, "labs": Mark.HOLDER}
    assert harmless(7, 9, "Example Corp and its friends", 0, 5, marks)
    assert not harmless(7, 9, "Example unless asked", 0, 3, marks)


def test_a_label_may_stand_above_the_first_sentence() -> None:
    title = {"acme": Mark.TITLE, "license": Mark.TITLE}
    assert harmless(0, 0, "The Acme License", 0, 1, title)
    assert not harmless(0, 0, "Research Acme License", 0, 1, title)


def test_enumerators_of_the_copy_are_no_words() -> None:
    text: Text = read_text("a. granted\n\nPage 2 of 3\n\nfreely")
    assert hard_found(text, Edit(0, 0, 0, len(text.words))) == [1, 6]
    assert hard_known(known({"1": Mark.ENUMERATOR}), Edit(1, 4, 0, 0)) == [1, 3]


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("license of the model qwen2 5 3b", True),
        ("acme license", True),
        ("license for research", False),
        ("qwen2 5", False),
        ("license " * 20, False),
    ],
)
def test_labels(line: str, label: bool) -> None:
    assert is_label(line.split(), named_words(known())) is label


def test_lines_are_those_of_the_file() -> None:
    assert line_of(read_text("one\n\n**three**"), 3) == "three"
