"""Whether a signature lasts: time stamps, evidence of revocation, what a reader in a later year could confirm.

Everything here comes from the file (its document security store, ETSI EN 319 142-1, 5.4.2) and from the certificates
that the caller trusts; nobody is asked.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    InsufficientRevinfoError,
    InvalidCertificateError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
)

log = logging.getLogger(__name__)

SIGNING, STAMPING = "signing", "stamping"


@dataclass(frozen=True)
class Store:
    """What the file carries for a validation without a network."""

    certificates: tuple[x509.Certificate, ...] = ()
    answers: tuple[ocsp.OCSPResponse, ...] = ()
    lists: tuple[crl.CertificateList, ...] = ()

    @property
    def roots(self) -> list[x509.Certificate]:
        """The certificates in which chains could end."""
        return [each for each in self.certificates if each.self_signed in ("yes", "maybe")]


def store(reader: PdfFileReader) -> Store:
    """The document security store; empty where there is none. Exceptions of the parser pass through."""
    try:
        held = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return Store()
    context = held.as_validation_context({"allow_fetching": False})
    return Store(tuple(held.load_certs()), tuple(context.ocsps), tuple(context.crls))


def vouched(
    certificate: x509.Certificate,
    others: Iterable[x509.Certificate],
    held: Store,
    anchors: Sequence[x509.Certificate],
    when: dt.datetime | None,
    purpose: str,
    *,
    revocation: bool,
) -> str:
    """Why ``anchors`` do not vouch for a certificate at a time; empty where they do.

    With ``revocation`` the file has to show that no certificate of the chain was revoked.
    """
    if not anchors:
        return "no certificate to end in was given"
    context = ValidationContext(
        trust_roots=list(anchors),
        other_certs=[*held.certificates, *others],
        ocsps=list(held.answers),
        crls=list(held.lists),
        allow_fetching=False,
        revocation_mode="require" if revocation else "soft-fail",
        moment=when,
        retroactive_revinfo=True,
    )
    validator = CertificateValidator(certificate, intermediate_certs=list(others), validation_context=context)
    usage, extended = (set[str](), {"time_stamping"}) if purpose == STAMPING else ({"non_repudiation"}, set[str]())
    try:
        asyncio.run(validator.async_validate_usage(usage, extended))  # type: ignore[no-untyped-call]
    except RevokedError:
        return "a certificate was revoked"
    except InsufficientRevinfoError as error:
        if not revocation and (held.answers or held.lists):
            # The store holds evidence for other signatures only; that says nothing against this one.
            return vouched(certificate, others, Store(held.certificates), anchors, when, purpose, revocation=False)
        return str(error) or type(error).__name__
    except (PathBuildingError, PathValidationError, InvalidCertificateError, ValueError) as error:
        log.info("not vouched for: %s", error)
        return str(error) or type(error).__name__
    return ""


@dataclass(frozen=True)
class Stamped:
    """A time stamp: of a signature, or of the whole file up to it."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    time: dt.datetime


def lasts(
    signer: x509.Certificate,
    others: Sequence[x509.Certificate],
    stamps: Sequence[Stamped],
    held: Store,
    anchors: Sequence[x509.Certificate],
    at: dt.datetime,
) -> str:
    """Why a reader at a time could not confirm the signer from the file alone; empty where that is possible.

    ``stamps`` from the innermost to the outermost. The outermost one has to be valid at that time; each one shows
    that what is within existed, so that only what was true at its own time matters for the next (ETSI EN 319 102-1,
    5.6). Supposes that the anchors are still trusted then, and that no algorithm and no outermost key was broken.
    """
    if not stamps:
        why = vouched(signer, others, Store(held.certificates), anchors, at, SIGNING, revocation=False)
        return f"the signer's certificate: {why}" if why else "no authority says when it was signed"
    outermost = stamps[-1]
    alone = Store(held.certificates)
    why = vouched(outermost.certificate, outermost.others, alone, anchors, at, STAMPING, revocation=False)
    if why:
        return f"the last time stamp: {why}"
    for inner, outer in zip(reversed(stamps[:-1]), reversed(stamps[1:]), strict=True):
        why = vouched(inner.certificate, inner.others, held, anchors, outer.time, STAMPING, revocation=True)
        if why:
            return f"an earlier time stamp: {why}"
    why = vouched(signer, others, held, anchors, stamps[0].time, SIGNING, revocation=True)
    return f"the signer's certificate: {why}" if why else ""
