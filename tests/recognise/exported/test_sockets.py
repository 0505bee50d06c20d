"""Lists of ss, with and without header and owners, become what the probe would report of one look."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.records import ProcessRecord
from auditor.recognise.exported.sockets import NOT_SEEN, sockets_of

TIME = "2026-11-22T10:00:00Z"
ALL = """\
Netid State    Recv-Q Send-Q     Local Address:Port      Peer Address:Port Process
udp   UNCONN   0      0      127.0.0.53%lo:53             0.0.0.0:*     users:(("systemd-resolve",pid=611,fd=13))
tcp   LISTEN   0      2048         0.0.0.0:8000           0.0.0.0:*     users:(("python3",pid=4242,fd=21))
tcp   LISTEN   0      128                *:22                   *:*     users:(("sshd",pid=700,fd=4))
tcp   ESTAB    0      0        10.1.0.5:8000         10.1.0.77:51234 users:(("python3",pid=4242,fd=30))
tcp   ESTAB    0      0        10.1.0.5:40112        203.0.113.9:443 users:(("python3",pid=4242,fd=31))
tcp   SYN-SENT 0      1        10.1.0.5:40113       198.51.100.7:443
tcp   ESTAB    0      0      [::ffff:10.1.0.5]:22     [::ffff:10.1.0.9]:60000 users:(("sshd",pid=701,fd=4))
tcp   TIME-WAIT 0     0        10.1.0.5:40100        203.0.113.9:443
"""
SERVER = ProcessRecord(
    source="x", method="export", time=TIME, pid=4242, parent=1, name="vllm", exe="/opt/venv/bin/python3",
    command=("vllm", "serve"), environment={}, uid=998, started=None, container="0123456789ab", files=(),
)  # fmt: skip


def test_listeners_and_connections_with_their_owners() -> None:
    found = sockets_of([("ss.txt", ALL)], TIME, {4242: SERVER})
    assert [(one.proto, one.address, one.port, one.pid) for one in found.listeners] == [
        ("udp", "127.0.0.53", 53, 611),
        ("tcp", "0.0.0.0", 8000, 4242),
        ("tcp6", "::", 22, 700),
    ]
    flows = [(one.direction, one.address, one.port, one.attempt, one.pid) for one in found.flows]
    assert flows == [
        ("in", "10.1.0.77", 51234, False, 4242),
        ("out", "203.0.113.9", 443, False, 4242),
        ("out", "198.51.100.7", 443, True, None),
        ("in", "10.1.0.9", 60000, False, 701),
    ]
    assert (found.ownerless, found.unread) == (1, 0)


def test_what_the_list_of_processes_knows_of_an_owner_is_added() -> None:
    flow = sockets_of([("ss.txt", ALL)], TIME, {4242: SERVER}).flows[1]
    assert (flow.name, flow.exe, flow.uid, flow.container) == ("vllm", "/opt/venv/bin/python3", 998, "0123456789ab")


def test_it_is_one_look_and_says_what_that_cannot_see() -> None:
    capture = sockets_of([("ss.txt", ALL)], TIME, {}).capture
    assert (capture.tier, capture.seconds, capture.samples, capture.not_seen) == ("S", 0, 1, NOT_SEEN)


def test_tcp_alone_has_no_column_of_protocols() -> None:
    text = "State  Recv-Q Send-Q Local Address:Port Peer Address:Port\nESTAB  0 0 10.0.0.1:5000 10.0.0.2:443\n"
    (flow,) = sockets_of([("ss -tnp", text)], TIME, {}).flows
    assert (flow.proto, flow.address, flow.pid) == ("tcp", "10.0.0.2", None)


def test_the_same_socket_in_two_lists_is_one() -> None:
    assert len(sockets_of([("a", ALL), ("b", ALL)], TIME, {}).flows) == 4


@given(st.text())
def test_any_text_gives_sockets_or_none(text: str) -> None:
    found = sockets_of([("ss", text)], TIME, {})
    assert found.unread + len(found.flows) + len(found.listeners) <= text.count("\n") + 1
