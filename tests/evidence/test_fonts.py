"""Fonts: the same bytes from the same package, and no text that could mislead."""

from pathlib import Path

import pytest

from auditor.evidence import fonts

ALPHABETS = "ěščřžýáíéůúťďňóľĺŕäôąćęłńśźżäöüßőűÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ„“”‚‘’–—…×≤≥→·"


def test_an_instance_is_the_same_each_time() -> None:
    assert fonts.instantiate(fonts.FACES[0]) == fonts.instantiate(fonts.FACES[0])


def test_the_cache_gives_what_it_was_given(tmp_path: Path) -> None:
    made = fonts.cached(fonts.FACES[1], tmp_path)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".sha256", ".ttf"]
    assert fonts.cached(fonts.FACES[1], tmp_path) == made


def test_a_damaged_cache_is_not_used(tmp_path: Path) -> None:
    made = fonts.cached(fonts.FACES[1], tmp_path)
    next(tmp_path.glob("*.ttf")).write_bytes(b"no font")
    assert fonts.cached(fonts.FACES[1], tmp_path) == made


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    assert fonts.cached(fonts.FACES[1], blocked / "below")


@pytest.mark.parametrize("face", [fonts.SANS, fonts.BOLD, fonts.ITALIC, fonts.MONO])
def test_every_face_has_the_letters_of_all_languages(face: str) -> None:
    assert fonts.printable(ALPHABETS, face) == ALPHABETS


def test_faces_of_a_family_have_names_of_their_own() -> None:
    from reportlab.pdfbase import pdfmetrics

    fonts.register()
    names = {pdfmetrics.getFont(face.name).face.name for face in fonts.FACES}
    assert len(names) == len(fonts.FACES)


def test_what_cannot_be_drawn_is_named() -> None:
    assert fonts.printable("中") == "<U+4E2D>"


def test_text_cannot_turn_a_line_around() -> None:
    assert fonts.printable("invoice\u202efdp.exe") == "invoice<U+202E>fdp.exe"
    assert fonts.printable("a\x00b\x1b[31m") == "a<U+0000>b<U+001B>[31m"


def test_breaks_become_spaces() -> None:
    assert fonts.printable("one\ntwo\tthree") == "one two three"
