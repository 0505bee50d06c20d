"""The signatures and time stamps of a file: intact, covering, trusted, and what came after them. Offline."""

import datetime as dt
import hashlib
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asn1crypto import x509
from cryptography.x509 import load_der_x509_certificate
from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    GenericFieldModificationRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import CMSExtractionError, extract_signer_info, find_unique_cms_attribute
from pyhanko.sign.validation import read_certification_data, validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from auditor.evidence import cms, longevity
from auditor.evidence.bounds import SIGNATURES
from auditor.evidence.chapters.ending import AUDITOR_FIELD
from auditor.evidence.decision import DPO_FIELD, Filled, filled
from auditor.evidence.keys import name_of
from auditor.evidence.level import Level
from auditor.evidence.longevity import SIGNING, STAMPING, Stamped, Store
from auditor.evidence.seal import CERTIFICATES
from auditor.evidence.verification import Decided, Signature, Stamp

# A signer that nobody vouches for is an answer here; pyHanko would log it as an error with its traceback.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)

_ROLES = {AUDITOR_FIELD: "auditor", DPO_FIELD: "dpo"}
_ALLOWED = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING)
_CATALOGUE = {"/Perms", "/AcroForm", "/Extensions", "/Version", "/DSS"}
"""Entries of the catalogue that a signature may set."""
_FORM = {"/SigFlags", "/Fields", "/DR", "/DA"}


_POLICY = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),  # type: ignore[no-untyped-call]
        *(
            rule.as_qualified(ModificationLevel.LTA_UPDATES)
            for rule in (DocInfoRule(), XrefStreamRule(), ObjectStreamRule(), DSSCompareRule(), MetadataUpdateRule())  # type: ignore[no-untyped-call]
        ),
    ],
    form_rule=FormUpdatingRule(
        field_rules=[
            SigFieldCreationRule(),  # type: ignore[no-untyped-call]
            SigFieldModificationRule(allow_in_place_appearance_stream_changes=False),
            GenericFieldModificationRule(allow_in_place_appearance_stream_changes=False),
        ]
    ),
)
"""As pyHanko's own, but what a field shows may not be changed in its place."""


@dataclass(frozen=True)
class Signed:
    """What was found out about all signatures."""

    signatures: tuple[Signature, ...]
    changes: tuple[str, ...]
    problems: tuple[str, ...]
    stamps: tuple[Stamp, ...] = ()
    decision: Decided | None = None


@dataclass(frozen=True)
class _File:
    """The file, and what the caller brought."""

    data: bytes
    reader: PdfFileReader
    embedded: tuple[EmbeddedPdfSignature, ...]
    held: Store
    trust: Sequence[x509.Certificate]
    at: dt.datetime | None

    @property
    def known(self) -> list[x509.Certificate]:
        """Certificates that vouch for others as far as bytes go."""
        return [*self.held.certificates, *self.trust]

    @property
    def anchors(self) -> Sequence[x509.Certificate]:
        """What a chain may end in where only the file is asked: the trusted ones, else those of the file."""
        return self.trust or self.held.roots

    def stamps(self) -> list[EmbeddedPdfSignature]:
        """The time stamps over the file."""
        return [each for each in self.embedded if _stamps(each)]


def examine(data: bytes, trust: Sequence[x509.Certificate], at: dt.datetime | None = None) -> Signed:
    """All signatures of the file. Exceptions of the PDF parser pass through.

    With ``at`` each signature also says whether it could still be confirmed then.
    """
    reader = PdfFileReader(io.BytesIO(data))
    embedded = tuple(reader.embedded_signatures)
    if not any(not _stamps(each) for each in embedded):
        return Signed((), (), ("The file is not signed.",))
    if len(embedded) > SIGNATURES:
        return Signed((), (), (f"The file has more than {SIGNATURES} signatures.",))
    file = _File(data, reader, embedded, longevity.store(reader), trust, at)
    stamps, found, changes, problems = [], [], [], []
    for each in file.stamps():
        stamps.append(_stamp(file, each))
    for each in embedded:
        if not _stamps(each):
            signature, told, wrong = _examine(file, each)
            found.append(signature)
            changes += told
            problems += wrong
    for number, stamp in enumerate(stamps, 1):
        problems += [f"Time stamp {number} over the file: {fault}." for fault in stamp.faults]
    problems += _certification(reader, list(embedded))
    if trust and not any(each.trusted for each in found if each.role == "auditor"):
        problems.append("None of the given certificates vouches for the auditor's signature.")
    decision, wrong = _decision(file, found)
    return Signed(tuple(found), tuple(changes), tuple(problems + wrong), tuple(stamps), decision)


