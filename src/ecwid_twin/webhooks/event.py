"""Events and their signature (ecwid-api/webhooks.md §2-§4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote

from ecwid_twin.wire.message import Doc, encode

SCOPES = {
    "order": "read_orders",
    "unfinished_order": "read_orders",
    "product": "read_catalog",
    "category": "read_catalog",
    "product_class": "read_catalog",
    "customer": "read_customers",
    "discount_coupon": "read_discount_coupons",
    "profile": "read_store_profile",
    "application": "read_store_profile",
}
"""The scope an app must hold to get the events of a kind."""


def signature(secret: str, created: int, event_id: str) -> str:
    """The value of `X-Ecwid-Webhook-Signature`: it covers the time and the id of the event, not its body."""
    message = f"{created}.{event_id}".encode()
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


@dataclass(slots=True)
class Event:
    """Something that happened, as it is told to the app."""

    id: str
    created: int
    store: int
    type: str
    entity: int | str
    data: Doc | None = None

    def body(self) -> bytes:
        """The JSON body of the request; `data` is absent for most types."""
        content: Doc = {
            "eventId": self.id,
            "eventCreated": self.created,
            "storeId": self.store,
            "entityId": self.entity,
            "eventType": self.type,
        }
        if self.data is not None:
            content["data"] = self.data
        return encode(content)

    def address(self, url: str) -> str:
        """`url` with the event type repeated in its query."""
        return f"{url}{'&' if '?' in url else '?'}eventtype={quote(self.type)}"
