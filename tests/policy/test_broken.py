"""Broken policies: one mistake each, and the place and the words by which an author is told.

Each row changes one spot of a policy without mistakes. The message must stand at the mistake and be the only one.
"""

from pathlib import Path

import pytest

from auditor.policy.loader import examine
from auditor.policy.message import Message

GOOD = """\
schema: sovereign-policy/1
id: site
version: 1.0.0
valid: {from: 2026-01-01, until: 2027-12-31}
title: {en: Site}
params:
  nets: {type: cidr-list, default: [10.0.0.0/8]}
  secs: {type: int, default: 300, min: 60, max: 900}
  deep: {type: bool, default: true}
deployer: {country: CZ, monthly_active_users: 900}
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
    applies_to: {family: [llama-*]}
    check: licence.permits
    with: {use: commercial, accepted: [MIT]}
    on_unknown: fail
  - id: NET-001
    group: NET
    title: {en: Traffic}
    rationale: {en: Data.}
    severity: critical
    check: traffic.only
    with: {destinations: "${nets}", observe_seconds: "${secs}"}
    references: {GDPR: [Art. 44]}
    remedy: {en: Stop it.}
  - {id: LIC-002, group: LIC, title: {en: Same}, severity: low, check: licence.consistent}
tailoring:
  - hosts: [lab-*]
    set: {secs: 600}
    disable: [NET-001]
    reason: The lab is cut off.
pins:
  - {model: acme/*, sha256: 0000000000000000000000000000000000000000000000000000000000000000, source: vendor}
waivers:
  - id: W-1
    control: LIC-001
    hosts: [lab-03]
    subject: {model: acme/*}
    reason: Agreement no. 118 signed.
    approved_by: {name: J. Nováková, role: DPO, on: 2026-10-01}
    until: 2027-03-31
tests:
  - {name: passes, facts: a.json, expect: {LIC-001: pass}}
"""

