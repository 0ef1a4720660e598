"""Who calls: the address and the scheme of a request, also where a proxy of the operator's stands between.

Whatever a caller writes into ``X-Forwarded-For`` and ``X-Forwarded-Proto`` is believed from the proxies of the setting
``CROSSDOCK_TRUSTED_PROXIES`` alone. `KnownCallers` puts what is known into the request, so that Django's own
``is_secure`` and `address_of` say the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from crossdock.config.proxies import Network

Address = IPv4Address | IPv6Address
MOST_HOPS = 50
"""How many proxies one behind the other are looked through; whoever writes a longer list gains nothing by it."""
PROBE = "X_Crossdock_Probe"
"""A header of the doctor's that proxies should drop: of two names that differ in ``-`` and ``_`` only the last one is
kept here, so that a caller's own ``X_Forwarded_For`` could take the place of the proxy's."""
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+")


def read_address(text: str) -> Address | None:
    """Return an address as proxies write it, also with a port behind it; None for what is none.

    IPv4 inside of IPv6 (``::ffff:192.0.2.1``) is IPv4, and the name of a network card is no part of an address.
    """
    found = _WITH_PORT.fullmatch(text.strip())
    plain = (found["six"] or found["four"]) if found else text.strip()
    try:
        address = ip_address(plain.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def caller_of(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Return who called: `peer`, which the connection comes from, or whom trusted proxies name.

    `forwarded_for` is read from its end, as each proxy adds the address that it saw: the first one that is no trusted
    proxy is the caller. What is no address ends the search, at the last proxy that is known.
    """
    address = read_address(peer)
    if address is None:
        return peer
    for hop in reversed(forwarded_for.split(",")[-MOST_HOPS:]):
        if not _is_in(address, trusted):
            break
        before = read_address(hop)
        if before is None:
            break
        address = before
    return str(address)


def address_of(request: HttpRequest) -> str:
    """Return the address a request came from; empty for a connection without any."""
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def neighbourhood_of(address: str) -> str:
    """Return what counts as one place where something is guessed from: an address, of IPv6 its network of 64 bits.

    One connection has all the addresses of such a network for itself.
    """
    read = read_address(address)
    if isinstance(read, IPv6Address):
        return str(ip_network((read, 64), strict=False))
    return address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


class KnownCallers:
    """Django middleware; stands before whatever asks for the address or the scheme of a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        config = settings.CROSSDOCK
        peer = str(request.META.get("REMOTE_ADDR", ""))
        address = read_address(peer)
        through_proxy = address is not None and _is_in(address, config.trusted_proxies)
        if through_proxy:
            forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
            request.META["REMOTE_ADDR"] = caller_of(peer, forwarded, config.trusted_proxies)
        told = str(request.META.get("HTTP_X_FORWARDED_PROTO", "")) if through_proxy else ""
        scheme = told.rpartition(",")[2].strip().lower()
        if scheme in ("http", "https"):
            request.META["wsgi.url_scheme"] = scheme
        elif config.secure and _without_port(str(request.META.get("HTTP_HOST", ""))) == _without_port(
            urlsplit(config.public_url).netloc
        ):
            # Crossdock speaks no TLS itself. Whoever asks for the https address came by something that does.
            request.META["wsgi.url_scheme"] = "https"
        return self.get_response(request)


def _without_port(netloc: str) -> str:
    """A host as it is compared; the port that https has by itself is left away."""
    return netloc.lower().removesuffix(":443")
