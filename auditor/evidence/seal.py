"""The seal: a certifying PAdES signature (ETSI EN 319 142-1) over the whole dossier.

It is appended, so that the sealed file begins with exactly the bytes that were composed. After it only signature
fields may be filled in (DocMDP permission 2, ISO 32000-1, 12.8.2.2).
"""

import datetime as dt
import io

import pikepdf
from cryptography.hazmat.primitives import hashes
from pyhanko.pdf_utils.content import PdfContent, ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, PdfSigningSession, SigDSSPlacementPreference
from pyhanko.stamp import StaticStampStyle
from reportlab.pdfgen.canvas import Canvas

from auditor.evidence import fonts
from auditor.evidence.assurance import PLAIN, Assurance, above, explained, known
from auditor.evidence.chapters.ending import AUDITOR_FIELD
from auditor.evidence.chapters.markup import cut
from auditor.evidence.decision import DPO_FIELD, Decision, fill, settle
from auditor.evidence.keys import Key
from auditor.evidence.level import Level
from auditor.evidence.styles import colour

CERTIFICATES = "certificates sha256:"
"""Begins the signature's contact line, which pins every certificate that the signature carries."""

STORE = DSSContentSettings(include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE)
"""Evidence of revocation is written before the signature, or before the time stamp that follows, and is covered by it:
no byte of the file is left that no signature protects."""

_MIN = AxisAlignment.ALIGN_MIN
STAMP = (226.0, 33.0)
"""Width and height of the signature's appearance, in points."""


def seal(pdf: bytes, key: Key, *, when: dt.datetime, assurance: Assurance = PLAIN) -> bytes:
    """``pdf`` with the auditor's signature, at the level of ``assurance``.

    Nothing falls back: where what the level needs cannot be had, nothing is signed. Raises UserError.
    """
    with explained():
        writer = Writer(io.BytesIO(pdf))
    return _sign(writer, key, AUDITOR_FIELD, when, assurance)


def countersign(
    pdf: bytes, key: Key, *, when: dt.datetime, assurance: Assurance = PLAIN, decision: Decision | None = None
) -> bytes:
    """A sealed dossier with the data protection officer's decision and signature added. Raises UserError."""
    with explained():
        writer = Writer(io.BytesIO(pdf))
    if decision is not None:
        fill(writer, decision)
    settle(writer)
    return _sign(writer, key, DPO_FIELD, when, assurance)


def pinned(key: Key) -> str:
    """The line that names every certificate of the signature by digest; it is part of what is signed."""
    prints = (c.fingerprint(hashes.SHA256()).hex() for c in (key.certificate, *key.chain))
    return CERTIFICATES + ",".join(prints)


class Writer(IncrementalPdfFileWriter):
    """Appends the signature only: date and producer in the metadata stay those of the composed file."""

    def _update_meta(self) -> None:
        pass


class _Signer(signers.PdfSigner):
    """Signs at a given time instead of asking the clock."""

    when: dt.datetime

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.when
        return session


def _sign(writer: IncrementalPdfFileWriter, key: Key, field: str, when: dt.datetime, assurance: Assurance) -> bytes:
    when = when.astimezone(dt.UTC).replace(microsecond=0)
    key.check(when)
    certify, lasting = field == AUDITOR_FIELD, assurance.level.lasting
    meta = signers.PdfSignatureMetadata(
        field_name=field,
        reason="Evidence" if certify else "Decision",
        name=key.name,
        contact_info=pinned(key),
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        certify=certify,
        docmdp_permissions=MDPPerm.FILL_FORMS,
        embed_validation_info=lasting,
        use_pades_lta=assurance.level is Level.B_LTA,
        validation_context=assurance.context(key) if lasting else None,
        dss_settings=STORE,
    )
    style = StaticStampStyle(
        background=_Page(_appearance(key, when)),
        background_layout=SimpleBoxLayoutRule(_MIN, _MIN, margins=Margins(4, 4, 1, 1)),
        border_width=0,
    )
    out = io.BytesIO()
    with explained(), key.signer(known(key), above(key)) as material:
        signer = _Signer(meta, signer=material, timestamper=assurance.stamper, stamp_style=style)
        signer.when = when
        signer.sign_pdf(writer, existing_fields_only=True, output=out)
    return out.getvalue()


def _appearance(key: Key, when: dt.datetime) -> bytes:
    """What the signature shows on the page, as a page of its own with the dossier's fonts."""
    fonts.register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=STAMP, invariant=1, initialFontName=fonts.SANS)
    canvas.setFillColor(colour("ink"))
    lines = ((fonts.BOLD, 9.5, key.name), (fonts.SANS, 8, f"{when:%Y-%m-%d %H:%M:%S} UTC"),
             (fonts.MONO, 8, key.fingerprint[:32]))  # fmt: skip
    for number, (name, size, text) in enumerate(lines):
        canvas.setFont(name, size)
        canvas.drawString(0, STAMP[1] - 10.5 * (number + 1) + 1.5, cut(fonts.printable(text, name), 46))
    canvas.showPage()
    canvas.save()
    plain = io.BytesIO()
    with pikepdf.open(out) as pdf:
        # reportlab wraps its streams in ASCII; saving unwraps them, as in the dossier's own pages.
        pdf.save(plain, deterministic_id=True)
    return plain.getvalue()


class _Page(PdfContent):
    """A page held in memory, drawn as the background of a stamp."""

    def __init__(self, data: bytes) -> None:
        super().__init__(box=BoxConstraints(*STAMP))
        self._data = data

    def render(self) -> bytes:
        """Import the page and draw it."""
        writer = self._ensure_writer
        form = writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self._data)))
        self.set_resource(ResourceType.XOBJECT, pdf_name("/Appearance"), form)
        return b"/Appearance Do"
