"""An order of five teas and a cup, brought to each stage, and everything that may happen to it in its store."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crossdock.connectors.contract import Account, RemoteRecord
from crossdock.connectors.ecwid import translate
from crossdock.hub.intake import Finding, Incoming, Origin, canonical_json, document_hash, known_links
from crossdock.hub.models import ExceptionCase, Order, OrderLine, OrderRule, ShippingRequest
from crossdock.hub.orders.changes import delete_order
from crossdock.hub.orders.intake import ingest_orders
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.stock.inventory import check_ledger, set_on_hand
from crossdock.routing.router import route_pending

if TYPE_CHECKING:
    from tests.unit.conftest import World

Document = dict[str, Any]  # an order as Ecwid writes it
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MONDAY = 1_772_442_000
"""When the order was placed: 9:00 on that day, in seconds."""
DURING_THE_HOLD = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
EUROS = Account(account_id="1003", name="Store", currency="EUR")
REMOTE = "520000101"

STAGES = ("undecided", "held", "review", "unpaid", "ready", "routed", "sent", "partly", "shipped")

BOUGHT: Document = {
    "id": "1042", "internalId": 520000101, "createTimestamp": MONDAY, "paymentStatus": "PAID",
    "fulfillmentStatus": "AWAITING_PROCESSING", "email": "ada@example.org", "subtotal": 30, "total": 30,
    "items": [
        {"id": 1, "productId": 11, "sku": "tea", "name": "Tea", "price": 5, "quantity": 5},
        {"id": 2, "productId": 12, "sku": "cup", "name": "Cup", "price": 5, "quantity": 1},
    ],
    "billingPerson": {"name": "Ada Smith", "street": "Main St 1", "city": "Bath", "countryCode": "GB"},
    "shippingPerson": {"name": "Ada Smith", "street": "Main St 1", "city": "Bath", "countryCode": "GB"},
    "shippingOption": {
        "shippingMethodId": "m1", "shippingMethodName": "Parcel", "shippingCarrierName": "Post",
        "fulfillmentType": "SHIPPING",
    },
}  # fmt: skip
PICKUP: Document = {"shippingMethodName": "At the shop", "isPickup": True, "fulfillmentType": "PICKUP"}


class Edit:
    """A change in the store: the documents that follow each other, and how the order was before it."""

    def __init__(
        self, *steps: Callable[[Document], None], before: Callable[[Document], None] | None = None,
        unpaid: bool = False,
    ) -> None:  # fmt: skip
        self.steps = steps
        self.before = before or (lambda document: None)
        self.unpaid = unpaid


def fields(**values: object) -> Callable[[Document], None]:
    """Set fields of the order."""
    return lambda document: document.update(copy.deepcopy(values))


def line(number: int, **values: object) -> Callable[[Document], None]:
    """Set fields of one line."""
    return lambda document: document["items"][number].update(values)


def back(name: str) -> Callable[[Document], None]:
    """Give a status back the value it had before the change."""
    return lambda document: document.update({name: document["_before"][name]})


def _prices(document: Document) -> None:
    document["items"][0]["price"] = 4
    document["discount"] = 5


def _add_up(document: Document) -> None:
    """Make the sums agree, as Ecwid's own editor does."""
    document["subtotal"] = sum(row["price"] * row["quantity"] for row in document["items"])
    document["total"] = document["subtotal"] - document.get("discount", 0)


def _delete(document: Document) -> None:
    document["_deleted"] = True


def _restore(document: Document) -> None:
    document["_deleted"] = False


