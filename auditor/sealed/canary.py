"""Marks that are put into prompts, and the forms in which a search knows them again.

All marks of a run begin with the same sixteen random characters (80 bits), so that a search looks for one thing only
and asks afterwards which mark it was.
"""

import base64
import codecs
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from auditor.facts.sealed import Place

PREFIX, SUFFIX = 16, 6
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_ALPHABET = _LETTERS + b"234567"


@dataclass(frozen=True)
class Needle:
    """Bytes that show a mark. ``folded``: looked for in the lower-case form of the data."""

    encoding: str
    data: bytes
    folded: bool


@dataclass(frozen=True)
class Marks:
    """The marks of one run: the common beginning, and one whole mark for each place."""

    prefix: str
    tokens: Mapping[Place, str]

    @classmethod
    def make(cls, random: Callable[[int], bytes], places: Iterable[Place] = tuple(Place)) -> "Marks":
        """New marks; ``random`` gives so many random bytes."""
        prefix = _word(random(PREFIX))
        return cls(prefix, {place: prefix + _word(random(SUFFIX)) for place in places if place is not Place.UNKNOWN})

    @cached_property
    def needles(self) -> tuple[Needle, ...]:
        """Of the common beginning."""
        return needles(self.prefix)

    @cached_property
    def each(self) -> dict[Place, dict[str, tuple[Needle, ...]]]:
        """Of each whole mark, by encoding."""
        found: dict[Place, dict[str, tuple[Needle, ...]]] = {}
        for place, token in self.tokens.items():
            every = needles(token)
            found[place] = {n.encoding: tuple(m for m in every if m.encoding == n.encoding) for n in every}
        return found


def _word(noise: bytes) -> str:
    """Lower-case letters and digits that base32 has, a letter first."""
    return bytes([_LETTERS[noise[0] % 26], *(_ALPHABET[byte % 32] for byte in noise[1:])]).decode("ascii")


def needles(word: str) -> tuple[Needle, ...]:
    """Every form of a word that a search finds without decoding anything."""
    raw = word.encode("ascii")
    found = [
        Needle("plain", raw, True),
        # Without the last byte: so it stands in big-endian text, too.
        Needle("utf-16", word.encode("utf-16-le")[:-1], True),
        Needle("hex", raw.hex().encode(), True),
        Needle("percent", b"".join(b"%%%02x" % byte for byte in raw), True),
        Needle("json", b"".join(b"\\u%04x" % byte for byte in raw), True),
        Needle("reversed", raw[::-1], True),
        Needle("rot13", codecs.encode(word, "rot13").encode(), True),
    ]
    for shift in range(5):
        found.append(Needle("base32", _inner(base64.b32encode, raw, shift, 5, 8).lower(), True))
    for shift in range(3):
        text = _inner(base64.b64encode, raw, shift, 3, 4)
        found += [Needle("base64", form, False) for form in {text, text.translate(bytes.maketrans(b"+/", b"-_"))}]
    return tuple(found)


def _inner(encode: Callable[[bytes], bytes], raw: bytes, shift: int, group: int, digits: int) -> bytes:
    """The digits that depend on ``raw`` alone where ``shift`` other bytes stand before it in a group."""
    bits = 8 * group // digits
    whole = shift + len(raw)
    text = encode(b"\0" * shift + raw)
    return text[-(-8 * shift // bits) : 8 * whole // bits]
