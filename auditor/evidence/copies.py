"""Makes a redacted copy of a signed dossier, and checks one: root, signature, original. Offline."""

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.x509 import Certificate

from auditor.errors import UserError
from auditor.evidence.attachments import RENDERING
from auditor.evidence.cades import check_detached, sign_detached
from auditor.evidence.cover import parse_rendering
from auditor.evidence.keys import Key
from auditor.evidence.opened import documents_of, extract
from auditor.evidence.redaction import Hidden, Original, Redacted, Shown, read_copy, redact, root_of_copy
from auditor.facts.canonical import canonical, parse
from auditor.facts.fact import Value


class Issuer(Value):
    """Who signed the copy."""

    name: str
    fingerprint: str
    time: str
    trusted: bool


class Told(Value):
    """One finding as far as the copy shows it; empty where it does not."""

    control: str = ""
    title: str = ""
    verdict: str = ""
    subject: str = ""


class Checked(Value):
    """The answer about a copy. ``problems`` says why it is not ``ok``."""

    ok: bool
    root: str = ""
    issuer: Issuer | None = None
    compared: str = ""
    """What the root was compared with: ``original``, ``root``, or nothing besides the issuer's signature."""
    hidden: tuple[str, ...] = ()
    shown_values: int = 0
    hidden_values: int = 0
    policy: str = ""
    judged: str = ""
    verdict: str = ""
    findings: tuple[Told, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """A copy and its signature."""

    copy: bytes
    signature: bytes
    shown: int
    hidden: int
    root: str


def make_copy(dossier: bytes, where: str, categories: Collection[str], key: Key, when: dt.datetime) -> Made:
    """The redacted copy of a signed dossier, signed with the key of the dossier. Raises UserError."""
    documents = documents_of(dossier, where)
    rendering = parse_rendering(extract(dossier)[RENDERING])
    if not rendering.cover.seed:
        raise UserError(
            "the dossier states no root for redacted copies: it was made by an earlier release",
            "Print and sign its documents again: auditor dossier FOLDER --out DIR",
            where,
        )
    if rendering.cover.fingerprint != key.fingerprint:
        raise UserError(
            f"the dossier was signed with another key than the one of “{key.name}”",
            "Name the key of the dossier with --key: only its owner can vouch for a copy.",
            where,
        )
    original = Original(
        root=rendering.root, sha256=hashlib.sha256(dossier).hexdigest(), fingerprint=rendering.cover.fingerprint
    )
    parts = {"facts.json": parse(documents.facts), "findings.json": parse(documents.findings)}
    copy = redact(parts, bytes.fromhex(rendering.cover.seed), original, categories)
    if root_of_copy(copy) != rendering.root:
        raise UserError("the dossier's root is not that of its documents", "Check it with: auditor verify", where)
    data = canonical(copy)
    hidden = sum(isinstance(each, Hidden) for each in copy.leaves)
    return Made(data, sign_detached(data, key, when), len(copy.leaves) - hidden, hidden, rendering.root)


def check_copy(
    data: bytes, signature: bytes, *, root: str = "", original: bytes = b"", trust: Sequence[Certificate] = ()
) -> Checked:
    """Whether every value that a copy shows is the original's. Nothing is raised.

    ``signature`` is empty where there is none; then ``root`` (as printed in the original) or ``original`` has to be
    there, or nobody vouches for the copy.
    """
    try:
        copy = read_copy(data)
        found = root_of_copy(copy)
    except (ValueError, RecursionError) as error:
        return Checked(ok=False, problems=(f"The copy cannot be read: {error}.",))
    problems = []
    if found != copy.original.root:
        problems.append("The values are not those of the original: their root differs from the one that is stated.")
    issuer = _issuer(data, signature, copy, trust, problems) if signature else None
    compared = "original" if original else "root" if root else ""
    if root and root.replace(" ", "").lower() != found:
        problems.append("The values are not those of the original: their root is not the one that was given.")
    if original:
        problems += _compared(copy, found, original)
    if not compared and issuer is None and not problems:
        problems.append("Nobody vouches for the copy: it has no signature, and no root of the original was given.")
    hidden = sum(isinstance(each, Hidden) for each in copy.leaves)
    good = not problems
    return Checked(
        ok=good,
        root=found,
        issuer=issuer,
        compared=compared,
        hidden=copy.hidden,
        shown_values=len(copy.leaves) - hidden,
        hidden_values=hidden,
        problems=tuple(problems),
        **(_told(copy) if good else {}),
    )


def _issuer(
    data: bytes, signature: bytes, copy: Redacted, trust: Sequence[Certificate], problems: list[str]
) -> Issuer | None:
    try:
        signer = check_detached(data, signature, trust)
    except ValueError as error:
        problems.append(f"The copy's signature does not hold: {error}.")
        return None
    if signer.fingerprint != copy.original.fingerprint:
        problems.append("The copy was signed by another than the one whom it names as the signer of the original.")
    if trust and not signer.trusted:
        problems.append("None of the given certificates vouches for the signer of the copy.")
    return Issuer(name=signer.name, fingerprint=signer.fingerprint, time=signer.time, trusted=signer.trusted)


def _compared(copy: Redacted, root: str, original: bytes) -> list[str]:
    try:
        documents_of(original, "the original")
        rendering = parse_rendering(extract(original)[RENDERING])
    except UserError as error:
        return [f"The original was not accepted: {error.message}."]
    except (ValueError, KeyError) as error:
        return [f"The original cannot be read ({type(error).__name__})."]
    told = []
    if rendering.root != root:
        told.append("The signed original states another root: the copy is not of it, or was changed.")
    if rendering.cover.fingerprint != copy.original.fingerprint:
        told.append("The original was signed by another than the copy says.")
    return told


def _told(copy: Redacted) -> dict[str, Any]:
    """What a person reads first, from proved values only."""
    values = {each.place: each.value for each in copy.leaves if isinstance(each, Shown)}

    def text(place: str) -> str:
        return str(values.get(f"findings.json#/{place}", ""))

    numbers = sorted({int(place.split("/")[2]) for place in values if place.startswith("findings.json#/findings/")})
    findings = [
        Told(
            control=text(f"findings/{n}/control"),
            title=text(f"findings/{n}/title"),
            verdict=text(f"findings/{n}/verdict"),
            subject=text(f"findings/{n}/subject/id"),
        )
        for n in numbers
    ]
    policy = " ".join(part for part in (text("policy/title"), text("policy/version")) if part)
    return {"policy": policy, "judged": text("judged"), "verdict": text("verdict"), "findings": tuple(findings)}
