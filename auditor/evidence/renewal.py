"""Time stamps over a whole sealed file (ETSI EN 319 142-1, 5.5): renewed online, or asked for and brought in by hand.

The file is only added to. Asking leaves it as it is: what would be added, up to the place of the answer, follows from
the file alone, so that it can be made again, byte for byte, when the answer has come.
"""

import asyncio
import contextlib
import hashlib
import io
from collections.abc import Generator
from typing import Any

from asn1crypto import algos, tsp, x509
from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.signers.pdf_signer import TimestampDSSContentSettings
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import ValidationError
from pyhanko_certvalidator.path import ValidationPath

from auditor.errors import UserError
from auditor.evidence import cms
from auditor.evidence.assurance import Assurance, explained, response_of
from auditor.evidence.longevity import SIGNING, STAMPING, Stamped, store, vouched
from auditor.evidence.seal import Writer
from auditor.evidence.signatures import examine, stamped, within

RESERVED = 1 << 15
"""Hexadecimal digits kept free for an answer that is brought in; one with a long chain has about half of that."""
BEFORE = TimestampDSSContentSettings(include_vri=False, update_before_ts=True)


def renew(pdf: bytes, assurance: Assurance) -> bytes:
    """The file with the evidence for its last time stamp, and with a new time stamp over all of it. Raises UserError.

    A file without any time stamp over it gets its first one, with the evidence for its signatures.
    """
    if assurance.stamper is None or not assurance.level.lasting:
        raise UserError("a time stamp authority and the root of its chain are needed", hint="--tsa URL --anchor CERT")
    reader = _intact(pdf)
    own = [each.signer_cert for each in reader.embedded_regular_signatures if each.signer_cert.self_signed != "no"]
    writer, context = Writer(io.BytesIO(pdf)), assurance.context(None, own)
    lacking = _lacking(reader, [*assurance.anchors, *own])
    stamper = PdfTimeStamper(assurance.stamper, field_name=_name(reader))
    out = io.BytesIO()

    async def add() -> None:
        try:
            paths = [await _path(each, purpose, context) for each, purpose in _owed(reader)]
            for each, purpose in lacking:
                # Evidence that is no longer to be had is no reason to let the last time stamp grow old too.
                with contextlib.suppress(ValidationError):
                    paths.append(await _path(each, purpose, context))
            DocumentSecurityStore.supply_dss_in_writer(
                writer, sig_contents=None, paths=paths, validation_context=context, embed_roots=True
            )
            await stamper.async_timestamp_pdf(
                writer, "sha256", context, validation_paths=paths, output=out, dss_settings=BEFORE
            )
        finally:
            await context.aclose()  # type: ignore[no-untyped-call]

    with explained():
        asyncio.run(add())
    return out.getvalue()


def request(pdf: bytes) -> bytes:
    """The question (RFC 3161, 2.4.1) for a time stamp over the file, to be carried by hand. Raises UserError."""
    digest, _, _ = _prepared(pdf)
    imprint = tsp.MessageImprint(
        {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "hashed_message": digest}
    )
    return bytes(tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True}).dump())


