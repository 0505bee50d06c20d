"""Text blocks for the record of processing activities and the description of measures (GDPR, Articles 30 and 32).

Markdown, in the language of the reader. The findings are grouped by the provisions that their controls are cited for;
the blocks support an entry and decide nothing in law.
"""

import re
from collections.abc import Iterable

from auditor.evidence.exports.common import Material
from auditor.evidence.exports.telling import by_control, origin, sentence
from auditor.evidence.words import Words
from auditor.facts.traffic import Flow
from auditor.judge.addresses import loopback
from auditor.judge.finding import Finding, Verdict

FRAMEWORK = "GDPR"
DESTINATIONS = 100
_MARKUP = re.compile(r"([\\`*_\[\]<>#|])")


def write(material: Material, words: Words) -> bytes:
    """One document, UTF-8."""
    lines = [f"# {_plain(words('export.title', host=material.audit.target.name))}", "", _plain(origin(material, words))]
    findings = [finding for each in by_control(material).values() for finding in each]
    for verdict in (Verdict.PASS, Verdict.FAIL, Verdict.WAIVED, Verdict.UNKNOWN):
        named = [finding for finding in findings if finding.verdict is verdict and FRAMEWORK in finding.references]
        if named:
            title = words("export.measures", verdict=words(f"verdict.{verdict.value}"))
            lines += ["", f"## {_plain(title)}", "", *_measures(material, words, named)]
    lines += ["", f"## {_plain(words('export.recipients'))}", "", *_recipients(material, words)]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _measures(material: Material, words: Words, findings: Iterable[Finding]) -> list[str]:
    titles = {control.id: control.title for control in material.policy.controls}
    told: dict[str, list[str]] = {}
    for finding in findings:
        title, _ = words.local(titles.get(finding.control, {}), finding.title)
        cited = ", ".join(finding.references[FRAMEWORK])
        head = f"- **{_plain(title)}** ({_plain(finding.control)}; {_plain(cited)})"
        told.setdefault(head, []).append(f"    - {_plain(sentence(words, finding))}")
    return [line for head, items in told.items() for line in (head, *items)]


def _recipients(material: Material, words: Words) -> list[str]:
    """Where connections went: the other side of Article 30(1)(d) and (e)."""
    traffic = material.audit.facts.traffic
    if not traffic.capture.seen:
        return [_plain(words("value.not_looked"))]
    sides: dict[str, int] = {}
    for flow in traffic.flows:
        if flow.direction == "out" and not loopback(flow.address):
            side = _side(flow)
            sides[side] = sides.get(side, 0) + 1
    if not sides:
        return [_plain(words("network.no_destinations"))]
    listed = [f"- {_plain(side)}: {words('export.connections', n=n)}" for side, n in list(sides.items())[:DESTINATIONS]]
    if len(sides) > DESTINATIONS:
        listed.append(f"- {_plain(words('more.facts', n=len(sides) - DESTINATIONS))}")
    return listed


def _side(flow: Flow) -> str:
    address = f"[{flow.address}]:{flow.port}" if ":" in flow.address else f"{flow.address}:{flow.port}"
    return f"{flow.name} ({address})" if flow.name else address


def _plain(text: str) -> str:
    """Text that Markdown takes for nothing else."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
