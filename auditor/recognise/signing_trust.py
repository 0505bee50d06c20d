"""Tells who signed a baseline, and whether somebody outside the host vouches for that signer.

A certificate inside a bundle proves nothing by itself: whoever can change the weights can sign a new bundle. Trust
comes from anchors that the reader gives: the signer's certificate or key, its SHA-256, or a certificate above it. A
path to a certificate above is checked as RFC 5280, 6.1 has it, without revocation and without names: at a given time,
with the constraints of each certificate; a critical extension that is not known ends the path.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from auditor.recognise.signing import Bundle, pae

MOST_ABOVE = 8
"""Certificates between the signer's and the anchor, both included."""
SMALLEST_RSA = 2048
"""Bits."""

E = TypeVar("E", bound=x509.ExtensionType)
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
}
_KNOWN = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage, x509.SubjectAlternativeName)
"""Extensions that may be critical; names are not compared with anything here, so alternative ones do no harm."""


@dataclass(frozen=True)
class Anchors:
    """Whom the reader trusts."""

    certificates: tuple[x509.Certificate, ...] = ()
    keys: tuple[PublicKey, ...] = ()
    fingerprints: frozenset[str] = frozenset()
    """SHA-256 of certificates, lower-case hex."""

    def __bool__(self) -> bool:
        return bool(self.certificates or self.keys or self.fingerprints)


@dataclass(frozen=True)
class Signer:
    """Who signed a bundle."""

    name: str
    fingerprint: str
    """SHA-256 of the certificate, or of the bare key in PEM; empty where the bundle does not tell it."""
    checked: bool
    """The signature fits the statement. Without certificate and without key that cannot be told."""
    trusted: bool
    why: str
    """What trust rests on, or what it lacks."""


