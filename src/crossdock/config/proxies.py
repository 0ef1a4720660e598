"""The proxies in front of Crossdock that are believed about who calls."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from crossdock.config.reader import Reader

Network = IPv4Network | IPv6Network
LOOKS = "Write them like 10.0.0.5, 10.1.0.0/16, with commas between them."


def read_proxies(reader: Reader) -> tuple[Network, ...]:
    """Return the addresses and networks of the trusted proxies; none where nothing is set."""
    name = "CROSSDOCK_TRUSTED_PROXIES"
    found = []
    for entry in (part.strip() for part in (reader.text(name) or "").split(",")):
        if not entry:
            continue
        network = _network(entry, strict=True)
        if network is None:
            around = _network(entry, strict=False)
            if around is None:
                reader.wrong(name, f"names neither an address nor a network: {entry}", LOOKS)
            else:
                remedy = f"Write {around} for the whole network, or the address alone."
                reader.wrong(name, f"names an address as if it were a network: {entry}", remedy)
        elif network.prefixlen == 0:
            reader.wrong(name, f"trusts everybody: {entry}", f"Name your own proxies only. {LOOKS}")
        else:
            found.append(network)
    return tuple(found)


def _network(text: str, *, strict: bool) -> Network | None:
    try:
        return ip_network(text, strict=strict)
    except ValueError:
        return None
