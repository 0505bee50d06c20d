"""Verification: every change is noticed, and what follows from what is computed again."""

import io
import random
from collections.abc import Callable

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from auditor.evidence import verify as module
from auditor.evidence.attachments import NAMES
from auditor.evidence.compose import compose
from auditor.evidence.keys import Key
from auditor.evidence.seal import seal
from auditor.evidence.verify import differences, verify
from auditor.judge.finding import Judgement, Overall, Verdict
from tests.evidence import samples
from tests.evidence.samples import WHEN


def gap(pdf: bytes, index: int = 0) -> tuple[int, int]:
    """Where the container of a signature begins and ends, its angle brackets included."""
    signature = list(PdfFileReader(io.BytesIO(pdf)).embedded_signatures)[index]
    _, start, end, _ = (int(each) for each in signature.byte_range)
    return start, end


def used(pdf: bytes, index: int = 0) -> int:
    """Digits of the container before its padding."""
    signature = list(PdfFileReader(io.BytesIO(pdf)).embedded_signatures)[index]
    from asn1crypto.cms import ContentInfo

    return 2 * len(ContentInfo.load(signature.pkcs7_content).dump())


def flipped(pdf: bytes, place: int, value: int) -> bytes:
    """The file with one byte changed."""
    return pdf[:place] + bytes([value]) + pdf[place + 1 :]


def noticed(pdf: bytes) -> bool:
    """Whether a changed file is not confirmed."""
    return not verify(pdf).ok


def test_an_untouched_dossier_is_confirmed(sealed: bytes, case: samples.Case, key: Key) -> None:
    found = verify(sealed)
    assert found.ok, found.problems
    assert found.id == case[0].id
    assert found.problems == ()
    (signature,) = found.signatures
    assert (signature.role, signature.level, signature.intact, signature.trusted) == ("auditor", "B-B", True, False)
    assert signature.fingerprint == key.fingerprint
    assert signature.time == WHEN.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [each.name for each in found.attachments] == list(NAMES)
    assert all(each.ok for each in found.attachments)
    assert (found.verdicts.recomputed, found.verdicts.equal, found.verdicts.own_knowledge) == (True, True, True)
    assert (found.rendering.compared, found.rendering.equal) == (True, True)
    assert found.changes == ()


def test_trust_is_a_question_of_its_own(sealed: bytes, key: Key, dpo: Key) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    from auditor.evidence.trust import certificates

    own = certificates(key.certificate.public_bytes(Encoding.PEM))
    other = certificates(dpo.certificate.public_bytes(Encoding.DER))
    assert verify(sealed, own).signatures[0].trusted
    assert verify(sealed, own).ok
    found = verify(sealed, other)
    assert not found.ok
    assert any("vouches" in problem for problem in found.problems)


def test_every_kind_of_byte_is_protected(sealed: bytes) -> None:
    places = set(range(0, len(sealed), len(sealed) // 40)) | {0, 5, len(sealed) - 1, len(sealed) - 2}
    start, end = gap(sealed)
    for place in sorted(places - set(range(start, end))):
        assert noticed(flipped(sealed, place, sealed[place] ^ 1)), place


def test_every_digit_of_the_container_is_protected(sealed: bytes) -> None:
    start, _ = gap(sealed)
    chance = random.Random(7)
    for place in range(start + 1, start + 1 + used(sealed), 61):
        other = chance.choice([c for c in b"0123456789ABCDEF" if c != sealed[place]])
        assert noticed(flipped(sealed, place, other)), place


def test_case_padding_and_brackets_of_the_container_are_protected(sealed: bytes) -> None:
    start, end = gap(sealed)
    letter = next(place for place in range(start, end) if sealed[place] in b"ABCDEF")
    assert noticed(flipped(sealed, letter, sealed[letter] | 0x20))
    for place in (start + 1 + used(sealed), end - 2):
        assert noticed(flipped(sealed, place, ord("1")))
        assert noticed(flipped(sealed, place, ord(" ")))
    for place in (start, end - 1):
        assert noticed(flipped(sealed, place, ord(" ")))


def test_the_countersignature_is_protected_too(countersigned: bytes) -> None:
    for index in (0, 1):
        start, end = gap(countersigned, index)
        for place in (start + 41, start + used(countersigned, index) - 7, end - 2):
            value = ord("1") if countersigned[place] != ord("1") else ord("2")
            assert noticed(flipped(countersigned, place, value)), (index, place)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_single_byte(sealed: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sealed) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda value: value != sealed[place]))
    assert noticed(flipped(sealed, place, value))


@pytest.mark.parametrize("extra", [b"\n", b" ", b"%%EOF\n", b"\x00" * 40])
def test_something_appended_is_noticed(sealed: bytes, extra: bytes) -> None:
    assert noticed(sealed + extra)


