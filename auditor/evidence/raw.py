"""Signs bytes with a key: the raw signature, and the DSSE envelope around a payload.

DSSE 1.0.2: the signature is over the payload with its type (pre-authentication encoding), so that neither can be
exchanged.
"""

import base64
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from auditor.errors import UserError
from auditor.evidence.keys import Key
from auditor.recognise.signing import PAYLOAD_TYPE, pae

_HASHES: dict[int, hashes.HashAlgorithm] = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}


def sign(data: bytes, key: Key, algorithm: hashes.HashAlgorithm | None = None) -> bytes:
    """RSA (PKCS #1 v1.5) with SHA-256, ECDSA with the digest that fits the curve unless ``algorithm`` names one.

    Raises UserError for a curve that other programs would not read.
    """
    private = key.private
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(data, padding.PKCS1v15(), algorithm or hashes.SHA256())
    fitting = _HASHES.get(private.curve.key_size)
    if fitting is None or not private.curve.name.startswith("secp"):
        raise UserError(
            f"the curve {private.curve.name} cannot sign this",
            hint="Use P-256, P-384, P-521 or RSA.",
            where=str(key.path or ""),
        )
    return private.sign(data, ec.ECDSA(algorithm or fitting))


def envelope(payload: bytes, key: Key, kind: str = PAYLOAD_TYPE) -> bytes:
    """A DSSE envelope in JSON; the id of the key is the SHA-256 of its certificate."""
    signature = {"keyid": key.fingerprint, "sig": _text(sign(pae(payload, kind), key))}
    document = {"payloadType": kind, "payload": _text(payload), "signatures": [signature]}
    return json.dumps(document, separators=(",", ":")).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
