"""The words of the first steps after connecting: what each is called, how it is done, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import NoReverseMatch, reverse

from crossdock.connectors.contract import Manifest
from crossdock.flows.first_steps import Step
from crossdock.hub.models import Integration


@dataclass(frozen=True)
class Words:
    """How a step is shown: its title, one sentence how, and the names of the pages where it is done.

    `of` says what the page needs: the integration's key, or the record that shows the step; the first page that
    exists is taken. ``{name}`` is the connector.
    """

    title: str
    how: str
    label: str
    pages: tuple[str, ...]
    of: str = ""


@dataclass(frozen=True)
class Item:
    """One line of the checklist."""

    name: str
    title: str
    how: str
    done: bool
    at: datetime | None
    seen: str
    label: str
    address: str


WORDS = {
    "connected": Words(
        "Connected to {name}",
        "The account has answered, and its credentials are kept encrypted.",
        "The connection",
        ("integrations-one",),
        "integration",
    ),
    "located": Words(
        "Locations pulled",
        "They are read by themselves within a minute of connecting; see whether each place is there.",
        "Locations",
        ("locations",),
    ),
    "flowsOn": Words(
        "Flows turned on",
        "Turn on orders first and then products; inventory and fulfillments once what you see here is right.",
        "Flow settings",
        ("integrations-settings", "integrations-one"),
        "integration",
    ),
    "orderSeen": Words(
        "A test order seen",
        "With orders turned on, buy something in the store as a customer would; the order is here a minute or two "
        "later.",
        "Orders",
        ("orders",),
    ),
    "routed": Words(
        "Orders find a place to ship from",
        "Not all do: see what the exception says, then give a location stock, or change from where orders ship.",
        "Exceptions",
        ("exceptions",),
    ),
    "warehouseAssigned": Words(
        "A location assigned to the warehouse",
        "Say which location the warehouse ships for; until then people ship its orders by hand.",
        "Locations",
        ("locations",),
    ),
    "shipmentPushed": Words(
        "A fulfillment pushed back",
        "With fulfillments turned on, mark the test order as shipped with a tracking number, and find both in {name}.",
        "Orders",
        ("orders",),
    ),
    "counted": Words(
        "A SKU counted",
        "Enter what lies on the shelf for one SKU: what was never counted is never sent.",
        "Inventory",
        ("inventory",),
    ),
    "stockPushed": Words(
        "A stock figure pushed",
        "With inventory turned on, change the count of one SKU by one, and find the figure in {name}.",
        "Inventory",
        ("inventory",),
    ),
    "assigned": Words(
        "A location assigned",
        "Say which location this warehouse ships for: it is sent what is to ship from there.",
        "Locations",
        ("locations",),
    ),
    "handedOver": Words(
        "A shipping request handed over",
        "With shipping requests turned on, release an order that ships from its location.",
        "Orders",
        ("orders",),
    ),
    "reported": Words(
        "A parcel reported back",
        "With fulfillments turned on, let the warehouse report the parcel; the order is then shipped.",
        "Fulfillments",
        ("fulfillments",),
    ),
}
RECORDS = {
    "orderSeen": ("orders-one", "Order {seen} came in"),
    "shipmentPushed": ("orders-one", "The shipment of order {seen} was written and read back"),
}
"""Steps that lead to the very record that shows them, and what that shows."""


def checklist(steps: list[Step], integration: Integration, manifest: Manifest) -> list[Item]:
    """Return the steps in words, each with the page where it is done."""
    items = [_item(step, integration, manifest) for step in steps]
    order = next((item for item in items if item.name == "orderSeen" and item.done), None)
    # The order that came in is the one to ship.
    return [
        replace(item, label=order.label, address=order.address)
        if order is not None and item.name == "shipmentPushed" and not item.done
        else item
        for item in items
    ]


def _item(step: Step, integration: Integration, manifest: Manifest) -> Item:
    words = WORDS[step.name]
    label, address, seen = words.label, _address(words, integration), step.seen
    if step.record_id is not None and step.name in RECORDS:
        page, shown = RECORDS[step.name]
        label, seen = f"Order {step.seen}", shown.format(seen=step.seen)
        address = reverse(f"portal:{page}", args=[step.record_id])
    return Item(
        step.name,
        words.title.format(name=manifest.name),
        words.how.format(name=manifest.name),
        step.done,
        step.at,
        seen,
        label,
        address,
    )


def _address(words: Words, integration: Integration) -> str:
    for page in words.pages:
        try:
            return reverse(f"portal:{page}", args=[integration.pk] if words.of == "integration" else [])
        except NoReverseMatch:
            continue
    return reverse("portal:home")