CHANGES: dict[str, Edit] = {
    "quantity-up": Edit(line(0, quantity=7)),
    "quantity-down": Edit(line(0, quantity=3)),
    "line-added": Edit(
        lambda document: document["items"].append(
            {"id": 3, "productId": 12, "sku": "cup", "name": "Cup", "price": 5, "quantity": 2}
        )
    ),
    "line-removed": Edit(lambda document: document["items"].pop()),
    "sku-swapped": Edit(line(1, sku="tea", productId=11, name="Tea")),
    "prices": Edit(_prices),
    "address": Edit(lambda document: document["shippingPerson"].update(street="Side St 2", city="Wells")),
    "shipping-method": Edit(
        lambda document: document["shippingOption"].update(
            shippingMethodName="Express", shippingCarrierName="DHL"
        )
    ),
    "to-pickup": Edit(fields(shippingOption=PICKUP)),
    "to-shipping": Edit(
        fields(shippingOption=BOUGHT["shippingOption"]), before=fields(shippingOption=PICKUP)
    ),
    "e-mail": Edit(fields(email="ada@example.com")),
    "customer": Edit(
        lambda document: document["billingPerson"].update(name="Ada Jones", companyName="Jones Ltd"),
        fields(customerTaxId="GB 123"),
    ),
    "buyers-note": Edit(fields(orderComments="Leave it at the door")),
    "private-notes": Edit(
        fields(
            privateAdminNotes="Called twice",
            extraFields={"export": "done"},
            externalOrderId="A-1",
            acceptMarketing=True,
        )
    ),
    "paid": Edit(fields(paymentStatus="PAID"), before=fields(paymentStatus="AWAITING_PAYMENT"), unpaid=True),
    "payment-withdrawn": Edit(fields(paymentStatus="AWAITING_PAYMENT")),
    "cancelled": Edit(fields(paymentStatus="CANCELLED")),
    "refunded": Edit(fields(paymentStatus="REFUNDED")),
    "partly-refunded": Edit(fields(paymentStatus="PARTIALLY_REFUNDED")),
    "paid-again": Edit(fields(paymentStatus="CANCELLED"), back("paymentStatus")),
    "shipped-by-store": Edit(fields(fulfillmentStatus="SHIPPED")),
    "not-shipped-after-all": Edit(
        fields(fulfillmentStatus="SHIPPED"), fields(fulfillmentStatus="PROCESSING")
    ),
    "returned": Edit(fields(fulfillmentStatus="RETURNED")),
    "will-not-deliver": Edit(fields(fulfillmentStatus="WILL_NOT_DELIVER")),
    "delivers-again": Edit(fields(fulfillmentStatus="WILL_NOT_DELIVER"), back("fulfillmentStatus")),
    "deleted": Edit(_delete),
    "restored": Edit(_delete, _restore),
}


