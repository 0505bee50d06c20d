"""Rules of the linter: each with a policy that it remarks on, and silence where all is well."""

import datetime as dt
from pathlib import Path

import pytest

from auditor.knowledge.knowledge import load as load_knowledge
from auditor.policy.checks import SPECS
from auditor.policy.lint import RULES, explanations, lint
from auditor.policy.lint_rules import SCOPES
from auditor.policy.loader import builtin_names, load
from tests.policy.samples import child, write

TODAY = dt.date(2026, 11, 22)

CLEAN = """\
schema: sovereign-policy/1
id: site
version: 1.0.0
valid: {from: 2026-01-01, until: 2027-12-31}
title: {en: Site}
params:
  nets: {type: cidr-list, default: [10.0.0.0/8]}
standards:
  GDPR: {title: Regulation (EU) 2016/679, edition: "2016"}
groups:
  - {id: LIC, title: {en: Licences}}
  - {id: NET, title: {en: Network}}
controls:
  - id: LIC-001
    group: LIC
    title: {en: Use}
    rationale: {en: Rights.}
    severity: high
    applies_to: {store: [ollama]}
    check: licence.permits
    with: {use: commercial}
    remedy: {en: Replace it.}
  - id: NET-001
    group: NET
    title: {en: Traffic}
    rationale: {en: Data.}
    severity: critical
    check: traffic.only
    with: {destinations: ["${nets}", 192.168.0.0/16], observe_seconds: 300}
    references: {GDPR: [Art. 44]}
    remedy: {en: Stop it.}
  - id: NET-002
    group: NET
    title: {en: Listeners}
    severity: low
    check: traffic.listeners
    with: {allowed: ["*:22"]}
    remedy: {en: Close it.}
  - id: LIC-002
    group: LIC
    title: {en: Pinned}
    severity: low
    check: weights.match
    remedy: {en: Pin it.}
tailoring:
  - {hosts: [lab-*], disable: [NET-001], reason: The lab is cut off.}
pins:
  - {model: acme/*, sha256: "DIGEST", source: vendor}
waivers:
  - id: W-1
    control: LIC-001
    hosts: [lab-03]
    subject: {model: acme/*, sha256: "DIGEST"}
    reason: Agreement no. 118 signed.
    approved_by: {name: J. Nováková, role: DPO, on: 2026-10-01}
    until: 2027-03-31
""".replace("DIGEST", "0" * 64)

