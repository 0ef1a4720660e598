"""Opening a session with the account of an integration."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
from django.conf import settings

from crossdock.connectors import connector_for
from crossdock.connectors.contract import Account, Connector, Services, Session, Store, Warehouse
from crossdock.connectors.errors import Refused
from crossdock.flows.gate import RequestGate
from crossdock.hub import vault
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Integration


def connector_config(key: str) -> Mapping[str, str]:
    """Return this installation's settings for a connector: client id, addresses …"""
    configured: Mapping[str, Mapping[str, str]] = settings.CROSSDOCK_CONNECTORS
    return configured.get(key, {})


def account_of(integration: Integration) -> Account:
    """Return the account as it was read when last probed."""
    return msgspec.convert(integration.account, Account, strict=False)


def calls_per_minute(integration: Integration, connector: Connector) -> int:
    """Return the request limit: the integration's own setting, else the connector's."""
    own = integration.settings.get("callsPerMinute")
    return int(own) if isinstance(own, int) and own > 0 else connector.manifest.calls_per_minute


def search_lag(integration: Integration, connector: Connector) -> float:
    """Return how many seconds the account's search may trail its writes."""
    own = integration.settings.get("searchLagSeconds")
    return float(own) if isinstance(own, int | float) and own >= 0 else connector.manifest.search_lag


def services(gate: RequestGate, config: Mapping[str, str], *, foreign: Sequence[str] = ()) -> Services:
    """Return what a session needs and must not make for itself; `foreign` as in `Services`."""
    return Services(
        gate=gate, clock=system_clock, random=random.SystemRandom(), sleep=time.sleep, config=config,
        foreign=tuple(foreign),
    )  # fmt: skip


@contextmanager
def opened(integration: Integration, gate: RequestGate) -> Iterator[Session]:
    """Open the integration's account. Raises `Refused` or `Reconnect`, and `SecretUnreadable`."""
    connector = connector_for(integration.connector)
    session = connector.open(
        vault.unseal(integration.credentials),
        integration.settings,
        account_of(integration) if integration.account else None,
        services(gate, connector_config(integration.connector)),
    )
    try:
        yield session
    finally:
        session.close()


def as_store(session: Session, integration: Integration) -> Store:
    """Return the session as that of a selling channel. Raises `Refused` where it is none."""
    if not isinstance(session, Store):
        raise Refused(f"{integration.name} is no store; choose one that sells.", code="notAStore")
    return session


def as_warehouse(session: Session, integration: Integration) -> Warehouse:
    """Return the session as that of a warehouse. Raises `Refused` where it is none."""
    if not isinstance(session, Warehouse):
        raise Refused(f"{integration.name} is no warehouse; choose one that ships.", code="notAWarehouse")
    return session
