"""Where a known text lies in a file, word by word.

Runs of words that both have in common are found by an index of short word sequences, put in order (longest increasing
subsequence), and only the gaps between them are compared closely; a gap too large for that counts as replaced. So the
work stays bounded whatever the file holds.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

GRAM = 3
"""Words in a sequence of the index."""
SAMPLE = 7
"""Sequences whose first word's hash has these bits clear are in the index: about one in eight."""
CLOSE = 60_000
"""Largest product of two lengths that is compared closely."""
REPEATS = 6
"""Places of one sequence in a file that are followed."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Words ``a1`` to ``a2`` of the known text stand as words ``b1`` to ``b2`` in the file; one may be empty."""

    a1: int
    a2: int
    b1: int
    b2: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """The known text laid over words ``start`` to ``end`` of the file."""

    start: int
    end: int
    equal: int
    """Words in common."""
    edits: tuple[Edit, ...]
    pairs: tuple[tuple[int, int, int], ...]
    """Runs in common: place in the known text, place in the file, length."""


class Index:
    """Which known texts hold a short sequence of words, and where."""

    def __init__(self, texts: Sequence[Sequence[int]]) -> None:
        self.sizes = [0] * len(texts)
        self.places: dict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
        for number, words in enumerate(texts):
            for place in _sampled(words):
                self.places[tuple(words[place : place + GRAM])].append((number, place))
                self.sizes[number] += 1

    def candidates(self, words: Sequence[int], most: int = 5) -> list[int]:
        """The texts that have most in common with the words, best first."""
        found: Counter[int] = Counter()
        grams = {tuple(words[p : p + GRAM]) for p in _sampled(words)}
        for gram in grams:
            for number in {number for number, _ in self.places.get(gram, ())}:
                found[number] += 1

        # What matters is how much of the known text is there, and how much of what is there it explains.
        def share(number: int) -> float:
            size = max(1, self.sizes[number])
            return float(found[number] ** 2) / (size * min(max(1, len(grams)), size))

        best = sorted(found, key=lambda n: (-share(n), n))
        return [n for n in best if found[n] >= 2 or self.sizes[n] <= 4][:most]


def align(known: Sequence[int], words: Sequence[int]) -> Alignment | None:
    """Lay a known text over a file; None where they have no run of words in common."""
    blocks = _anchors(known, words)
    if not blocks:
        return None
    blocks = _head(known, words, blocks) + blocks
    blocks = blocks + _tail(known, words, blocks)
    blocks = _close_gaps(known, words, blocks)
    edits: list[Edit] = []
    a = 0
    start = b = blocks[0][1]
    for place, other, length in blocks:
        if place > a or other > b:
            edits.append(Edit(a, place, b, other))
        a, b = place + length, other + length
    if a < len(known):
        edits.append(Edit(a, len(known), b, b))
    return Alignment(start, b, sum(n for _, _, n in blocks), tuple(edits), tuple(blocks))


def _sampled(words: Sequence[int]) -> list[int]:
    return [i for i, word in enumerate(words[: max(0, len(words) - GRAM + 1)]) if not word & SAMPLE]


def _anchors(known: Sequence[int], words: Sequence[int]) -> list[tuple[int, int, int]]:
    """Runs in common in the order of both, each as long as it goes."""
    once: dict[tuple[int, ...], int] = {}
    for i in range(len(known) - GRAM + 1):
        gram = tuple(known[i : i + GRAM])
        once[gram] = -1 if gram in once else i
    hits: list[tuple[int, int]] = []
    seen: Counter[int] = Counter()
    for j, gram in enumerate(zip(words, words[1:], words[2:], strict=False)):
        i = once.get(gram, -1)
        if i >= 0 and seen[i] < REPEATS:
            seen[i] += 1
            hits.append((i, j))
    hits = _densest(hits, len(known))
    blocks: list[tuple[int, int, int]] = []
    a = b = 0
    for i, j in _increasing(hits):
        if i < a or j < b:
            continue
        back = 0
        while i - back > a and j - back > b and known[i - back - 1] == words[j - back - 1]:
            back += 1
        forward = GRAM
        while i + forward < len(known) and j + forward < len(words) and known[i + forward] == words[j + forward]:
            forward += 1
        blocks.append((i - back, j - back, back + forward))
        a, b = i + forward, j + forward
    return blocks


