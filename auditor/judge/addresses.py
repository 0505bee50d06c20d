"""What an address is, as far as the address itself says."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_OWN = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "224.0.0.0/4", "255.255.255.255/32", "::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8",
    )
)  # fmt: skip
"""Blocks that lead nowhere beyond the networks that this host is in (RFC 6890)."""


def own(text: str) -> bool:
    """Whether an address is of this host or of a network that is nobody's in public."""
    address = address_of(text)
    return address is not None and any(address in block for block in _OWN if block.version == address.version)


def loopback(text: str) -> bool:
    """Whether an address never leaves the host."""
    address = address_of(text)
    return address is not None and address.is_loopback


def address_of(text: str) -> Address | None:
    """The address that a text is, IPv4 where it is mapped into IPv6; None where it is none."""
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
