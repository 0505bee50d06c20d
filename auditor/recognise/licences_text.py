"""A licence's text as a sequence of words, each with its place and what kind of line it stands in.

Layout is taken away: Markdown, HTML tags, quotes, line wraps, the schemes of addresses, upper case. Nothing that can
carry a meaning is: numbers stay whole with their separators, currency and per cent signs are words, every word of the
running text is kept. Pure; time and memory grow with the length of the text, which is cut at :data:`LONGEST`.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from auditor.knowledge.fingerprints import Mark

LONGEST = 1 << 20
"""Characters that are looked at; the probe cuts texts at the same length."""

_TAG = re.compile(
    r"</?(?:a|abbr|b|blockquote|body|br|center|code|div|em|font|h[1-6]|head|hr|html|i|li|ol|p|pre|small|span|strong"
    r"|table|tbody|td|th|tr|tt|u|ul)"
    # Attributes whose values are no sentences: whoever opens the file reads them too.
    r"(?:\s{1,3}[a-z-]{1,20}=(?:\"(?:[^\s\"<>]|(?<=[:;,])\x20){0,300}\"|'[^\s'<>]{0,300}'|[^\s\"'<>]{1,300})){0,8}\s?/?>",
    re.IGNORECASE,
)
_LINK = re.compile(r"\](?:\((?:https?:|mailto:|www\.|#)[^()\s]{0,600}\)|\([^()\s]{0,300}[./][^()\s]{0,300}\))")
_SCHEME = re.compile(r"\b(?:https?://|mailto:)(?:www\.)?|\bwww\.", re.IGNORECASE)
_EMPHASIS = re.compile(r"\*+|`+|\\(?=[\W_])")
_WORD = re.compile(r"\d+(?:[.,]\d+)+(?![^\W_])|[^\W_]+|[$€£¥%≤≥≠±]|~~+|(?<=\w\s)[<>](?=\s?\d)|[✗✘✖❌🚫⛔]")
_ENUMERATOR = re.compile(
    r"^[^\w\n]*?(?:section\s+)?(?:"
    r"\(?(?P<plain>\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivx]{1,6})(?:\.\)|[.):])(?=[\s“\"'(]|$)"
    r"|(?P<dotted>\d{1,3}(?:\.\d{1,3})+)(?=\s+[A-Z“\"(]|\s*$)"
    r"|\((?P<inner>\d{1,3}|[a-z]|[ivx]{1,6})\))",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(
    r"^\W*(?:portions\s+|original\s+work\s+|modifications\s+)?"
    r"(?:copyright\b|(?:©|\(c\))\s*(?:copyright\b|\d{4}|[\[<{(]\s*y)|all\s+rights\s+reserved\W*$)",
    re.IGNORECASE,
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_WEIGHTY = frozenset(
    {"not", "only", "no", "non", "except", "unless", "without", "never", "prohibited", "forbidden", "commercial"}
    | {"noncommercial", "research", "revocable", "restricted"}
)
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that make a line read in another order than it is written."""
_PAGE = re.compile(r"^\W*page\s+\d+(?:\s+of\s+\d+)?\W*$", re.IGNORECASE)
_MEANINGFUL = """
not no non only may must shall cannot use used using uses sole solely profit except unless without subject
terms research academic copies notice conditions condition personal internal provided ban banned pay paid fee fees sell
sold sale eu usa ask asked before after until during first prior written write contact call need needs have has are
who whoever if when
"""
_MEANINGFUL_STEMS = (
    "licens permi prohib forbid forbad commerc noncommerc grant distribut redistribut modif revo irrevo agree restrict "
    "evaluat limit exclu europ countr territor terminat expir requir obtain milit govern consent approv oblig outside "
    "deploy notif inform regist possib"
)
_FORBIDDEN = frozenset(_MEANINGFUL.split())
_FORBIDDEN_STEMS = tuple(_MEANINGFUL_STEMS.split())


@dataclass(frozen=True)
class Text:
    """A text taken apart: parallel sequences, one entry a word."""

    source: str
    """The cleaned text that the offsets point into; its lines are those of the file."""
    words: tuple[str, ...]
    hashes: tuple[int, ...]
    lines: tuple[int, ...]
    """From 1."""
    spans: tuple[tuple[int, int], ...]
    marks: bytes
    """:class:`Mark` of each word: body, enumerator or copyright."""

    def quote(self, start: int, end: int, most: int = 60) -> str:
        """Words ``start`` to ``end`` as the file writes them, on one line; beyond ``most`` words their number."""
        if start >= end:
            return ""
        last = min(end, start + most)
        shown = " ".join(self.source[self.spans[start][0] : self.spans[last - 1][1]].split())
        return shown if last == end else f"{shown} … ({end - start} words)"


