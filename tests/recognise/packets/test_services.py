"""What flows are for."""

import pytest

from auditor.recognise.packets.services import BACKGROUND, protocol, service


@pytest.mark.parametrize(
    ("proto", "port", "heard", "name", "address", "alpn", "answer"),
    [
        ("tcp", 443, "tls", "a.example", "198.51.100.7", ("h2",), "tls"),
        ("tcp", 443, "tls", "dns.google", "198.51.100.7", ("h2",), "doh"),
        ("tcp", 443, "tls", "", "9.9.9.9", (), "doh"),
        ("tcp", 443, "tls", "www.example", "1.1.1.1", (), "tls"),
        ("udp", 443, "quic", "cloudflare-dns.com", "198.51.100.7", ("h3",), "doh"),
        ("tcp", 853, "tls", "", "198.51.100.7", (), "dot"),
        ("tcp", 8853, "tls", "", "198.51.100.7", ("dot",), "dot"),
        ("udp", 853, "quic", "", "198.51.100.7", ("doq",), "doq"),
        ("tcp", 22, "http", "a.example", "198.51.100.7", (), "http"),
        ("udp", 53, "dns", "", "192.0.2.53", (), "dns"),
        ("udp", 53, "", "", "192.0.2.53", (), ""),
        ("udp", 123, "", "", "198.51.100.7", (), "ntp"),
        ("udp", 5353, "", "", "224.0.0.251", (), "mdns"),
        ("udp", 67, "", "", "255.255.255.255", (), "dhcp"),
        ("udp", 547, "", "", "ff02::1:2", (), "dhcpv6"),
        ("udp", 5355, "", "", "224.0.0.252", (), "llmnr"),
        ("udp", 1900, "", "", "239.255.255.250", (), "ssdp"),
        ("icmp", 0, "", "", "198.51.100.7", (), "icmp"),
        ("6in4", 0, "", "", "198.51.100.7", (), "tunnel"),
        ("tcp", 4444, "", "", "198.51.100.7", (), ""),
    ],
)
def test_services(
    proto: str, port: int, heard: str, name: str, address: str, alpn: tuple[str, ...], answer: str
) -> None:
    assert service(proto, 40000, port, heard, name, address, alpn) == answer


def test_what_is_background_is_told_by_its_service() -> None:
    assert {"ntp", "mdns", "dhcp", "llmnr", "ssdp"} <= BACKGROUND
    assert not {"dns", "doh", "tls", ""} & BACKGROUND


def test_protocols_without_a_name_show_their_number() -> None:
    assert (protocol(6), protocol(132), protocol(253)) == ("tcp", "sctp", "ip-253")
