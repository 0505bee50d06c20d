"""A changed licence is never taken for the original, and a harmless difference is never taken for a change."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.facts.models import ChangeKind, Match
from auditor.knowledge.fingerprints import Fingerprint, Fingerprints, Mark
from auditor.knowledge.fingerprints import load as load_fingerprints
from auditor.recognise.licences_match import match_text, match_words
from auditor.recognise.licences_text import LONGEST, Text
from tests.recognise.acme_licence import LICENCE, POLICY, known
from tests.recognise.installed_texts import apache, bsd, edit, mit, mpl, reflow

SHIPPED = load_fingerprints()
KNOWN = known()

TEXTS: dict[str, Callable[[], str]] = {
    "mit": mit,
    "apache-2.0": apache,
    "bsd-3-clause": bsd,
    "mpl-2.0": mpl,
    "acme": lambda: LICENCE,
    "acme-policy": lambda: POLICY,
}


@pytest.mark.parametrize("id", TEXTS)
def test_a_whole_copy_is_known_word_for_word(id: str) -> None:
    match, parts = match_text(TEXTS[id](), KNOWN)
    assert match is Match.EXACT
    assert [(part.id, part.changes) for part in parts] == [(id, ())]


# What was done, to which text, the old and the new words, and a right that the change touches.
EDITS = [
    ("numbers: fewer users", "acme", "250 million", "2 million", "users"),
    ("numbers: a decimal point", "acme", "250 million", "2.50 million", "users"),
    ("numbers: revenue", "acme", "$40 million", "$4 million", "revenue"),
    ("numbers: currency", "acme", "$40 million", "€40 million", "revenue"),
    ("numbers: days", "acme", "after thirty days", "after three days", "termination"),
    ("numbers: a version", "acme", "Version 1.2", "Version 1.3", "deploy"),
    ("numbers: share of control", "apache-2.0", "fifty percent (50%)", "five percent (5%)", "modify"),
    ("numbers: unit", "acme", "250 million monthly", "250 thousand monthly", "users"),
    ("negation: grant", "mit", "Permission is hereby granted", "Permission is not hereby granted", "deploy"),
    ("negation: conditions", "bsd-3-clause", "are permitted provided", "are not permitted provided", "redistribute"),
    ("negation: restriction from afar", "acme", "will not restrict the use", "will restrict the use", "remote"),
    ("negation: collecting data", "acme", "and will not collect", "and may collect", "remote"),
    ("negation: sublicence", "apache-2.0", "sublicense, and distribute", "and distribute", "redistribute"),
    ("negation: liability", "acme", "is not liable", "is liable", "liability"),
    ("irrevocable", "apache-2.0", "irrevocable copyright", "revocable copyright", "deploy"),
    ("irrevocable left out", "acme", "worldwide, irrevocable, royalty-free", "worldwide, royalty-free", "deploy"),
    ("perpetual", "apache-2.0", "a perpetual, worldwide", "a temporary, worldwide", "deploy"),
    ("free of charge", "mit", "granted, free of charge, to any", "granted, for a fee, to any", "commercial"),
    (
        "territory: grant",
        "acme",
        "worldwide, irrevocable",
        "worldwide excluding the European Union, irrevocable",
        "territory",
    ),
    ("territory: exclusion moved", "acme", "lies in Atlantis", "lies in the European Union", "territory"),
    ("territory: exclusion widened", "acme-policy", "domiciled in Atlantis", "domiciled outside Atlantis", "territory"),
    ("territory: worldwide left out", "mpl-2.0", "a world-wide, royalty-free", "a royalty-free", "deploy"),
    ("law", "acme", "laws of Ruritania", "laws of Atlantis", "law"),
    ("rider: no commerce", "mit", "IN THE SOFTWARE.", "IN THE SOFTWARE. For non-commercial use only.", "commercial"),
    (
        "rider: field of use",
        "apache-2.0",
        "Version 2.0, January 2004",
        "Version 2.0, January 2004 Only schools may use it.",
        "deploy",
    ),
    (
        "rider: users",
        "mit",
        "portions of the Software.",
        "portions of the Software. Above 100 million monthly active users, ask.",
        "users",
    ),
    ("rider: telemetry", "acme", "10. Law.", "The Model may be disabled remotely at any time. 10. Law.", "remote"),
    ("rider: outputs", "acme", "freely. You", "freely, but not to train any model. You", "outputs"),
    ("removed: a use restriction", "acme", "- for military purposes; ", "", "use_restrictions"),
    ("removed: attachment", "acme", " ".join(LICENCE[LICENCE.index("Attachment A") :].split()), "", "use_restrictions"),
    ("removed: warranty", "acme", "without warranty of any kind, and", "and", "warranty"),
    (
        "removed: notice condition",
        "bsd-3-clause",
        "must retain the above copyright notice, this list",
        "must retain this list",
        "notice",
    ),
    ("removed: exemption", "acme-policy", "End users of a product are not affected by this paragraph. ", "", "users"),
    ("renamed licensor", "acme", "Acme Labs grants you", "Example Corp grants you", "deploy"),
    ("swapped definitions", "acme", '"Output" means whatever', '"Output" means the weights, not what', "outputs"),
    ("definition widened", "acme", "or by training on its Output", "or by using its Output", "modify"),
    ("permission narrowed", "mit", "to use, copy, modify, merge, publish", "to use, copy, merge, publish", "modify"),
    ("permission narrowed: sale", "mit", "sublicense, and/or sell copies", "sublicense copies", "commercial"),
    ("patents", "apache-2.0", "such litigation is filed", "the infringement began", "patents"),
    ("may becomes must", "apache-2.0", "You may add Your own copyright", "You must add Your own copyright", "modify"),
    ("section number", "acme", "any right under section 2", "any right under section 3", "deploy"),
    ("homoglyph", "acme", "also commercially", "also cоmmercially", "commercial"),
]


@pytest.mark.parametrize(("what", "id", "old", "new", "right"), EDITS, ids=[e[0] for e in EDITS])
def test_a_change_of_meaning_is_shown_with_the_right_it_touches(
    what: str, id: str, old: str, new: str, right: str
) -> None:
    match, parts = match_text(edit(TEXTS[id](), old, new), KNOWN)
    assert match in (Match.MODIFIED, Match.TRUNCATED)
    assert right in {r for part in parts for change in part.changes for r in change.rights}


def test_the_changed_words_and_those_before_are_shown() -> None:
    _, parts = match_text(LICENCE.replace("250 million", "25 million"), KNOWN)
    (change,) = parts[0].changes
    assert (change.kind, change.found, change.before, change.clause) == (ChangeKind.REPLACED, "25", "250", "4")
    assert change.line == 1 + LICENCE[: LICENCE.index("250 million")].count("\n")


def test_deleted_words_that_occur_nowhere_else_are_counted() -> None:
    _, parts = match_text(LICENCE.replace("for military purposes", "for purposes"), KNOWN)
    (change,) = parts[0].changes
    assert change.kind is ChangeKind.DELETED
    assert change.before == "military", "a common word is spelt from the list"
    _, parts = match_text(LICENCE.replace("hands out under", "offers under"), KNOWN)
    assert parts[0].changes[0].before == "[1 word] out", "a word that no list has is counted"


def test_a_condition_put_before_a_text_is_a_change() -> None:
    rider = "Condition: whoever sells the software needs a second license.\n\n"
    match, parts = match_text(rider + apache(), KNOWN)
    assert match is Match.MODIFIED
    (change,) = parts[0].changes
    assert (change.clause, change.line) == ("before the text", 1)
    assert "second license" in change.found


def test_every_right_is_touched_by_words_that_nobody_can_place() -> None:
    _, parts = match_text(mit() + "\nZanzibar oregano sextant.\n", KNOWN)
    assert {"deploy", "commercial", "modify", "redistribute"} <= set(parts[0].changes[0].rights)


# Differences that carry no meaning.
HARMLESS: dict[str, Callable[[str], str]] = {
    "wrapped anew, narrow": lambda t: reflow(t, 40),
    "wrapped anew, wide": lambda t: reflow(t, 200),
    "one line": lambda t: " ".join(t.split()),
    "double spaced": lambda t: t.replace("\n", "\n\n"),
    "DOS line ends": lambda t: t.replace("\n", "\r\n"),
    "upper case": str.upper,
    "curly quotes": lambda t: re.sub(r'"([^"]*)"', r"“\1”", t).replace("'", "’"),
    "quoted as in mail": lambda t: "".join(f"> {line}\n" for line in t.splitlines()),
    "commented": lambda t: "".join(f"# {line}\n" for line in t.splitlines()),
    "boxed": lambda t: "".join(f" * {line}\n" for line in t.splitlines()),
    "fenced": lambda t: f"```text\n{t}\n```\n",
    "a provider's heading": lambda t: f"## Licence du modèle qwen2.5:3b\n\n```\n{t}\n```\n",
    "a label above": lambda t: f"LICENSE FILE\n===========\n\n{t}",
    "HTML": lambda t: "<html><body><p>" + t.replace("\n\n", "</p>\n<p>") + "</p></body></html>",
    "entities": lambda t: t.replace('"', "&quot;").replace("(c)", "&copy;"),
    "emphasis": lambda t: re.sub(r"(?m)^([A-Z]\w+)", r"**\1**", t),
    "addresses as links": lambda t: re.sub(r"(https?://[^\s()]*[\w/])", r"[\1](\1)", t),
    "a byte order mark": lambda t: "\ufeff" + t,
    "soft hyphens": lambda t: t.replace("tion", "ti\u00adon"),
    "no-break spaces": lambda t: t.replace(" the ", "\u00a0the\u00a0"),
    "ligatures": lambda t: t.replace("fi", "ﬁ"),
    "page numbers": lambda t: t.replace("\n\n", "\n\nPage 2 of 7\n\n", 3),
    "another holder": lambda t: "Copyright (c) 2019-2026 Jane Doe <jane@example.org> and others\n\n" + t,
    "trailing spaces": lambda t: t.replace("\n", "   \n"),
    "form feeds": lambda t: t.replace("\n\n", "\n\x0c\n"),
}  # fmt: skip


@pytest.mark.parametrize("id", TEXTS)
@pytest.mark.parametrize("what", HARMLESS)
def test_a_difference_of_layout_is_no_change(what: str, id: str) -> None:
    match, parts = match_text(HARMLESS[what](TEXTS[id]()), KNOWN)
    assert (match, [part.id for part in parts]) == (Match.EXACT, [id]), [part.changes for part in parts]


@pytest.mark.parametrize(
    ("id", "change"),
    [
        ("mit", lambda t: t.replace("The MIT License (MIT)\n", "").replace("MIT License\n", "")),
        ("apache-2.0", lambda t: t[: t.index("APPENDIX")]),
        ("apache-2.0", lambda t: t.replace("Copyright [yyyy] [name of copyright owner]", "Copyright 2026 Jane Doe")),
        ("bsd-3-clause", lambda t: t.replace("PyCA Cryptography", "the copyright holder")),
        ("bsd-3-clause", lambda t: re.sub(r"(?m)^\s+\d\. ", "  * ", t)),
        ("acme", lambda t: re.sub(r"(?m)^([a-c])\.", r"(\1)", t)),
    ],
    ids=["no title", "no appendix", "appendix filled in", "another holder", "bullets", "letters in brackets"],
)
def test_what_every_licensor_changes_is_no_change(id: str, change: Callable[[str], str]) -> None:
    match, parts = match_text(change(TEXTS[id]()), KNOWN)
    assert (match, [part.id for part in parts]) == (Match.EXACT, [id]), [part.changes for part in parts]


def test_a_name_cannot_hide_a_condition() -> None:
    forbidding = bsd().replace(
        "Copyright (c) Individual contributors.", "Copyright (c) 2026 Acme, commercial use excluded"
    )
    assert match_text(forbidding, KNOWN)[0] is Match.MODIFIED
    inside = bsd().replace("PyCA Cryptography", "Acme (commercial use prohibited)")
    assert match_text(inside, KNOWN)[0] is Match.MODIFIED


# Ways to write a condition where a program may look away.
HIDDEN = [
    ("struck out", "acme", "irrevocable, royalty-free", "~~irrevocable~~, royalty-free"),
    ("struck out in HTML", "acme", "irrevocable, royalty-free", "<del>irrevocable</del>, royalty-free"),
    ("a tag that is none", "mit", "is hereby granted", "is <not> hereby granted"),
    ("an attribute", "mit", "is hereby granted", '<b title="for research only">is hereby granted</b>'),
    ("an attribute without a value", "mit", "is hereby granted", "is <b not> hereby granted"),
    ("the target of a link", "mit", "is hereby granted", "is hereby [granted](#for-research-only)"),
    ("a link to a word", "mit", "is hereby granted", "is hereby [granted](not)"),
    ("a comment", "mit", "is hereby granted", "is <!-- not --> hereby granted"),
    ("a line turned around", "mit", "is hereby granted", "is \u202eton\u202c hereby granted"),
    ("zero width", "mit", "is hereby granted", "is n\u200bo\u200bt hereby granted"),
    ("entities", "mit", "is hereby granted", "is &#110;ot hereby granted"),
    ("another alphabet", "mit", "is hereby granted", "is hereby grаnted"),
    ("a sign", "mit", "is hereby granted", "is 🚫 hereby granted"),
    ("less and more", "acme", "more than 250 million", "more than < 250 million"),
    ("a word joined", "acme", "is not liable", "is notliable"),
    ("behind a copyright line", "mit", "Copyright (c)", "Copyright (c) Ask us before you deploy"),
    ("in a list of labels", "mit", "MIT License", "MIT License for research"),
]


@pytest.mark.parametrize(("what", "id", "old", "new"), HIDDEN, ids=[h[0] for h in HIDDEN])
def test_a_condition_cannot_hide_in_the_layout(what: str, id: str, old: str, new: str) -> None:
    text = TEXTS[id]()
    if old not in text:
        text = " ".join(text.split())
    assert old in text
    assert match_text(text.replace(old, new, 1), KNOWN)[0] is Match.MODIFIED


def test_what_was_not_read_is_not_whole() -> None:
    assert match_text(mit(), KNOWN, cut=True)[0] is Match.MODIFIED
    match, parts = match_text(mit() + "\n" * LONGEST + "For research only.", KNOWN)
    assert match is Match.MODIFIED
    assert "not read" in parts[-1].changes[-1].found


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
@pytest.mark.parametrize("id", ["apache-2.0", "mpl-2.0", "acme"])
def test_a_copy_that_ends_early_is_cut_short(id: str, share: float) -> None:
    text = TEXTS[id]()
    match, parts = match_text(text[: int(len(text) * share)], KNOWN)
    assert (match, parts[0].id) == (Match.TRUNCATED, id)
    assert parts[0].changes[0].kind is ChangeKind.DELETED


def test_a_missing_attachment_is_a_change_and_not_a_cut() -> None:
    match, parts = match_text(LICENCE[: LICENCE.index("Attachment A")], KNOWN)
    assert match is Match.MODIFIED
    assert parts[0].changes[0].clause == "Attachment A"


def test_a_licence_and_its_policy_in_one_file_are_two_parts() -> None:
    match, parts = match_text(LICENCE + "\n\n" + POLICY, KNOWN)
    assert match is Match.EXACT
    assert [part.id for part in parts] == ["acme", "acme-policy"]
    assert parts[0].last_line < parts[1].first_line


def test_a_change_in_the_second_part_does_not_blame_the_first() -> None:
    match, parts = match_text(LICENCE + "\n\n" + POLICY.replace("harass others", "harass animals"), KNOWN)
    assert match is Match.MODIFIED
    assert [(part.id, part.match) for part in parts] == [("acme", Match.EXACT), ("acme-policy", Match.MODIFIED)]


def test_each_clause_is_found_on_its_line() -> None:
    shifted = "\n\n\n" + LICENCE
    (part,) = match_text(shifted, KNOWN)[1]
    lines = shifted.splitlines()
    assert lines[part.clauses["4"] - 1].startswith("4. Large users")
    assert lines[part.clauses["3.b"] - 1].startswith("b. You name")
    assert lines[part.clauses["Attachment A"] - 1].startswith("Attachment A")


def test_a_near_relative_is_not_taken_for_the_text() -> None:
    """BSD with two and with three clauses share nine words in ten."""
    two = re.sub(r"(?s)    3\. Neither.*?permission\.\n\n", "", bsd())
    assert [part.id for part in match_text(two, KNOWN)[1]] == ["bsd-2-clause"]


@pytest.mark.parametrize("text", ["", " \n\n", "\x00\x01", "no licence here", "the of and " * 500, "a" * 5000])
def test_other_texts_are_no_known_licence(text: str) -> None:
    assert match_text(text, KNOWN) == (Match.NONE, ())


@pytest.mark.parametrize(
    "text",
    [
        "the software the software " * 20_000,
        "a b c " * 100_000,
        "license " * 100_000,
        "((((" * 100_000,
        "1.1." * 100_000,
    ],
    ids=["two words", "three words", "one word", "brackets", "numbers"],
)
def test_a_text_made_to_be_slow_ends(text: str) -> None:
    assert match_text(text, KNOWN)[0] is Match.NONE


def test_a_file_of_many_copies_ends() -> None:
    assert len(match_text(mit() * 200, KNOWN)[1]) <= 8


# Every shipped fingerprint, without its text: a sequence of words that only has their hashes.
def as_text(known: Fingerprint) -> Text:
    count = len(known.words)
    return Text(
        source="\n".join("x" * count),
        words=("x",) * count,
        hashes=known.words,
        lines=tuple(range(1, count + 1)),
        spans=tuple((2 * n, 2 * n + 1) for n in range(count)),
        marks=bytes(mark if mark in (Mark.ENUMERATOR, Mark.COPYRIGHT) else Mark.BODY for mark in known.marks),
    )


def replaced(text: Text, place: int, word: int) -> Text:
    hashes = list(text.hashes)
    hashes[place] = word
    return Text(text.source, text.words, tuple(hashes), text.lines, text.spans, text.marks)


@pytest.mark.parametrize("known", SHIPPED.texts, ids=lambda known: f"{known.id} {known.version}")
def test_each_fingerprint_knows_itself_and_no_other(known: Fingerprint) -> None:
    match, parts = match_words(as_text(known), SHIPPED)
    assert (match, [part.id for part in parts]) == (Match.EXACT, [known.id])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_one_changed_word_of_any_shipped_licence_is_seen(data: st.DataObject) -> None:
    known = data.draw(st.sampled_from(SHIPPED.texts))
    body = [n for n, mark in enumerate(known.marks) if mark == Mark.BODY]
    place = data.draw(st.sampled_from(body))
    match, parts = match_words(replaced(as_text(known), place, 0xDEADBEEF), SHIPPED)
    assert match is not Match.EXACT
    part = next(p for p in parts if p.match is not Match.EXACT)
    clause = known.clause(place)
    assert clause is not None
    assert any(clause.name in change.clause and set(clause.rights) <= set(change.rights) for change in part.changes)


WORDS = "not only except European 7 700 million revocable commercial research Acme zebra free all none must"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["mit", "acme", "bsd-3-clause"]),
    st.integers(0, 10_000),
    st.sampled_from("id"),
    st.sampled_from(WORDS.split()),
)
def test_random_edits_of_words_are_never_word_for_word(id: str, place: int, do: str, word: str) -> None:
    text = TEXTS[id]()
    tokens = text.split()
    body = next(n for n, t in enumerate(tokens) if t in ("Permission", "Redistribution", "Version")) + 1
    place = body + place % (len(tokens) - body)
    if do == "i":
        tokens.insert(place, word)
    elif re.fullmatch(r"[\W\d]*|\(?[a-z][.)]", tokens[place]):
        return  # an enumerator
    elif re.search(r"\w", tokens.pop(place)) is None:
        return
    changed = " ".join(tokens)
    match, _ = match_text(changed, KNOWN)
    assert match is not Match.EXACT or _same(changed, text) or (id == "bsd-3-clause" and _in_holder(changed, text))


def _same(one: str, other: str) -> bool:
    return re.findall(r"\w+", one.casefold()) == re.findall(r"\w+", other.casefold())


def _in_holder(changed: str, text: str) -> bool:
    """Whether only the words that name a holder differ, which each licensor puts in."""
    names = r"(?i)(?:name of).*?(?:nor)|(?:provided by).*?(?:as is)|(?:shall) .*?(?:be liable)"
    return re.sub(names, "", " ".join(re.findall(r"\w+", changed))) == re.sub(
        names, "", " ".join(re.findall(r"\w+", text))
    )


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=3000))
def test_any_text_gets_an_answer(text: str) -> None:
    match, parts = match_text(text, KNOWN)
    assert (match is Match.NONE) == (parts == ())


def test_no_fingerprints_know_nothing() -> None:
    assert match_text(mit(), Fingerprints(())) == (Match.NONE, ())
