"""What a signature is to be backed by: its level, the time stamp authority, the certificates that chains end in.

Decided, and tried once, before anything is rendered or signed. Contacts the authority that the user named and, for
levels B-LT and B-LTA, the addresses for OCSP (RFC 6960) and CRLs (RFC 5280) that the certificates name; nobody else.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from asn1crypto import tsp, x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError, set_tsp_headers
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import InvalidCertificateError, PathBuildingError, PathValidationError

from auditor.errors import UserError
from auditor.evidence import cms
from auditor.evidence.keys import Key
from auditor.evidence.level import Level
from auditor.evidence.trust import read_certificates

log = logging.getLogger(__name__)

SECONDS = 20
"""That the authority has for one answer."""
LARGEST = 1 << 20
"""Bytes of an answer; one with a long chain has about ten thousand."""
UNVOUCHED = (PathBuildingError, PathValidationError, InvalidCertificateError)
CHOICES = (
    "Nothing was signed. Try again, name another authority with --tsa, or ask for a lower level yourself: "
    "--level B-T (time stamp only) or --level B-B (no time stamp). Without a network, sign at B-B and see: "
    "auditor seal request --help"
)


class Authority(HTTPTimeStamper):
    """An authority reached by HTTP (RFC 3161, 3.4): asked itself, wherever it points to, and heard within limits."""

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """One question. Raises TimestampRequestError."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.timeout)) as session,
                session.post(self.url, data=req.dump(), headers=set_tsp_headers({}), allow_redirects=False) as response,
            ):
                if response.status != 200:
                    raise TimestampRequestError(f"it answered with HTTP status {response.status}")
                data = await response.content.read(LARGEST + 1)
                while len(data) <= LARGEST and (more := await response.content.read(LARGEST)):
                    data += more
        except TimeoutError as error:
            raise TimestampRequestError(f"no answer within {self.timeout} seconds") from error
        except (aiohttp.ClientError, OSError) as error:
            raise TimestampRequestError(str(error) or type(error).__name__) from error
        if len(data) > LARGEST:
            raise TimestampRequestError("its answer is too large")
        return response_of(data)


def response_of(data: bytes) -> tsp.TimeStampResp:
    """An answer of an authority. Raises TimestampRequestError."""
    try:
        found = tsp.TimeStampResp.load(data, strict=True)
        if found["status"]["status"].native == "granted":
            _ = found["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed.native
        return found
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise TimestampRequestError("its answer is no time stamp (RFC 3161)") from error


@dataclass(frozen=True)
class Assurance:
    """The level asked for, and what it needs."""

    level: Level = Level.B_B
    stamper: TimeStamper | None = None
    anchors: tuple[x509.Certificate, ...] = ()
    """In which the chains of the signer and of the authority have to end, for B-LT and B-LTA."""

    def context(self, key: Key | None, own: Iterable[x509.Certificate] = ()) -> ValidationContext:
        """For one signature; collects what was found out about revocation.

        A self-issued certificate, which nobody can revoke, is its own anchor; ``own`` are further ones.
        """
        if key is not None and key.self_issued:
            own = (*own, known(key))
        # "require": without the answer whether a certificate was revoked, the level would be a mere claim.
        return ValidationContext(
            trust_roots=[*self.anchors, *own],
            other_certs=[] if key is None else above(key),
            allow_fetching=True,
            revocation_mode="require",
        )

    def rehearse(self, key: Key) -> None:
        """Ask for everything once, so that what cannot be had is said before the work begins. Raises UserError."""
        if self.stamper is None:
            return
        context = self.context(key)

        async def ask() -> list[str]:
            assert self.stamper is not None
            try:
                token = await self.stamper.async_dummy_response("sha256")
                if self.level.lasting:
                    await _vouch(known(key), above(key), context)
                    async for _ in self.stamper.validation_paths(context):  # type: ignore[no-untyped-call]
                        pass
            finally:
                await context.aclose()  # type: ignore[no-untyped-call]
            return cms.token_faults(token, self.anchors)

        with explained():
            wrong = asyncio.run(ask())
        if wrong:
            raise UserError(f"the time stamps of this authority cannot be verified later: {wrong[0]}", hint=CHOICES)


PLAIN = Assurance()
"""A signature whose time is the signer's word."""


async def _vouch(certificate: x509.Certificate, chain: list[x509.Certificate], context: ValidationContext) -> None:
    validator = CertificateValidator(certificate, intermediate_certs=chain, validation_context=context)
    await validator.async_validate_usage({"non_repudiation"})  # type: ignore[no-untyped-call]


def known(key: Key) -> x509.Certificate:
    """The signer's certificate as pyHanko reads it."""
    return x509.Certificate.load(key.certificate.public_bytes(serialization.Encoding.DER))


def above(key: Key) -> list[x509.Certificate]:
    """The certificates above it."""
    return [x509.Certificate.load(each.public_bytes(serialization.Encoding.DER)) for each in key.chain]


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Errors on the way to a signature, in words; those of an authority or a certificate name the choices."""
    try:
        yield
    except TimestampRequestError as error:
        raise UserError(f"the time stamp authority gave no time stamp: {error}", hint=CHOICES) from error
    except UNVOUCHED as error:
        raise UserError(f"a certificate is not vouched for: {error}", hint=CHOICES) from error
    except SigningError as error:
        why = error.__cause__
        told = f"{error}: {why}" if isinstance(why, UNVOUCHED) else str(error)
        raise UserError(f"the dossier cannot be signed: {told}", hint=CHOICES if why else "") from error
    except PdfError as error:
        raise UserError(f"the dossier cannot be signed: {error}") from error


def assure(level: str, tsa: str, anchors: Iterable[Path], seconds: int = SECONDS) -> Assurance:
    """What the user asked for; the level that is left open is the highest that the rest allows. Raises UserError.

    With a time stamp authority that is B-LTA where certificates to end in are given, else B-T; without one B-B.
    """
    trusted = tuple(certificate for path in anchors for certificate in read_certificates(path))
    asked = Level(level) if level else (Level.B_LTA if trusted else Level.B_T) if tsa else Level.B_B
    if asked is Level.UNSIGNED:
        raise UserError("unsigned is no level of a signature")
    if asked.stamped and not tsa:
        raise UserError(f"level {asked.value} needs a time stamp authority", hint="Name it: --tsa URL")
    if not asked.stamped:
        return Assurance(asked)
    if asked.lasting and not trusted:
        raise UserError(
            f"level {asked.value} needs the certificates that the chains end in",
            hint="Give the root of the time stamp authority, and of your own key: --anchor root.pem",
        )
    parts = urlsplit(tsa)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise UserError(f"{tsa!r} is no address of a time stamp authority", hint="Say http://… or https://…")
    return Assurance(asked, Authority(tsa, timeout=seconds), trusted)
