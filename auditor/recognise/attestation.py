"""Verifies the attestation report of an NVIDIA GPU without any network: the card's own signature over its own words.

The evidence is JSON as NVIDIA's tools save it: a list of objects with ``certificate`` (base64 of a PEM chain, the card
first), ``evidence`` (base64 of the report) and ``nonce`` (hex). A report is an SPDM 1.1 GET_MEASUREMENTS request of
37 bytes, the MEASUREMENTS response (DMTF DSP0274, 10.11), and a raw ECDSA P-384 signature over both, SHA-384.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
import struct
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding

from auditor.facts.fact import Value

MOST_BYTES = 8 * 1024 * 1024
MOST_CARDS = 64
_LONGEST_CHAIN = 10
_REQUEST, _SIGNATURE, _NONCE = 37, 96, 32
_VERSION, _GET_MEASUREMENTS, _MEASUREMENTS = 0x11, 0xE0, 0x60
_DRIVER, _VBIOS, _PROJECT, _PROJECT_SKU, _CHIP_SKU = 3, 6, 17, 18, 15

NOT_COVERED = (
    "whether the certificates were revoked: that cannot be asked without a network",
    "whether the measurements are those of genuine firmware: they were not compared with the maker's reference",
    "whether this card is the one that serves: the report names a card, not a process",
)
"""What a valid report leaves open."""
STALE = "when the report was made: no nonce of one's own was given, an old report looks the same"


@dataclass(frozen=True)
class Evidence:
    """The report of one card, with its chain."""

    chain: bytes
    report: bytes


class Attestation(Value):
    """What the verification of one report says."""

    gpu: int
    """Place in the file, from 0."""
    valid: bool
    reason: str
    """Why it is not valid; empty where it is."""
    device: str = ""
    """Serial number in the card's own certificate."""
    driver: str = ""
    vbios: str = ""
    board: str = ""
    """Project and chip as the card tells them, e.g. ``G520-0200 885``."""
    not_covered: tuple[str, ...] = NOT_COVERED


def evidence_of(data: bytes) -> tuple[Evidence, ...]:
    """The reports in a file. Raises ValueError, saying what is wrong."""
    if len(data) > MOST_BYTES:
        raise ValueError(f"is larger than {MOST_BYTES:,} bytes")
    try:
        entries = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError("is not JSON") from error
    entries = entries if isinstance(entries, list) else [entries]
    if not entries or len(entries) > MOST_CARDS:
        raise ValueError(f"holds {len(entries)} reports; 1 to {MOST_CARDS} are read")
    return tuple(_entry(place, entry) for place, entry in enumerate(entries))


def verify(place: int, evidence: Evidence, roots: frozenset[str], nonce: bytes | None, at: dt.datetime) -> Attestation:
    """Verify one report at a time. ``roots`` are SHA-256 digests of the root certificates that are trusted."""
    try:
        chain = _chain(evidence.chain, roots, at)
        fields = _report(evidence.report, chain[0], nonce)
    except ValueError as error:
        return Attestation(gpu=place, valid=False, reason=str(error), not_covered=())
    serial = chain[0].subject.get_attributes_for_oid(x509.NameOID.SERIAL_NUMBER)
    board = f"{_text(fields.get(_PROJECT, b''))}-{_text(fields.get(_PROJECT_SKU, b''))}"
    return Attestation(
        gpu=place,
        valid=True,
        reason="",
        device=str(serial[0].value) if serial else "",
        driver=_text(fields.get(_DRIVER, b"")),
        vbios=_vbios(fields.get(_VBIOS, b"")),
        board=f"{board} {_text(fields.get(_CHIP_SKU, b''))}".strip("- "),
        not_covered=NOT_COVERED if nonce is not None else (STALE, *NOT_COVERED),
    )


