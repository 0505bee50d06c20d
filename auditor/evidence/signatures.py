"""The signatures of a file: intact, covering, trusted, and what came after them. Offline."""

import datetime as dt
import hashlib
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asn1crypto import pem, x509
from cryptography.x509 import load_der_x509_certificate
from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import read_certification_data, validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from auditor.errors import UserError
from auditor.evidence import cms
from auditor.evidence.bounds import SIGNATURES
from auditor.evidence.chapters.ending import AUDITOR_FIELD
from auditor.evidence.chapters.front import DPO_FIELD
from auditor.evidence.keys import name_of
from auditor.evidence.level import Level
from auditor.evidence.seal import CERTIFICATES
from auditor.evidence.verification import Signature

# A signer that nobody vouches for is an answer here; pyHanko would log it as an error with its traceback.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)

_ROLES = {AUDITOR_FIELD: "auditor", DPO_FIELD: "dpo"}
_ALLOWED = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING)
_CATALOGUE = {"/Perms", "/AcroForm", "/Extensions", "/Version"}
"""Entries of the catalogue that a signature may set."""
_FORM = {"/SigFlags", "/Fields", "/DR", "/DA"}


@dataclass(frozen=True)
class Signed:
    """What was found out about all signatures."""

    signatures: tuple[Signature, ...]
    changes: tuple[str, ...]
    problems: tuple[str, ...]


def certificates(data: bytes) -> list[x509.Certificate]:
    """Certificates of a PEM or DER file. Raises UserError."""
    try:
        if pem.detect(data):
            found = [x509.Certificate.load(each, strict=True) for _, _, each in pem.unarmor(data, multiple=True)]
        else:
            found = [x509.Certificate.load(data, strict=True)]
        for each in found:
            _ = each.subject.native
        return found
    except (ValueError, TypeError) as error:
        raise UserError("this is no certificate in PEM or DER") from error


def examine(data: bytes, trust: Sequence[x509.Certificate]) -> Signed:
    """All signatures of the file. Exceptions of the PDF parser pass through."""
    reader = PdfFileReader(io.BytesIO(data))
    embedded = list(reader.embedded_signatures)
    if not embedded:
        return Signed((), (), ("The file is not signed.",))
    if len(embedded) > SIGNATURES:
        return Signed((), (), (f"The file has more than {SIGNATURES} signatures.",))
    found, changes, problems = [], [], []
    for each in embedded:
        signature, told, wrong = _examine(data, each, each is embedded[-1], trust)
        found.append(signature)
        changes += told
        problems += wrong
    problems += _certification(reader, embedded)
    if trust and not any(each.trusted for each in found if each.role == "auditor"):
        problems.append("None of the given certificates vouches for the auditor's signature.")
    return Signed(tuple(found), tuple(changes), tuple(problems))


def _examine(
    data: bytes, embedded: EmbeddedPdfSignature, last: bool, trust: Sequence[x509.Certificate]
) -> tuple[Signature, list[str], list[str]]:
    role = _ROLES.get(embedded.field_name, "other")
    context = ValidationContext(trust_roots=list(trust), allow_fetching=False)
    status = validate_pdf_signature(embedded, context, skip_diff=last)
    intact = bool(status.intact and status.valid)
    gap, faults = _gap(data, embedded)
    changes: list[str] = []
    pins = _pins(embedded)
    if pins is not None:
        faults += cms.faults(gap, pins)
    elif role == "auditor":
        faults.append("the signature does not name its certificates")
    else:
        changes.append(
            f"The signature “{embedded.field_name}” was made by another program; bytes of its container that no "
            "signature covers were not checked."
        )
    if last and status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        faults.append("something was appended to the file after the last signature")
    elif status.coverage not in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION):
        faults.append("the signature does not cover all that was there when it was made")
    if not last:
        told, wrong = _later(embedded, status)
        changes += told
        faults += wrong
    time = embedded.self_reported_timestamp
    stamp = status.timestamp_validity
    if stamp is not None and not (stamp.intact and stamp.valid):
        faults.append("the time stamp is not of this signature")
    signature = Signature(
        role=role,
        signer=_signer(embedded.signer_cert),
        fingerprint=hashlib.sha256(embedded.signer_cert.dump()).hexdigest(),
        level=(Level.B_T if stamp is not None else Level.B_B).value,
        trusted=bool(status.trusted),
        intact=intact and not faults,
        time=time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else "",
        faults=tuple(dict.fromkeys(faults)),
    )
    problems = [] if intact else [f"The {_named(role)} signature does not fit the file: it was changed."]
    problems += [f"The {_named(role)} signature: {fault}." for fault in signature.faults]
    return signature, changes, problems


