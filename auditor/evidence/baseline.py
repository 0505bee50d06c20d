"""Writes a signed baseline of a model's files, and reads one together with what vouches for its signer.

The format is that of :mod:`auditor.recognise.signing`, signed with the certificate method. Other tools of the format
read signatures of elliptic-curve keys (P-256, P-384, P-521) only; those of RSA keys are for this product.
"""

import datetime as dt
import glob
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auditor.errors import UserError
from auditor.evidence.keys import Key
from auditor.evidence.raw import sign
from auditor.policy.effective import Effective, Pin, Tailored
from auditor.recognise import signing
from auditor.recognise.signing import SINGLE, Baseline, Bundle, pae, statement, write_bundle
from auditor.recognise.signing_trust import Anchors, Signer, identify, read_anchors

LARGEST_TRUST = 2**20
"""Bytes of a file of certificates or keys."""
_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}")


@dataclass(frozen=True)
class Signed:
    """A baseline as it was read: what it says and who says so."""

    path: Path
    baseline: Baseline
    signer: Signer

    @property
    def source(self) -> str:
        """How findings name it."""
        how = "signed by" if self.signer.trusted else "that names as its signer" if self.signer.name else "unsigned"
        return f"baseline {how} {self.signer.name} ({self.path.name})"


def write_baseline(baseline: Baseline, key: Key, *, bare: bool = False) -> bytes:
    """The signed bundle; ``bare``: it names the public key in place of certificates.

    Raises UserError where the key cannot sign one.
    """
    payload = statement(baseline)
    signature = sign(pae(payload), key)
    if bare:
        pem = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return write_bundle(Bundle(payload, signature, hint=hashlib.sha256(pem).hexdigest()))
    return write_bundle(Bundle(payload, signature, (key.certificate, *key.chain)))


def read_baseline(path: Path, anchors: Anchors, when: dt.datetime) -> Signed:
    """A baseline whose signature fits it. Raises UserError where it does not, or where it is none.

    Where anchors are given, one of them has to vouch for the signer.
    """
    try:
        bundle = signing.read_bundle(_read(path, signing.LARGEST, "a baseline"))
        signer = identify(bundle, anchors, when)
        baseline = signing.read_statement(bundle.payload)
    except ValueError as error:
        raise UserError(
            f"is no baseline that holds: {error}", "Take the file again from whoever signed it.", str(path)
        ) from error
    if anchors and not signer.trusted:
        raise UserError(
            f"what was given by --trust does not vouch for {signer.name}: {signer.why}",
            "Give the signer's certificate or public key, or the certificate that issued it.",
            str(path),
        )
    return Signed(path, baseline, signer)


def anchors_of(given: Iterable[str]) -> Anchors:
    """What ``--trust`` names: files of certificates or keys, or the SHA-256 of certificates. Raises UserError."""
    found = Anchors()
    for each in given:
        if _FINGERPRINT.fullmatch(each):
            more = Anchors(fingerprints=frozenset({each.replace(":", "").lower()}))
        else:
            more = _anchors_in(Path(each))
        found = Anchors(
            (*found.certificates, *more.certificates),
            (*found.keys, *more.keys),
            found.fingerprints | more.fingerprints,
        )
    return found


def _anchors_in(path: Path) -> Anchors:
    try:
        return read_anchors(_read(path, LARGEST_TRUST, "a file of certificates"))
    except ValueError as error:
        raise UserError(
            str(error), "Give certificates or public keys in PEM, or the SHA-256 of a certificate.", str(path)
        ) from error


def _read(path: Path, limit: int, what: str) -> bytes:
    try:
        if not path.is_file():
            raise UserError("there is no such file", where=str(path))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if len(data) > limit:
        raise UserError(f"is too large for {what}", where=str(path))
    return data


def pinned(policy: Effective, signed: Signed) -> Effective:
    """The policy with the digests of a trusted baseline as pins.

    A pin speaks of files whose path ends in the name of the folder that was signed and the name inside it. Raises
    UserError where nobody vouches for the signer, or the baseline has no SHA-256 of whole files.
    """
    if not signed.signer.trusted:
        raise UserError(
            f"nobody vouches for the signer of this baseline, {signed.signer.name}",
            "Name its certificate or key with --trust.",
            str(signed.path),
        )
    pins = pins_of(signed)
    reason = f"{len(pins)} digests were pinned for this audit: {signed.source}, root {signed.baseline.root}."
    told = Tailored(hosts=(policy.host,), reason=reason)
    return policy.model_copy(update={"pins": (*policy.pins, *pins), "tailoring": (*policy.tailoring, told)})


def pins_of(signed: Signed) -> tuple[Pin, ...]:
    """The digests of a baseline as pins of a policy. Raises UserError where it has none that pins can state."""
    baseline = signed.baseline
    if baseline.shard_size is not None or baseline.algorithm != "sha256":
        raise UserError(
            "pins need the SHA-256 of whole files, which this baseline does not state",
            "Compare it with: auditor weights PATH --baseline FILE. Or sign again, by files and with sha256.",
            str(signed.path),
        )
    return tuple(
        Pin(model="*", file=glob.escape(_below(baseline.model, each.name)), sha256=each.digest, source=signed.source)
        for each in baseline.resources
    )


def _below(model: str, name: str) -> str:
    return model if name == SINGLE else f"{model}/{name}"
