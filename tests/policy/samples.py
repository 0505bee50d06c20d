"""Small policies for the tests of this room, made from text."""

import textwrap
from pathlib import Path

MINIMAL = """\
schema: sovereign-policy/1
id: minimal
version: 1.0.0
valid: {from: 2026-01-01, until: 2027-12-31}
title: {en: Minimal}
groups:
  - {id: LIC, title: {en: Licences}}
controls:
  - id: LIC-001
    group: LIC
    title: {en: The licence is unchanged}
    rationale: {en: A changed licence grants something else.}
    severity: high
    check: licence.identified
"""


def write(folder: Path, name: str, text: str) -> Path:
    """A policy file; the text may be indented."""
    path = folder / name
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def child(id_: str, extends: str, body: str = "", version: str = "1.0.0") -> str:
    """A policy that extends others."""
    return (
        f"schema: sovereign-policy/1\nid: {id_}\nversion: {version}\n"
        "valid: {from: 2026-01-01, until: 2027-12-31}\n"
        f"title: {{en: {id_}}}\nextends: [{extends}]\n" + textwrap.dedent(body)
    )
