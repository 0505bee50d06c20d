"""Address blocks as policies write them."""

import ipaddress


def check_cidr(entry: str) -> tuple[str, str]:
    """What is wrong with a CIDR block, and the block that was perhaps meant; two empty texts if nothing is."""
    try:
        ipaddress.ip_network(entry)
    except ValueError:
        try:
            meant = str(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            return f"'{entry}' is no address block, like 10.0.0.0/8 or fd00::/8", ""
        return f"'{entry}' has bits set behind its prefix", meant
    return "", ""