def read_anchors(data: bytes) -> Anchors:
    """Certificates and public keys in PEM, or one certificate in DER. Raises ValueError where there are none."""
    try:
        if b"-----BEGIN" not in data:
            return Anchors((x509.load_der_x509_certificate(data),))
        certificates = x509.load_pem_x509_certificates(data) if b"BEGIN CERTIFICATE" in data else []
        keys = tuple(_public(block) for block in _blocks(data, b"PUBLIC KEY"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("holds no certificate or public key that can be read") from error
    if not certificates and not keys:
        raise ValueError("holds no certificate and no public key")
    return Anchors(tuple(certificates), keys)


def _blocks(data: bytes, label: bytes) -> Iterator[bytes]:
    begin, end = b"-----BEGIN %s-----" % label, b"-----END %s-----" % label
    while begin in data and end in data:
        data = data[data.index(begin) :]
        if end not in data:
            return
        stop = data.index(end) + len(end)
        yield data[:stop] + b"\n"
        data = data[stop:]


def _public(block: bytes) -> PublicKey:
    key = load_pem_public_key(block)
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise ValueError("the key is neither RSA nor of an elliptic curve")
    return key


def identify(bundle: Bundle, anchors: Anchors, when: dt.datetime) -> Signer:
    """Who signed, and what vouches for it. Raises ValueError where the signature does not fit the statement."""
    return _by_certificate(bundle, anchors, when) if bundle.chain else _by_key(bundle, anchors)


def _by_certificate(bundle: Bundle, anchors: Anchors, when: dt.datetime) -> Signer:
    own = bundle.chain[0]
    key = _key_of(own)
    if key is None or not _fits(bundle, key):
        raise ValueError("the signature does not fit the statement and the signer's certificate")
    trusted, why = _vouched(bundle.chain, anchors, when)
    return Signer(_name_of(own), _fingerprint(own), checked=True, trusted=trusted, why=why)


def _by_key(bundle: Bundle, anchors: Anchors) -> Signer:
    """A bare key is not in the bundle: only whoever has it can check the signature."""
    given = [*anchors.keys, *(key for each in anchors.certificates if (key := _key_of(each)) is not None)]
    for key in given:
        digest = _digest_of(key)
        if bundle.hint not in ("", digest):
            continue
        if _fits(bundle, key):
            return Signer(_key_name(digest), digest, checked=True, trusted=True, why="the signer's key was given")
        if bundle.hint:
            raise ValueError("the signature does not fit the statement and the signer's key")
    name = _key_name(bundle.hint) if bundle.hint else "an unnamed key"
    return Signer(name, bundle.hint, checked=False, trusted=False, why="the key that signed was not given")


def _key_name(digest: str) -> str:
    return f"the key {digest[:16]}"


def _digest_of(key: PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _key_of(certificate: x509.Certificate) -> PublicKey | None:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else None


def _fits(bundle: Bundle, key: PublicKey) -> bool:
    """Whether this key made the signature: ECDSA with the hash of its curve, RSA PKCS #1 v1.5 with SHA-256."""
    message = pae(bundle.payload, bundle.kind)
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            if key.curve.name not in _HASHES:
                return False
            key.verify(bundle.signature, message, ec.ECDSA(_HASHES[key.curve.name]))
        elif key.key_size < SMALLEST_RSA:
            return False
        else:
            key.verify(bundle.signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _vouched(chain: tuple[x509.Certificate, ...], anchors: Anchors, when: dt.datetime) -> tuple[bool, str]:
    own = chain[0]
    if not anchors:
        return False, "nobody was given who vouches for the signer"
    if own in anchors.certificates or _fingerprint(own) in anchors.fingerprints or _key_of(own) in anchors.keys:
        return True, "the signer's certificate was given" + _expired(own, when)
    roots = (*anchors.certificates, *(each for each in chain[1:] if _fingerprint(each) in anchors.fingerprints))
    why = "the signer's certificate is neither given nor issued by one that is"
    for path in _paths(own, chain[1:], roots):
        fault = _fault(path, when)
        if not fault:
            return True, f"its certificate was issued by {_name_of(path[-1])}, which was given"
        why = fault
    return False, why


def _expired(own: x509.Certificate, when: dt.datetime) -> str:
    return "" if when <= own.not_valid_after_utc else f"; it has expired on {own.not_valid_after_utc:%Y-%m-%d}"


def _paths(
    own: x509.Certificate, between: Iterable[x509.Certificate], roots: tuple[x509.Certificate, ...]
) -> Iterator[tuple[x509.Certificate, ...]]:
    """Paths from the signer to anchors; each certificate is passed once, so that no bundle makes many of them."""
    waiting: list[tuple[x509.Certificate, ...]] = [(own,)]
    passed = {own}
    candidates = tuple(dict.fromkeys((*roots, *between)))
    while waiting:
        path = waiting.pop(0)
        for above in candidates:
            if above in path or len(path) >= MOST_ABOVE or not _issued(path[-1], above):
                continue
            if above in roots:
                yield (*path, above)
            elif above not in passed:
                passed.add(above)
                waiting.append((*path, above))


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _fault(path: tuple[x509.Certificate, ...], when: dt.datetime) -> str:
    """What keeps the path from carrying trust; empty: nothing."""
    for depth, each in enumerate(path):
        name = _name_of(each)
        if not each.not_valid_before_utc <= when <= each.not_valid_after_utc:
            return (
                f"the certificate of {name} is valid from {each.not_valid_before_utc:%Y-%m-%d} until "
                f"{each.not_valid_after_utc:%Y-%m-%d}, and nothing proves when the signature was made"
            )
        try:
            unknown = [e.oid.dotted_string for e in each.extensions if e.critical and not isinstance(e.value, _KNOWN)]
            usable = _may_sign(each) if depth == 0 else _may_issue(each, depth - 1)
        except (ValueError, x509.DuplicateExtension):
            return f"the extensions of the certificate of {name} cannot be read"
        if unknown:
            return f"the certificate of {name} has the critical extension {unknown[0]}, which is not understood here"
        if not usable:
            return f"the certificate of {name} is not made for {'issuing others' if depth else 'signing'}"
    return ""


def _may_sign(certificate: x509.Certificate) -> bool:
    usage, purposes = _extension(certificate, x509.KeyUsage), _extension(certificate, x509.ExtendedKeyUsage)
    signs = usage is not None and usage.digital_signature
    return signs or (purposes is not None and ExtendedKeyUsageOID.CODE_SIGNING in purposes)


def _may_issue(certificate: x509.Certificate, below: int) -> bool:
    """Whether it may issue certificates with so many others between it and the signer's."""
    usage, limits = _extension(certificate, x509.KeyUsage), _extension(certificate, x509.BasicConstraints)
    if limits is None or not limits.ca or (usage is not None and not usage.key_cert_sign):
        return False
    return limits.path_length is None or below <= limits.path_length


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def _name_of(certificate: x509.Certificate) -> str:
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else certificate.subject.rfc4514_string() or "an unnamed signer"
