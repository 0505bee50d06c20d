"""Texts and markup become fingerprints."""

from pathlib import Path

import pytest

from auditor.knowledge import resources
from auditor.knowledge.fingerprints import Kind, Mark, decode
from auditor.recognise.licences_text import hash_word
from tests.recognise.acme_licence import LICENCE, licence
from tools.fingerprint_licences import Outline, fingerprint, main

MARKUP = {"id": "x", "spdx": "LicenseRef-X", "title": "X"}


def names(text: str, **more: object) -> list[str]:
    return [clause.name for clause in fingerprint(text, MARKUP | more).clauses]


def test_clauses_take_their_names_from_the_enumerators() -> None:
    assert [clause.name for clause in licence().clauses] == [
        "preamble", "1", "1.a", "1.b", "1.c", "2", "3", "3.a", "3.b", "3.c", *map(str, range(4, 11)), "Attachment A",
    ]  # fmt: skip


def test_clauses_know_the_rights_they_touch() -> None:
    rights = {clause.name: clause.rights for clause in licence().clauses}
    assert "users" in rights["4"]
    assert "territory" in rights["5"]
    assert "remote" in rights["7"]
    assert "law" in rights["10"]


def test_roman_numbers_follow_letters() -> None:
    text = "T\n\n1. A.\n\na. B.\n\nb. C.\n\ni. D.\n\nii. E.\n\niv. F.\n\nc. G.\n\n2. H."
    assert names(text) == ["preamble", "1", "1.a", "1.b", "1.b.i", "1.b.ii", "1.b.iv", "1.c", "2"]


def test_letters_go_on_to_i() -> None:
    letters = "\n\n".join(f"{letter}. Word." for letter in "abcdefghij")
    assert names("T\n\n1. A.\n\n" + letters)[-2:] == ["1.i", "1.j"]


def test_deeper_lists_stand_deeper() -> None:
    text = "T\n\n1. A:\n    1. B:\n        1. C\n        2. D\n    2. E\n2. F"
    assert names(text) == ["preamble", "1", "1.1", "1.1.1", "1.1.2", "1.2", "2"]


def test_sections_with_dashes_count() -> None:
    assert names("T\n\nSection 1 -- A.\n\n  a. B.\n\nSection 2 -- C.\n\n  a. D.") == [
        "preamble",
        "1",
        "1.a",
        "2",
        "2.a",
    ]


def test_paragraphs_without_numbers_are_named_by_the_markup() -> None:
    assert names("T\n\nGrant.\n\nNotice.", names={2: "grant", 3: "notice"}) == ["preamble", "grant", "notice"]


def test_an_outer_number_closes_a_list() -> None:
    text = "T\n\n4. A:\n1. B\n2. C\n5. D"
    assert names(text) == ["preamble", "4", "4.1", "4.2", "4.5"]
    assert names(text, outer=[6]) == ["preamble", "4", "4.1", "4.2", "5"]


def test_title_annex_and_holders_are_marked() -> None:
    text = "Title\n\nProvided by the holder as is.\n\nAnnex\n\nHow to apply."
    made = fingerprint(text, MARKUP | {"holders": ["the holder"], "optional_from": 5, "kind": "policy"})
    assert list(made.marks) == [Mark.TITLE, 0, 0, Mark.HOLDER, Mark.HOLDER, 0, 0, *[Mark.OPTIONAL] * 4]
    assert made.kind is Kind.POLICY


def test_only_the_named_lines_are_the_text() -> None:
    made = fingerprint("wrapper\nTitle\nbody\nwrapper", MARKUP | {"lines": [2, 3]})
    assert made.words == (hash_word("title"), hash_word("body"))


def test_a_jump_in_the_numbers_stays_on_its_level() -> None:
    outline = Outline()
    assert [outline.enter(label, 0) for label in ("1", "3", "4")] == ["1", "3", "4"]
    assert outline.annex("B") == "Attachment B"
    assert outline.enter("a", 0) == "Attachment B, a"


def test_the_command_writes_a_file_for_each_text_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(resources, "root", lambda: tmp_path)
    (tmp_path / "acme.txt").write_text(LICENCE, encoding="utf-8")
    markup = tmp_path / "markup.yaml"
    markup.write_text(
        "- {id: acme, file: acme.txt, spdx: LicenseRef-Acme, title: Acme}\n"
        "- {id: lost, file: lost.txt, spdx: LicenseRef-Lost, title: Lost}\n",
        encoding="utf-8",
    )
    assert main([str(tmp_path), str(markup)]) == 0
    (written,) = (tmp_path / "resources" / "knowledge" / "fingerprints").glob("*.json")
    assert decode(written.read_text(encoding="utf-8")).words == licence().words
    assert "lost.txt: not there" in capsys.readouterr().out


def test_the_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 3
    assert "FOLDER" in capsys.readouterr().out
