"""Addresses of clients → pseudonyms, for a dossier that is to hold no personal data of those who use the service.

HMAC-SHA256 under a key that is made for one audit and thrown away: within the audit the same client has the same
pseudonym, across audits nothing can be joined, and nobody can compute the address back. Networks are not kept
recognisable. Only who called this host is replaced; whom this host called is what an audit is about.
"""

import hmac
import ipaddress

from auditor.facts.traffic import Flow, Traffic

HOW = "HMAC-SHA256 under a key of this audit that was thrown away"
DIGITS = 16
PREFIX = "client-"


def pseudonymised(traffic: Traffic, key: bytes) -> Traffic:
    """The traffic with the address of every client replaced; loopback, which is nobody, stays."""
    return traffic.model_copy(
        update={"flows": tuple(_replaced(flow, key) for flow in traffic.flows), "pseudonyms": HOW}
    )


def _replaced(flow: Flow, key: bytes) -> Flow:
    if flow.direction != "in" or _loopback(flow.address) or flow.address == flow.source_address:
        return flow
    return flow.model_copy(update={"address": pseudonym(flow.address, key), "port": 0})


def pseudonym(address: str, key: bytes) -> str:
    """One address; the same whichever way it was written."""
    return PREFIX + hmac.digest(key, _plain(address).encode("utf-8", "replace"), "sha256").hex()[:DIGITS]


def _plain(address: str) -> str:
    try:
        one = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return address
    mapped = one.ipv4_mapped if isinstance(one, ipaddress.IPv6Address) else None
    return str(mapped or one)


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(_plain(address)).is_loopback
    except ValueError:
        return False
