"""Which known texts a file holds, and every word in which its copies differ.

A difference is harmless only where it can carry no meaning: enumerators, copyright lines, the name of the text above
it, annexes on how to apply it, names that each licensor puts in, words joined or split at a line's end, and lines
around the text made of nothing but label words ("License of the model x7b:12b"). Every other difference is a change,
with the clause and the rights that it touches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from auditor.facts.models import Change, ChangeKind, Match, Part
from auditor.knowledge.fingerprints import Fingerprint, Fingerprints, Kind, Mark
from auditor.recognise.licences_align import Alignment, Edit, Index, align
from auditor.recognise.licences_harmless import (
    SOFT,
    hard_found,
    hard_known,
    is_harmless,
    is_label,
    line_of,
    named_words,
)
from auditor.recognise.licences_rights import USES, ordered, rights_of
from auditor.recognise.licences_text import (
    LONGEST,
    Text,
    fold,
    hash_word,
    is_copyright,
    is_page_number,
    read_text,
)

MOST_PARTS = 8
SMALLEST = 20
"""Words; a shorter stretch is not looked up."""
WHOLE = 0.95
"""Share of a stretch; an exact copy that fills so much of it needs no rival."""
NEAR = 0.75
"""Share of words in common from which a text counts as a changed copy."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One known text laid over part of a file; places are those of the whole file."""

    known: Fingerprint
    laid: Alignment
    changed: tuple[Edit, ...]
    """Edits that are not harmless."""
    score: float


def match_text(raw: str, fingerprints: Fingerprints, cut: bool = False) -> tuple[Match, tuple[Part, ...]]:
    """The verdict on a file, and the known texts in it in their order. Pure; bounded by the cut of the text.

    ``cut``: the file goes on behind ``raw``, so that nothing in it can be called whole.
    """
    return match_words(read_text(raw), fingerprints, cut or len(raw) > LONGEST)


def match_words(text: Text, fingerprints: Fingerprints, cut: bool = False) -> tuple[Match, tuple[Part, ...]]:
    """The same for a text that was taken apart before."""
    found = sorted(_find(text, fingerprints), key=lambda f: f.laid.start)
    if not found:
        return Match.NONE, ()
    speller = _Speller(text, fingerprints.lexicon)
    around = _around(text, found)
    parts = tuple(_part(text, f, speller, around.get(n, ())) for n, f in enumerate(found))
    if cut:
        parts = (*parts[:-1], _unread(parts[-1], text))
    worst = max(parts, key=lambda p: _ORDER.index(p.match)).match
    return worst, parts


_ORDER = (Match.EXACT, Match.TRUNCATED, Match.MODIFIED, Match.NONE)


@lru_cache(maxsize=4)
def _index(fingerprints: Fingerprints) -> Index:
    return Index([known.words for known in fingerprints.texts])


def prepare(fingerprints: Fingerprints) -> None:
    """Build the index ahead of the first text."""
    _index(fingerprints)


def _find(text: Text, fingerprints: Fingerprints) -> list[_Found]:
    """The known texts of a file, each in a stretch of its own, best first."""
    index = _index(fingerprints)
    stretches = [(0, len(text.words))]
    found: list[_Found] = []
    while stretches and len(found) < MOST_PARTS:
        start, end = stretches.pop()
        if end - start < SMALLEST:
            continue
        words = text.hashes[start:end]
        best: _Found | None = None
        for number in index.candidates(words):
            tried = _try(text, fingerprints.texts[number], words, start)
            if tried and (best is None or tried.score > best.score):
                best = tried
            if best and not best.changed and best.laid.end - best.laid.start >= WHOLE * (end - start):
                break
        if best:
            found.append(best)
            stretches += [(start, best.laid.start), (best.laid.end, end)]
    return found