def _densest(hits: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The hits inside the stretch of the file that has most of them; a file may hold the same text twice."""
    width = length + length // 2 + 60
    best, low = (0, 0, 0), 0
    inside: Counter[int] = Counter()
    for high, (i, j) in enumerate(hits):
        inside[i] += 1
        while j - hits[low][1] > width:
            inside[hits[low][0]] -= 1
            if not inside[hits[low][0]]:
                del inside[hits[low][0]]
            low += 1
        if len(inside) > best[0]:
            best = (len(inside), low, high)
    return hits[best[1] : best[2] + 1]


def _increasing(hits: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Longest chain of hits that rises in both; hits come in rising order of the file."""
    tops: list[int] = []
    top_hits: list[int] = []
    previous = [-1] * len(hits)
    for number, (i, _) in enumerate(hits):
        place = bisect_left(tops, i)
        if place == len(tops):
            tops.append(i)
            top_hits.append(number)
        else:
            tops[place], top_hits[place] = i, number
        previous[number] = top_hits[place - 1] if place else -1
    chain: list[tuple[int, int]] = []
    number = top_hits[-1] if top_hits else -1
    while number >= 0:
        chain.append(hits[number])
        number = previous[number]
    return chain[::-1]


def _head(known: Sequence[int], words: Sequence[int], blocks: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Runs in common before the first anchor, where the text begins with a change."""
    a, b, _ = blocks[0]
    b0 = max(0, b - 2 * a - 12)
    return _near(_compare(known, words, 0, a, b0, b), a, b, before=True)


def _tail(known: Sequence[int], words: Sequence[int], blocks: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    place, other, length = blocks[-1]
    a, b = place + length, other + length
    b1 = min(len(words), b + 2 * (len(known) - a) + 12)
    return _near(_compare(known, words, a, len(known), b, b1), a, b, before=False)


def _near(blocks: list[tuple[int, int, int]], a: int, b: int, before: bool) -> list[tuple[int, int, int]]:
    """Keep what is really the text's rim: a lone common word far out is chance, not a part of the licence."""
    kept: list[tuple[int, int, int]] = []
    for place, other, length in reversed(blocks) if before else blocks:
        gap = (a - place - length, b - other - length) if before else (place - a, other - b)
        if (max(gap) > 8 and length < 4) or (gap[0] != gap[1] and length < 2):
            break
        if max(gap) > 60:
            break
        kept.append((place, other, length))
        a, b = (place, other) if before else (place + length, other + length)
    return kept[::-1] if before else kept


def _close_gaps(
    known: Sequence[int], words: Sequence[int], blocks: list[tuple[int, int, int]]
) -> list[tuple[int, int, int]]:
    closed: list[tuple[int, int, int]] = []
    for block in blocks:
        if closed:
            place, other, length = closed[-1]
            closed += _compare(known, words, place + length, block[0], other + length, block[1])
        closed.append(block)
    return closed


def _compare(
    known: Sequence[int], words: Sequence[int], a1: int, a2: int, b1: int, b2: int
) -> list[tuple[int, int, int]]:
    if a1 >= a2 or b1 >= b2 or (a2 - a1) * (b2 - b1) > CLOSE:
        return []
    matcher = SequenceMatcher(None, known[a1:a2], words[b1:b2], autojunk=False)
    return [(a1 + m.a, b1 + m.b, m.size) for m in matcher.get_matching_blocks() if m.size]