def stamp(pdf: bytes, answer: bytes) -> bytes:
    """The file with the time stamp that an authority answered with. Raises UserError."""
    try:
        found = response_of(answer)
        if found["status"]["status"].native != "granted":
            raise TimestampRequestError("the authority refused")
    except TimestampRequestError as error:
        raise UserError(f"this is no answer of a time stamp authority: {error}") from error
    token = found["time_stamp_token"]
    digest, out, embedder = _prepared(pdf)
    imprint = token["content"]["encap_content_info"]["content"].parsed["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != "sha256" or imprint["hashed_message"].native != digest:
        raise UserError(
            "this time stamp is not of this file",
            hint="It answers the question for another file, or the file was changed since. Ask again: auditor seal "
            "request",
        )
    told = cms.token_faults(token)
    if told:
        raise UserError(f"the time stamp cannot be verified later: {told[0]}")
    if 2 * len(token.dump()) > RESERVED:
        raise UserError("the time stamp is larger than the place that is kept for it")
    embedder.send(token)
    return out.getvalue()


def _intact(pdf: bytes) -> PdfFileReader:
    """The file, if nothing is wrong with it: a time stamp must not lend age to a change. Raises UserError."""
    try:
        found, reader = examine(pdf, ()), PdfFileReader(io.BytesIO(pdf))
    except (Exception, RecursionError) as error:  # a parser fed with hostile bytes raises anything
        raise UserError("this is no dossier that can be read", hint=type(error).__name__) from error
    if found.problems:
        raise UserError(f"the file is not as it was signed: {found.problems[0]}", hint="See: auditor verify FILE")
    return reader


def _name(reader: PdfFileReader) -> str:
    return f"Stamp{len(list(reader.embedded_signatures)) + 1}"


def _owed(reader: PdfFileReader) -> list[tuple[Stamped | EmbeddedPdfSignature, bool]]:
    """Whose certificates the evidence is still to be gathered for: the last time stamp's, or all signatures'."""
    embedded = list(reader.embedded_signatures)
    over = [each for each in embedded if str(each.sig_object_type) == "/DocTimeStamp"]
    later = embedded[embedded.index(over[-1]) + 1 :] if over else embedded
    owed: list[tuple[Stamped | EmbeddedPdfSignature, bool]] = [(stamped(over[-1]), True)] if over else []
    for each in later:
        owed.append((each, False))
        inner = within(each)
        owed += [(inner, True)] if inner else []
    return owed


def _lacking(
    reader: PdfFileReader, anchors: list[x509.Certificate]
) -> list[tuple[Stamped | EmbeddedPdfSignature, bool]]:
    """Signatures that time stamps already stand over, and whose evidence the file does not hold."""
    held, lacking = store(reader), list[tuple[Stamped | EmbeddedPdfSignature, bool]]()
    owed = [id(each) for each, _ in _owed(reader)]
    for each in reader.embedded_regular_signatures:
        if id(each) in owed:
            continue
        if vouched(each.signer_cert, each.other_embedded_certs, held, anchors, None, SIGNING, revocation=True):
            lacking.append((each, False))
        inner = within(each)
        if inner and vouched(inner.certificate, inner.others, held, anchors, None, STAMPING, revocation=True):
            lacking.append((inner, True))
    return lacking


async def _path(signer: Stamped | EmbeddedPdfSignature, stamps: bool, context: ValidationContext) -> ValidationPath:
    if isinstance(signer, Stamped):
        certificate, others = signer.certificate, list(signer.others)
    else:
        certificate, others = signer.signer_cert, list(signer.other_embedded_certs)
    validator = CertificateValidator(certificate, intermediate_certs=others, validation_context=context)
    usage, extended = (set[str](), {"time_stamping"}) if stamps else ({"non_repudiation"}, set[str]())
    return await validator.async_validate_usage(usage, extended)  # type: ignore[no-untyped-call, no-any-return]


def _prepared(pdf: bytes) -> tuple[bytes, io.BytesIO, Generator[Any, Any, Any]]:
    """What a time stamp over the file has to be of, the file with room for it, and what puts it in."""
    reader = _intact(pdf)
    writer = Writer(io.BytesIO(pdf))
    # The second identifier is random otherwise; it has to be the same when the answer has come.
    first = writer._document_id[0]
    writer._document_id = ArrayObject([first, ByteStringObject(hashlib.sha256(pdf).digest()[:16])])
    name, out = _name(reader), io.BytesIO()
    spec = SigFieldSpec(name, readable_field_name="Time stamp")
    embedder = PdfCMSEmbedder(new_field_spec=spec).write_cms(field_name=name, writer=writer)
    with explained():
        next(embedder)
        room = DocumentTimestamp(bytes_reserved=RESERVED)  # type: ignore[no-untyped-call]
        embedder.send(SigObjSetup(sig_placeholder=room))
        prepared, _ = embedder.send(SigIOSetup(md_algorithm="sha256", output=out))
    return bytes(prepared.document_digest), out, embedder
