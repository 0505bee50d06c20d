"""Licence texts that the packages of the test environment ship, for tests that need real ones."""

import textwrap
from functools import cache
from importlib.metadata import files


@cache
def shipped(distribution: str, name: str) -> str:
    """A file of an installed distribution's metadata."""
    for path in files(distribution) or ():
        if path.name == name and "dist-info" in str(path):
            return path.read_text(encoding="utf-8")
    raise LookupError(f"{distribution} ships no {name}")


def mit() -> str:
    """With title and copyright line."""
    return shipped("pytest", "LICENSE")


def apache() -> str:
    """With its appendix."""
    return shipped("cryptography", "LICENSE.APACHE")


def bsd() -> str:
    """Three clauses."""
    return shipped("cryptography", "LICENSE.BSD")


def mpl() -> str:
    """Without the words that its package puts above it."""
    text = shipped("hypothesis", "LICENSE.txt")
    return text[text.index("Mozilla Public License Version 2.0") :]


def reflow(text: str, width: int) -> str:
    """The paragraphs wrapped anew."""
    paragraphs = [" ".join(p.split()) for p in text.split("\n\n")]
    return "\n\n".join(textwrap.fill(p, width, break_long_words=False, break_on_hyphens=False) for p in paragraphs)


def edit(text: str, old: str, new: str) -> str:
    """One passage replaced, whatever the line wraps; it must be there."""
    flat = " ".join(text.split())
    assert old in flat, old
    return flat.replace(old, new, 1)
