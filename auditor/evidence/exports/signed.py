"""Exports that carry a signature of their own, for readers that take no PDF."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from auditor.documents import Documents
from auditor.evidence.cades import sign_detached
from auditor.evidence.exports import asice, vsa
from auditor.evidence.exports.common import Material
from auditor.evidence.keys import Key
from auditor.evidence.raw import envelope

Writer = Callable[[Documents, bytes, Key, dt.datetime], dict[str, bytes]]
"""From documents, the dossier (empty where there is none), key and time to files by name."""


@dataclass(frozen=True)
class SignedFormat:
    """One format that needs a key: its name on the command line and what it is for."""

    name: str
    purpose: str
    write: Writer


def cades(documents: Documents, dossier: bytes, key: Key, when: dt.datetime) -> dict[str, bytes]:
    """The facts, and their detached signature."""
    return {"facts.json": documents.facts, "facts.json.p7s": sign_detached(documents.facts, key, when)}


def container(documents: Documents, dossier: bytes, key: Key, when: dt.datetime) -> dict[str, bytes]:
    """All documents, and the dossier where there is one, in one container."""
    files = {f"{name}.json": getattr(documents, name) for name in ("facts", "policy", "knowledge", "findings")}
    if dossier:
        files["dossier.pdf"] = dossier
    return {"evidence.asice": asice.write(files, key, when)}


def summaries(documents: Documents, dossier: bytes, key: Key, when: dt.datetime) -> dict[str, bytes]:
    """One DSSE envelope a line, one for each model."""
    material = Material(documents.audit, documents.judgement, documents.effective, documents.tables)
    lines = [envelope(payload, key) for payload in vsa.statements(material).values()]
    return {"verification-summaries.dsse.jsonl": b"".join(line + b"\n" for line in lines)}


SIGNED: dict[str, SignedFormat] = {
    each.name: each
    for each in (
        SignedFormat("cades", "the facts with a detached CAdES signature, which openssl checks", cades),
        SignedFormat("asice", "an ASiC-E container with CAdES, for portals", container),
        SignedFormat("dsse", "SLSA verification summaries, signed (DSSE)", summaries),
    )
}
"""By name."""