ROWS = [
    # the whole file
    ("sovereign-policy/1", "sovereign-policy/2", "1:9", "a later release of this product reads it"),
    ("sovereign-policy/1", "sovereign-policy/0", "1:9", "there never was such a version"),
    ("sovereign-policy/1", "compliance/1", "1:9", "not one of sovereign-policy/1"),
    ("schema: sovereign-policy/1", "schem: sovereign-policy/1", "1:1", "did you mean 'schema'"),
    ("id: site", "id: Site!", "2:5", "small letters"),
    ("id: site\n", "", "1:1", "'id' is missing"),
    ("version: 1.0.0", "version: 1.0", "3:10", "did you mean '\"1.0\"'"),
    ("version: 1.0.0", "version: '1.0'", "3:10", "three numbers"),
    ("version: 1.0.0", "version: 1.0.0\nversion: 1.0.1", "4:1", "given twice"),
    ("from: 2026-01-01", "from: 2026-13-01", "4:15", "YYYY-MM-DD"),
    ("from: 2026-01-01", "from: 01.01.2026", "4:15", "YYYY-MM-DD"),
    ("from: 2026-01-01", "from: 2026-01-01T00:00:00", "4:15", "YYYY-MM-DD"),
    ("from: 2026-01-01", "from: 2028-01-01", "4:34", "ends before it begins"),
    ("from: 2026-01-01, ", "", "4:8", "'from' is missing"),
    ("valid: {from: 2026-01-01, until: 2027-12-31}", "valid: always", "4:8", "a mapping"),
    ("title: {en: Site}", "title: Site", "5:8", "a mapping"),
    ("title: {en: Site}", "title: {cs: Web}", "5:8", "no 'en'"),
    ("title: {en: Site}", "title: {eng: Site}", "5:9", "two small letters"),
    ("title: {en: Site}", "titel: {en: Site}", "5:1", "did you mean 'title'"),
    ("title: {en: Site}", "title: {en: 5}", "5:13", "a text is needed"),
    ("title: {en: Site}", "title: {en: ''}", "5:13", "too short"),
    ("title: {en: Site}", "title: {en: Site}\nextends: truly-open", "6:10", "a list is needed"),
    (
        "title: {en: Site}",
        "title: {en: Site}\nextends: ['builtin:trully-open']",
        "6:11",
        "did you mean 'builtin:truly-op",
    ),
    ("title: {en: Site}", "title: {en: Site}\nextends: ['builtin:truly-open@^9']", "6:11", "not in '^9'"),
    ("title: {en: Site}", "title: {en: Site}\nextends: ['builtin:truly-open@newest']", "6:11", "no range"),
    ("title: {en: Site}", "title: {en: Site}\nextends: [none.yaml]", "6:11", "no file 'none.yaml'"),
    ("title: {en: Site}", "title: {en: Site}\nextends: [/etc/base.yaml]", "6:11", "relative"),
    ("title: {en: Site}", "title: {en: Site}\nextends: [truly-open]", "6:11", "neither builtin:NAME nor a file"),
    ("title: {en: Site}", "title: {en: Site}\nextends: [site.yaml]", "6:11", "extend each other"),
    # parameters and the deployer
    ("type: cidr-list", "type: cidrs", "7:16", "did you mean 'cidr-list'"),
    ("type: cidr-list, ", "", "7:3", "'type' is missing in parameter 'nets'"),
    ("default: [10.0.0.0/8]", "default: [10.0.0.1/8]", "7:37", "did you mean '10.0.0.0/8'"),
    ("default: [10.0.0.0/8]", "default: 10.0.0.0/8", "7:36", "a list of texts"),
    ("default: 300", "default: 30", "8:30", "at least 60"),
    ("default: 300", "default: 9000", "8:30", "at most 900"),
    ("default: 300", "default: '300'", "8:30", "a whole number"),
    ("default: 300", "default: 5:00", "8:30", "a whole number"),
    ("default: true", "default: yes", "9:31", "true or false"),
    ("country: CZ", "country: Czechia", "10:21", "two capital letters"),
    ("monthly_active_users: 900", "monthly_active_users: -1", "10:47", "at least 0"),
    ("monthly_active_users: 900", "monthly_users: 900", "10:25", "did you mean 'monthly_active_users'"),
    # groups and controls
    ("{id: NET, title", "{id: LIC, title: {en: Twice}}\n  - {id: NET, title", "15:10", "group LIC is given twice"),
    ("{id: LIC-002, ", "{id: LIC-001, ", "35:10", "control LIC-001 is given twice"),
    ("{id: LIC-002, ", "{id: lic-2, ", "35:10", "like LIC-001"),
    ("group: LIC\n", "group: LIK\n", "18:12", "did you mean 'LIC'"),
    ("title: {en: Use}", "title: {cs: Užití}", "19:12", "no 'en'"),
    ("severity: high", "severity: hihg", "21:15", "did you mean 'high'"),
    ("severity: high", "severty: high", "21:5", "did you mean 'severity'"),
    ("    severity: high\n", "", "17:5", "lacks severity"),
    ("severity: high", "severity: 3", "21:15", "not one of info, low"),
    ("{family: [llama-*]}", "{familly: [llama-*]}", "22:18", "did you mean 'family'"),
    ("{family: [llama-*]}", "{family: llama}", "22:26", "a list is needed"),
    ("{family: [llama-*]}", "{family: []}", "22:26", "at least 1"),
    ("check: licence.permits", "check: licence.permit", "23:12", "did you mean 'licence.permits'"),
    ("check: licence.permits", "check: os.system", "23:12", "unknown check"),
    ("{use: commercial,", "{use: comercial,", "24:17", "did you mean 'commercial'"),
    ("{use: commercial, ", "{", "24:11", "'use' is missing"),
    ("accepted: [MIT]", "acepted: [MIT]", "24:29", "did you mean 'accepted'"),
    ("accepted: [MIT]", "accepted: MIT", "24:39", "a list is needed"),
    ("on_unknown: fail", "on_unknown: pass", "25:17", "not one of fail, manual, warn"),
    ("on_unknown: fail", "on_unknown: fail\n    disabled: false", "26:15", "not one of"),
    ('"${nets}"', '"${net}"', "32:26", "did you mean 'nets'"),
    ('"${nets}"', '"${secs}"', "32:26", "a list is needed"),
    ('"${nets}"', "[10.0.0.1/8]", "32:27", "perhaps 10.0.0.0/8"),
    ('observe_seconds: "${secs}"', "observe_seconds: 5 minutes", "32:54", "a whole number"),
    ("references: {GDPR:", "references: {GDRP:", "33:18", "did you mean 'GDPR'"),
    ("references: {GDPR: [Art. 44]}", "references: {GDPR: Art. 44}", "33:24", "a list is needed"),
    ("remedy: {en: Stop it.}", "remedy: {en: Stop it., automatic: false}", "34:28", "two small letters"),
    # tailoring, pins, waivers, tests
    ("hosts: [lab-*]", "hosts: []", "37:12", "at least 1"),
    ("set: {secs: 600}", "set: {sec: 600}", "38:11", "did you mean 'secs'"),
    ("set: {secs: 600}", "set: {secs: 6000}", "38:17", "at most 900"),
    ("disable: [NET-001]", "disable: [NET-003]", "39:15", "did you mean 'NET-001'"),
    ("    reason: The lab is cut off.\n", "", "37:5", "'reason' is missing"),
    ("reason: The lab is cut off.", "reason: lab", "40:13", "at least 10 characters"),
    ("sha256: 0000", "sha256: 000", "42:29", "64 digits"),
    (", source: vendor", "", "42:5", "'source' is missing"),
    ("control: LIC-001", "control: LIC-01", "45:14", "like LIC-001"),
    ("subject: {model: acme/*}", "subject: {sha256: 9f2c}", "47:23", "64 digits"),
    ("reason: Agreement no. 118 signed.", "reason: ok", "48:13", "at least 10 characters"),
    ("role: DPO, ", "", "49:18", "'role' is missing"),
    ("on: 2026-10-01", "on: 2027-10-01", "50:12", "ends before it was approved"),
    ("until: 2027-03-31\n", "until: 2028-03-31\n", "50:12", "did you mean '2027-12-31'"),
    ("    until: 2027-03-31\n", "", "44:5", "'until' is missing"),
    ("until: 2027-03-31\n", "until: 2027-02-29\n", "50:12", "has to exist"),
    ("expect: {LIC-001: pass}", "expect: {LIC-001: passed}", "52:53", "did you mean 'pass'"),
    ("expect: {LIC-001: pass}", "expect: {LIC-003: pass}", "52:44", "unknown control 'LIC-003'"),
    # what YAML 1.1 would have read as something else
    ("default: 300", "default: 12:30:45", "8:30", "a whole number"),
    ("default: true", "default: NO", "9:31", "true or false"),
    ("default: true", "default: on", "9:31", "true or false"),
    ("default: true", "default: y", "9:31", "true or false"),
    ("country: CZ", "country: no", "10:21", "two capital letters"),
    ("monthly_active_users: 900", "monthly_active_users: 1_000", "10:47", "a whole number"),
    ("monthly_active_users: 900", "monthly_active_users: 9e2", "10:47", "a whole number"),
    ("version: 1.0.0", "version: 1.10", "3:10", "did you mean '\"1.1"),
    ("severity: high", "severity: off", "21:15", "not one of info, low"),
    ("disable: [NET-001]", "disable: NET-001", "39:14", "a list is needed"),
    ("role: DPO", "role: 7", "49:44", "a text is needed"),
    ("  - id: W-1\n", "  - id: W-1\n    signature: {value: AA==}\n", "45:16", "'certificates' is missing"),
    ("tests:\n", "approvers: [{name: A, sha256: ab}]\ntests:\n", "51:31", "64 digits"),
    ("name: passes, ", "name: passes, now: tomorrow, ", "52:25", "YYYY-MM-DD"),
    # YAML itself
    ("title: {en: Use}", "title: en: Use", "19:14", "colon in quotes"),
    ("title: {en: Use}", "title: {en: Use", "20:14", "not closed"),
    ("    group: LIC\n", "\tgroup: LIC\n", "18:1", "tab"),
    ("reason: The lab", "reason: !!python/name:os.system The lab", "40:13", "tag"),
    ("title: {en: Site}", "title: *other", "5:8", "alias"),
]