def _try(text: Text, known: Fingerprint, words: Sequence[int], shift: int) -> _Found | None:
    """Lay one known text over a stretch; None where it is not near enough."""
    laid = align(known.words, words)
    if laid is None:
        return None
    laid = Alignment(
        laid.start + shift,
        laid.end + shift,
        laid.equal,
        tuple(Edit(e.a1, e.a2, e.b1 + shift, e.b2 + shift) for e in laid.edits),
        tuple((a, b + shift, n) for a, b, n in laid.pairs),
    )
    changed = tuple(e for e in laid.edits if not is_harmless(text, known, e))
    missing = [e for e in changed if e.b1 == e.b2 and (e.a2 == len(known.words) or e.a1 == 0)]
    inner = sum(len(hard_known(known, e)) + e.b2 - e.b1 for e in changed if e not in missing)
    rim = sum(len(hard_known(known, e)) for e in missing)
    score = laid.equal - inner - rim / 4
    hard = sum(mark not in SOFT for mark in known.marks)
    kept = sum(known.marks[a] not in SOFT for a0, _, n in laid.pairs for a in range(a0, a0 + n))
    near = 2 * laid.equal / (hard + max(1, laid.end - laid.start)) >= NEAR and 2 * kept >= hard
    cut = kept >= 40 and laid.equal / max(1, laid.end - laid.start) >= 0.9 and rim > 0
    return _Found(known, laid, changed, score) if near or cut else None


def _around(text: Text, found: Sequence[_Found]) -> dict[int, tuple[tuple[int, int, str], ...]]:
    """Stretches outside every known text that are more than labels, by the part next to them."""
    riders: dict[int, list[tuple[int, int, str]]] = {}
    end = 0
    for number, part in enumerate(found):
        where = "before the text" if number == 0 else "between the texts"
        for stretch in _meaningful(text, end, part.laid.start, part.known):
            riders.setdefault(number, []).append((*stretch, where))
        end = part.laid.end
    for stretch in _meaningful(text, end, len(text.words), found[-1].known):
        riders.setdefault(len(found) - 1, []).append((*stretch, "after the text"))
    return {number: tuple(r) for number, r in riders.items()}


def _meaningful(text: Text, start: int, end: int, known: Fingerprint) -> list[tuple[int, int]]:
    """Runs of lines in a stretch that are neither labels, copyright lines nor page numbers."""
    named = named_words(known)
    runs: list[tuple[int, int]] = []
    place = start
    while place < end:
        line = text.lines[place]
        stop = place
        while stop < end and text.lines[stop] == line:
            stop += 1
        words = [text.words[i] for i in range(place, stop) if text.marks[i] == Mark.BODY]
        shown = text.source[text.spans[place][0] : text.spans[stop - 1][1]]
        names = is_page_number(line_of(text, line)) or is_copyright(shown, words) or is_label(words, named)
        if words and not names:
            if runs and runs[-1][1] == place:
                runs[-1] = (runs[-1][0], stop)
            else:
                runs.append((place, stop))
        place = stop
    return runs


def _part(text: Text, found: _Found, speller: "_Speller", riders: Sequence[tuple[int, int, str]]) -> Part:
    known, laid = found.known, found.laid
    changes = [_change(text, known, edit, speller) for edit in found.changed]
    cut = _is_cut(text, found, riders)
    if not cut:
        changes += [_rider(text, start, end, where) for start, end, where in riders]
    changes.sort(key=lambda c: c.line)
    match = Match.EXACT if not changes else Match.TRUNCATED if cut else Match.MODIFIED
    return Part(
        id=known.id,
        spdx=known.spdx,
        title=known.title,
        match=match,
        first_line=text.lines[laid.start],
        last_line=text.lines[laid.end - 1],
        changes=tuple(changes),
        clauses=_clause_lines(text, found),
    )


def _is_cut(text: Text, found: _Found, riders: Sequence[tuple[int, int, str]]) -> bool:
    """Whether the copy is word for word the text, only not to its end. A missing annex is a change, not a cut."""
    if len(found.changed) != 1:
        return False
    edit, known = found.changed[0], found.known
    # The last word of all may be cut in itself.
    rest = edit.b2 - edit.b1 + sum(end - start for start, end, _ in riders)
    at_end = all(end == len(text.words) for _, end, _ in riders) and (edit.b1 == edit.b2 or edit.b2 == len(text.words))
    if edit.a2 != len(known.words) or rest > 1 or not at_end:
        return False
    lost = hard_known(known, edit)
    clause = known.clause(lost[0]) if lost else None
    return clause is not None and not (clause.name.startswith("Attachment") and edit.a1 <= clause.start)


