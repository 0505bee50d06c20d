"""Which rights some words touch: the topics that a person is told when a clause was changed."""

import re
from collections.abc import Iterable

USES = ("deploy", "commercial", "modify", "redistribute")
"""The four uses that a licence is asked about."""

_TOPICS: tuple[tuple[str, str], ...] = (
    (
        "deploy",
        r"revo[ck]\w*|irrevocabl\w*|perpetual|terminat\w*|grant\w*|hereby|exclusive|transferabl\w*|royalt\w*|"
        r"(?:right|license|permission|authoriz\w*|permitted|allowed) to use|use[sd]?|using|hosted|expire\w*",
    ),
    (
        "commercial",
        r"commercial\w*|noncommercial|sell|sold|revenue|fees?|charge|royalt\w*|for.profit|non.?profit|paid|payment|"
        r"production|research|academic|evaluation|personal use|business|employ\w*|internal use",
    ),
    ("modify", r"modif\w*|derivativ\w*|adapt\w*|fine.?tun\w*|create|prepare|translat\w*|merge|changes?|changed"),
    (
        "redistribute",
        r"(?:re)?distribut\w*|sublicen\w*|publish\w*|third part\w*|recipients?|reproduc\w*|copies|share|convey",
    ),
    (
        "territory",
        r"territor\w*|european union|eu|eea|switzerland|domiciled|countr\w*|worldwide|region\w*|jurisdiction\w*|"
        r"united (?:states|kingdom)|china|usa?|export\w*|residen\w*|principal place",
    ),
    ("users", r"monthly active users|\d+ ?(?:million|billion) (?:monthly|users)|users|user|million|billion"),
    ("revenue", r"revenue|turnover|(?:[$€£] ?)\d\S*|usd|eur|annual"),
    ("notice", r"notices?|attribut\w*|credit|acknowledg\w*|retain|copyright notice|reproduce the above"),
    ("naming", r"trademark\w*|trade names?|marks?|brand\w*|display|named?|names|built with|logo\w*|endorse\w*"),
    ("outputs", r"outputs?|results|distill\w*|synthetic|train\w*|improve\w*"),
    (
        "use_restrictions",
        r"prohibit\w*|restrict\w*|acceptable use|use.based|unlawful|illegal|military|attachment|must not|shall not|"
        r"may not|will not|not to use|cannot|forbid\w*|violat\w*|responsibl[ey]|ethic\w*",
    ),
    ("remote", r"remote\w*|electronic means|disable\w*|update\w*|telemetry|monitor\w*|audit"),
    ("termination", r"terminat\w*|breach|revo[ck]\w*|cease|survive|expire\w*|delete"),
    ("patents", r"patents?|litigation|lawsuit|infring\w*"),
    ("warranty", r"warrant\w*|as is|merchantab\w*|fitness"),
    ("liability", r"liab\w*|damages?|indemnif\w*|harmless"),
    ("law", r"governed|governing law|laws? of|courts?|arbitrat\w*|jurisdiction"),
    ("privacy", r"personal (?:data|information|identif\w*)|personally|privacy|sensitive"),
)
_PATTERNS = tuple((name, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")) for name, pattern in _TOPICS)
_REVERSING = re.compile(
    r"(?<!\w)(?:not|non|no|never|neither|nor|only|solely|except|excluding|unless|without|irrevocabl\w*|revocabl\w*)(?!\w)"
)


def rights_of(words: Iterable[str]) -> tuple[str, ...]:
    """The topics that the words speak of, in a fixed order."""
    text = " ".join(words).casefold()
    return tuple(name for name, pattern in _PATTERNS if pattern.search(text))


def reverses(words: Iterable[str]) -> bool:
    """Whether the words hold one that turns a sentence around."""
    return bool(_REVERSING.search(" ".join(words).casefold()))


def ordered(rights: Iterable[str]) -> tuple[str, ...]:
    """Rights once each, in the fixed order."""
    wanted = set(rights)
    return tuple(name for name, _ in _TOPICS if name in wanted)
