"""The file's make-up: what PDF/A-3a and PDF/UA-1 ask for, as far as it can be read from the objects."""

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pikepdf
import pytest

from auditor.evidence.compose import compose
from tests.evidence import samples


@pytest.fixture(scope="module")
def pdf() -> Iterator[pikepdf.Pdf]:
    """A typical dossier, opened."""
    with pikepdf.open(io.BytesIO(compose(*samples.typical(), samples.cover(language="en")))) as opened:
        yield opened


def elements(element: Any) -> Iterator[Any]:
    """All structure elements below one."""
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from elements(kid)


def test_metadata_name_both_standards(pdf: pikepdf.Pdf) -> None:
    xmp = pdf.Root.Metadata.read_bytes().decode()
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert str(pdf.trailer.Info.Title) in xmp


def test_colours_have_a_profile(pdf: pikepdf.Pdf) -> None:
    (intent,) = pdf.Root.OutputIntents
    assert intent.S == pikepdf.Name.GTS_PDFA1
    assert intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"


def test_every_font_is_embedded(pdf: pikepdf.Pdf) -> None:
    fonts = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"]
    assert fonts
    assert all("/FontFile2" in font for font in fonts)


def test_everything_drawn_is_tagged_or_an_artifact(pdf: pikepdf.Pdf) -> None:
    shows = {"Tj", "TJ", "'", '"', "f", "F", "f*", "S", "s", "B", "b", "Do", "sh"}
    for page in pdf.pages:
        depth = 0
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            if name in ("BDC", "BMC"):
                depth += 1
                assert depth == 1, "marked content is not nested"
                assert str(operands[0]) != "/Artifact" or "/MCID" not in operands[1]
            elif name == "EMC":
                depth -= 1
            elif name in shows:
                assert depth == 1, f"{name} outside of marked content"
        assert depth == 0


def test_headings_skip_no_level(pdf: pikepdf.Pdf) -> None:
    levels = [int(str(e.S)[2]) for e in elements(pdf.Root.StructTreeRoot.K[0]) if str(e.S) in ("/H1", "/H2", "/H3")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_figures_have_words(pdf: pikepdf.Pdf) -> None:
    figures = [e for e in elements(pdf.Root.StructTreeRoot.K[0]) if str(e.S) == "/Figure"]
    assert len(figures) == 3
    assert all(len(str(figure.Alt)) > 20 for figure in figures)


def test_tables_have_heads_and_even_rows(pdf: pikepdf.Pdf) -> None:
    tables = [e for e in elements(pdf.Root.StructTreeRoot.K[0]) if str(e.S) == "/Table"]
    assert len(tables) > 5
    for table in tables:
        rows = [e for e in elements(table) if str(e.S) == "/TR"]
        counts = {sum(1 for c in elements(r) if str(c.S) in ("/TH", "/TD")) for r in rows}
        assert len(counts) == 1
        assert any(str(c.S) == "/TH" for c in elements(rows[0]))


def test_fields_wait_on_page_one_and_at_the_end(pdf: pikepdf.Pdf) -> None:
    fields = {str(field.T): field for field in pdf.Root.AcroForm.Fields}
    assert sorted(fields) == ["Accept", "Auditor", "Conditions", "DPO", "Reject", "Remarks"]
    for name in ("DPO", "Accept", "Conditions", "Reject"):
        assert fields[name].P.objgen == pdf.pages[0].objgen
    for field in fields.values():
        assert field.get("/V", pikepdf.Name.Off) == pikepdf.Name.Off
        assert str(field.TU)


def test_the_officers_signature_locks_the_decision(pdf: pikepdf.Pdf) -> None:
    (lock,) = (field.Lock for field in pdf.Root.AcroForm.Fields if "/Lock" in field)
    assert str(lock.Action) == "/Include"
    assert sorted(map(str, lock.Fields)) == ["Accept", "Conditions", "Reject", "Remarks"]


def test_a_lone_annotation_is_the_kid_itself(pdf: pikepdf.Pdf) -> None:
    forms = [e for e in elements(pdf.Root.StructTreeRoot.K[0]) if str(e.S) == "/Form"]
    assert len(forms) == 6
    assert all(form.K.Type == pikepdf.Name.OBJR for form in forms)


def test_text_in_another_language_is_marked() -> None:
    from auditor.evidence.words import languages

    other = next((language for language in languages() if language != "en"), None)
    if other is None:
        pytest.skip("there is one language only")
    made = compose(*samples.typical(), samples.cover(language=other))
    with pikepdf.open(io.BytesIO(made)) as opened:
        marked = {str(e.Lang) for e in elements(opened.Root.StructTreeRoot.K[0]) if "/Lang" in e}
    assert marked == {"en"}
