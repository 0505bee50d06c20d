"""Everything that somebody could do to a finished dossier: each is noticed, and the answer says what was done.

The dossier is sealed at B-T, carries a decision and the officer's countersignature, and a time stamp over all of it,
with an authority that lives in this process.
"""

import hashlib
import io
from collections.abc import Callable

import pikepdf
import pytest
from asn1crypto import cms as asn1
from asn1crypto import tsp
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from auditor.evidence.assurance import Assurance
from auditor.evidence.compose import compose
from auditor.evidence.decision import decide
from auditor.evidence.keys import Key, make_key
from auditor.evidence.level import Level
from auditor.evidence.renewal import request, stamp
from auditor.evidence.seal import countersign, seal
from auditor.evidence.verify import verify
from auditor.facts.canonical import canonical
from auditor.judge.finding import Overall
from tests.evidence import samples
from tests.evidence.samples import WHEN
from tests.evidence.test_seal import stamper

Writer = IncrementalPdfFileWriter
Update = Callable[[Writer], None]


@pytest.fixture(scope="module")
def authority() -> Key:
    """Of the time stamps."""
    return make_key("Time", WHEN)


@pytest.fixture(scope="module")
def assurance(authority: Key) -> Assurance:
    """A signature with a time stamp."""
    return Assurance(Level.B_T, stamper(authority))


@pytest.fixture(scope="module")
def stamped(case: samples.Case, key: Key, assurance: Assurance) -> bytes:
    """Sealed with a time stamp."""
    cover = samples.cover(signer=key.name, fingerprint=key.fingerprint, level=Level.B_T)
    return seal(compose(*case, cover), key, when=WHEN, assurance=assurance)


@pytest.fixture(scope="module")
def decided(stamped: bytes, dpo: Key, assurance: Assurance) -> bytes:
    """Decided on and countersigned."""
    return countersign(stamped, dpo, when=WHEN, assurance=assurance, decision=decide("conditions", "Until June."))


@pytest.fixture(scope="module")
def whole(decided: bytes, authority: Key) -> bytes:
    """With a time stamp over the whole file."""
    return over(decided, authority)


def over(pdf: bytes, authority: Key) -> bytes:
    """A file with a time stamp that came by hand."""
    import asyncio

    asked = tsp.TimeStampReq.load(request(pdf))
    answer = asyncio.run(stamper(authority).async_request_tsa_response(asked))
    return stamp(pdf, answer.dump())


def told(pdf: bytes) -> str:
    """Why the file is not confirmed, in one line; fails where it is."""
    found = verify(pdf)
    assert not found.ok
    assert found.problems
    return " ".join(found.problems)


def updated(pdf: bytes, change: Update) -> bytes:
    """The file with an incremental update behind it."""
    writer, out = Writer(io.BytesIO(pdf)), io.BytesIO()
    change(writer)
    writer.write(out)
    return out.getvalue()


def page(writer: Writer, number: int = 0) -> generic.DictionaryObject:
    """A page of the file."""
    left, nodes = number, [writer.root["/Pages"]]
    while nodes:
        node = nodes.pop(0)
        if "/Kids" in node:
            nodes = [each.get_object() for each in node["/Kids"]] + nodes
        elif left == 0:
            return node
        else:
            left -= 1
    raise IndexError(number)


def field(writer: Writer, name: str) -> generic.DictionaryObject:
    """A field of the form."""
    found = (each.get_object() for each in writer.root["/AcroForm"]["/Fields"])
    return next(each for each in found if each["/T"] == name)


def draw_text(writer: Writer) -> None:
    """Write over page one."""
    _draw(writer, 0)


def _draw(writer: Writer, number: int) -> None:
    held = page(writer, number)
    added = writer.add_object(generic.StreamObject(stream_data=b"0 0 200 200 re f"))
    contents = held.raw_get("/Contents")
    held["/Contents"] = generic.ArrayObject([contents, added])
    writer.update_container(held)


def draw_on_the_second_page(writer: Writer) -> None:
    """Cover something."""
    _draw(writer, 1)


