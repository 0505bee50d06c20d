"""Says what a flow is for, from ports, group addresses, names and protocols: name look-ups, background noise, the rest.

Port numbers are those of IANA. The list of public resolvers that speak DNS over HTTPS can only ever be a part of them.
"""

BACKGROUND = frozenset({"ntp", "mdns", "dhcp", "dhcpv6", "llmnr", "ssdp", "igmp", "icmp", "netbios"})
"""Chatter of operating systems and networks; listed and judged like everything else, only named."""

LOOKUPS = frozenset({"dns", "dot", "doh", "doq"})
"""Name look-ups, in the clear or encrypted."""

ENCRYPTED_LOOKUPS = frozenset({"dot", "doh", "doq"})
"""Look-ups whose questions no capture shows."""

PROTOCOLS = {
    1: "icmp",
    2: "igmp",
    4: "ipip",
    6: "tcp",
    17: "udp",
    41: "6in4",
    47: "gre",
    50: "esp",
    51: "ah",
    58: "icmp",
    89: "ospf",
    112: "vrrp",
    132: "sctp",
}
TUNNELS = frozenset({"ipip", "6in4", "gre", "esp", "ah"})

_PORTS = {
    ("tcp", 853): "dot",
    ("udp", 853): "doq",
    ("udp", 123): "ntp",
    ("udp", 5353): "mdns",
    ("udp", 67): "dhcp",
    ("udp", 68): "dhcp",
    ("udp", 546): "dhcpv6",
    ("udp", 547): "dhcpv6",
    ("udp", 5355): "llmnr",
    ("udp", 1900): "ssdp",
    ("udp", 137): "netbios",
    ("udp", 138): "netbios",
    ("tcp", 22): "ssh",
}

RESOLVERS = frozenset(
    {
        "1dot1dot1dot1.cloudflare-dns.com",
        "anycast.dns.nextdns.io",
        "chrome.cloudflare-dns.com",
        "cloudflare-dns.com",
        "dns.adguard-dns.com",
        "dns.alidns.com",
        "dns.google",
        "dns.google.com",
        "dns.mullvad.net",
        "dns.nextdns.io",
        "dns.quad9.net",
        "dns.switch.ch",
        "dns0.eu",
        "dns10.quad9.net",
        "dns11.quad9.net",
        "dns9.quad9.net",
        "doh.cleanbrowsing.org",
        "doh.dns.sb",
        "doh.opendns.com",
        "doh.pub",
        "freedns.controld.com",
        "mozilla.cloudflare-dns.com",
        "odvr.nic.cz",
        "one.one.one.one",
        "protective.joindns4.eu",
        "security.cloudflare-dns.com",
        "unfiltered.joindns4.eu",
    }
)
RESOLVER_ADDRESSES = frozenset(
    {
        "1.0.0.1",
        "1.1.1.1",
        "149.112.112.112",
        "2001:4860:4860::8844",
        "2001:4860:4860::8888",
        "2606:4700:4700::1001",
        "2606:4700:4700::1111",
        "2620:fe::9",
        "2620:fe::fe",
        "8.8.4.4",
        "8.8.8.8",
        "9.9.9.9",
    }
)


def protocol(number: int) -> str:
    """The name of an IP protocol, or ``ip-N``."""
    return PROTOCOLS.get(number, f"ip-{number}")


def service(proto: str, sport: int, port: int, heard: str, name: str, address: str, alpn: tuple[str, ...]) -> str:
    """What a flow is for; empty where nothing tells. ``heard`` is what its own bytes showed: tls, quic, http ..."""
    if heard in ("dns", "http", "http2"):
        return heard
    if "dot" in alpn or "doq" in alpn:
        return "dot" if proto == "tcp" else "doq"
    if heard in ("tls", "quic") and port == 443 and (name in RESOLVERS or (not name and address in RESOLVER_ADDRESSES)):
        return "doh"
    if proto in TUNNELS:
        return "tunnel"
    known = _PORTS.get((proto, port)) or (_PORTS.get((proto, sport)) if proto == "udp" else None)
    # What the bytes show overrules the port; DNS over TLS shows TLS on its own port.
    if heard and not (known in ENCRYPTED_LOOKUPS and heard in ("tls", "quic")):
        return heard
    if known:
        return known
    return proto if proto in BACKGROUND else ""
