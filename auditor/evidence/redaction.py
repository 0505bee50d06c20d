"""Redacted copies: which values are hidden, the copy itself, and the proof that the rest is the original's.

A copy lists every leaf of facts and findings (:mod:`auditor.evidence.merkle`): a shown one with place, value and salt,
a hidden one by its hash alone. Their root has to be the one that the signed original states. The digest of the facts
and the id made from it are hidden always: they are not salted, and would confirm a guess of all that is hidden.
"""

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, ValidationError

from auditor.evidence.merkle import SALT, Leaf, hash_leaf, leaves, root, salt
from auditor.facts.canonical import parse
from auditor.facts.fact import Value

DOCUMENTS = ("facts.json", "findings.json")
"""What the root is over."""
LARGEST = 256 * 2**20
"""Bytes of a copy that is read."""

_ALWAYS = re.compile(r"findings\.json#/(audit/(id|digest)|policy/sha256)$")
_FIELDS = {
    "hosts": re.compile(
        r"/(target/name|host/(hostname|machine_id)/value|sealed/\*/host|flows/\*/name|lookups/\*/name"
        r"|destinations/\*/(id|name)|attempts/\*/name)$"
    ),
    "addresses": re.compile(r"/(address|source_address|addresses/\*)$"),
    "serials": re.compile(r"/(serial/value|uuid/value|machine_id/value|identity/value)$"),
    "paths": re.compile(r"/(path|exe|exe/value|weight|file|checkpoint|custody/\*/namespace/value)$"),
    "processes": re.compile(
        r"/(command(/value)?/\*|environment/value/.*|processes/value/\*/\w+|process/value/\w+|process|container"
        r"|container/value|pid|server|owners/\*/\w+|switches/\*/found/\*|uid|capabilities/\*)$"
    ),
    "people": re.compile(r"/(approved_by|signed_by)$"),
}
"""Fields by the place of their value, numbers as ``*``."""
CATEGORIES = tuple(_FIELDS)
_SPREADING = ("hosts", "addresses", "serials", "people")
"""Values of these are hidden wherever they occur in a text; a process' name may be a word of any sentence."""
_SHORTEST = 3
_PATH = re.compile(r"(?<![\w.:/~-])(?:/[^\s/\"'“”]+){1,}|\b[A-Za-z]:\\|(?<!\w)~/|\bfile:")
_ADDRESS = re.compile(r"[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*[0-9A-Fa-f:]")
_MAC = re.compile(r"\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b")
_NUMBER = re.compile(r"/\d+(?=/|$)")


class Shown(Value):
    """A value of the original, and what proves it."""

    place: str
    value: Any
    salt: str = Field(pattern=f"^[0-9a-f]{{{2 * SALT}}}$")


class Hidden(Value):
    """A value of which only the hash is told."""

    hash: str = Field(pattern="^[0-9a-f]{64}$")


class Original(Value):
    """The signed dossier that the copy is of. Its id is not told, because it is a part of a digest."""

    root: str = Field(pattern="^[0-9a-f]{64}$")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """Of the whole file."""
    fingerprint: str
    """SHA-256 of the certificate of its signer."""


class Redacted(Value):
    """The document ``redacted.json``."""

    schema_: Literal["sovereign-redacted/1"] = Field("sovereign-redacted/1", alias="schema")
    original: Original
    hidden: tuple[str, ...]
    """Categories."""
    leaves: tuple[Shown | Hidden, ...]


@dataclass(frozen=True)
class Rule:
    """Decides which leaves are hidden."""

    categories: frozenset[str]
    secrets: re.Pattern[str] | None

    def hides(self, leaf: Leaf) -> bool:
        """Whether this value, or the place where it stands, is not to be told."""
        if _ALWAYS.search(leaf.place):
            return True
        if leaf.value in ("", None, {}, []) and not self._spoken(leaf.place):
            return False
        where = _NUMBER.sub("/*", leaf.place)
        if any(_FIELDS[each].search(where) for each in self.categories):
            return True
        pointer = "/rests_on/" in leaf.place or where.endswith("/flows/*")
        return self._spoken(leaf.place) or (not pointer and isinstance(leaf.value, str) and self._told(leaf.value))

    def _spoken(self, text: str) -> bool:
        return self.secrets is not None and self.secrets.search(text) is not None

    def _told(self, text: str) -> bool:
        if "paths" in self.categories and _PATH.search(text):
            return True
        return ("addresses" in self.categories and _address_in(text)) or self._spoken(text)


def rule(documents: Mapping[str, Any], categories: Collection[str]) -> Rule:
    """The rule for these documents: what is a secret in one place is one everywhere."""
    spreading = [each for each in _SPREADING if each in categories]
    found = set()
    for leaf in leaves(documents):
        text = leaf.value
        if isinstance(text, str) and len(text) >= _SHORTEST:
            where = _NUMBER.sub("/*", leaf.place)
            if any(_FIELDS[each].search(where) for each in spreading):
                found.add(text)
                host = re.sub(r"^\w+://|^[^@/]*@|[:/].*$", "", text)
                found |= {each for each in (host, host.partition(".")[0]) if len(each) >= _SHORTEST}
    # A name such as “any” or a number would hide half of the sentences; it is hidden in its own field.
    found -= {"any", "unknown", "local", "localhost", "www", "api"}
    words = sorted((re.escape(each) for each in found if not each.isdecimal()), key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE) if words else None
    return Rule(frozenset(categories), pattern)


def redact(documents: Mapping[str, Any], seed: bytes, original: Original, categories: Collection[str]) -> Redacted:
    """The copy without the values of ``categories``."""
    chosen = rule(documents, categories)
    made = [_entry(leaf, salt(seed, leaf.place), chosen) for leaf in leaves(documents)]
    return Redacted(original=original, hidden=tuple(c for c in CATEGORIES if c in categories), leaves=tuple(made))


def _entry(leaf: Leaf, salted: bytes, chosen: Rule) -> Shown | Hidden:
    if chosen.hides(leaf):
        return Hidden(hash=hash_leaf(leaf, salted).hex())
    return Shown(place=leaf.place, value=leaf.value, salt=salted.hex())


def read_copy(data: bytes) -> Redacted:
    """A copy from its bytes. Raises ValueError."""
    if len(data) > LARGEST:
        raise ValueError("larger than any redacted copy")
    try:
        return Redacted.model_validate(parse(data))
    except ValidationError as error:
        raise ValueError(f"not a redacted copy: {error.errors()[0]['msg']}") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def root_of_copy(copy: Redacted) -> str:
    """The root that the leaves of a copy have: equal to the original's, all of them are the original's."""
    return root(_hashes(copy)).hex()


def _hashes(copy: Redacted) -> Iterator[bytes]:
    for each in copy.leaves:
        if isinstance(each, Hidden):
            yield bytes.fromhex(each.hash)
        else:
            yield hash_leaf(Leaf(each.place, each.value), bytes.fromhex(each.salt))


def _address_in(text: str) -> bool:
    if _MAC.search(text):
        return True
    for found in _ADDRESS.finditer(text):
        try:
            ipaddress.ip_address(found.group().strip(".").removesuffix(":"))
        except ValueError:
            continue
        return True
    return False
