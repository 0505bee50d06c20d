"""The dossier's own words: catalogues in ``resources/translations/dossier``, plural forms, dates and numbers."""

import datetime as dt
import re
import string
from functools import cache
from typing import Any

import yaml

from auditor.errors import UserError
from auditor.evidence.told import Told, parts
from auditor.facts.fact import Value
from auditor.judge.finding import Sentence
from auditor.knowledge.resources import resource

NBSP = "\u00a0"

_KEYS = {"outcome": "outcome", "ending": "sealed.ending", "why": "status", "state": "switch"}
"""Fields of sentences whose values are words of the catalogue, and the beginning of their keys."""
_TOLD = frozenset(
    {"what", "why", "asked", "says", "condition", "territory", "transfer", "classes", "contacts", "traces", "note"}
)
"""Fields of sentences that hold sentences themselves; names and paths are never translated."""
_FIELD = re.compile(r"{\w+(?::,)?}")


class Catalogue(Value):
    """One language. ``texts`` holds templates; where one counts, a mapping of plural form (CLDR) to template."""

    language: str
    name: str
    decimal: str
    thousands: str
    date: str
    months: tuple[str, ...]
    texts: dict[str, str | dict[str, str]]
    sentences: dict[str, str] = {}
    """Sentences of findings: English template to translation, with the same fields."""
    told: dict[str, str] = {}
    """Sentences that come as text: English wording to translation, see :mod:`auditor.evidence.told`."""


class Words:
    """Speaks one language; what its catalogue lacks is said in English."""

    def __init__(self, catalogue: Catalogue, english: Catalogue) -> None:
        self.language = catalogue.language
        self._own, self._english = catalogue, english
        self._told = Told({**parts(catalogue.sentences), **catalogue.told}, self.number)
        self._formatter = _Formatter(self)

    def __call__(self, key: str, **args: str | int) -> str:
        """The text of ``key``; the argument ``n`` chooses the plural form. KeyError for an unknown key."""
        source = self._own if key in self._own.texts else self._english
        entry = source.texts[key]
        if isinstance(entry, dict):
            form = plural(source.language, int(args["n"]))
            entry = entry.get(form, entry["other"])
        shown = {name: self.number(value) if isinstance(value, int) else value for name, value in args.items()}
        return entry.format(**shown)

    def sentence(self, sentence: Sentence | None, english: str) -> tuple[str, str]:
        """A finding's sentence and the language it is in; ``english`` where there is no template or translation."""
        if sentence is None or self.language == "en":
            return english, "en"
        template = self._own.sentences.get(sentence.template)
        if template is None:
            return english, "en"
        values = {name: self._value(name, value) for name, value in sentence.args.items()}
        if values == sentence.args and not any(map(str.isalpha, _FIELD.sub("", template))):
            # Nothing but fields: the sentence is in the language of what fills them.
            return english, "en"
        try:
            return self._formatter.vformat(template, (), values), self.language
        except (KeyError, IndexError, ValueError):
            return english, "en"

    def told(self, text: str) -> tuple[str, str]:
        """A sentence that comes as text and the language it is in; as it is where it is not known."""
        known = None if self.language == "en" else self._told(text)
        return (text, "en") if known is None else (known, self.language)

    def _value(self, name: str, value: str | int) -> str | int:
        """What a field of a sentence holds, in this language where it is words of the product's own."""
        if isinstance(value, int):
            return value
        word = self._own.texts.get(f"{_KEYS[name]}.{value.replace(' ', '_')}") if name in _KEYS else None
        if isinstance(word, str):
            return word
        return self.told(value)[0] if name in _TOLD else value

    def number(self, value: int | float, digits: int = 0) -> str:
        """A number with the separators of the language."""
        text = f"{value:,.{digits}f}"
        return "".join({",": self._own.thousands, ".": self._own.decimal}.get(c, c) for c in text)

    def size(self, count: int) -> str:
        """Bytes in decimal units."""
        amount, unit = float(count), "B"
        for larger in ("kB", "MB", "GB", "TB", "PB"):
            if amount < 1000:
                break
            amount, unit = amount / 1000, larger
        return self.number(amount, 0 if unit == "B" else 1) + NBSP + unit

    def date(self, day: dt.date) -> str:
        """A day in words."""
        return self._own.date.format(day=day.day, month=self._own.months[day.month - 1], year=day.year)

    def moment(self, instant: str | dt.datetime) -> str:
        """A point in time, UTC, to the second."""
        when = parse_instant(instant)
        return f"{self.date(when.date())}, {when:%H:%M:%S}{NBSP}UTC"

    def span(self, first: str, last: str) -> str:
        """From one point in time to another."""
        one, other = parse_instant(first), parse_instant(last)
        if one.date() == other.date():
            return f"{self.date(one.date())}, {one:%H:%M:%S}–{other:%H:%M:%S}{NBSP}UTC"
        return f"{self.moment(one)} – {self.moment(other)}"

    def local(self, texts: dict[str, str], fallback: str) -> tuple[str, str]:
        """A text of the policy's author in this language, else in English; and which it is."""
        if self.language in texts:
            return texts[self.language], self.language
        return texts.get("en", fallback), "en"


class _Formatter(string.Formatter):
    """Fills templates of sentences; ``{n:,}`` is a number as the language writes it."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "," and isinstance(value, int):
            return self._words.number(value)
        return str(super().format_field(value, format_spec))


def parse_instant(instant: str | dt.datetime) -> dt.datetime:
    """An instant of the documents as a datetime in UTC."""
    if isinstance(instant, dt.datetime):
        return instant.astimezone(dt.UTC)
    return dt.datetime.fromisoformat(instant.replace("Z", "+00:00"))


def plural(language: str, n: int) -> str:
    """The plural form (CLDR category) of a whole number."""
    if language in ("cs", "sk"):
        return "one" if n == 1 else "few" if 2 <= n <= 4 else "other"
    if language == "pl":
        if n == 1:
            return "one"
        return "few" if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else "other"
    return "one" if n == 1 else "other"


def languages() -> tuple[str, ...]:
    """The languages that there are catalogues for."""
    return tuple(sorted(path.stem for path in resource("translations", "dossier").glob("*.yaml")))


@cache
def catalogue(language: str) -> Catalogue:
    """Read one catalogue. Raises UserError for a language that there is none for."""
    path = resource("translations", "dossier", f"{language}.yaml")
    if not re.fullmatch("[a-z]{2}", language) or not path.is_file():
        raise UserError(
            f"there is no dossier in the language “{language}”", hint=f"choose one of: {', '.join(languages())}"
        )
    data: Any = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return Catalogue.model_validate(data)


def words(language: str) -> Words:
    """The words of a language. Raises UserError for one that there is no catalogue for."""
    return Words(catalogue(language), catalogue("en"))
