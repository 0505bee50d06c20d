"""The signature's container, byte by byte: what the signature itself does not cover must be what it has to be.

A PDF signature covers all of the file but its own container (ISO 32000-1, 12.8.1). Within the container (CMS,
RFC 5652) the signed attributes and the signature value protect themselves; everything else here is compared with the
only form that this product writes, so that no byte of it can change unnoticed.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from asn1crypto import cms, core, tsp, x509
from cryptography.x509 import load_der_x509_certificate

from auditor.evidence.keys import issued

Known = Sequence[x509.Certificate]

HEX = re.compile(rb"<([0-9A-F]*)>")
MECHANISMS = {
    "sha256_rsa": ("sha256", b"\x05\x00"),
    "sha256_ecdsa": ("sha256", None),
}
"""Signature algorithm to digest algorithm and the encoding of its parameters."""
FOREIGN = {"rsassa_pkcs1v15", "rsassa_pss", "sha384_rsa", "sha512_rsa", "sha384_ecdsa", "sha512_ecdsa", "ed25519"}
"""Algorithms that time stamp authorities use besides."""


def faults(gap: bytes, pins: Collection[str], known: Known = ()) -> list[str]:
    """What is not as it has to be in the bytes between the two signed ranges; empty: nothing.

    ``pins`` are the SHA-256 of the certificates that the container may and must carry; ``known`` certificates vouch
    for those of a time stamp besides those that it carries itself.
    """
    return _told(gap, lambda content: _container(content, pins, known))


def stamp_faults(gap: bytes, known: Known = ()) -> list[str]:
    """The same for a time stamp over the document, whose imprint is compared elsewhere."""
    return _told(gap, lambda content: token_faults(content, known))


def token_faults(token: Any, known: Known = ()) -> list[str]:
    """What nothing would protect in a time stamp."""
    told = _signed_data(token, "tst_info")
    if told:
        return told
    certificates = [each.chosen for each in token["content"]["certificates"]]
    signer = token["content"]["signer_infos"][0]
    if not isinstance(signer["unsigned_attrs"], core.Void) and len(signer["unsigned_attrs"]):
        told.append("it carries unsigned attributes")
    return told + [
        f"nothing vouches for its certificate “{each.subject.human_friendly}”"
        for each in certificates
        if not _vouched(each, [*certificates, *known], signer)
    ]


def _told(gap: bytes, judge: Callable[[Any], list[str]]) -> list[str]:
    found = HEX.fullmatch(gap)
    if found is None or len(found.group(1)) % 2:
        return ["the signature is not written in upper-case hexadecimal"]
    data = bytes.fromhex(found.group(1).decode())
    try:
        content, der = _load(data)
        if cms.ContentInfo.load(der, strict=True).copy().dump(force=True) != der:
            return ["the signature's container is not in canonical form (DER)"]
        return judge(content) + _padding(data, len(der))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        return [f"the signature's container cannot be read: {type(error).__name__}"]


def timestamped(gap: bytes) -> bool:
    """Whether the container carries a time stamp."""
    found = HEX.fullmatch(gap)
    if found is None:
        return False
    try:
        content, _ = _load(bytes.fromhex(found.group(1).decode()))
        return len(content["content"]["signer_infos"][0]["unsigned_attrs"]) > 0
    except (ValueError, TypeError, KeyError, IndexError):
        return False


def _load(data: bytes) -> tuple[Any, bytes]:
    """The container and its exact bytes; what follows is padding."""
    content = cms.ContentInfo.load(data)
    return content, data[: len(content.dump())]


def _padding(data: bytes, used: int) -> list[str]:
    return ["there is something behind the signature's container"] if data[used:].strip(b"\0") else []


def _container(content: Any, pins: Collection[str], known: Known) -> list[str]:
    told = _signed_data(content, "data")
    if told:
        return told
    signed, signer = content["content"], content["content"]["signer_infos"][0]
    if not isinstance(signed["encap_content_info"]["content"], core.Void):
        told.append("the signature's container carries content of its own")
    carried = [hashlib.sha256(each.dump()).hexdigest() for each in signed["certificates"]]
    if sorted(carried) != sorted(pins):
        told.append("the signature carries other certificates than those that were signed")
    return told + _unsigned(signer, known)


def _signed_data(content: Any, kind: str) -> list[str]:
    """The parts of SignedData that nothing else protects."""
    if content["content_type"].native != "signed_data":
        return ["the container holds no signature"]
    signed = content["content"]
    if len(signed["signer_infos"]) != 1 or len(signed["digest_algorithms"]) != 1:
        return ["the container does not hold exactly one signature"]
    signer = signed["signer_infos"][0]
    told = []
    digest, mechanism = signer["digest_algorithm"], signer["signature_algorithm"]
    expected = MECHANISMS.get(mechanism["algorithm"].native)
    # An authority may name RSA in two ways that mean the same; which of them it chose is for it to say.
    foreign = kind != "data" and mechanism["algorithm"].native in FOREIGN
    own = expected is not None and (digest["algorithm"].native, _parameters(mechanism)) == expected
    if not own and not foreign:
        told.append("the signature names an algorithm that this product does not use")
    if signed["digest_algorithms"][0].dump() != digest.dump() or _parameters(digest) not in (None, b"\x05\x00"):
        told.append("the container's digest algorithms disagree")
    if (signed["version"].native, signer["version"].native) not in (("v1", "v1"), ("v3", "v1")):
        told.append("the container has an unexpected version")
    if (signed["version"].native == "v3") != (kind != "data"):
        told.append("the container has an unexpected version")
    if signed["encap_content_info"]["content_type"].native != kind:
        told.append("the container's content is of an unexpected type")
    if not isinstance(signed["crls"], core.Void) and len(signed["crls"]):
        told.append("the container carries revocation lists")
    if not _identified(signer["sid"], signed["certificates"]):
        told.append("the signer is not named as in the certificate")
    if isinstance(signer["signed_attrs"], core.Void) or not len(signer["signed_attrs"]):
        told.append("the signature has no signed attributes")
    return told


def _identified(sid: Any, certificates: Any) -> bool:
    """Whether issuer and serial number are those of a certificate here, to the byte: names compare more loosely."""
    if sid.name != "issuer_and_serial_number":
        return False
    named = (sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native)
    return any((each.chosen.issuer.dump(), each.chosen.serial_number) == named for each in certificates)


def _parameters(algorithm: Any) -> bytes | None:
    parameters = algorithm["parameters"]
    return None if isinstance(parameters, core.Void) else bytes(parameters.dump())


def _unsigned(signer: Any, known: Known) -> list[str]:
    """Unsigned attributes: none, or exactly one time stamp."""
    attributes = signer["unsigned_attrs"]
    if isinstance(attributes, core.Void):
        return []
    if len(attributes) != 1 or attributes[0]["type"].native != "signature_time_stamp_token":
        return ["the signature carries unsigned attributes other than one time stamp"]
    tokens = attributes[0]["values"]
    if len(tokens) != 1:
        return ["the signature carries more than one time stamp"]
    return [f"time stamp: {each}" for each in _token(tokens[0], signer["signature"].native, known)]


def _token(token: Any, signature: bytes, known: Known) -> list[str]:
    told = token_faults(token, known)
    info: tsp.TSTInfo = token["content"]["encap_content_info"]["content"].parsed
    imprint = info["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].native
    if hashlib.new(algorithm, signature).digest() != imprint["hashed_message"].native:
        told.append("it is not of this signature")
    return told


def _vouched(certificate: x509.Certificate, certificates: list[x509.Certificate], signer: Any) -> bool:
    """Whether a changed byte of the certificate would be noticed.

    The signer's is named by digest in the signed attributes, others must be signed by one that is here too.
    """
    digests = {hashlib.sha256(certificate.dump()).digest(), hashlib.sha1(certificate.dump()).digest()}
    named = [
        each["cert_hash"].native
        for attribute in signer["signed_attrs"]
        if attribute["type"].native in ("signing_certificate", "signing_certificate_v2")
        for each in attribute["values"][0]["certs"]
    ]
    return any(each in digests for each in named) or any(_issued(certificate, each) for each in certificates)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    one, other = (load_der_x509_certificate(each.dump()) for each in (certificate, issuer))
    return issued(one, other)
