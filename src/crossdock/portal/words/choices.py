"""What people can choose, and what may be found of a thing, in words: one of a few known values each."""

from __future__ import annotations

from collections.abc import Mapping

from crossdock.hub.notices.topics import TOPICS
from crossdock.portal.words.statuses import (
    CANCELLATION,
    INTEGRATION,
    LOCATION,
    ORDER,
    PRODUCT,
    REQUEST,
    ROUTING,
    STOCK,
    Word,
)

GRANTS = {
    "shipments.read": "See shipping requests",
    "shipments.write": "Take shipping requests",
    "fulfillments.read": "See fulfillments",
    "fulfillments.write": "Report parcels and rejections",
    "inventory.read": "See stock figures",
    "inventory.write": "Send counts",
}
"""What an API key may do."""

POLICIES = {
    "overfulfillPolicy": {
        "refuse": "Refuse it and open an exception", "accept": "Take it, and note what was too much",
    },
    "twoFactor": {"optional": "Up to each member", "required": "Required for everybody"},
}  # fmt: skip
"""The settings of an organization, each with what may be chosen."""

_PUBLISHED = {
    "tobepublished": "To be published", "published": "Published", "tobeunpublished": "To be taken off",
    "unpublished": "Not published", "disabled": "Kept out",
}  # fmt: skip


def _labels(words: Mapping[str, Word]) -> dict[str, str]:
    return {value: word.label for value, word in words.items()}


CHOICES: dict[str, Mapping[str, str]] = {
    "routingStatus": _labels(ROUTING),
    "cancellationStatus": _labels(CANCELLATION),
    "release": {
        "undecided": "Left to the rules", "held": "On hold", "review": "Review required", "released": "Released",
    },
    "standing": {
        "open": "Open", "fulfilled": "Shipped", "canceled": "Cancelled", "refunded": "Refunded",
        "returned": "Returned", "incomplete": "Not finished",
    },
    "method": {
        "shipping": "Shipping", "pickup": "Pickup", "delivery": "Delivery", "none": "Nothing to ship",
    },
    "orderSourceType": {"online": "Online"},
    "gap": {"catchUp": "Caught up on", "startNow": "Left out"},
    "role": {"administrator": "Administrator", "user": "User", "developer": "Developer"},
    "channel": {"email": "E-mail", "webhook": "Webhook"},
    "kind": {"stock": "Stock", "pickup": "Pick-up point"},
    "match": {"all": "All of them have to fit", "any": "One of them has to fit"},
    "topics": {topic: text.partition(":")[0] for topic, text in TOPICS.items()},
    "grants": GRANTS,
    **POLICIES,
}  # fmt: skip
"""Values by the name of their field, whatever record has it."""

CHOICES_OF: dict[tuple[str, str], Mapping[str, str]] = {
    ("orders", "status"): _labels(ORDER),
    ("shippingRequests", "status"): _labels(REQUEST),
    ("products", "status"): _labels(PRODUCT) | _PUBLISHED,
    ("products", "state"): _labels(STOCK) | {"inherited": "As its parent"},
    ("inventory", "state"): _labels(STOCK),
    ("locations", "status"): _labels(LOCATION),
    ("integrations", "state"): _labels(INTEGRATION),
}
"""Values by the kind of record and the name of the field."""


def chosen(name: str, value: str, entity: str) -> str | None:
    """Return what a value of a field is called, None where it is not one of a few known ones."""
    return CHOICES_OF.get((entity, name), {}).get(value) or CHOICES.get(name, {}).get(value)
