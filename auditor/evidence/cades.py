"""Detached CAdES signatures (ETSI EN 319 122-1, baseline B): a file beside a file, read by any program for CMS.

``openssl cms -verify -inform DER -in FILE.p7s -content FILE -binary -CAfile ROOT.pem -purpose any`` checks one.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, tsp, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    ExtensionNotFound,
    InvalidVersion,
    load_der_x509_certificate,
)

from auditor.evidence.keys import Key, issued, name_of
from auditor.evidence.raw import sign

LARGEST = 1 << 20
"""Bytes of a signature that is read."""
_SHA256 = {"algorithm": "sha256"}


@dataclass(frozen=True)
class Signer:
    """Who signed: name, the certificate's SHA-256, the time that the signer states, and whether one vouches for it."""

    name: str
    fingerprint: str
    time: str
    trusted: bool = False


def sign_detached(data: bytes, key: Key, when: dt.datetime) -> bytes:
    """The signature of ``data`` in DER. Raises UserError where the key cannot sign at ``when``."""
    key.check(when)
    own, *above = (x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in (key.certificate, *key.chain))
    attributes = _attributes(hashlib.sha256(data).digest(), own, when.astimezone(dt.UTC).replace(microsecond=0))
    # The signature is over the attributes as a set of its own (RFC 5652, 5.4).
    signature = sign(attributes.dump(), key, hashes.SHA256())
    elliptic = isinstance(key.private, ec.EllipticCurvePrivateKey)
    signer = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
        "digest_algorithm": _SHA256,
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"} if elliptic else {"algorithm": "sha256_rsa"},
        "signature": signature,
    }
    signed = {
        "version": "v1",
        "digest_algorithms": [_SHA256],
        "encap_content_info": {"content_type": "data"},
        "certificates": [own, *above],
        "signer_infos": [signer],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump())


def _attributes(digest: bytes, own: x509.Certificate, when: dt.datetime) -> cms.CMSAttributes:
    reference = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(own.dump()).digest()})
    values: dict[str, Any] = {
        "content_type": "data",
        "signing_time": cms.Time({"utc_time" if when.year < 2050 else "general_time": when}),
        "message_digest": digest,
        "signing_certificate_v2": tsp.SigningCertificateV2({"certs": [reference]}),
    }
    made = [cms.CMSAttribute({"type": name, "values": (value,)}) for name, value in values.items()]
    return cms.CMSAttributes(made)


def check_detached(data: bytes, signature: bytes, trust: Sequence[Certificate] = ()) -> Signer:
    """Who signed ``data``. Raises ValueError, which says why, where the signature is not of it."""
    if len(signature) > LARGEST:
        raise ValueError("the signature is too large")
    try:
        return _check(data, cms.ContentInfo.load(signature, strict=True), trust)
    except InvalidSignature as error:
        raise ValueError("the signature does not fit its certificate") from error
    except (
        TypeError,
        KeyError,
        IndexError,
        UnsupportedAlgorithm,
        InvalidVersion,
        OverflowError,
        RecursionError,
    ) as error:
        raise ValueError(f"the signature cannot be read ({type(error).__name__})") from error


def _check(data: bytes, content: Any, trust: Sequence[Certificate]) -> Signer:
    if content["content_type"].native != "signed_data" or len(content["content"]["signer_infos"]) != 1:
        raise ValueError("there is not exactly one signature")
    info = content["content"]["signer_infos"][0]
    if info["digest_algorithm"]["algorithm"].native != "sha256":
        raise ValueError("the signature uses another digest than SHA-256")
    attributes = {each["type"].native: each["values"] for each in info["signed_attrs"]}
    if attributes["message_digest"][0].native != hashlib.sha256(data).digest():
        raise ValueError("the signature is of other content")
    named = attributes["signing_certificate_v2"][0]["certs"][0]
    if named["hash_algorithm"]["algorithm"].native != "sha256":
        raise ValueError("the certificate is named by another digest than SHA-256")
    held = [load_der_x509_certificate(each.dump()) for each in content["content"]["certificates"]]
    own = next((each for each in held if each.fingerprint(hashes.SHA256()) == named["cert_hash"].native), None)
    if own is None:
        raise ValueError("the certificate that the signature names is not in it")
    _fits(own, info["signature"].native, info["signed_attrs"])
    time = attributes["signing_time"][0].native if "signing_time" in attributes else None
    stated = time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""
    fingerprint = own.fingerprint(hashes.SHA256()).hex()
    return Signer(name_of(own.subject), fingerprint, stated, _vouched(own, held, trust, time))


def _fits(own: Certificate, signature: bytes, attributes: Any) -> None:
    """Raises InvalidSignature."""
    signed = attributes.untag().dump(force=True)
    public = own.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    elif isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    else:
        raise ValueError("the signature is of a kind that this product does not read")


def _vouched(own: Certificate, held: list[Certificate], trust: Sequence[Certificate], time: dt.datetime | None) -> bool:
    """Whether a chain of certificates that were valid at the stated time leads to a trusted one."""
    last, seen = own, 0
    while time is not None and seen <= len(held):
        if not last.not_valid_before_utc <= time <= last.not_valid_after_utc:
            return False
        if last in trust or any(_authority(each) and issued(last, each) for each in trust):
            return True
        above = next((each for each in held if each != last and _authority(each) and issued(last, each)), None)
        if above is None:
            return False
        last, seen = above, seen + 1
    return False


def _authority(certificate: Certificate) -> bool:
    """Whether it may vouch for others: the owner of an ordinary certificate could otherwise issue any name."""
    try:
        constraints = certificate.extensions.get_extension_for_class(BasicConstraints)
    except (ExtensionNotFound, ValueError):
        return False
    return constraints.value.ca