def _stamps(embedded: EmbeddedPdfSignature) -> bool:
    return str(embedded.sig_object_type) == "/DocTimeStamp"


def _covering(file: _File, embedded: EmbeddedPdfSignature, coverage: SignatureCoverageLevel | None) -> list[str]:
    if embedded is file.embedded[-1] and coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        return ["something was appended to the file after the last signature"]
    if coverage not in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION):
        return ["the signature does not cover all that was there when it was made"]
    return []


def _stamp(file: _File, embedded: EmbeddedPdfSignature) -> Stamp:
    """One time stamp over the file."""
    status = validate_pdf_timestamp(embedded, _alone(embedded), skip_diff=True)
    gap, faults = _gap(file.data, embedded)
    if not (status.intact and status.valid):
        faults.append("it does not fit the file: the file was changed")
    faults += cms.stamp_faults(gap, file.known) + _covering(file, embedded, status.coverage)
    found = stamped(embedded)
    trusted = not longevity.vouched(
        found.certificate, found.others, file.held, file.trust, found.time, STAMPING, revocation=False
    )
    return Stamp(
        authority=_signer(found.certificate),
        time=instant(found.time),
        until=instant(found.certificate.not_valid_after),
        trusted=trusted,
        intact=not faults,
        faults=tuple(dict.fromkeys(faults)),
    )


def _alone(embedded: EmbeddedPdfSignature) -> ValidationContext:
    """For what a signature shows without anybody's trust; without a root the system's would be taken."""
    return ValidationContext(trust_roots=[embedded.signer_cert], allow_fetching=False)


def stamped(embedded: EmbeddedPdfSignature) -> Stamped:
    """The time stamp over the file, as far as it is read."""
    info = embedded.signed_data["encap_content_info"]["content"].parsed
    return Stamped(embedded.signer_cert, tuple(embedded.other_embedded_certs), info["gen_time"].native)


def within(embedded: EmbeddedPdfSignature) -> Stamped | None:
    """The time stamp within a signature."""
    try:
        content = find_unique_cms_attribute(embedded.signer_info["unsigned_attrs"], "signature_time_stamp_token")
    except (CMSExtractionError, ValueError, KeyError):
        return None
    token = content["content"]
    signer = extract_signer_info(token)["sid"].chosen
    certificates = [each.chosen for each in token["certificates"]]
    own = next(c for c in certificates if c.serial_number == signer["serial_number"].native)
    others = tuple(each for each in certificates if each is not own)
    return Stamped(own, others, token["encap_content_info"]["content"].parsed["gen_time"].native)