def test_something_cut_off_is_noticed(sealed: bytes, unsigned: bytes) -> None:
    for length in (0, 10, len(unsigned) // 2, len(unsigned), len(sealed) - 1):
        assert noticed(sealed[:length])


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """The file with an incremental update behind it."""
    writer, out = IncrementalPdfFileWriter(io.BytesIO(pdf)), io.BytesIO()
    change(writer)
    writer.write(out)
    return out.getvalue()


def swap_attachment(writer: IncrementalPdfFileWriter) -> None:
    """Put other facts in the place of the attached ones."""
    reference = writer.root["/AF"][0]["/EF"].raw_get("/F")
    stream = reference.get_object()
    stream._data, stream._encoded_data = b'{"forged":1}', None
    writer.mark_update(reference.reference)


def draw_over(writer: IncrementalPdfFileWriter) -> None:
    """Add something to page one."""
    page = writer.root["/Pages"]["/Kids"][0]
    page = page["/Kids"][0] if "/Kids" in page else page
    added = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), added])
    writer.update_container(page)


@pytest.mark.parametrize("change", [swap_attachment, draw_over])
def test_an_update_behind_the_signature_is_noticed_and_named(
    sealed: bytes, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    found = verify(updated(sealed, change))
    assert not found.ok
    assert any("appended" in problem for problem in found.problems)


@pytest.mark.parametrize("change", [swap_attachment, draw_over])
def test_an_update_between_the_signatures_is_noticed(
    sealed: bytes, dpo: Key, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    from auditor.evidence.seal import countersign

    found = verify(countersign(updated(sealed, change), dpo, when=WHEN))
    assert not found.ok


@pytest.mark.parametrize("change", [draw_over])
def test_an_update_before_the_signature_is_noticed(
    unsigned: bytes, key: Key, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    found = verify(seal(updated(unsigned, change), key, when=WHEN))
    assert not found.ok
    assert any("as it was composed" in problem for problem in found.problems)


def test_reordered_pages_are_noticed(sealed: bytes) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        pdf.pages.reverse()
        pdf.save(out)
    assert noticed(out.getvalue())


def test_an_unsigned_dossier_is_not_confirmed(unsigned: bytes) -> None:
    found = verify(unsigned)
    assert not found.ok
    assert found.problems == ("The file is not signed.",)


def resealed(case: samples.Case, key: Key, **changes: object) -> bytes:
    """A dossier whose judgement was changed before it was composed and signed."""
    audit, judgement, policy, knowledge = case
    forged = judgement.model_copy(update=changes)
    return seal(compose(audit, forged, policy, knowledge, samples.cover()), key, when=WHEN)


def test_a_signed_lie_is_found_by_judging_again(case: samples.Case, key: Key) -> None:
    found = verify(resealed(case, key, verdict=Overall.CONFORMS, findings=()))
    assert found.signatures[0].intact
    assert (found.verdicts.recomputed, found.verdicts.equal, found.ok) == (True, False, False)
    assert any("missing in the dossier" in difference for difference in found.verdicts.differences)


def test_facts_other_than_the_judged_ones_are_found(case: samples.Case, key: Key) -> None:
    policy = case[2].model_copy(update={"version": "9.9.9"})
    pdf = seal(compose(case[0], case[1], policy, case[3], samples.cover()), key, when=WHEN)
    found = verify(pdf)
    assert [each.name for each in found.attachments if not each.ok] == ["policy.json"]
    assert not found.ok


def test_pages_that_tell_something_else_are_found(
    sealed: bytes, case: samples.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "compose", lambda *_: b"%PDF-1.7 other pages")
    found = verify(sealed)
    assert (found.rendering.compared, found.rendering.equal, found.ok) == (True, False, False)


def test_pages_of_other_versions_are_not_compared_and_that_is_said(
    sealed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "renderer", lambda: {"auditor": "99.0"})
    found = verify(sealed)
    assert found.ok
    assert not found.rendering.compared
    assert "99.0" in found.rendering.why_not


def test_a_judge_that_fails_is_an_answer(sealed: bytes) -> None:
    def broken(*_: object) -> Judgement:
        raise ZeroDivisionError

    found = verify(sealed, judge=broken)
    assert not found.ok
    assert "ZeroDivisionError" in found.verdicts.why_not


def test_differences_name_control_and_subject(case: samples.Case) -> None:
    judgement = case[1]
    first = judgement.findings[0].model_copy(update={"verdict": Verdict.WAIVED})
    other = judgement.model_copy(update={"findings": (first, *judgement.findings[1:])})
    assert any(first.control in told and "waived" in told for told in differences(judgement, other))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7\n",
        b"%PDF-1.7\ntrailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF",
        b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/AcroForm 1 0 R/Fields[1 0 R]/Kids[1 0 R]>>\nendobj\nxref\n0 2\n"
        b"0000000000 65535 f \n0000000009 00000 n \ntrailer<</Root 1 0 R/Size 2/Prev 0>>\nstartxref\n90\n%%EOF",
    ],
)
def test_a_broken_file_is_an_answer(data: bytes) -> None:
    found = verify(data)
    assert not found.ok
    assert found.problems


@settings(max_examples=40, deadline=None)
@given(data=st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    assert not verify(b"%PDF-1.7\n" + data).ok