def _entry(place: int, entry: object) -> Evidence:
    if not isinstance(entry, dict):
        raise ValueError(f"report {place} is no object")
    found = []
    for key in ("certificate", "evidence"):
        text = entry.get(key)
        if not isinstance(text, str):
            raise ValueError(f"report {place} has no {key}")
        try:
            found.append(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError) as error:
            raise ValueError(f"{key} of report {place} is not base64") from error
    return Evidence(*found)


def _chain(pem: bytes, roots: frozenset[str], at: dt.datetime) -> list[x509.Certificate]:
    """The chain from the card to a trusted root. Raises ValueError."""
    try:
        chain = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise ValueError("the certificates cannot be read") from error
    if not 2 <= len(chain) <= _LONGEST_CHAIN:
        raise ValueError(f"the chain has {len(chain)} certificates; 2 to {_LONGEST_CHAIN} are read")
    if hashlib.sha256(chain[-1].public_bytes(Encoding.DER)).hexdigest() not in roots:
        raise ValueError("the chain does not end in a trusted root")
    for place, certificate in enumerate(chain):
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise ValueError(f"certificate {place} of the chain is not valid on {at:%Y-%m-%d}")
        issuer = chain[min(place + 1, len(chain) - 1)]
        try:
            certificate.verify_directly_issued_by(issuer)
        except (InvalidSignature, ValueError, TypeError) as error:
            raise ValueError(f"certificate {place} of the chain was not issued by the next") from error
        if place:
            _authority(certificate, place)
    return chain


def _authority(certificate: x509.Certificate, place: int) -> None:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError) as error:
        raise ValueError(f"certificate {place} of the chain may not issue others") from error
    deep = constraints.path_length is not None and place - 1 > constraints.path_length
    if not constraints.ca or not usage.key_cert_sign or deep:
        raise ValueError(f"certificate {place} of the chain may not issue others")


def _report(report: bytes, card: x509.Certificate, nonce: bytes | None) -> dict[int, bytes]:
    """The fields of a report whose signature is the card's. Raises ValueError."""
    if len(report) < _REQUEST + 8 + _NONCE + 2 + _SIGNATURE:
        raise ValueError("the report is too short")
    signed, signature = report[:-_SIGNATURE], report[-_SIGNATURE:]
    key = card.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp384r1":
        raise ValueError("the key of the card is not an ECDSA P-384 key")
    half = _SIGNATURE // 2
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    try:
        key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA384()))
    except InvalidSignature as error:
        raise ValueError("the signature is not that of the card") from error
    request, response = signed[:_REQUEST], signed[_REQUEST:]
    if request[:2] != bytes((_VERSION, _GET_MEASUREMENTS)) or response[:2] != bytes((_VERSION, _MEASUREMENTS)):
        raise ValueError("what the card signed is no report of measurements")
    if nonce is not None and not hmac.compare_digest(request[4 : 4 + _NONCE], nonce):
        raise ValueError("the report answers another nonce")
    return _fields(response)


def _fields(response: bytes) -> dict[int, bytes]:
    """The opaque data of a response, by type."""
    start = 8 + int.from_bytes(response[5:8], "little") + _NONCE
    if start + 2 > len(response):
        raise ValueError("the report ends before its fields")
    (length,) = struct.unpack_from("<H", response, start)
    data = response[start + 2 : start + 2 + length]
    if len(data) != length:
        raise ValueError("the report ends within its fields")
    found: dict[int, bytes] = {}
    place = 0
    while place + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, place)
        value = data[place + 4 : place + 4 + size]
        if len(value) != size:
            raise ValueError("the report ends within a field")
        found.setdefault(kind, value)
        place += 4 + size
    return found


def _text(value: bytes) -> str:
    bare = value.rstrip(b"\0")
    return bare.decode("ascii") if all(32 <= byte < 127 for byte in bare) else bare.hex()


def _vbios(value: bytes) -> str:
    """``00a50096 01…`` is 96.00.A5.00.01: four bytes backwards, then the fifth."""
    if len(value) < 5:
        return ""
    return ".".join(f"{byte:02X}" for byte in (*reversed(value[:4]), value[4]))
