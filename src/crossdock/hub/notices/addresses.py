"""Which addresses a webhook may lead to: public ones, and private ones that the operator allows.

A name is resolved once, every address behind it is checked, and the connection goes to a checked address: a name that
means something else a moment later leads nowhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

LONGEST_URL = 1000
ALLOWING = "The operator can allow it with CROSSDOCK_WEBHOOK_PRIVATE_HOSTS."

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
_EMBEDS_IPV4 = (
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("2002::/16"),
    ipaddress.ip_network("2001::/32"),
)
"""Ways of writing an IPv4 address as an IPv6 one: what lies behind is not looked into, none is needed."""


class AddressRefused(Exception):
    """An address must not be called; the text says why and what to do."""


def url_problem(url: str, allowed: Sequence[str]) -> str | None:
    """Return what is wrong with a URL as far as it shows without a network; None for nothing."""
    if len(url) > LONGEST_URL or any(ord(character) <= 32 or ord(character) == 127 for character in url):
        return f"give an address of at most {LONGEST_URL} characters without spaces"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is no address; write it like https://shop.example/hooks"
    if parts.scheme not in ("http", "https") or not host:
        return "it must begin with https:// or http:// and name a host, like https://shop.example/hooks"
    if parts.username or parts.password:
        return "a user name or password in it is not sent; put a token into its path instead"
    if parts.fragment:
        return "leave the part after # away: it is never sent"
    literal = _literal(host)
    here = (
        host == "localhost" or host.endswith(".localhost") or (literal is not None and not _public(literal))
    )
    if here and not _allowed(host, literal, allowed):
        return f"{host} is an address of this machine or of a private network. {ALLOWING}"
    return None


def checked_addresses(
    host: str, port: int, allowed: Sequence[str], resolve: Resolve | None = None
) -> list[str]:
    """Return the addresses of `host` that may be connected to; every one was checked.

    `allowed` are host names, addresses and networks (CIDR) that may be private. Raises `AddressRefused` for a name
    that does not resolve, and where one of its addresses is private and not allowed.
    """
    try:
        found = list(dict.fromkeys((resolve or _resolve)(host, port)))
    except (OSError, UnicodeError) as error:
        raise AddressRefused(f"the name {host} does not resolve ({error})") from error
    for text in found:
        address = ipaddress.ip_address(text.split("%")[0])
        if not _public(address) and not _allowed(host, address, allowed):
            raise AddressRefused(
                f"{host} is at {address}, an address of this machine or of a private network. {ALLOWING}"
            )
    if not found:
        raise AddressRefused(f"the name {host} has no address")
    return found


def _resolve(host: str, port: int) -> list[str]:
    return [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _public(address.ipv4_mapped)
        if address.is_site_local or any(address in network for network in _EMBEDS_IPV4):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _allowed(host: str, address: Address | None, allowed: Sequence[str]) -> bool:
    for entry in allowed:
        if entry.lower() == host.lower():
            return True
        try:
            network = ipaddress.ip_network(entry, strict=False)
        except ValueError:
            continue
        if address is not None and address.version == network.version and address in network:
            return True
    return False
