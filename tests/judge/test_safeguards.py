"""Checks of the host's settings: what is evidenced, what contradicted, and what stays open."""

from typing import Any

import pytest

import auditor.judge.safeguards  # noqa: F401
from auditor.facts.audit import Audit, Facts
from auditor.facts.fact import Fact, Status
from auditor.facts.host import OperatingSystem
from auditor.facts.records import AnyRecord, ProcessRecord
from auditor.knowledge.knowledge import load
from auditor.policy.checks_host import HOST_CHECKS
from auditor.recognise.safeguards import safeguards_of
from auditor.recognise.stacks import serving_of
from tests.judge.audits import audit_of
from tests.judge.contexts import ask, texts, verdicts
from tests.recognise.setting_records import BLOCKS, MOUNTS, TIME, model, setting

CLEAR_SWAP = "Filename Type Size Used Priority\n/dev/sda2 partition 1024 0 -2\n"
CHECKS = [spec.name for spec in HOST_CHECKS if spec.group == "host"]
KEYS = "PasswordAuthentication no\nKbdInteractiveAuthentication no"
NO_SWAP = "Filename Type Size Used Priority\n"
DROP = "table inet f {\n chain in {\n  type filter hook input priority 0; policy drop;\n }\n}"


def server(core: str) -> ProcessRecord:
    return ProcessRecord(
        source="/proc/7", method="procfs", time=TIME, pid=7, parent=1, name="vllm", exe="/opt/venv/bin/python3",
        command=("vllm", "serve", "/srv/models/a"), environment={}, uid=1, started=TIME, files=(), core=core,
    )  # fmt: skip


def audit(*records: AnyRecord, **host: Any) -> Audit:
    whole = audit_of(())
    serving = serving_of(records, load())
    facts = {"safeguards": safeguards_of(records, serving), "serving": serving}
    changed: Facts = whole.facts.model_copy(update={**facts, "host": whole.facts.host.model_copy(update=host)})
    return whole.model_copy(update={"facts": changed})


def system(id_: str, version: str) -> Fact[OperatingSystem]:
    value = OperatingSystem(id=id_, name=id_.title(), version=version)
    return Fact(value=value, source="/etc/os-release", method="read", time=TIME, status=Status.OBSERVED)


@pytest.mark.parametrize(
    ("os", "version", "extended", "verdict"),
    [
        ("debian", "13", False, "pass"),
        ("debian", "12", False, "fail"),
        ("debian", "12", True, "pass"),
        ("rhel", "9.4", False, "pass"),
        ("centos", "7", True, "fail"),
        ("haiku", "1", True, "unknown"),
    ],
)
def test_support_on_the_day_of_the_verdict(os: str, version: str, extended: bool, verdict: str) -> None:
    assert verdicts(ask("host.supported", audit(os=system(os, version)), extended=extended)) == [verdict]


@pytest.mark.parametrize(
    ("places", "verdict"),
    [
        (("/srv/models/a",), "pass"),
        (("/srv/models/a", "/opt/b"), "fail"),
        (("/srv/models/a", "/mnt/nas/b"), "unknown"),
        (("/srv/models/a", "/dev/shm/b"), "pass"),
        ((), "not_applicable"),
    ],
)
def test_every_store_has_to_be_encrypted(places: tuple[str, ...], verdict: str) -> None:
    records = [setting("mounts", MOUNTS), setting("block", BLOCKS), *map(model, places)]
    assert verdicts(ask("host.encrypted_store", audit(*records))) == [verdict]


@pytest.mark.parametrize(
    ("swap", "pattern", "core", "verdict"),
    [
        (NO_SWAP, "core", "0", "pass"),
        (NO_SWAP, "core", "unlimited", "fail"),
        (NO_SWAP, "|/lib/systemd/systemd-coredump %P", "0", "pass"),
        (NO_SWAP, "|/usr/share/apport/apport %p", "0", "unknown"),
        (NO_SWAP, "", "unlimited", "pass"),
        (NO_SWAP, "core", "", "unknown"),
        (CLEAR_SWAP, "core", "0", "fail"),
    ],
)
def test_what_may_be_left_of_prompts(swap: str, pattern: str, core: str, verdict: str) -> None:
    records = [setting("swaps", swap), setting("block", BLOCKS), setting("core_pattern", pattern), server(core)]
    assert verdicts(ask("host.no_prompt_leftovers", audit(*records))) == [verdict]


def test_without_a_server_only_swap_decides() -> None:
    assert verdicts(ask("host.no_prompt_leftovers", audit(setting("swaps", NO_SWAP)))) == ["pass"]


def test_the_default_of_the_firewall() -> None:
    absent = setting("nft", status=Status.ABSENT), setting("iptables", status=Status.ABSENT)
    assert verdicts(ask("host.firewall_default", audit(setting("nft", DROP)))) == ["pass"]
    assert verdicts(ask("host.firewall_default", audit(*absent))) == ["fail"]
    denied = ask("host.firewall_default", audit(setting("nft", status=Status.DENIED)))
    assert verdicts(denied) == ["unknown"]
    assert "may not be read by this user" in texts(denied)


@pytest.mark.parametrize(
    ("text", "root", "verdict"),
    [
        ("PermitRootLogin no\n" + KEYS, "no", "pass"),
        ("PermitRootLogin prohibit-password\n" + KEYS, "no", "fail"),
        (
            "PermitRootLogin prohibit-password\n" + KEYS,
            "key",
            "pass",
        ),
        ("PermitRootLogin no", "key", "fail"),
        ("PermitRootLogin no\n" + KEYS + "\nMatch all", "no", "unknown"),
    ],
)
def test_logging_in_over_ssh(text: str, root: str, verdict: str) -> None:
    found = audit(setting("sshd", text, source="/etc/ssh/sshd_config"))
    assert verdicts(ask("host.remote_login", found, root=root)) == [verdict]


def test_without_sshd_there_is_nothing_to_judge() -> None:
    found = audit(setting("sshd", status=Status.ABSENT, source="/etc/ssh/sshd_config"))
    assert verdicts(ask("host.remote_login", found)) == ["not_applicable"]


def test_containers() -> None:
    tame = setting("container", '{"NetworkMode": "bridge"}', source="/c/aaaa/hostconfig.json")
    loose = setting("container", '{"Privileged": true}', source="/c/bbbb/hostconfig.json")
    assert verdicts(ask("host.containers_confined", audit(tame))) == ["pass"]
    assert verdicts(ask("host.containers_confined", audit(tame, loose))) == ["fail"]
    assert verdicts(ask("host.containers_confined", audit(setting("swaps", NO_SWAP)))) == ["not_applicable"]


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_looked_at_is_never_evidenced(check: str) -> None:
    assert verdicts(ask(check, audit_of(()))) == ["unknown"]