def _signer(certificate: x509.Certificate) -> str:
    """The name as the key that signed gives it."""
    return name_of(load_der_x509_certificate(certificate.dump()).subject)


def _named(role: str) -> str:
    return {"auditor": "auditor's", "dpo": "data protection officer's"}.get(role, "additional")


def _gap(data: bytes, embedded: EmbeddedPdfSignature) -> tuple[bytes, list[str]]:
    """The bytes between the two signed ranges."""
    ranges = [int(each) for each in embedded.byte_range]
    if len(ranges) != 4 or ranges[0] != 0 or not 0 < ranges[1] < ranges[2] <= len(data):
        return b"", ["the signed ranges make no sense"]
    return data[ranges[1] : ranges[2]], []


def _pins(embedded: EmbeddedPdfSignature) -> list[str] | None:
    line = str(embedded.sig_object.get("/ContactInfo", ""))
    return line.removeprefix(CERTIFICATES).split(",") if line.startswith(CERTIFICATES) else None


def _later(embedded: EmbeddedPdfSignature, status: Any) -> tuple[list[str], list[str]]:
    """What was added after a signature, and whether that is permitted."""
    added = embedded.reader.xrefs.total_revisions - 1 - embedded.signed_revision
    level = status.modification_level
    if level in _ALLOWED and status.docmdp_ok:
        return [f"{added} revision(s) after “{embedded.field_name}”: fields of signatures were filled in."], []
    return (
        [f"{added} revision(s) after “{embedded.field_name}” change what was signed."],
        ["the file was changed after it, beyond filling in signatures"],
    )


def _certification(reader: PdfFileReader, embedded: list[EmbeddedPdfSignature]) -> list[str]:
    """The first signature is the auditor's, certifies, and its revision does nothing but sign."""
    first = embedded[0]
    if first.field_name != AUDITOR_FIELD:
        return ["The first signature is not the auditor's."]
    certified = read_certification_data(reader)
    if certified is None or certified.permission is not MDPPerm.FILL_FORMS:
        return ["The auditor's signature does not certify the document."]
    if first.signed_revision != 1:
        return ["The auditor did not sign the file as it was composed."]
    return _only_signs(reader, first)


def _only_signs(reader: PdfFileReader, first: EmbeddedPdfSignature) -> list[str]:
    """The signing revision replaces nothing but the field, the form and entries of the catalogue."""
    before, after = reader.get_historical_resolver(0), reader.get_historical_resolver(1)
    field = first.sig_field.container_ref
    if not isinstance(field, Reference):
        return ["The auditor's signature field is not an object of its own."]
    root, form = reader.root_ref, before.root.raw_get("/AcroForm").reference
    for reference in reader.xrefs.explicit_refs_in_revision(1):
        if reader.xrefs.get_introducing_revision(reference) == 0 and reference not in (field, root, form):
            return ["The auditor's signature came with other changes to the composed file."]
    one, other = before.root, after.root
    if _changed(one, other) - _CATALOGUE or _changed(before.get_object(form), after.get_object(form)) - _FORM:
        return ["The auditor's signature came with other changes to the composed file."]
    if _changed(before.get_object(field), after.get_object(field)) - {"/V", "/AP", "/MK", "/F", "/SV", "/Lock"}:
        return ["The auditor's signature came with other changes to its field."]
    return []


def _changed(one: Any, other: Any) -> set[str]:
    keys = set(one) | set(other)
    return {key for key in keys if key not in one or key not in other or one.raw_get(key) != other.raw_get(key)}
