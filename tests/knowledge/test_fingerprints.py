"""Fingerprints: their files, and what the product ships."""

import json

import pytest

from auditor.knowledge.fingerprints import Clause, Fingerprint, Kind, Mark, decode, encode, load, read
from auditor.knowledge.licences import load_licences
from auditor.knowledge.resources import resource

ONE = Fingerprint(
    id="acme",
    spdx="LicenseRef-Acme",
    title="Acme “ä” Licence",
    version="1",
    kind=Kind.POLICY,
    words=(0, 1, 2**32 - 1, 77),
    marks=bytes([Mark.TITLE, Mark.TITLE, Mark.BODY, Mark.ENUMERATOR]),
    clauses=(Clause("preamble", 0, 3, ("deploy",)), Clause("1", 3, 4, ())),
)


def test_a_file_gives_back_what_was_written() -> None:
    assert decode(encode(ONE)) == ONE


def test_the_clause_of_a_word_is_found() -> None:
    assert [clause.name if (clause := ONE.clause(n)) else None for n in range(5)] == ["preamble"] * 3 + ["1", None]


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "other/1"},
        {"words": ["$"]},
        {"marks": {"title": [[0, 9]]}},
        {"marks": {"odd": [[0, 1]]}},
        {"kind": "x"},
    ],
    ids=["schema", "not base64", "mark outside", "unknown mark", "unknown kind"],
)
def test_a_file_that_is_none_is_refused(change: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError)):
        decode(json.dumps(json.loads(encode(ONE)) | change))


def test_a_folder_without_files_has_no_fingerprints(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert read(tmp_path).texts == ()


def test_what_is_shipped_is_whole() -> None:
    shipped = load()
    assert len(shipped.texts) >= 45
    for text in shipped.texts:
        assert len(text.words) == len(text.marks) > 100
        assert text.clauses[0].start == 0
        assert text.clauses[-1].end == len(text.words)
        assert all(a.end == b.start for a, b in zip(text.clauses, text.clauses[1:], strict=False))
        assert len({clause.name for clause in text.clauses}) == len(text.clauses)
        assert any(clause.rights for clause in text.clauses)
    assert shipped.get("mit") in shipped.texts
    assert shipped.get("none") is None


def test_the_terms_of_every_fingerprint_are_known() -> None:
    licences = load_licences()
    for text in load().texts:
        assert (licences[text.id].spdx, licences[text.id].kind) == (text.spdx, text.kind)


def test_no_file_holds_a_sentence() -> None:
    """Words of a text enter the repository as hashes only; the list of words is in no order of any text."""
    for path in resource("knowledge", "fingerprints").glob("*.json"):
        raw = json.loads(path.read_text(encoding="utf-8"))
        assert all(len(name.split()) <= 5 for name, *_ in raw["clauses"])
        assert set(raw) == {"schema", "id", "spdx", "title", "version", "kind", "marks", "clauses", "words"}
