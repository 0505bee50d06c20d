"""Whether a connection is permitted: by block, name, port, process and time of day.

True, False, or None where a rule would decide by something that was not seen.
"""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from fnmatch import fnmatchcase

from auditor.facts.traffic import Flow
from auditor.judge.addresses import Address, address_of, loopback
from auditor.policy.arguments import Destinations, Permit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Permits:
    """The rules of one control."""

    def __init__(self, arguments: Destinations) -> None:
        self._blocks = blocks(arguments.destinations)
        self._rules = [(rule, blocks(rule.to)) for rule in arguments.permitted]

    def may(self, flow: Flow) -> bool | None:
        """Whether a flow stays on the host or is permitted. What is no address is in no block."""
        if loopback(flow.address) or flow.address == flow.source_address:
            return True
        address = address_of(flow.address)
        if within(address, self._blocks):
            return True
        said = [_fits(rule, allowed, flow, address) for rule, allowed in self._rules]
        if True in said:
            return True
        return None if None in said else False


def blocks(texts: Sequence[str]) -> list[Network]:
    """Address blocks of a policy."""
    return [ipaddress.ip_network(text, strict=False) for text in texts]


def within(address: Address | None, allowed: Sequence[Network]) -> bool:
    """Whether an address lies in one of the blocks."""
    return address is not None and any(address in block for block in allowed if block.version == address.version)


def _fits(rule: Permit, allowed: Sequence[Network], flow: Flow, address: Address | None) -> bool | None:
    if not (allowed or rule.names) or (allowed and not within(address, allowed)):
        return False
    if rule.ports and not any(_port(port, flow) for port in rule.ports):
        return False
    if rule.hours and not _within(rule.hours, flow):
        return False
    unseen = False
    if rule.names:
        if flow.name:
            if not any(fnmatchcase(flow.name.lower(), glob.lower()) for glob in rule.names):
                return False
        else:
            unseen = True
    if rule.processes:
        process = flow.process.value
        if process is None:
            unseen = True
        elif not any(fnmatchcase(text, glob) for text in (process.name, process.exe) for glob in rule.processes):
            return False
    return None if unseen else True


def _port(text: str, flow: Flow) -> bool:
    numbers, _, proto = text.partition("/")
    first, _, last = numbers.partition("-")
    return int(first) <= flow.port <= int(last or first) and (not proto or flow.proto.rstrip("6") == proto)


def _within(hours: str, flow: Flow) -> bool:
    """Whether a flow begins and ends within the same stretch of hours, which may span midnight; ends belong to it."""
    first, last = (dt.datetime.fromisoformat(instant) for instant in (flow.first, flow.last))
    opens, closes = (int(text[:2]) * 60 + int(text[3:]) for text in hours.split("-"))
    length = (closes - opens) % 1440 + 1
    since = (first.hour * 60 + first.minute - opens) % 1440
    # Minutes are counted from the opening before the flow began.
    passed = (last - first.replace(second=0, microsecond=0)) // dt.timedelta(minutes=1)
    return since + passed < length
