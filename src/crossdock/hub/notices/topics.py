"""What a webhook can ask about: each topic is the name of one kind of record."""

from __future__ import annotations

TOPICS = {
    "orders": "Orders: taken in, changed, held, routed, cancelled, fulfilled",
    "shipments": "Shipping requests: made, sent, cancelled, fulfilled",
    "fulfillments": "Fulfillments: a parcel left, or a warehouse rejected units",
    "products": "Products: added, changed, archived",
    "inventory": "Inventory: a figure of a SKU at a location changed",
    "locations": "Locations: added, changed, merged",
    "exceptions": "Exceptions: opened, set aside, closed",
    "integrations": "Integrations: connected, set up, stopped",
}
"""Each topic with the words for it. The triggers of migration `webhooks` write down what changed, by these names."""

TEST = "test"
"""The entity of a notice that somebody sent to try the address."""
