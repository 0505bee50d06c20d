"""What the audit could not see, gathered from collectors, problems, capture and findings."""

from dataclasses import dataclass

from auditor.evidence.edition import Edition
from auditor.facts.audit import Outcome
from auditor.judge.finding import Verdict


@dataclass(frozen=True)
class Blind:
    """One thing that was not seen: what, why, and how to see it next time."""

    what: str
    why: str
    remedy: str = ""
    lang: str = "en"
    remedy_lang: str = "en"


def blind_spots(edition: Edition) -> tuple[Blind, ...]:
    """Everything that was not seen, the gravest first, each once."""
    found = [*_collectors(edition), *_findings(edition), *_problems(edition), *_capture(edition)]
    return tuple(dict.fromkeys(found))


def _collectors(edition: Edition) -> list[Blind]:
    words, own = edition.words, edition.words.language
    found = []
    for each in edition.audit.collectors:
        if each.outcome is not Outcome.COMPLETE:
            why, lang = words.told(each.note) if each.note else (words(f"outcome.{each.outcome.value}"), own)
            found.append(Blind(words("blind.collector", name=collector_name(edition, each.name)), why, lang=lang))
    if edition.audit.partial:
        found.insert(0, Blind(words("blind.partial"), words("blind.partial_why"), lang=own))
    return found


def collector_name(edition: Edition, name: str) -> str:
    """A collector in words; its own name where it has none."""
    try:
        return edition.words(f"collector.{name}")
    except KeyError:
        return name


def _findings(edition: Edition) -> list[Blind]:
    found = []
    for finding in edition.judgement.of(Verdict.UNKNOWN):
        title, _ = edition.words.local(_titles(edition).get(finding.control, {}), finding.title)
        sentence = next(iter(finding.sentences.get("observed", ())), None)
        why, lang = edition.words.sentence(sentence, finding.observed)
        remedy, told = edition.remedy(finding)
        found.append(Blind(f"{title} – {edition.subject(finding.subject)}", why, remedy, lang, told))
    return found


def _titles(edition: Edition) -> dict[str, dict[str, str]]:
    return {control.id: control.title for control in edition.policy.controls}


def _problems(edition: Edition) -> list[Blind]:
    found = []
    for each in edition.audit.problems:
        why, lang = edition.words.told(each.what)
        remedy, told = edition.words.told(each.remedy)
        found.append(Blind(each.where or each.collector, why, remedy, lang, told))
    return found


def _capture(edition: Edition) -> list[Blind]:
    words, capture = edition.words, edition.audit.facts.traffic.capture
    if not capture.seen or capture.value is None:
        if not capture.note:
            return [Blind(words("blind.traffic"), words("blind.traffic_why"), lang=words.language)]
        why, lang = words.told(capture.note)
        return [Blind(words("blind.traffic"), why, lang=lang)]
    told = [words.told(each) for each in capture.value.not_seen]
    return [Blind(words("blind.network"), why, lang=lang) for why, lang in told]