def _change(text: Text, known: Fingerprint, edit: Edit, speller: "_Speller") -> Change:
    lost, added = hard_known(known, edit), hard_found(text, edit)
    if added and not lost:
        lost = [i for i in range(edit.a1, edit.a2) if known.marks[i] in (Mark.TITLE, Mark.OPTIONAL)]
    kind = ChangeKind.REPLACED if lost and added else ChangeKind.DELETED if lost else ChangeKind.INSERTED
    first = lost[0] if lost else min(max(0, edit.a1 - 1 if edit.a1 == edit.a2 else edit.a1), len(known.words) - 1)
    last = lost[-1] if lost else first
    clauses = [c for c in known.clauses if c.start <= last and first < c.end]
    found_words = [text.words[j] for j in range(edit.b1, edit.b2)]
    before_words = [word for word in (speller.spell(known.words[i]) for i in lost) if word]
    rights = ordered(
        [r for c in clauses for r in c.rights] + list(rights_of(found_words)) + list(rights_of(before_words))
    )
    names = [c.name for c in clauses]
    place = edit.b1 if edit.b1 < edit.b2 else max(0, edit.b1 - 1)
    return Change(
        clause=names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}" if names else "",
        kind=kind,
        found=text.quote(added[0], added[-1] + 1) if added else "",
        before=speller.phrase([known.words[i] for i in lost]),
        line=text.lines[min(place, len(text.lines) - 1)],
        rights=rights or USES,
    )


def _rider(text: Text, start: int, end: int, where: str) -> Change:
    rights = rights_of(text.words[start:end])
    return Change(
        clause=where,
        kind=ChangeKind.INSERTED,
        found=text.quote(start, end),
        before="",
        line=text.lines[start],
        rights=rights or USES,
    )


def _unread(part: Part, text: Text) -> Part:
    """The last part of a file that was not read to its end."""
    rest = Change(
        clause="after the text",
        kind=ChangeKind.INSERTED,
        found="(the rest of the file was not read)",
        before="",
        line=text.lines[-1],
        rights=USES,
    )
    return part.model_copy(update={"match": Match.MODIFIED, "changes": (*part.changes, rest)})


def _clause_lines(text: Text, found: _Found) -> dict[str, int]:
    """Line of the file at which each clause begins; a clause that is not there has none."""
    lines: dict[str, int] = {}
    run = 0
    pairs = found.laid.pairs
    for clause in found.known.clauses:
        while run < len(pairs) and pairs[run][0] + pairs[run][2] <= clause.start:
            run += 1
        if run == len(pairs):
            break
        place, other, _ = pairs[run]
        at = max(place, clause.start)
        if at < clause.end:
            lines.setdefault(clause.name, text.lines[other + at - place])
    return lines


class _Speller:
    """Spells the words that a copy lacks with the words that it has elsewhere, and with a list of common ones."""

    def __init__(self, text: Text, lexicon: Sequence[str]) -> None:
        self._words = {**_spelling(tuple(lexicon)), **dict(zip(text.hashes, text.words, strict=True))}

    def spell(self, word: int) -> str:
        return self._words.get(word, "")

    def phrase(self, words: Sequence[int], most: int = 40) -> str:
        """The words as far as they can be told, the others as their number."""
        spelt: list[str | int] = []
        for word in words[:most]:
            known = self.spell(word)
            if known:
                spelt.append(known)
            elif spelt and isinstance(spelt[-1], int):
                spelt[-1] += 1
            else:
                spelt.append(1)
        shown = " ".join(w if isinstance(w, str) else f"[{_count(w)}]" for w in spelt)
        if len(spelt) == 1 and isinstance(spelt[0], int):
            shown = _count(len(words))
        elif len(words) > most:
            shown += f" … ({_count(len(words))})"
        return shown


def _count(words: int) -> str:
    return "1 word" if words == 1 else f"{words} words"


@lru_cache(maxsize=4)
def _spelling(lexicon: tuple[str, ...]) -> dict[int, str]:
    return {hash_word(fold(word)): fold(word) for word in lexicon}


def is_licence(part: Part, fingerprints: Fingerprints) -> bool:
    """Whether a part is a licence and not a use policy."""
    known = fingerprints.get(part.id)
    return known is None or known.kind is Kind.LICENCE
