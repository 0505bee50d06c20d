"""Rules of packet filters → what happens to a connection from outside that no rule speaks of."""

import re
from collections.abc import Sequence
from typing import Any

from auditor.facts.fact import SEEN, Fact, Instant, Status
from auditor.facts.records import SettingRecord
from auditor.facts.safeguards import Firewall
from auditor.recognise.provenance import seen, unseen

_CHAIN = re.compile(r"^\s*chain (\S{1,128}) \{\s*$")
_TABLE = re.compile(r"^\s*table (\S{1,16}) (\S{1,128}) \{\s*$")
_BASE = re.compile(r"\btype filter hook input\b[^;]*;(?:\s*policy (\w+);)?")
_LAST = re.compile(r"^(?:counter(?: packets \d+ bytes \d+)? ?)?(?:drop|reject(?: with .*)?)$")


def firewall_of(records: Sequence[SettingRecord], time: Instant) -> Fact[Firewall]:
    """By nftables, else iptables; a kernel without tables lets everything in."""
    by = {record.name: record for record in records if record.name in ("nft", "iptables")}
    hidden = [record for record in by.values() if record.status in (Status.DENIED, Status.ERROR, Status.UNSUPPORTED)]
    if "nft" in by and by["nft"].status in SEEN:
        found = _nft(by["nft"].text)
        if found is not None:
            return seen(by["nft"], found)
    if "iptables" in by and by["iptables"].status in SEEN:
        return seen(by["iptables"], _iptables(by["iptables"].text))
    if hidden:
        return unseen(hidden[0], hidden[0].status)
    if not by:
        nothing: Fact[Any] = Fact(
            value=None, source="", method="command", time=time, status=Status.ABSENT, note="it was not reported"
        )
        return nothing
    record = next(iter(by.values()))
    value = Firewall(kind="none", default="accept", where="no chain sees what comes in")
    return seen(record, value, Status.OBSERVED, note="the kernel holds no rules for what comes in")


def _nft(text: str) -> Firewall | None:
    """The strictest base chain of type filter at the hook input; None where there is none."""
    table = chain = policy = last = ""
    family = ""
    found: list[Firewall] = []
    inside = False
    for line in (*text.split("\n"), "}"):
        opened, begun = _TABLE.match(line), _CHAIN.match(line)
        bare = line.strip()
        base = _BASE.search(bare)
        if opened:
            family, table = opened[1], opened[2]
        elif begun:
            chain, policy, last, inside = begun[1], "", "", True
        elif base:
            policy = base[1] or "accept"
        elif bare == "}" and inside:
            if policy and family in ("inet", "ip"):
                closed = policy == "drop" or bool(_LAST.match(last))
                where = f"{family} {table} {chain}"
                found.append(Firewall(kind="nftables", default="drop" if closed else "accept", where=where))
            inside = False
        elif inside and bare and not bare.startswith("#"):
            last = bare
    return next((one for one in found if one.default == "drop"), found[0] if found else None)


def _iptables(text: str) -> Firewall:
    lines = [line.strip() for line in text.split("\n")]
    rules = [line for line in lines if line.startswith("-A INPUT ")]
    last = rules[-1] if rules else ""
    closed = "-P INPUT DROP" in lines or bool(re.fullmatch(r"-A INPUT -j (?:DROP|REJECT)(?: .*)?", last))
    return Firewall(kind="iptables", default="drop" if closed else "accept", where="INPUT")
