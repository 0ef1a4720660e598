"""Turning every expected error into one line and an exit code. Anything else is a bug and shows as one."""

from __future__ import annotations

import sys
from typing import NamedTuple

from crossdock.cli.codes import CommandError, Exit
from crossdock.logs import redacted


class Failure(NamedTuple):
    """What to print on standard error, and how to exit."""

    message: str
    code: Exit


# Module and class of each expected error. A module that was never imported cannot have raised, so nothing is
# loaded only to be compared with. The first that fits counts, so subclasses come before their bases.
EXPECTED: tuple[tuple[str, str, Exit], ...] = (
    ("crossdock.config", "ConfigError", Exit.SETUP),
    ("crossdock.database", "DatabaseError", Exit.SETUP),
    ("crossdock.runtime", "NotStartedError", Exit.SETUP),
    ("crossdock.server", "PortError", Exit.SETUP),
    ("crossdock.hub.vault", "SecretUnreadable", Exit.SETUP),
    ("crossdock.hub.listing", "NotFoundError", Exit.NOT_FOUND),
    ("crossdock.hub.listing", "AmbiguousError", Exit.USAGE),
    ("crossdock.hub.listing", "ListingError", Exit.USAGE),
    ("crossdock.connectors.errors", "Gone", Exit.NOT_FOUND),
    ("crossdock.connectors.errors", "Reconnect", Exit.REMOTE),
    ("crossdock.connectors.errors", "Refused", Exit.REMOTE),
    ("crossdock.connectors.errors", "ConnectorError", Exit.ATTENTION),
    ("crossdock.flows.switches", "SwitchError", Exit.USAGE),
    ("crossdock.flows.preview", "NoPreviewError", Exit.ATTENTION),
    ("crossdock.hub.organizations", "SettingError", Exit.USAGE),
    ("crossdock.hub.stock.inventory", "InventoryError", Exit.USAGE),
    ("crossdock.hub.api_keys", "ApiKeyError", Exit.USAGE),
    ("crossdock.hub.notices.webhooks", "WebhookError", Exit.USAGE),
    ("crossdock.hub.places.settings", "LocationError", Exit.USAGE),
    ("crossdock.hub.shipping.parcels", "ShippingError", Exit.USAGE),
    ("crossdock.hub.products", "ProductError", Exit.USAGE),
    ("crossdock.routing.card_book", "CardError", Exit.USAGE),
    ("crossdock.hub.orders.release", "ReleaseError", Exit.USAGE),
    ("crossdock.routing.rules.book", "RuleError", Exit.USAGE),
    ("crossdock.hub.mappings.book", "MappingError", Exit.USAGE),
    ("crossdock.hub.stock.bundles", "BundleError", Exit.USAGE),
)
# Our own names for arguments that are not what was typed but how things stand.
STATE_FIELDS = frozenset({"status", "state"})
STATEFUL = frozenset({"SwitchError", "InventoryError", "ShippingError", "ProductError", "ReleaseError"})
# Refusals that come from here and not from the connected system.
OWN_REFUSALS = {
    "unknownConnector": Exit.USAGE,
    "unknownFlow": Exit.USAGE,
    "wrongDate": Exit.USAGE,
    "importRunning": Exit.USAGE,
    "noOAuth": Exit.USAGE,
    "oauthNotConfigured": Exit.SETUP,
    "flowNotReady": Exit.ATTENTION,
    "notDisabled": Exit.ATTENTION,
    "otherAccount": Exit.ATTENTION,
    "alreadyConnected": Exit.ATTENTION,
}


def failure_of(error: BaseException) -> Failure | None:
    """Return what an expected error amounts to, None for a bug."""
    if isinstance(error, CommandError):
        return Failure(error.message, error.code)
    for module, name, code in EXPECTED:
        kind = getattr(sys.modules.get(module), name, None)
        if isinstance(kind, type) and isinstance(error, kind):
            if name in STATEFUL and getattr(error, "field", "") in STATE_FIELDS:
                code = Exit.ATTENTION  # noqa: PLW2901 - refused for what the record is, not for what was typed
            return Failure(_message(error), OWN_REFUSALS.get(str(getattr(error, "code", "")), code))
    return _database_failure(error)


def _message(error: BaseException) -> str:
    """The sentence of an error, with the field it is about where the sentence does not name it."""
    text = str(getattr(error, "reason", "") or getattr(error, "message", "") or error)
    field = str(getattr(error, "field", "") or "")
    # Redacted before the field is put in front: "token: …" would look like a secret itself.
    text = redacted(text)
    return text if not field or field in text else f"{field}: {text}"


def _database_failure(error: BaseException) -> Failure | None:
    for module in ("django.db.utils", "psycopg"):
        kinds = [
            getattr(sys.modules.get(module), name, None) for name in ("OperationalError", "InterfaceError")
        ]
        if any(isinstance(kind, type) and isinstance(error, kind) for kind in kinds):
            said = redacted(str(error)).strip().splitlines()
            what = said[0] if said else type(error).__name__
            return Failure(
                f"The database does not answer: {what}. `crossdock doctor` checks the connection.", Exit.SETUP
            )
    return None
