"""Laying a known text over a file, word by word."""

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.recognise.licences_align import Edit, Index, align

KNOWN = list(range(100, 200))


def test_a_copy_is_laid_over_itself() -> None:
    laid = align(KNOWN, [1, 2, 3, *KNOWN, 4])
    assert laid is not None
    assert (laid.start, laid.end, laid.equal, laid.edits) == (3, 103, 100, ())


def test_edits_are_told_apart() -> None:
    words = [*KNOWN[:20], 7, *KNOWN[21:50], *KNOWN[55:80], 8, 9, *KNOWN[80:]]
    laid = align(KNOWN, words)
    assert laid is not None
    assert laid.edits == (Edit(20, 21, 20, 21), Edit(50, 55, 50, 50), Edit(80, 80, 75, 77))


def test_changes_at_the_rims_are_found() -> None:
    laid = align(KNOWN, [KNOWN[0], 5, *KNOWN[2:97], 6, *KNOWN[98:]])
    assert laid is not None
    assert laid.edits == (Edit(1, 2, 1, 2), Edit(97, 98, 97, 98))


def test_a_cut_copy_lacks_its_end() -> None:
    laid = align(KNOWN, KNOWN[:40])
    assert laid is not None
    assert laid.edits == (Edit(40, 100, 40, 40),)


def test_a_lone_word_far_behind_a_cut_is_chance() -> None:
    laid = align(KNOWN, [*KNOWN[:40], KNOWN[90]])
    assert laid is not None
    assert laid.edits[-1] == Edit(40, 100, 40, 40)


def test_of_two_copies_one_is_taken() -> None:
    laid = align(KNOWN, [*KNOWN, *range(5), *KNOWN])
    assert laid is not None
    assert (laid.equal, laid.edits) == (100, ())
    assert laid.end - laid.start == 100


def test_nothing_in_common_is_nothing() -> None:
    assert align(KNOWN, list(range(50))) is None
    assert align(KNOWN, []) is None
    assert align([], KNOWN) is None


def test_the_index_names_what_is_nearest() -> None:
    texts = [list(range(n, n + 200)) for n in (0, 1000, 1050)]
    index = Index(texts)
    assert index.candidates(texts[1])[0] == 1
    assert index.candidates(list(range(5000, 5100))) == []


small = st.lists(st.integers(0, 6), max_size=60)


@settings(deadline=None)
@given(small, small)
def test_the_edits_turn_one_text_into_the_other(known: list[int], words: list[int]) -> None:
    laid = align(known, words)
    if laid is None:
        return
    made: list[int] = []
    at = 0
    for edit in laid.edits:
        made += known[at : edit.a1] + words[edit.b1 : edit.b2]
        at = edit.a2
    assert made + known[at:] == words[laid.start : laid.end]
