"""Reading Ecwid's webhooks. Only their time and id are signed, so a genuine one is no more than a hint.

Facts: ecwid-api/webhooks.md §2 to §4. The body's entity, store, type and data prove nothing; whoever acts
on a hint reads the record again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Raw, Struct

from crossdock.connectors.contract import Entity, Forged, Hint
from crossdock.connectors.errors import Unreadable

LARGEST_BODY = 256 * 1024
OLDEST = timedelta(days=2)
"""Ecwid repeats an event for 24 hours; anything much older is a replay."""

NEWEST = timedelta(minutes=10)
SIGNATURE = "x-ecwid-webhook-signature"

LONGEST_NAME = 200
"""Characters of an event's id or type; neither is ever longer than a UUID or a few words."""

_SECONDS = re.compile(rb"[0-9]{1,12}")
_POSITIVE = re.compile(r"0*([1-9][0-9]{0,18})")


class _Event(Struct, frozen=True, rename="camel"):
    event_created: Raw
    event_id: Raw
    store_id: Raw
    event_type: str
    entity_id: object = None
    data: object = None


class EcwidWebhooks:
    """Reads the webhooks of one app; the key is its client secret."""

    def read(self, body: bytes, headers: Mapping[str, str], config: Mapping[str, str], now: datetime) -> Hint:
        """Verify and read one webhook; an unknown type gives a `Hint` without entity.

        Raises `Forged` for a wrong signature or age, `Unreadable` for a malformed body.
        """
        event = _event(body)
        seconds, event_id = _signed_parts(event)
        _verify(f"{seconds}.{event_id}", headers, config.get("client_secret") or "")
        at = _moment(seconds, now)
        entity, remote_id = _subject(event)
        return Hint(
            account_id=_store(event),
            event_id=event_id,
            event_type=event.event_type,
            at=at,
            entity=entity,
            remote_id=remote_id,
            disconnected=_plain(event.event_type) == "application.uninstalled",
        )


def _event(body: bytes) -> _Event:
    if len(body) > LARGEST_BODY:
        raise Unreadable(f"The webhook is larger than {LARGEST_BODY // 1024} KB.", field="body")
    try:
        return msgspec.json.decode(body, type=_Event)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"The webhook is not an Ecwid event: {error}.", field="body") from None


def _signed_parts(event: _Event) -> tuple[str, str]:
    """Return the time and id as they stand in the body: the signature covers exactly these characters."""
    seconds = bytes(event.event_created)
    if not _SECONDS.fullmatch(seconds):
        raise Unreadable("eventCreated is not a whole number of Unix seconds.", field="eventCreated")
    event_id = _text(event.event_id)
    if not event_id or len(event_id) > LONGEST_NAME:
        raise Unreadable("eventId is missing or is no id.", field="eventId")
    if not event.event_type.strip() or len(event.event_type) > LONGEST_NAME:
        raise Unreadable("eventType is missing or is no type.", field="eventType")
    return seconds.decode(), event_id


def _verify(message: str, headers: Mapping[str, str], secret: str) -> None:
    """Compare in constant time; without a secret nothing can be genuine."""
    if not secret:
        raise Forged(
            "No client secret is set, so no webhook can be verified; set CROSSDOCK_ECWID_CLIENT_SECRET."
        )
    given = next((value for name, value in headers.items() if name.lower() == SIGNATURE), "")
    digest = hmac.new(secret.encode(), message.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(digest), given.strip().encode("utf-8", "surrogatepass")):
        raise Forged("The webhook's signature is missing or wrong.", field="X-Ecwid-Webhook-Signature")


def _moment(seconds: str, now: datetime) -> datetime:
    try:
        at = datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, OSError, ValueError):
        raise Forged("The webhook's time is no time.", field="eventCreated") from None
    if at < now - OLDEST:
        raise Forged("The webhook is older than two days.", code="staleWebhook", field="eventCreated")
    if at > now + NEWEST:
        raise Forged("The webhook's time lies in the future.", code="staleWebhook", field="eventCreated")
    return at


def _store(event: _Event) -> str:
    store_id = _number(_text(event.store_id))
    if not store_id:
        raise Unreadable("storeId is not a store's number.", field="storeId")
    return store_id


def _subject(event: _Event) -> tuple[Entity | None, str]:
    """Return what to look at again; nothing where the type means nothing to us or names no record."""
    kind = _plain(event.event_type)
    number = _number(event.entity_id)
    if kind.startswith("order."):
        data = event.data if isinstance(event.data, dict) else {}
        named = data.get("orderId")
        remote_id = number or (named.strip() if isinstance(named, str) else _number(named))
        return (Entity.ORDERS, remote_id) if remote_id else (None, "")
    if kind.startswith("product."):
        return (Entity.PRODUCTS, number) if number else (None, "")
    if kind == "profile.updated":
        return Entity.LOCATIONS, ""
    return None, ""


def _plain(event_type: str) -> str:
    """Event names are spelled in more than one way: compare them without case and underscores.

    `unfinished_order.*` and `product_class.*` keep apart from `order.*` and `product.*`.
    """
    return event_type.strip().lower().replace("_", "")


def _number(value: object) -> str:
    """Return a positive whole number as text, whether sent as a number or as text; else nothing."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    match = _POSITIVE.fullmatch(str(value) if not isinstance(value, str) else value.strip())
    return match[1] if match else ""


def _text(raw: Raw) -> str:
    """Return a JSON string's text, or a whole number as it is written; nothing for anything else."""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if isinstance(value, str):
        return value.strip()
    return bytes(raw).decode() if isinstance(value, int) and not isinstance(value, bool) else ""