class Case:
    """One order in one shop, as its store sees it (`document`) and as it is here."""

    def __init__(self, world: World, edit: Edit, stage: str) -> None:
        self.world, self.edit, self.stage = world, edit, stage
        for sku in ("tea", "cup"):
            set_on_hand(world.organization, sku, 10, author="anna", reason="counted")
        self.origin = Origin(integration=world.integration, run=None, author="pull")
        if edit.unpaid and stage != "unpaid":
            world.integration.settings = {"acceptUnpaid": True}
            world.integration.save(update_fields=["settings"])
        self.document = copy.deepcopy(BOUGHT)
        self.seconds = MONDAY
        edit.before(self.document)
        if stage == "unpaid":
            self.document["paymentStatus"] = "AWAITING_PAYMENT"
        self.read()
        self._advance(stage)

    def _advance(self, stage: str) -> None:
        if stage == "review":
            OrderRule.objects.create(
                organization=self.world.organization, position=1, name="Look first",
                actions=[{"do": "review"}],
            )  # fmt: skip
        if stage != "undecided":
            self.decide()
        if stage not in ("undecided", "ready"):
            self.route()
        if STAGES.index(stage) >= STAGES.index("sent"):
            mark_sent(self.requests[0], author="warehouse")
        if stage in ("partly", "shipped"):
            some: dict[int | str, int] | None = {"tea": 2} if stage == "partly" else None
            fulfill(self.requests[0], some, shipped_at=NOON, author="warehouse")
            self.document["fulfillmentStatus"] = "PROCESSING" if stage == "partly" else "SHIPPED"
            self.read()

    def read(self) -> None:
        """Take in the document as it is now, as a pull does."""
        self.seconds += 60
        if self.document.pop("_deleted", False):
            [link] = known_links(self.world.integration, "orders", [REMOTE]).values()
            delete_order(self.origin, link, datetime.fromtimestamp(self.seconds, UTC))
            return
        _add_up(self.document)
        raw = json.dumps(
            {key: value for key, value in self.document.items() if not key.startswith("_")}
            | {"updateTimestamp": self.seconds}
        ).encode()
        found = translate.order(RemoteRecord(remote_id=REMOTE, updated_at=None, document=raw), EUROS)
        incoming = Incoming(
            remote_id=REMOTE, updated_at=found.record.ext_order_updated_at, document=raw,
            hash=document_hash(raw), record=found.record, canonical=canonical_json(found.record),
            notices=tuple(
                Finding(row.code, row.field, row.message) for row in found.notices if row.attention
            ),
        )  # fmt: skip
        ingest_orders(self.origin, [incoming], known_links(self.world.integration, "orders", [REMOTE]))

    def decide(self) -> None:
        """Let the rules look: while the order is still held by the default one, or at noon."""
        self.world.curate(DURING_THE_HOLD if self.stage == "held" else NOON)

    def route(self) -> None:
        """Let routing do what is due."""
        route_pending(self.world.organization.pk)

    def happen(self) -> None:
        """Let the change happen, step by step; rules and routing follow, where they have looked before."""
        self.document["_before"] = copy.deepcopy(self.document)
        for step in self.edit.steps:
            step(self.document)
            self.read()
        if self.stage != "undecided":
            self.decide()
        if self.stage not in ("undecided", "ready"):
            self.route()

    @property
    def order(self) -> Order:
        return Order.objects.get()

    @property
    def requests(self) -> list[ShippingRequest]:
        return list(ShippingRequest.objects.order_by("version"))

    def outcome(self) -> dict[str, str]:
        """Return how things stand, in the words of the page."""
        assert check_ledger(self.world.organization.pk) == []
        return {
            "lines": _lines(OrderLine.objects.order_by("position", "pk")),
            "requests": "; ".join(_request(row) for row in self.requests) or "none",
            "tea": self._stock("tea"),
            "cup": self._stock("cup"),
            "order": ORDER_WORDS[self.order.status],
            "exceptions": self._exceptions(),
        }

    def _stock(self, sku: str) -> str:
        record = self.world.record(sku)
        return f"{record.on_hand} / {record.committed}"

    def _exceptions(self) -> str:
        """What is open, but for the rules' own: that the order waits for review, its status says."""
        active = ExceptionCase.objects.filter(status="active").exclude(code="reviewRequired")
        return ", ".join(active.order_by("code").values_list("code", flat=True)) or "none"


ORDER_WORDS = {
    "new": "new", "onHold": "on hold", "reviewRequired": "review required", "readyForFulfillment": "ready",
    "sentToFulfillment": "sent", "partialFulfillment": "partly shipped", "fulfilled": "shipped",
    "canceled": "cancelled", "refunded": "refunded", "returned": "returned",
}  # fmt: skip
REQUEST_WORDS = {
    "readyForFulfillment": "ready",
    "sentToFulfillment": "sent",
    "partialFulfillment": "partly shipped",
    "fulfilled": "shipped",
    "canceledRestock": "cancelled",
    "canceled": "written off",
}


def _request(request: ShippingRequest) -> str:
    rows = list(request.lines.order_by("pk"))
    asked = ", ".join(f"{row.quantity} {row.sku}" for row in rows)
    return f"{request.version} {REQUEST_WORDS[request.status]} ({asked})"


def _lines(lines: object) -> str:
    found: dict[str, dict[str, int]] = {}
    for row in lines:  # type: ignore[attr-defined]  # a query of lines
        units = found.setdefault(row.sku, {})
        for word, count in (("open", row.open), ("shipped", row.fulfilled), ("cancelled", row.canceled)):
            units[word] = units.get(word, 0) + count
    return ", ".join(
        f"{count} {sku} {word}" for sku, units in found.items() for word, count in units.items() if count
    )
