"""Sentences that come as text, in another language: from the probe, from captures, from the tables of knowledge.

Facts hold them as they were said, so they are recognised by their wording: whole, or by a pattern with the fields
``{1}``, ``{2}``, which take any text, ``{1:,}`` a number. What is not recognised stays as it is.
"""

import re
from collections.abc import Callable, Mapping

JOINTS = ("; ", ", ")
"""What stands between sentences that were joined."""
LONGEST = 1000
"""Characters of a text that is looked at."""
_FIELD = re.compile(r"{(\d)(:,)?}")


class Told:
    """The sentences of one language; ``number`` writes a number as its speakers do."""

    def __init__(self, sentences: Mapping[str, str], number: Callable[[int], str]) -> None:
        self._number = number
        self._whole = {english: own for english, own in sentences.items() if not _FIELD.search(english)}
        self._patterns = [
            (_pattern(english), [bool(counted) for _, counted in _FIELD.findall(english)], own)
            for english, own in sentences.items()
            if _FIELD.search(english)
        ]

    def __call__(self, text: str) -> str | None:
        """The text in this language; None where it is not known. Of several joined ones each has to be known."""
        if len(text) > LONGEST:
            return None
        one = self._one(text)
        for joint in JOINTS:
            if one is None and joint in text:
                parts = [self._one(part) for part in text.split(joint)]
                one = None if None in parts else joint.join(filter(None, parts))
        return one

    def _one(self, text: str) -> str | None:
        known = self._whole.get(text)
        for pattern, counted, own in self._patterns if known is None else ():
            found = pattern.fullmatch(text)
            if found:
                values = [self._value(*each) for each in zip(found.groups(), counted, strict=True)]
                return "".join(values[int(part) - 1] if at % 2 else part for at, part in enumerate(_split(own)))
        return known

    def _value(self, value: str, counted: bool) -> str:
        return self._number(int(value.replace(",", ""))) if counted else self._whole.get(value, value)


def parts(sentences: Mapping[str, str]) -> dict[str, str]:
    """Of templates, those that stand within another sentence: without fields, or not ended; fields numbered."""
    found = {}
    for english, own in sentences.items():
        names = re.findall(r"{(\w+)}", english)
        loose = not english.endswith(".") and len(re.findall("[a-z]", re.sub("{.*?}", "", english))) > 3
        if "{" not in english or (loose and ":," not in english and len(set(names)) == len(names)):
            for number, name in enumerate(names, 1):
                english, own = (text.replace(f"{{{name}}}", f"{{{number}}}") for text in (english, own))
            found[english] = own
    return found


def _split(own: str) -> list[str]:
    """Text and numbers of fields by turns."""
    return re.split(r"{(\d)(?::,)?}", own)


def _pattern(english: str) -> re.Pattern[str]:
    """What a text with other values in the fields looks like."""
    parts, at = [], 0
    for field in _FIELD.finditer(english):
        parts += [re.escape(english[at : field.start()]), r"(\d[\d,]{0,30})" if field[2] else r"((?:(?!; ).)+)"]
        at = field.end()
    return re.compile("".join([*parts, re.escape(english[at:])]))