ROWS = [
    ("scope-without-effect", "check: traffic.only\n", "check: traffic.only\n    applies_to: {model: [x]}\n", "29:18"),
    ("control-never-applies", "store: [ollama]", "store: [olama]", "19:26"),
    ("control-never-applies", "store: [ollama]", "runtime: [no-such-stack]", "19:28"),
    ("control-never-applies", "hosts: [lab-*]", 'hosts: ["*"]', "46:30"),
    ("control-never-passes", "check: weights.match", "check: weights.format\n    with: {allowed: []}", "44:21"),
    ("stack-unknown", "check: weights.match", "check: serving.known\n    with: {stacks: [vlm]}", "44:21"),
    ("egress-allows-everything", "192.168.0.0/16", "0.0.0.0/1", "29:38"),
    ("egress-allows-everything", "default: [10.0.0.0/8]", 'default: ["::/0"]', "7:37"),
    ("listeners-allow-everything", '"*:22"', '"*:*"', "37:22"),
    ("watch-too-short", "observe_seconds: 300", "observe_seconds: 10", "29:72"),
    ("unknown-passes", "severity: high\n", "severity: high\n    on_unknown: warn\n", "19:17"),
    ("info-never-decides", "severity: low\n", "severity: info\n    on_unknown: fail\n", "36:17"),
    ("severity-missing-rationale", "    rationale: {en: Data.}\n", "", "26:15"),
    ("missing-remedy", "    remedy: {en: Stop it.}\n", "", "23:5"),
    ("missing-translation", "title: {en: Site}", "title: {en: Site, cs: Web}", "16:5"),
    ("same-control-twice", "check: weights.match", "check: traffic.listeners\n    with: {allowed: ['*:22']}", "39:5"),
    ("reference-unknown", "[Art. 44]", "[Art. 440]", "30:25"),
    ("unused", "{GDPR: [Art. 44]}", "{}", "9:3"),
    ("unused", '"${nets}", ', "", "7:3"),
    ("unused", "groups:\n", "groups:\n  - {id: GPU, title: {en: x}}\n", "11:5"),
    ("policy-not-in-force", "from: 2026-01-01", "from: 2026-12-01", "4:15"),
    ("policy-not-in-force", "from: 2026-01-01, until: 2027-12-31", "from: 2027-01-01, until: 2027-12-31", "4:15"),
    ("waiver-expired", "until: 2027-03-31", "until: 2026-11-21", "56:12"),
    ("waiver-expired", "until: 2027-03-31", "until: 2026-12-01", "56:12"),
    ("waiver-too-long", "on: 2026-10-01", "on: 2025-10-01", "56:12"),
    ("waiver-not-bound", f', sha256: "{"0" * 64}"}}\n    reason', "}\n    reason", "50:5"),
    ("waiver-not-bound", "control: LIC-001", "control: NET-002", "53:14"),
    ("waiver-unsigned", "waivers:", f"approvers: [{{name: A, sha256: {'0' * 64}}}]\nwaivers:", "51:5"),
    ("pin-without-use", "check: weights.match", "check: weights.complete", "48:5"),
    ("pin-without-use", "{model: acme/*, sha256", '{model: "*", sha256', "48:5"),
]


def remarks(folder: Path, text: str) -> list[tuple[str, str]]:
    found = lint(load(write(folder, "site.yaml", text)), TODAY, load_knowledge())
    return [(m.rule, f"{m.line}:{m.column}") for m in found]


def test_a_clean_policy_has_no_remarks(tmp_path: Path) -> None:
    assert remarks(tmp_path, CLEAN) == []


@pytest.mark.parametrize(("rule", "before", "after", "place"), ROWS, ids=[f"{r[0]} {r[3]}" for r in ROWS])
def test_a_rule_remarks_at_the_place(tmp_path: Path, rule: str, before: str, after: str, place: str) -> None:
    assert before in CLEAN

    assert (rule, place) in remarks(tmp_path, CLEAN.replace(before, after, 1))


def test_every_rule_has_a_policy_that_it_remarks_on() -> None:
    assert {row[0] for row in ROWS} | {"extends-any-version"} == set(RULES)


def test_every_rule_is_explained() -> None:
    assert all(explanations().values())


def test_inheriting_any_version_is_remarked_on(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", CLEAN)

    assert remarks(tmp_path, child("site", "base.yaml@^1")) == []
    assert remarks(tmp_path, child("site", "base.yaml")) == [("extends-any-version", "6:11")]


@pytest.mark.parametrize(("today", "place"), [("2027-12-15", "4:34"), ("2028-01-01", "4:34")])
def test_a_policy_that_ends_is_remarked_on(tmp_path: Path, today: str, place: str) -> None:
    loaded = load(write(tmp_path, "site.yaml", CLEAN))

    found = lint(loaded, dt.date.fromisoformat(today), load_knowledge())

    assert ("policy-not-in-force", place) in [(m.rule, f"{m.line}:{m.column}") for m in found]


def test_what_is_extended_is_not_remarked_on(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", CLEAN.replace("until: 2027-03-31", "until: 2026-11-21"))

    assert remarks(tmp_path, child("site", "base.yaml@^1")) == []


def test_scopes_are_known_for_the_subjects_of_all_checks() -> None:
    assert {spec.subject for spec in SPECS.values()} <= set(SCOPES)


@pytest.mark.parametrize("name", builtin_names())
def test_the_builtin_policies_are_clean(name: str) -> None:
    assert lint(load(name), TODAY, load_knowledge()) == ()
