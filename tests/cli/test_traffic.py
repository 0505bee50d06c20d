"""``auditor traffic``, as a person and as a program use it."""

import argparse
import json
import os
from pathlib import Path

import pytest

from auditor.cli import traffic
from auditor.cli.main import run as run_line
from auditor.cli.registry import REGISTRY, Answer, Exit
from auditor.errors import UserError
from tests.recognise.packets.build import (
    HOST,
    SERVER,
    conversation,
    ethernet,
    hello,
    interface,
    ip,
    lookup,
    packet,
    pcap,
    section,
    udp,
)  # fmt: skip

POLICY = """\
schema: sovereign-policy/1
id: site
version: 1.0.0
title: {{en: Site rules}}
description: {{en: Nothing but the internal network.}}
valid: {{from: 2026-01-01, until: 2029-01-01}}
groups:
  - {{id: NET, title: {{en: Traffic}}}}
controls:
  - id: NET-001
    group: NET
    title: {{en: Internal destinations only}}
    severity: high
    check: {check}
    with: {with_}
"""


def policy(tmp_path: Path, with_: str = "{destinations: [10.0.0.0/8], observe_seconds: 0, worst_tier: F}") -> str:
    path = tmp_path / "site.yaml"
    path.write_text(POLICY.format(check="traffic.only", with_=with_))
    return str(path)


def capture(tmp_path: Path, target: str = SERVER) -> str:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap(conversation(hello("stats.vllm.ai"), target=target)))
    return str(path)


def run(*argv: str) -> Answer:
    parser = argparse.ArgumentParser()
    REGISTRY.commands["traffic"].arguments(parser)
    return REGISTRY.commands["traffic"].run(parser.parse_args([*argv]))


def printed(answer: Answer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "160")
    answer.show()
    return capsys.readouterr().out


def test_a_capture_without_a_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = run(capture(tmp_path), "--local", HOST)
    assert answer.code is Exit.CONFORMS
    text = printed(answer, capsys, monkeypatch)
    assert "stats.vllm.ai" in text
    assert "vLLM" in text
    assert "Which process sent a packet" in text
    assert "permitted" not in text


def test_a_destination_that_the_policy_does_not_name_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = run(capture(tmp_path), "--local", HOST, "--policy", policy(tmp_path))
    assert answer.code is Exit.DOES_NOT_CONFORM
    assert "✕ 1 of 1 destinations are not permitted by “Site rules”." in printed(answer, capsys, monkeypatch)


def test_permitted_destinations_exit_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = run(capture(tmp_path, "10.1.2.3"), "--local", HOST, "--policy", policy(tmp_path))
    assert answer.code is Exit.CONFORMS
    assert answer.data["destinations"][0]["permitted"] is True
    assert "✓ All 1 destinations are permitted" in printed(answer, capsys, monkeypatch)


@pytest.mark.parametrize(
    ("with_", "why"),
    [
        ("{destinations: [10.0.0.0/8], observe_seconds: 300, worst_tier: F}", "asks for 300 s"),
        ("{destinations: [10.0.0.0/8], observe_seconds: 0, worst_tier: E}", "better than F"),
    ],
)
def test_a_capture_that_is_weaker_than_the_policy_asks_for_exits_with_2(
    tmp_path: Path, with_: str, why: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = run(capture(tmp_path, "10.1.2.3"), "--local", HOST, "--policy", policy(tmp_path, with_))
    assert answer.code is Exit.INCONCLUSIVE
    assert any(why in sentence for sentence in answer.data["policy"]["inconclusive_because"])
    assert "does not suffice" in printed(answer, capsys, monkeypatch)


def test_a_damaged_capture_cannot_conform(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(capture(tmp_path, "10.1.2.3"))
    path.write_bytes(path.read_bytes()[:-5])
    answer = run(str(path), "--local", HOST, "--policy", policy(tmp_path))
    assert answer.code is Exit.INCONCLUSIVE
    (problem,) = answer.data["problems"]
    assert problem["file"] == str(path)
    assert problem["offset"] > 0
    assert "the last packet is cut" in printed(answer, capsys, monkeypatch)


def test_a_capture_without_packets_cannot_conform(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "empty.pcap"
    path.write_bytes(pcap([]))
    answer = run(str(path), "--policy", policy(tmp_path))
    assert answer.code is Exit.INCONCLUSIVE
    assert "holds no packets" in printed(answer, capsys, monkeypatch)


def test_json_has_the_shape_of_the_contract(tmp_path: Path) -> None:
    other = tmp_path / "y.pcapng"
    other.write_bytes(section() + interface() + b"".join(packet(frame, 5) for frame in lookup("ask.example", SERVER)))
    data = json.loads(json.dumps(run(capture(tmp_path), str(other), "--local", HOST).data))
    assert {"tier", "packets", "bytes", "dropped", "first", "last", "not_seen"} <= data["capture"].keys()
    flow = next(one for one in data["flows"] if one["dport"] == 443)
    assert {
        "proto": "tcp", "src": HOST, "sport": 40000, "dst": SERVER, "name": "stats.vllm.ai", "name_source": "sni",
        "ech": False, "attempt": False, "process": None,
    }.items() <= flow.items()  # fmt: skip
    destination = next(one for one in data["destinations"] if one["name"])
    assert (destination["product"], destination["permitted"], destination["country"]) == ("vLLM", None, None)
    assert (destination["transfer_class"], destination["reach"]) == ("unknown", "transfer")
    assert destination["endpoints"][0]["entry"] == "vllm-usage"
    assert {table["kind"] for table in data["registries"]} == {"country", "network"}
    assert "No content" in data["capture"]["kept"][0]
    assert [one["name"] for one in data["lookups"]] == ["ask.example"]
    assert data["problems"] == []


def test_without_local_the_host_is_taken_from_the_packets_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([f for n in range(20) for f in conversation(b"x", target=f"198.51.100.{n}")]))
    answer = run(str(path))
    assert answer.data["capture"]["local"] == [HOST]
    assert "taken, since nearly all connections share it" in printed(answer, capsys, monkeypatch)


def test_more_destinations_than_a_screen_takes_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([ethernet(ip(HOST, f"198.51.100.{n}", 17, udp(5, 9, b"x"))) for n in range(60)]))
    answer = run(str(path), "--local", HOST)
    assert len(answer.data["destinations"]) == 60
    assert f"and {60 - traffic.SHOWN} more" in printed(answer, capsys, monkeypatch)


def test_what_is_no_capture_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(UserError, match="no capture") as caught:
        run(str(path))
    assert caught.value.where == str(path)
    assert caught.value.hint


def test_a_file_that_is_not_there_or_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be opened"):
        run(str(tmp_path / "gone.pcap"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="no regular file"):
        run(str(tmp_path / "pipe"))


def test_a_policy_that_says_nothing_of_destinations_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(POLICY.format(check="weights.complete", with_="{}"))
    with pytest.raises(UserError, match="does not limit destinations"):
        run(capture(tmp_path), "--policy", str(path))


def test_an_address_block_that_is_none_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["traffic", capture(tmp_path), "--local", "10.0.0.0/99"]) == Exit.USAGE
    assert "no address block" in capsys.readouterr().err


def test_control_characters_in_names_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap(conversation(b"GET / HTTP/1.1\r\nHost: [red]x\x1b[2J\x07\r\n\r\n", dport=80)))
    assert "\x1b" not in printed(run(str(path), "--local", HOST), capsys, monkeypatch)
    assert all(ord(c) >= 32 for c in run(str(path), "--local", HOST).data["destinations"][0]["name"])
