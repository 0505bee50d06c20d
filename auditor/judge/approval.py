"""Whether a waiver bears the signature that the policy asks for, and whose it is.

A signature is DSSE over the canonical waiver; trust comes from certificates that the policy names, as of the day of
approval. A signature that does not fit spoils a waiver even where none is asked for.
"""

import base64
import binascii
import datetime as dt
from typing import Literal, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from auditor.policy.effective import Approver, Effective, Waiver
from auditor.policy.waivers import SIGNED_TYPE, signed_bytes
from auditor.recognise.signing import Bundle
from auditor.recognise.signing_trust import Anchors, Signer, identify


class Signature(NamedTuple):
    """What is to say of a waiver's signature."""

    obstacle: Literal["", "unsigned", "signature", "signer"]
    """Why the waiver does not apply for its sake; empty: it does not stand in the way."""
    name: str = ""
    """Of the signer, as the certificate has it; empty: unsigned, or the signature does not fit."""
    fingerprint: str = ""
    """SHA-256 of the signer's certificate."""


def signature_of(waiver: Waiver, policy: Effective) -> Signature:
    """What the policy may make of a waiver's signature."""
    if waiver.signature is None:
        return Signature("unsigned" if policy.approvers else "")
    when = dt.datetime.combine(waiver.approved_by.on, dt.time(12), dt.UTC)
    try:
        bundle = Bundle(
            payload=signed_bytes(waiver),
            signature=base64.b64decode(waiver.signature.value, validate=True),
            chain=tuple(
                x509.load_der_x509_certificate(base64.b64decode(each, validate=True))
                for each in waiver.signature.certificates
            ),
            kind=SIGNED_TYPE,
        )
        if not bundle.chain:
            return Signature("signature")
        signer = identify(bundle, Anchors(), when)
        accepted = any(_accepts(each, bundle, waiver.approved_by.name, when) for each in policy.approvers)
    except (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm):
        return Signature("signature")
    return Signature("" if accepted or not policy.approvers else "signer", signer.name, signer.fingerprint)


def _accepts(approver: Approver, bundle: Bundle, approved_by: str, when: dt.datetime) -> bool:
    """Whether this approver's certificate made the signature, or issued the one that did to the person named."""
    signer: Signer = identify(bundle, Anchors(fingerprints=frozenset({approver.sha256})), when)
    if not signer.trusted:
        return False
    named = approver.name if signer.fingerprint == approver.sha256 else signer.name
    return named == approved_by