def replace_contents(writer: Writer) -> None:
    """Other contents of page one."""
    held = page(writer)
    held["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(held)


def swap_attachment(writer: Writer) -> None:
    """Other bytes in an attachment."""
    reference = writer.root["/AF"][0]["/EF"].raw_get("/F")
    stream = reference.get_object()
    stream._data, stream._encoded_data = b'{"forged":1}', None
    writer.mark_update(reference.reference)


def add_attachment(writer: Writer) -> None:
    """One more attachment."""
    data = generic.StreamObject(stream_data=b"more")
    entry = generic.DictionaryObject({pdf_name("/F"): writer.add_object(data)})
    names = {pdf_name("/Type"): pdf_name("/Filespec"), pdf_name("/F"): pdf_string("more"), pdf_name("/EF"): entry}
    writer.root["/AF"].append(writer.add_object(generic.DictionaryObject(names)))
    writer.update_root()


def drop_attachments(writer: Writer) -> None:
    """No attachments."""
    del writer.root["/AF"]
    writer.update_root()


def drop_a_page(writer: Writer) -> None:
    """One page less."""
    pages = writer.root["/Pages"]
    pages["/Kids"].pop()
    writer.update_container(pages)


def reverse_pages(writer: Writer) -> None:
    """Another order."""
    pages = writer.root["/Pages"]
    pages[pdf_name("/Kids")] = generic.ArrayObject(reversed(pages["/Kids"]))
    writer.update_container(pages)


def add_note(writer: Writer) -> None:
    """A comment over page one."""
    note = {pdf_name("/Type"): pdf_name("/Annot"), pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Contents"): pdf_string("approved"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 300, 300)))}  # fmt: skip
    held = page(writer)
    held["/Annots"].append(writer.add_object(generic.DictionaryObject(note)))
    writer.update_container(held)


def add_script(writer: Writer) -> None:
    """Something that runs when the file is opened."""
    action = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
    writer.root[pdf_name("/OpenAction")] = generic.DictionaryObject(action)
    writer.update_root()


def change_title(writer: Writer) -> None:
    """Another structure of the document."""
    writer.root[pdf_name("/Lang")] = pdf_string("xx")
    writer.update_root()


def shrink_page(writer: Writer) -> None:
    """Show a part of the page only."""
    held = page(writer)
    held[pdf_name("/CropBox")] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 100, 100)))
    writer.update_container(held)


def drop_certification(writer: Writer) -> None:
    """No certification any more."""
    del writer.root["/Perms"]
    writer.update_root()


def change_remarks(writer: Writer) -> None:
    """Other conditions."""
    held = field(writer, "Remarks")
    held["/V"] = pdf_string("None.")
    writer.update_container(held)


def change_decision(writer: Writer) -> None:
    """Accepted without conditions."""
    for name, state in (("Conditions", "/Off"), ("Accept", "/On")):
        held = field(writer, name)
        held["/V"] = held["/AS"] = pdf_name(state)
        writer.update_container(held)


def tick_another(writer: Writer) -> None:
    """Two decisions."""
    held = field(writer, "Reject")
    held["/V"] = held["/AS"] = pdf_name("/On")
    writer.update_container(held)


def show_another(writer: Writer) -> None:
    """The value stays, what is seen changes."""
    held = field(writer, "Conditions")
    held["/AS"] = pdf_name("/Off")
    writer.update_container(held)


