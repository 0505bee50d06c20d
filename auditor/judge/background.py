"""What stays on the link by its very address: no router passes it on, so it reaches neighbours and nobody else.

Limited broadcast (RFC 919), multicast within the link or one site (RFC 5771, RFC 2365, RFC 4291 2.7), link-local
unicast (RFC 3927, RFC 4291 2.5.6), and the host's own way of asking for an address (DHCP, RFC 2131, RFC 8415). The
metadata service that clouds offer at a link-local address is a party of its own and none of these.
"""

import ipaddress

from auditor.facts.traffic import Flow
from auditor.judge.addresses import address_of, own

_LINK = tuple(
    ipaddress.ip_network(block)
    for block in ("255.255.255.255/32", "224.0.0.0/24", "239.255.0.0/16", "169.254.0.0/16", "fe80::/10")
)
_METADATA = frozenset({"169.254.169.254", "169.254.170.2"})
_SCOPES = (1, 2, 3, 5)
"""Of IPv6 multicast: interface, link, realm, site."""
_DHCP = frozenset({("udp", 67), ("udp6", 67), ("udp", 547), ("udp6", 547)})


def background(flow: Flow) -> bool:
    """Whether a flow of this host ends at its neighbours by its address."""
    address = address_of(flow.address)
    if address is None or str(address) in _METADATA:
        return False
    if any(address in block for block in _LINK if block.version == address.version):
        return True
    if isinstance(address, ipaddress.IPv6Address) and address.is_multicast:
        return address.packed[1] & 0x0F in _SCOPES
    # A lease is renewed by unicast, often by the kernel or a helper that no socket tells of.
    return not flow.process.seen and (flow.proto, flow.port) in _DHCP and own(flow.address)