@lru_cache(maxsize=65_536)
def hash_word(word: str) -> int:
    """The 32 bits that stand for a word in a fingerprint."""
    return int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=4).digest(), "little")


def read_text(raw: str) -> Text:
    """Take a text apart."""
    source = clean(raw)
    words: list[str] = []
    lines: list[int] = []
    spans: list[tuple[int, int]] = []
    marks = bytearray()
    offset = 0
    before = ""
    seen = 0
    copyright_before = True
    expected: set[str] = set()
    for number, line in enumerate(source.split("\n"), 1):
        if not line.strip():
            before, offset = "", offset + len(line) + 1
            continue
        found = list(_WORD.finditer(line))
        forms = [fold(m.group()) for m in found]
        holder = (not before or copyright_before or seen < 6) and is_copyright(line, forms)
        # A line of names may go on below.
        holder = holder or (
            bool(before) and copyright_before and seen > 0 and len(forms) <= 8 and not says_something(forms)
        )
        enumerated = -1 if holder else _enumerator_end(line, before, words[-1] if words else "", expected)
        for match, form in zip(found, forms, strict=True):
            words.append(form)
            lines.append(number)
            spans.append((offset + match.start(), offset + match.end()))
            marks.append(Mark.COPYRIGHT if holder else Mark.ENUMERATOR if match.end() <= enumerated else Mark.BODY)
        before, offset, copyright_before = line.strip(), offset + len(line) + 1, holder
        seen += 1
    hashes = tuple(map(hash_word, words))
    return Text(source, tuple(words), hashes, tuple(lines), tuple(spans), bytes(marks))


def clean(raw: str) -> str:
    """A text without the characters of its layout; every line stays on its line."""
    text = raw[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", " ")
    if not text.isascii():
        text = _NOT_ASCII.sub(lambda m: _plain(m.group()), text)
    if "&" in text:
        text = re.sub(r"&#?\w{2,8};", lambda m: html.unescape(m.group()).replace("\n", " "), text)
    text = _LINK.sub(_without_target, _TAG.sub(" ", text))
    return _EMPHASIS.sub("", _SCHEME.sub("", text))


def _without_target(link: re.Match[str]) -> str:
    """A link without its target, unless somebody wrote words of weight into it."""
    return link.group() if _WEIGHTY.intersection(re.findall(r"[a-z]+", link.group().lower())) else "]"


def fold(word: str) -> str:
    """The form under which a word is compared: lower case, one spelling of *licence*."""
    word = word.casefold()
    return word.replace("licence", "license") if "licence" in word else word


def says_something(words: Iterable[str]) -> bool:
    """Whether words that should only name a holder can carry a condition."""
    return any(word in _FORBIDDEN or word.startswith(_FORBIDDEN_STEMS) or not word[0].isalnum() for word in words)


def is_page_number(line: str) -> bool:
    """Whether a line is the foot of a printed page."""
    return bool(_PAGE.match(line))


def enumerator_of(line: str) -> str:
    """The enumerator that a line begins with (``3.2``, ``a``, ``iv``), lower case; empty where it has none."""
    match = _ENUMERATOR.match(line)
    return next((g for g in match.groups() if g), "").lower() if match else ""


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    if _TURNING.match(char):
        return f" U{ord(char):04X} "
    if unicodedata.category(char) == "Cf":
        return ""
    # A superscript two is not the digit two: "10²" must not become "102".
    if unicodedata.decomposition(char).startswith(("<super>", "<sub>", "<fraction>", "<circle>")):
        return char
    return unicodedata.normalize("NFKC", char).replace("\n", " ")


def is_copyright(line: str, forms: Sequence[str]) -> bool:
    """Whether a line names a holder of copyright and nothing else."""
    return len(forms) <= 24 and bool(_COPYRIGHT.match(line)) and not says_something(forms)


def _enumerator_end(line: str, before: str, last_word: str, expected: set[str]) -> int:
    """Offset behind the enumerator that the line begins with; -1 where there is none.

    A number that merely happens to start a wrapped line ("Section\\n2. If") is not one. ``expected`` collects the
    numbers that would continue a list.
    """
    match = _ENUMERATOR.match(line)
    if not match:
        return -1
    plain = (match.group("plain") or "").lower()
    listed = plain in expected
    if plain.isdigit():
        expected.add(str(int(plain) + 1))
    if listed or not before or before[-1] in ".:;":
        return match.end()
    number = last_word.replace(".", "").replace(",", "").isdigit()
    ended = before[-1] in ",”\"'" or len(before.split()) < 8 or before.casefold().endswith((" and", " or"))
    return match.end() if ended and not number else -1
