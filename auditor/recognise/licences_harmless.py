"""Which differences between a copy and a known text carry no meaning."""

from collections.abc import Sequence
from functools import lru_cache

from auditor.knowledge.fingerprints import Fingerprint, Mark
from auditor.recognise.licences_align import Edit
from auditor.recognise.licences_text import Text, fold, hash_word, is_page_number, read_text, says_something

SOFT = frozenset({Mark.ENUMERATOR, Mark.COPYRIGHT, Mark.TITLE, Mark.OPTIONAL})
"""Words of a known text that a copy may lack."""
_LABEL_WORDS = """
a agreement and attribution community copying copyright de der des die du effective file files for full für identifier
info information la le legal les license licenses licensing lizenz lizenztext lizenzvereinbarung md model modell modelle
modèle name notice of official on open permalink policy published release reproduced source spdx template terms text
texte texts the this title txt type und version vom von weights zum
"""
_LABELS = frozenset(_LABEL_WORDS.split())
"""Words that name a text and say nothing of its terms."""
_REVERSING = frozenset({"not", "no", "may", "un", "ir", "in"})
"""Words whose loss in a longer one ("not able", "notable") turns a sentence around."""
_REVERSING_HASHES = frozenset(map(hash_word, _REVERSING))
_HOLDER_LONGEST = 14
"""Words of a name in the place of another."""


def hard_known(known: Fingerprint, edit: Edit) -> list[int]:
    """Places of the words of the known text in an edit whose loss would matter."""
    return [i for i in range(edit.a1, edit.a2) if known.marks[i] not in SOFT]


def hard_found(text: Text, edit: Edit) -> list[int]:
    """Places of the words of the copy in an edit that are part of its running text."""
    return [
        j
        for j in range(edit.b1, edit.b2)
        if text.marks[j] == Mark.BODY and not is_page_number(line_of(text, text.lines[j]))
    ]


def is_harmless(text: Text, known: Fingerprint, edit: Edit) -> bool:
    """Whether a reader of the copy reads the same terms in spite of the edit."""
    lost, added = hard_known(known, edit), hard_found(text, edit)
    if not lost and not added:
        return True
    if added and not lost:
        # Words in the place of an enumerator or an annex are not those that belong there; above the first sentence
        # a label may stand.
        above = all(mark in SOFT for mark in known.marks[: edit.a2])
        if above and (all(text.words[j] in named_words(known) for j in added) or _is_holder(text, added)):
            return True
        return _joined(text, known.words[edit.a1 : edit.a2], added)
    if not added:
        return False
    if all(known.marks[i] == Mark.HOLDER for i in lost):
        return len(added) <= _HOLDER_LONGEST and not says_something(text.words[j] for j in added)
    return _joined(text, [known.words[i] for i in lost], added)


def _is_holder(text: Text, added: Sequence[int]) -> bool:
    """Whether the words are those of a copyright line in a text without lines."""
    around = text.words[max(0, added[0] - 3) : added[-1] + 1]
    return "copyright" in around and len(added) <= 24 and not says_something(text.words[j] for j in added)


def _joined(text: Text, lost: Sequence[int], added: Sequence[int]) -> bool:
    """Whether the same letters were only split or joined ("non-infringement", a word cut at a line's end)."""
    words = [text.words[j] for j in added]
    if any(char.isdigit() for word in words for char in word) or _REVERSING.intersection(words):
        return False
    if len(lost) == 1:
        return 1 < len(words) <= 3 and hash_word("".join(words)) == lost[0]
    if len(words) == 1 and len(lost) == 2 and not _REVERSING_HASHES.intersection(lost):
        word = words[0]
        return any((hash_word(word[:k]), hash_word(word[k:])) == (lost[0], lost[1]) for k in range(1, len(word)))
    return False


@lru_cache(maxsize=256)
def _label_words(title: str, spdx: str, id: str, version: str) -> frozenset[str]:
    return _LABELS.union(*map(_words_of, (title, spdx, id, version)))


def named_words(known: Fingerprint) -> frozenset[str]:
    """The words that a line around this text may be made of."""
    return _label_words(known.title, known.spdx, known.id, known.version)


def is_label(words: Sequence[str], named: frozenset[str]) -> bool:
    """A line such as ``# License of the model qwen2.5:3b``."""
    labels = sum(word in named for word in words)
    others = [word for word in words if word not in named]
    return bool(labels) and len(words) <= 14 and all(any(c.isdigit() for c in word) for word in others)


@lru_cache(maxsize=512)
def _words_of(name: str) -> frozenset[str]:
    return frozenset(fold(word) for word in read_text(name.replace("-", " ")).words)


@lru_cache(maxsize=1)
def _source_lines(source: str) -> list[str]:
    return source.split("\n")


def line_of(text: Text, number: int) -> str:
    """A line of the cleaned text, from 1."""
    return _source_lines(text.source)[number - 1]
