"""Where a request truly comes from, behind proxies that are trusted and no others. Pure.

A proxy adds the address that asked it at the end of X-Forwarded-For; what stands before that is
whatever the client wrote. So the header is read from its end, as far as trusted proxies wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)

Network = IPv4Network | IPv6Network
PER_CUSTOMER = 64
"""Bits of IPv6 that one subscriber has to himself (RFC 6177): all of it is one place."""
LONGEST = 64
"""Characters of a place that the tables hold."""


def networks(text: str) -> tuple[Network, ...]:
    """Return the addresses and networks in a setting, with commas between.

    Raises
    ------
    ValueError
        If one is none.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def true_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Return the address a request came from.

    Parameters
    ----------
    peer
        Whom the server is connected with.
    forwarded
        X-Forwarded-For, "" for none.
    trusted
        The proxies; without any, the header counts for nothing.
    """
    address = peer
    for hop in reversed(forwarded.split(",")):
        read = _read(address)
        if read is None or not any(read in network for network in trusted):
            break
        before = _read(_without_port(hop.strip()))
        if before is None:
            break  # a trusted proxy wrote nothing that can be read: it stands for those it hides
        address = str(before)
    return address


def place_of(address: str) -> str:
    """Return the network that counts as one place: an IPv4 address, or a subscriber's IPv6."""
    read = _read(address)
    if isinstance(read, IPv6Address):
        return str(ip_interface(f"{read}/{PER_CUSTOMER}").network)
    return str(read) if read else address[:LONGEST]


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
