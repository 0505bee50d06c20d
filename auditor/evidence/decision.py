"""The data protection officer's decision: form fields that are part of the file from the beginning.

Three check boxes on page one, and one field for conditions and remarks. They are fields of their own rather than one
group of buttons, because a validator's analysis of differences follows fields, not the buttons of a group. The
officer's signature locks them (ISO 32000-1, 12.8.2.4).
"""

import io
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pikepdf
from pyhanko.pdf_utils.generic import DictionaryObject, TextStringObject, pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from auditor.errors import UserError
from auditor.evidence import fonts
from auditor.evidence.styles import colour


class Choice(StrEnum):
    """What can be decided."""

    ACCEPT = "accept"
    CONDITIONS = "conditions"
    REJECT = "reject"


BOXES = {Choice.ACCEPT: "Accept", Choice.CONDITIONS: "Conditions", Choice.REJECT: "Reject"}
"""Names of the check boxes."""
REMARKS = "Remarks"
DPO_FIELD = "DPO"
"""Name of the officer's signature field."""
FIELDS = (*BOXES.values(), REMARKS)
ON, OFF = "/On", "/Off"
LONGEST = 2000
"""Characters of the remarks."""
SIZES = (9.0, 8.0, 7.0, 6.0)
"""Of the type that remarks are shown in, points; the largest in which they fit."""
INSET = 3.0


@dataclass(frozen=True)
class Decision:
    """One decision; conditions are named in the remarks."""

    choice: Choice
    remarks: str = ""


@dataclass(frozen=True)
class Filled:
    """What the fields hold: which boxes are ticked, the remarks, and fields that show something else than they hold."""

    ticked: tuple[Choice, ...] = ()
    remarks: str = ""
    faults: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is filled in."""
        return not self.ticked and not self.remarks


def decide(choice: str, remarks: str) -> Decision:
    """A decision as a person states it. Raises UserError."""
    remarks = "\n".join(" ".join(line.split()) for line in remarks.strip().splitlines())
    if len(remarks) > LONGEST:
        raise UserError(f"the remarks are longer than {LONGEST} characters")
    if any(not character.isprintable() for character in remarks.replace("\n", "")):
        raise UserError("the remarks hold characters that cannot be shown")
    decision = Decision(Choice(choice), remarks)
    if decision.choice is Choice.CONDITIONS and not remarks:
        raise UserError("the conditions are not named", hint="Name them: --remarks TEXT")
    return decision


def fill(writer: IncrementalPdfFileWriter, decision: Decision) -> None:
    """Tick the box and write the remarks, as part of the revision that will be signed. Raises UserError."""
    fields = _fields(writer.root)
    if not set(FIELDS) <= set(fields):
        raise UserError(
            "this dossier has no fields for a decision", hint="Print it again with this release: auditor dossier"
        )
    if not filled(writer.root).empty:
        raise UserError("a decision is filled in already")
    box = fields[BOXES[decision.choice]]
    box["/V"] = box["/AS"] = pdf_name(ON)
    writer.update_container(box)
    if decision.remarks:
        fields[REMARKS]["/V"] = pdf_string(decision.remarks)
        _show(writer, fields[REMARKS], decision.remarks)


def settle(writer: IncrementalPdfFileWriter) -> None:
    """Show the remarks anew where none were written.

    pyHanko takes the look of a locked field for changed later, unless it is of the revision that locks it.
    """
    field = _fields(writer.root).get(REMARKS)
    if field is not None and "/V" not in field:
        _show(writer, field, "")


def _show(writer: IncrementalPdfFileWriter, field: Any, remarks: str) -> None:
    left, low, right, high = (float(each) for each in field["/Rect"])
    page = writer.import_page_as_xobject(PdfFileReader(io.BytesIO(_shown(remarks, right - left, high - low))))
    field["/AP"] = DictionaryObject({pdf_name("/N"): page})  # type: ignore[no-untyped-call]
    writer.update_container(field)


def filled(root: Any) -> Filled:
    """What the fields of a document or of an earlier revision hold; ``root`` is its catalogue."""
    fields = _fields(root)
    ticked, faults = [], []
    for choice, name in BOXES.items():
        field = fields.get(name, {})
        value, state = _entry(field, "/V", OFF), _entry(field, "/AS", OFF)
        if value != state or value not in (ON, OFF):
            faults.append(f"the field “{name}” shows something else than it holds")
        if value != OFF:
            ticked.append(choice)
    remarks = _entry(fields.get(REMARKS, {}), "/V", "")
    return Filled(tuple(ticked), str(remarks) if isinstance(remarks, TextStringObject | str) else "?", tuple(faults))


def _fields(root: Any) -> dict[str, Any]:
    found = [each.get_object() for each in _entry(_entry(root, "/AcroForm", {}), "/Fields", ())]
    return {str(each["/T"]): each for each in found if isinstance(each, DictionaryObject) and "/T" in each}


def _entry(held: Any, key: str, default: Any) -> Any:
    """An entry with references followed, which ``get`` of pyHanko's dictionaries does not."""
    return held[key] if key in held else default  # noqa: SIM401


def _shown(remarks: str, width: float, height: float) -> bytes:
    """The remarks as a page of the field's size. Raises UserError where they do not fit."""
    fonts.register()
    paragraphs = [fonts.printable(line, fonts.SANS) for line in remarks.split("\n")]
    for size in SIZES:
        lines = [each for line in paragraphs for each in simpleSplit(line, fonts.SANS, size, width - 2 * INSET)]
        if len(lines) * size * 1.25 <= height - 2 * INSET:
            break
    else:
        raise UserError(
            "the remarks do not fit into their field", hint="Shorten them, and name another document in them."
        )
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1, initialFontName=fonts.SANS)
    canvas.setFillColor(colour("ink"))
    canvas.setFont(fonts.SANS, size)
    for number, line in enumerate(lines, 1):
        canvas.drawString(INSET, height - INSET - number * size * 1.25 + size * 0.3, line)
    canvas.showPage()
    canvas.save()
    plain = io.BytesIO()
    with pikepdf.open(out) as pdf:
        # reportlab wraps its streams in ASCII; saving unwraps them, as in the dossier's own pages.
        pdf.save(plain, deterministic_id=True)
    return plain.getvalue()