def messages(folder: Path, text: str) -> tuple[Message, ...]:
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return examine(path)[1]


def test_the_policy_without_mistakes_has_no_messages(tmp_path: Path) -> None:
    assert messages(tmp_path, GOOD) == ()


@pytest.mark.parametrize(("before", "after", "place", "word"), ROWS, ids=[f"{r[2]} {r[3]}" for r in ROWS])
def test_a_mistake_is_told_once_at_its_place(tmp_path: Path, before: str, after: str, place: str, word: str) -> None:
    assert before in GOOD
    found = messages(tmp_path, GOOD.replace(before, after, 1))

    told = [f"{m.line}:{m.column} {str(m).partition(': ')[2]}" for m in found]
    assert len(told) == 1, told
    assert told[0].startswith(f"{place} "), told
    assert word in told[0]


def test_three_mistakes_are_three_messages_in_the_order_of_lines(tmp_path: Path) -> None:
    text = GOOD.replace("severity: high", "severty: high")
    text = text.replace('"${nets}"', '"${net}"').replace("control: LIC-001", "control: LIC-003")

    found = messages(tmp_path, text)

    assert [(m.line, m.rule) for m in found] == [
        (21, "unknown-key"),
        (32, "unknown-parameter"),
        (45, "unknown-control"),
    ]
