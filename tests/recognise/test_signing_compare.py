"""Every file is equal, different, missing, extra, left out on purpose or unread; nothing falls between."""

import pytest

from auditor.recognise.signing import Baseline, Piece, Resource, whole_files
from auditor.recognise.signing_compare import Held, Measured, compare

WHOLE = Piece("sha256")
A, B = "a" * 64, "b" * 64


def file(digest: str = A, size: int = 1) -> Measured:
    return Measured(size, {WHOLE: digest})


BASELINE = whole_files("model", {"w": A, "sub/x": B})
SAME = {"w": file(A), "sub/x": file(B)}


def test_the_model_that_was_signed_is_whole() -> None:
    found = compare(BASELINE, SAME)
    assert found.whole
    assert not found.broken
    assert found.names(Held.EQUAL) == ("sub/x", "w")


@pytest.mark.parametrize(
    ("files", "name", "held", "broken"),
    [
        ({**SAME, "w": file(B)}, "w", Held.DIFFERENT, True),
        ({"w": file(A)}, "sub/x", Held.MISSING, True),
        ({**SAME, "y": file()}, "y", Held.EXTRA, True),
        ({**SAME, ".git/hooks/y": file()}, ".git/hooks/y", Held.UNCOVERED, False),
        ({**SAME, "w": Measured(0, {}, "denied")}, "w", Held.UNREAD, False),
        ({**SAME, "y": Measured(0, {}, "denied")}, "y", Held.UNREAD, False),
        ({**SAME, "w": Measured(1, {})}, "w", Held.UNREAD, False),
    ],
    ids=lambda value: str(value) if isinstance(value, Held) else "",
)
def test_what_became_of_a_file(files: dict[str, Measured], name: str, held: Held, broken: bool) -> None:
    found = compare(BASELINE, files)
    assert found.held[name] is held
    assert found.broken is broken
    assert found.whole is (held is Held.UNCOVERED)


def test_a_difference_names_both_digests() -> None:
    note = compare(BASELINE, {**SAME, "w": file(B)}).notes["w"]
    assert A in note
    assert B in note


FIRST, SECOND = Piece("sha256", 0, 10), Piece("sha256", 10, 13)
SHARDED = Baseline("model", (Resource("w", FIRST, A), Resource("w", SECOND, B)), shard_size=10)


def test_shards_are_equal_together() -> None:
    assert compare(SHARDED, {"w": Measured(13, {FIRST: A, SECOND: B})}).whole
    assert compare(SHARDED, {"w": Measured(13, {FIRST: A, SECOND: A})}).broken


def test_bytes_behind_the_last_shard_are_a_difference() -> None:
    found = compare(SHARDED, {"w": Measured(14, {FIRST: A, SECOND: B})})
    assert found.held["w"] is Held.DIFFERENT
    assert "has 14 bytes, the baseline says 13" in found.notes["w"]


def test_empty_files_have_no_shards_and_are_named_as_not_covered() -> None:
    held = compare(SHARDED, {"w": Measured(13, {FIRST: A, SECOND: B}), "e": Measured(0, {}), "f": file()}).held
    assert (held["e"], held["f"]) == (Held.UNCOVERED, Held.EXTRA)