def instant(when: dt.datetime) -> str:
    """A time in RFC 3339."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _examine(file: _File, embedded: EmbeddedPdfSignature) -> tuple[Signature, list[str], list[str]]:
    role = _ROLES.get(embedded.field_name, "other")
    last = embedded is file.embedded[-1]
    status = validate_pdf_signature(embedded, _alone(embedded), diff_policy=_POLICY, skip_diff=last)
    intact = bool(status.intact and status.valid)
    gap, faults = _gap(file.data, embedded)
    changes: list[str] = []
    pins = _pins(embedded)
    if pins is not None:
        faults += cms.faults(gap, pins, file.known)
    elif role == "auditor":
        faults.append("the signature does not name its certificates")
    else:
        changes.append(
            f"The signature “{embedded.field_name}” was made by another program; bytes of its container that no "
            "signature covers were not checked."
        )
    faults += _covering(file, embedded, status.coverage)
    if not last:
        told, wrong = _later(embedded, status)
        changes += told
        faults += wrong
    stamp = status.timestamp_validity
    if stamp is not None and not (stamp.intact and stamp.valid):
        faults.append("the time stamp is not of this signature")
    inner = within(embedded) or next(map(stamped, _over(file, embedded)), None)
    certificate, others, held = embedded.signer_cert, tuple(embedded.other_embedded_certs), file.held
    known_time = inner is not None and not longevity.vouched(
        inner.certificate, inner.others, held, file.trust, inner.time, STAMPING, revocation=False
    )
    # Only a time that a trusted authority tells may stand for the present one: after its certificate has ended,
    # anybody who has the key could write an earlier time.
    when = inner.time if inner is not None and known_time else None
    why = longevity.vouched(certificate, others, held, file.trust, when, SIGNING, revocation=False)
    if "revoked" in why:
        faults.append("the signer's certificate was revoked")
    time = embedded.self_reported_timestamp
    signature = Signature(
        role=role,
        signer=_signer(certificate),
        fingerprint=hashlib.sha256(certificate.dump()).hexdigest(),
        level=_level(file, embedded, inner).value,
        trusted=not why,
        intact=intact and not faults,
        time=instant(time) if time else "",
        faults=tuple(dict.fromkeys(faults)),
        stamped=instant(inner.time) if inner else "",
        authority=_signer(inner.certificate) if inner else "",
        authority_trusted=known_time,
        lasts=_lasts(file, embedded),
    )
    problems = [] if intact else [f"The {_named(role)} signature does not fit the file: it was changed."]
    problems += [f"The {_named(role)} signature: {fault}." for fault in signature.faults]
    return signature, changes, problems


def _level(file: _File, embedded: EmbeddedPdfSignature, inner: Stamped | None) -> Level:
    """What the file itself carries. Whether its authorities are trusted is another question."""
    if inner is None:
        return Level.B_B
    roots = [*file.anchors, *([embedded.signer_cert] if embedded.signer_cert.self_signed != "no" else [])]
    chains = (
        (embedded.signer_cert, tuple(embedded.other_embedded_certs), SIGNING),
        (inner.certificate, inner.others, STAMPING),
    )
    if not file.held.certificates or any(
        longevity.vouched(one, others, file.held, roots, inner.time, purpose, revocation=True)
        for one, others, purpose in chains
    ):
        return Level.B_T
    return Level.B_LTA if _over(file, embedded) else Level.B_LT


def _over(file: _File, embedded: EmbeddedPdfSignature) -> list[EmbeddedPdfSignature]:
    """The time stamps over the file that came after a signature."""
    return [each for each in file.stamps() if each.signed_revision > embedded.signed_revision]


def _lasts(file: _File, embedded: EmbeddedPdfSignature) -> str:
    if file.at is None:
        return ""
    first = within(embedded)
    return longevity.lasts(
        embedded.signer_cert,
        tuple(embedded.other_embedded_certs),
        [*([first] if first else []), *map(stamped, _over(file, embedded))],
        file.held,
        file.anchors,
        file.at,
    )


def _decision(file: _File, found: Sequence[Signature]) -> tuple[Decided | None, list[str]]:
    """What the officer's fields say now and said when the officer signed."""
    now = filled(file.reader.root)
    problems = [f"The decision: {fault}." for fault in now.faults]
    if len(now.ticked) > 1:
        problems.append("The decision: more than one is ticked.")
    embedded = next((each for each in file.embedded if each.field_name == DPO_FIELD), None)
    if embedded is None:
        if not now.empty:
            problems.append("A decision is filled in that nobody signed.")
        return (None if now.empty else _decided(now)), problems
    then = filled(file.reader.get_historical_root(embedded.signed_revision))
    changed = [name for name, one, other in (("decision", then.ticked, now.ticked),
                                             ("remarks", then.remarks, now.remarks)) if one != other]  # fmt: skip
    problems += [f"The {name} was changed after the data protection officer's signature." for name in changed]
    signature = next(each for each in found if each.role == "dpo")
    return _decided(now).model_copy(
        update={
            "signed": signature.intact and not changed,
            "signer": signature.signer,
            "time": signature.stamped or signature.time,
        }
    ), problems


def _decided(now: Filled) -> Decided:
    choice = now.ticked[0].value if len(now.ticked) == 1 else ""
    return Decided(choice=choice, remarks=now.remarks, signed=False)


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
        what = (
            "time stamps and evidence for them were added"
            if level is not ModificationLevel.FORM_FILLING
            else ("fields for signatures and the decision were filled in")
        )
        return [f"{added} revision(s) after “{embedded.field_name}”: {what}."], []
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
