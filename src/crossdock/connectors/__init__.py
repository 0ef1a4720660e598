"""The connectors this installation offers. The only place that names them."""

from __future__ import annotations

from crossdock.connectors.contract import Connector
from crossdock.connectors.errors import Refused


def offered() -> tuple[Connector, ...]:
    """Return every connector, in the order of the catalogue."""
    # Lazily: the contract must load without any connector.
    from crossdock.connectors.ecwid import ECWID
    from crossdock.connectors.flatfile import FLATFILE
    from crossdock.connectors.mockwarehouse import MOCKWAREHOUSE

    return (ECWID, FLATFILE, MOCKWAREHOUSE)


def connector_for(key: str) -> Connector:
    """Return the connector called `key`. Raises `Refused` naming those there are."""
    for connector in offered():
        if connector.manifest.key == key:
            return connector
    known = ", ".join(connector.manifest.key for connector in offered())
    raise Refused(
        f"There is no connector called {key!r}; there is: {known}.",
        code="unknownConnector",
        field="connector",
    )
