"""What changed between two policies, in words, and in which direction."""

from pathlib import Path

import pytest

from auditor.policy.diff import diff
from auditor.policy.direction import Direction
from auditor.policy.resolve import load_effective
from tests.policy.samples import write
from tests.policy.test_broken import GOOD

ROWS = [
    ("severity: high", "severity: critical", "LIC-001", Direction.STRICTER, "severity is critical, was high"),
    ("on_unknown: fail", "on_unknown: warn", "LIC-001", Direction.MILDER, "leads to warn, was fail"),
    ("default: 300", "default: 600", "NET-001", Direction.STRICTER, "observe_seconds is 600, was 300"),
    (
        "default: [10.0.0.0/8]",
        "default: [10.0.0.0/8, 192.168.0.0/16]",
        "NET-001",
        Direction.MILDER,
        "destinations adds 192.168.0.0/16",
    ),
    (
        "default: [10.0.0.0/8]",
        "default: [192.168.0.0/16]",
        "NET-001",
        Direction.CHANGED,
        "destinations adds 192.168.0.0/16 and drops 10.0.0.0/8",
    ),
    (", accepted: [MIT]", "", "LIC-001", Direction.MILDER, "accepted is (empty), was MIT"),
    ("accepted: [MIT]", "accepted: [MIT, Zlib]", "LIC-001", Direction.MILDER, "accepted adds Zlib"),
    ("{family: [llama-*]}", "{}", "LIC-001", Direction.STRICTER, "applies whatever the family"),
    ("[llama-*]", "[llama-*, qwen*]", "LIC-001", Direction.STRICTER, "applies to family llama-*, qwen*"),
    ("check: traffic.only\n    with: {destinations: \"${nets}\", observe_seconds: \"${secs}\"}", "check: telemetry.off",
     "NET-001", Direction.CHANGED, "checked by telemetry.off, was traffic.only"),
    ("title: {en: Traffic}", "title: {en: Egress}", "NET-001", Direction.CHANGED, "title is worded differently"),
    ("[Art. 44]", "[Art. 46]", "NET-001", Direction.CHANGED, "references changed"),
    ("until: 2027-03-31\n", "until: 2027-02-28\n", "waiver W-1", Direction.STRICTER, "ends on 2027-02-28"),
    ("id: W-1", "id: W-2", "waiver W-2", Direction.MILDER, "LIC-001 is waived until 2027-03-31"),
    ("id: W-1", "id: W-2", "waiver W-1", Direction.STRICTER, "no longer waived"),
    ("country: CZ", "country: AT", "deployer", Direction.CHANGED, "country is AT, was CZ"),
    ("deployer:", "reading: {earlier: never}\ndeployer:", "reading", Direction.STRICTER, "earlier is never"),
    ("deployer:", "reading: {earlier: always}\ndeployer:", "reading", Direction.MILDER, "earlier is always"),
    ("deployer:", "reading: {earlier_hours: 72}\ndeployer:", "reading", Direction.MILDER, "hours is 72, was 24"),
    ("deployer:", "sealed: {minutes: 5}\ndeployer:", "sealed", Direction.STRICTER, "minutes is 5, was 1"),
    ("deployer:", "sealed: {profile: sink}\ndeployer:", "sealed", Direction.CHANGED, "profile is sink"),
    ("deployer:", "reading: {blake3: true}\ndeployer:", "reading", Direction.CHANGED, "blake3 is yes, was no"),
    ("until: 2027-12-31}", "until: 2028-12-31}", "policy", Direction.CHANGED, "in force 2026-01-01 to 2028-12-31"),
    ("version: 1.0.0", "version: 1.0.1", "policy", Direction.CHANGED, "site 1.0.0 became site 1.0.1"),
    ("sha256: 00", "sha256: 10", "pins", Direction.CHANGED, "pinned to 10000000…, was 00000000…"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "subject", "direction", "words"), ROWS, ids=[r[4] for r in ROWS])
def test_a_change_is_told(
    tmp_path: Path, before: str, after: str, subject: str, direction: Direction, words: str
) -> None:
    assert before in GOOD
    old = load_effective(write(tmp_path, "old.yaml", GOOD), "gpu-01")
    new = load_effective(write(tmp_path, "new.yaml", GOOD.replace(before, after, 1)), "gpu-01")

    told = [(d.subject, d.direction, d.words) for d in diff(old, new)]

    assert any(s == subject and d is direction and words in w for s, d, w in told), told


def test_a_policy_does_not_differ_from_itself(tmp_path: Path) -> None:
    policy = load_effective(write(tmp_path, "site.yaml", GOOD), "gpu-01")

    assert diff(policy, policy) == ()


def test_directions_turn_around_when_the_policies_do() -> None:
    old, new = load_effective("truly-open", "x"), load_effective("eu-onprem-baseline", "x")

    there = {(d.subject, d.direction) for d in diff(old, new)}
    back = {(d.subject, d.direction) for d in diff(new, old)}

    assert ("NET-001", Direction.STRICTER) in there
    assert ("NET-001", Direction.MILDER) in back


def test_what_a_host_is_spared_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, "site.yaml", GOOD)

    told = {(d.subject, d.words) for d in diff(load_effective(path, "gpu-01"), load_effective(path, "lab-1"))}

    assert ("NET-001", "no longer asked: Traffic") in told
    assert ("tailoring", "new for lab-*: The lab is cut off.") in told
