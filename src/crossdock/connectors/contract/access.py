"""Ways in: authorization by a consent page, and webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from crossdock.connectors.contract.manifest import Entity
from crossdock.connectors.contract.services import Services
from crossdock.connectors.errors import ConnectorError


class Grant(Struct, frozen=True, kw_only=True):
    """What a successful authorization gave. `credentials` are secret."""

    credentials: Mapping[str, str]
    account_id: str
    scopes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Grant(account_id={self.account_id!r}, scopes={self.scopes!r})"


class OAuth(Protocol):
    """Connecting by a consent page."""

    def authorize_url(self, config: Mapping[str, str], redirect_uri: str, state: str) -> str:
        """Return the address of the consent page. Raises `Refused` where the app's settings are missing."""

    def exchange(self, services: Services, code: str, redirect_uri: str) -> Grant:
        """Exchange a code, once and never again. Raises `Refused` with what to do."""


class Hint(Struct, frozen=True, kw_only=True):
    """A genuine webhook: look again at this record. `at` is when it happened, by the sender's clock."""

    account_id: str
    event_id: str
    event_type: str
    at: datetime
    entity: Entity | None = None
    remote_id: str = ""
    disconnected: bool = False


class Forged(ConnectorError):
    """A webhook whose signature or age is wrong; it changes nothing."""

    code = "forgedWebhook"


class WebhookReader(Protocol):
    """Reads the webhooks of a connector's app."""

    def read(self, body: bytes, headers: Mapping[str, str], config: Mapping[str, str], now: datetime) -> Hint:
        """Verify and read one webhook; an unknown type gives a `Hint` without entity.

        Raises `Forged` for a wrong signature or age, `Unreadable` for a malformed body.
        """
