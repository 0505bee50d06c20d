"""The seal: a certifying PAdES signature (ETSI EN 319 142-1) over the whole dossier.

It is appended, so that the sealed file begins with exactly the bytes that were composed. After it only signature
fields may be filled in (DocMDP permission 2, ISO 32000-1, 12.8.2.2).
"""

import datetime as dt
import io

import pikepdf
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from pyhanko.pdf_utils.content import PdfContent, ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import CertificateStore, SimpleCertificateStore
from reportlab.pdfgen.canvas import Canvas

from auditor.errors import UserError
from auditor.evidence import fonts
from auditor.evidence.chapters.ending import AUDITOR_FIELD
from auditor.evidence.chapters.front import DPO_FIELD
from auditor.evidence.chapters.markup import cut
from auditor.evidence.keys import Key
from auditor.evidence.level import Level as Level
from auditor.evidence.styles import colour

CERTIFICATES = "certificates sha256:"
"""Begins the signature's contact line, which pins every certificate that the signature carries."""

_MIN = AxisAlignment.ALIGN_MIN
STAMP = (226.0, 33.0)
"""Width and height of the signature's appearance, in points."""


def seal(pdf: bytes, key: Key, *, when: dt.datetime, timestamper: TimeStamper | None = None) -> bytes:
    """``pdf`` with the auditor's signature: level B-B, or B-T with ``timestamper``.

    Nothing falls back: where the time stamp cannot be had, nothing is signed. Raises UserError.
    """
    return _sign(pdf, key, AUDITOR_FIELD, when, timestamper, certify=True)


def countersign(pdf: bytes, key: Key, *, when: dt.datetime, timestamper: TimeStamper | None = None) -> bytes:
    """A sealed dossier with the data protection officer's signature added. Raises UserError."""
    return _sign(pdf, key, DPO_FIELD, when, timestamper, certify=False)


def pinned(key: Key) -> str:
    """The line that names every certificate of the signature by digest; it is part of what is signed."""
    prints = (c.fingerprint(hashes.SHA256()).hex() for c in (key.certificate, *key.chain))
    return CERTIFICATES + ",".join(prints)


class _Writer(IncrementalPdfFileWriter):
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


def _sign(pdf: bytes, key: Key, field: str, when: dt.datetime, timestamper: TimeStamper | None, certify: bool) -> bytes:
    when = when.astimezone(dt.UTC).replace(microsecond=0)
    key.check(when)
    meta = signers.PdfSignatureMetadata(
        field_name=field,
        reason="Evidence" if certify else "Decision",
        name=key.name,
        contact_info=pinned(key),
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        certify=certify,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )
    style = StaticStampStyle(
        background=_Page(_appearance(key, when)),
        background_layout=SimpleBoxLayoutRule(_MIN, _MIN, margins=Margins(4, 4, 1, 1)),
        border_width=0,
    )
    signer = _Signer(meta, signer=_material(key), timestamper=timestamper, stamp_style=style)
    signer.when = when
    out = io.BytesIO()
    try:
        signer.sign_pdf(_Writer(io.BytesIO(pdf)), existing_fields_only=True, output=out)
    except TimestampRequestError as error:
        raise UserError(
            f"the time stamp authority gave no time stamp: {error}",
            hint="Nothing was signed. Try again later, or sign without a time stamp.",
        ) from error
    except (SigningError, PdfError) as error:
        raise UserError(f"the dossier cannot be signed: {error}") from error
    return out.getvalue()


def _material(key: Key) -> signers.SimpleSigner:
    private = key.private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    own, *chain = (
        asn1_x509.Certificate.load(each.public_bytes(serialization.Encoding.DER))
        for each in (key.certificate, *key.chain)
    )
    store: CertificateStore = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(chain)
    return signers.SimpleSigner(own, asn1_keys.PrivateKeyInfo.load(private), store)


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
