"""An audit takes captures in, looks addresses up, keeps clients unknown, and its verdicts can be computed again."""

import datetime as dt
import json
from pathlib import Path

import pytest

from auditor.audit import Certain, _Early
from auditor.cli.main import run
from auditor.evidence.verify import verify
from auditor.facts.audit import Collector, Outcome
from auditor.knowledge.knowledge import load
from auditor.policy.checks import SPECS
from auditor.policy.resolve import load_effective
from tests.desktop import sample
from tests.recognise.packets.build import HOST, conversation, hello, pcap

CLIENT = "198.51.100.99"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def capture(tmp_path: Path, cut: int = 0) -> Path:
    path = tmp_path / "x.pcap"
    frames = conversation(hello("stats.vllm.ai"), target="8.8.8.8")
    frames += conversation(b"x", source=CLIENT, target=HOST, sport=5000, dport=8000)
    data = pcap(frames)
    path.write_bytes(data[: len(data) - cut])
    return path


def audit(tmp_path: Path, *more: str) -> Path:
    out = tmp_path / "out"
    line = ["audit", "local", "--only-models", "--observe", "0", "--policy", "hybrid-api-budget", "--no-history"]
    assert run([*line, "--local", f"{HOST}/32", "--out", str(out), "--json", *more]) in (1, 2)
    return out


def test_a_capture_is_part_of_the_evidence_and_the_dossier_verifies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = audit(tmp_path, "--capture", str(capture(tmp_path)), "--pseudonymise-clients")
    findings = json.loads((out / "findings.json").read_bytes())
    one = next(one for one in findings["destinations"] if one["name"] == "stats.vllm.ai")
    assert (one["operator"], one["countries"], one["transfer"]) == ("Google LLC", ["US"], "conditional")
    assert one["endpoints"][0]["entry"] == "vllm-usage"
    told = [each["observed"] for each in findings["findings"] if each["control"] == "NET-001"]
    assert any("stats.vllm.ai (8.8.8.8:443/tcp)" in sentence for sentence in told)
    facts = (out / "facts.json").read_bytes()
    assert CLIENT.encode() not in facts
    assert b"thrown away" in facts
    seen = verify((out / "dossier.pdf").read_bytes())
    assert (seen.verdicts.equal, seen.rendering.equal) == (True, True)


def test_a_cut_capture_leaves_a_problem_and_no_verdict_of_silence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = audit(tmp_path, "--capture", str(capture(tmp_path, cut=5)))
    facts = json.loads((out / "facts.json").read_bytes())
    assert {c["name"]: c["outcome"] for c in facts["collectors"]}["captures"] == "partial"
    assert [p["where"] for p in facts["problems"] if p["collector"] == "captures"]


def test_what_is_no_capture_is_refused_before_the_host_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.pcap").write_text("hello")
    assert run(["audit", "local", "--capture", str(tmp_path / "x.pcap"), "--out", str(tmp_path / "out")]) == 3
    assert "no capture" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_captures_can_still_change_is_not_told_while_the_audit_runs() -> None:
    told: list[Certain] = []

    def hear(event: object) -> None:
        assert isinstance(event, Certain)
        told.append(event)

    policy = load_effective("hybrid-api-budget", "gpu-rack-03", {})
    when = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
    ended = sample.audit(collectors=tuple(ended_collectors()))
    _Early(policy, load(), lambda: when, hear, ("traffic",))(ended)
    groups = {SPECS[control.check].group for control in policy.controls for one in told
              if one.finding.control == control.id}  # fmt: skip
    assert groups
    assert "traffic" not in groups
    assert not any(pointer.startswith("/facts/traffic/flows") for one in told for pointer in one.finding.rests_on)


def ended_collectors() -> list[Collector]:
    return [one.model_copy(update={"outcome": Outcome.COMPLETE}) for one in sample.audit().collectors]