def look_of_remarks(writer: Writer) -> None:
    """The value of the remarks stays, what is seen changes."""
    held = field(writer, "Remarks")
    box = generic.ArrayObject(map(generic.NumberObject, (0, 0, 10, 10)))
    look = generic.StreamObject({pdf_name("/BBox"): box}, stream_data=b"")
    held["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(look)})
    writer.update_container(held)


def empty_the_signature(writer: Writer) -> None:
    """The officer's signature taken out of its field."""
    held = field(writer, "DPO")
    del held["/V"]
    writer.update_container(held)


def add_field(writer: Writer) -> None:
    """One more field to be filled in."""
    held = {pdf_name("/FT"): pdf_name("/Tx"), pdf_name("/T"): pdf_string("More"), pdf_name("/V"): pdf_string("yes")}
    form = writer.root["/AcroForm"]
    form["/Fields"].append(writer.add_object(generic.DictionaryObject(held)))
    writer.update_container(form)


UPDATES = [
    draw_text, draw_on_the_second_page, replace_contents, swap_attachment, add_attachment, drop_attachments,
    drop_a_page, reverse_pages, add_note, add_script, change_title, shrink_page, drop_certification, add_field,
]  # fmt: skip
FORM = [change_remarks, change_decision, tick_another, show_another, look_of_remarks, empty_the_signature]


def test_the_untouched_file_is_confirmed(whole: bytes) -> None:
    found = verify(whole)
    assert found.ok, found.problems
    assert found.decision is not None
    assert (found.decision.choice, found.decision.remarks, found.decision.signed) == ("conditions", "Until June.", True)


@pytest.mark.parametrize("change", [*UPDATES, *FORM], ids=lambda change: change.__name__)
def test_an_update_behind_everything_is_named(whole: bytes, change: Update) -> None:
    assert "appended to the file after the last signature" in told(updated(whole, change))


@pytest.mark.parametrize("change", UPDATES, ids=lambda change: change.__name__)
def test_an_update_that_a_later_time_stamp_covers_is_named(stamped: bytes, authority: Key, change: Update) -> None:
    assert "was changed after it, beyond filling in" in told(blessed(updated(stamped, change), authority))


@pytest.mark.parametrize("change", FORM, ids=lambda change: change.__name__)
def test_a_field_changed_after_the_officer_signed_is_named(decided: bytes, authority: Key, change: Update) -> None:
    why = told(blessed(updated(decided, change), authority))
    expected = {
        change_remarks: "The remarks was changed after the data protection officer's signature",
        change_decision: "The decision was changed after the data protection officer's signature",
        tick_another: "more than one is ticked",
        show_another: "shows something else than it holds",
    }
    assert expected.get(change, "was changed after it, beyond filling in") in why


def blessed(pdf: bytes, authority: Key) -> bytes:
    """A time stamp over a file, whatever is in it, by a program that does not look."""
    from pyhanko.sign.signers import PdfTimeStamper

    out = PdfTimeStamper(stamper(authority)).timestamp_pdf(Writer(io.BytesIO(pdf)), "sha256", None)
    return bytes(out.getvalue())


def test_a_decision_that_nobody_signed_is_named(stamped: bytes, authority: Key) -> None:
    assert "A decision is filled in that nobody signed" in told(blessed(updated(stamped, tick_another), authority))


@pytest.mark.parametrize("part", range(12))
def test_a_changed_byte_is_named(whole: bytes, part: int) -> None:
    place = len(whole) * part // 12 + 7
    why = told(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    assert any(word in why for word in ("changed", "damaged", "cannot be read", "does not fit", "signature", "opened"))


def gaps(pdf: bytes) -> list[tuple[int, int]]:
    """Where the containers are."""
    embedded = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return [(int(each.byte_range[1]), int(each.byte_range[2])) for each in embedded]


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_changed_digit_of_a_container_is_named(whole: bytes, index: int, part: float) -> None:
    start, _ = gaps(whole)[index]
    used = 2 * len(asn1.ContentInfo.load(bytes.fromhex(whole[start + 1 : gaps(whole)[index][1] - 1].decode())).dump())
    place = start + 1 + int(used * part)
    value = b"1" if whole[place : place + 1] != b"1" else b"2"
    assert "ignature" in told(whole[:place] + value + whole[place + 1 :]) or "stamp" in told(
        whole[:place] + value + whole[place + 1 :]
    )


@pytest.mark.parametrize("index", [0, 1])
def test_a_time_stamp_taken_out_of_a_signature_is_named(whole: bytes, index: int) -> None:
    start, end = gaps(whole)[index]
    content = asn1.ContentInfo.load(bytes.fromhex(whole[start + 1 : end - 1].decode())).copy()
    content["content"]["signer_infos"][0]["unsigned_attrs"] = None
    bare = content.dump(force=True).hex().upper().encode().ljust(end - start - 2, b"0")
    assert told(whole[: start + 1] + bare + whole[end - 1 :])


def test_a_time_stamp_taken_out_of_the_only_signature_is_told_by_page_one(stamped: bytes) -> None:
    ((start, end),) = gaps(stamped)
    content = asn1.ContentInfo.load(bytes.fromhex(stamped[start + 1 : end - 1].decode())).copy()
    content["content"]["signer_infos"][0]["unsigned_attrs"] = None
    bare = content.dump(force=True).hex().upper().encode().ljust(end - start - 2, b"0")
    why = told(stamped[: start + 1] + bare + stamped[end - 1 :])
    assert "Page one says level B-T, but the file carries B-B only" in why


def test_the_signature_of_another_dossier_is_named(whole: bytes, case: samples.Case, key: Key) -> None:
    cover = samples.cover(signer=key.name, fingerprint=key.fingerprint, language="de")
    other = seal(compose(*case, cover), key, when=WHEN)
    (start, end), (first, last) = gaps(whole)[0], gaps(other)[0]
    foreign = other[first + 1 : last - 1].rstrip(b"0").ljust(end - start - 2, b"0")[: end - start - 2]
    assert "does not fit the file" in told(whole[: start + 1] + foreign + whole[end - 1 :])


def test_a_signature_replaced_by_another_one_is_named(stamped: bytes, case: samples.Case, authority: Key) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(stamped)) as pdf:
        for each in pdf.Root.AcroForm.Fields:
            if "/V" in each and pikepdf.Name.Sig == each.FT:
                del each.V
        del pdf.Root.Perms
        pdf.save(out)
    assert told(seal(out.getvalue(), authority, when=WHEN))


def test_a_changed_policy_with_new_digests_is_named(case: samples.Case, key: Key) -> None:
    audit, judgement, policy, knowledge = case
    milder = policy.model_copy(update={"controls": policy.controls[:1]})
    digest = judgement.policy.model_copy(update={"sha256": hashlib.sha256(canonical(milder)).hexdigest()})
    forged = judgement.model_copy(update={"policy": digest})
    why = told(seal(compose(audit, forged, milder, knowledge, samples.cover()), key, when=WHEN))
    assert "do not follow from the attached facts" in why


def test_a_better_verdict_is_named(case: samples.Case, key: Key) -> None:
    audit, judgement, policy, knowledge = case
    forged = judgement.model_copy(update={"verdict": Overall.CONFORMS})
    assert "do not follow" in told(seal(compose(audit, forged, policy, knowledge, samples.cover()), key, when=WHEN))


@pytest.mark.parametrize("which", ["nothing", "unsigned", "cut"])
def test_a_file_that_ends_early_is_named(whole: bytes, stamped: bytes, which: str) -> None:
    ends = {"nothing": 0, "unsigned": stamped.index(b"%%EOF") + 6, "cut": len(whole) - 9}
    assert told(whole[: ends[which]])
