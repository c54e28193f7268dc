"""Who asks: a learner's address, also behind proxies."""

import ipaddress
from collections.abc import Sequence

from app.serving.options import Network

PREFIX = 64  # bits of an IPv6 address that one subscriber has


def client(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The address that counts as one learner's.

    Args:
        peer: the address that the connection comes from.
        forwarded: X-Forwarded-For: the addresses before it, the last one added by `peer`.
        trusted: proxies; what anybody else says of addresses before its own is not believed.

    Returns:
        An IPv4 address or the network of an IPv6 address.
    """
    found = _address(peer)
    for said in reversed(forwarded.split(",")):
        before = _address(said.strip())
        if found is None or before is None or not any(found in network for network in trusted):
            break
        found = before
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, PREFIX), strict=False))
    return str(found or "unknown")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
