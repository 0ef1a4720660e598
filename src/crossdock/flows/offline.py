"""A session with an account that makes no call: for what a connector can tell from stored documents alone."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from crossdock.connectors import connector_for
from crossdock.connectors.contract import Services, Session
from crossdock.connectors.contract.services import RemoteCall
from crossdock.flows.opening import account_of, connector_config
from crossdock.hub import vault
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Integration


class ClosedGate:
    """Lets no request through: what is worked out offline and calls out is a defect, not a surprise for the store."""

    def enter(self, calls: int = 1) -> None:
        """Refuse; a connector that calls out here is a defect."""
        raise RuntimeError(f"no request is made here, but {calls} were wanted")

    def block(self, seconds: float) -> None:
        """Nothing can be blocked that is closed."""

    def record(self, call: RemoteCall) -> None:
        """Nothing was sent."""


@contextmanager
def offline(integration: Integration) -> Iterator[Session]:
    """Open the integration's account without any call. Raises `Refused` and `SecretUnreadable`."""
    session = connector_for(integration.connector).open(
        vault.unseal(integration.credentials),
        integration.settings,
        account_of(integration) if integration.account else None,
        Services(
            gate=ClosedGate(), clock=system_clock, random=random.SystemRandom(), sleep=time.sleep,
            config=connector_config(integration.connector),
        ),
    )  # fmt: skip
    try:
        yield session
    finally:
        session.close()
