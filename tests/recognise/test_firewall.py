"""Rules of packet filters: what happens to what no rule speaks of."""

import pytest

from auditor.facts.fact import Status
from auditor.recognise.firewall import firewall_of
from tests.recognise.setting_records import TIME, setting

DROP = """\
table inet filter {
\tchain input {
\t\ttype filter hook input priority filter; policy drop;
\t\tct state established,related accept
\t\ttcp dport 22 accept
\t}
\tchain output {
\t\ttype filter hook output priority filter; policy accept;
\t}
}"""
FIREWALLD = """\
table inet firewalld {
\tchain filter_INPUT {
\t\ttype filter hook input priority filter + 10; policy accept;
\t\tct state { established, related } accept
\t\tiifname "lo" accept
\t\tjump filter_INPUT_ZONES
\t\treject with icmpx admin-prohibited
\t}
\tchain filter_INPUT_ZONES {
\t\tgoto filter_IN_public
\t}
}"""
DOCKER = """\
table ip nat {
\tchain PREROUTING {
\t\ttype nat hook prerouting priority dstnat; policy accept;
\t\tcounter packets 5 bytes 300 drop
\t}
}
table ip filter {
\tchain INPUT {
\t\ttype filter hook input priority filter; policy accept;
\t\ttcp dport 22 drop
\t}
}"""


@pytest.mark.parametrize(
    ("text", "default", "where"),
    [
        (DROP, "drop", "inet filter input"),
        (FIREWALLD, "drop", "inet firewalld filter_INPUT"),
        (DOCKER, "accept", "ip filter INPUT"),
        (DOCKER + "\n" + DROP, "drop", "inet filter input"),
    ],
)
def test_nftables(text: str, default: str, where: str) -> None:
    found = firewall_of([setting("nft", text), setting("iptables", status=Status.ABSENT)], TIME).value
    assert found is not None
    assert (found.kind, found.default, found.where) == ("nftables", default, where)


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("-P INPUT DROP\n-P FORWARD DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT", "drop"),
        ("-P INPUT ACCEPT\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited", "drop"),
        ("-P INPUT ACCEPT\n-A INPUT -p tcp --dport 23 -j DROP", "accept"),
    ],
)
def test_iptables(text: str, default: str) -> None:
    found = firewall_of([setting("nft", status=Status.ABSENT), setting("iptables", text)], TIME).value
    assert found is not None
    assert (found.kind, found.default) == ("iptables", default)


def test_a_kernel_without_tables_lets_everything_in() -> None:
    found = firewall_of([setting("nft", status=Status.ABSENT), setting("iptables", status=Status.ABSENT)], TIME)
    assert found.value is not None
    assert (found.value.kind, found.value.default) == ("none", "accept")


def test_rules_that_may_not_be_read_are_not_none() -> None:
    found = firewall_of([setting("nft", status=Status.DENIED), setting("iptables", status=Status.ABSENT)], TIME)
    assert found.status is Status.DENIED
    assert firewall_of([], TIME).status is Status.ABSENT
