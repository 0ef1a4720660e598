"""A small shop in the database, for tests of the hub and of routing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crossdock.hub.models import (
    Flow,
    Integration,
    InventoryRecord,
    LedgerEntry,
    Location,
    Mark,
    Order,
    OrderLine,
    Organization,
    Reservation,
)
from crossdock.hub.stock.inventory import settle_reservations
from crossdock.routing.rules.applying import RulesReport, apply_rules

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class World:
    """One organization with a store, a default location, and the push flows turned on."""

    def __init__(self, name: str = "Shop", *, located: bool = True) -> None:
        self.organization = Organization.objects.create(name=name)
        self.integration = Integration.objects.create(
            organization=self.organization, connector="test", name=name, state="connected", account_id=name
        )
        self.inventory_flow = self.flow("inventory")
        self.fulfillments_flow = self.flow("fulfillments")
        self.orders = 0
        self.default: Location | None = self.location("Main", is_default=True) if located else None

    @property
    def main(self) -> Location:
        """The default location, which must be there."""
        assert self.default is not None
        return self.default

    def flow(self, entity: str, integration: Integration | None = None) -> Flow:
        """Turn a push flow on."""
        return Flow.objects.create(
            integration=integration or self.integration, entity=entity, direction="push", enabled=True
        )

    def location(self, name: str, **fields: object) -> Location:
        """Make a location."""
        return Location.objects.create(organization=self.organization, name=name, **fields)

    def order(
        self,
        lines: Mapping[str, int] | None = None,
        *,
        digital: bool = False,
        paid: bool = True,
        release: str = "released",
        **fields: object,
    ) -> Order:
        """Store an order of units by SKU, as an intake would; ``a`` and ``a?`` are two lines of one SKU.

        It is released, as if rules had let it through; with `release` ``"undecided"`` they have to look yet.
        """
        self.orders += 1
        values: dict[str, object] = {
            "organization": self.organization,
            "integration": self.integration,
            "ext_order_id": str(1000 + self.orders),
            "ext_order_api_id": f"api-{self.integration.pk}-{self.orders}",
            "standing": "open",
            "paid": paid,
            "payment_status": "PAID" if paid else "AWAITING_PAYMENT",
            "fulfillment_status": "AWAITING_PROCESSING",
            "method": "shipping",
            "order_source": "test",
            "currency": "EUR",
            "sub_total_price": Decimal(10),
            "order_discount": Decimal(0),
            "order_tax": Decimal(0),
            "shipping_price": Decimal(0),
            "total_price": Decimal(10),
            "ext_order_created_at": MONDAY + timedelta(minutes=self.orders),
            "ext_order_updated_at": MONDAY + timedelta(minutes=self.orders),
            "release": release,
        }
        order = Order.objects.create(**(values | fields))
        for position, (sku, quantity) in enumerate((lines or {"tea": 2}).items()):
            self.line(order, sku.rstrip("?"), quantity, position, requires_shipping=not digital)
        return order

    def placed(self, lines: Mapping[str, int] | None = None, **fields: Any) -> Order:  # as `order` takes them
        """Store an order, and commit its units, as an intake would."""
        order = self.order(lines, **fields)
        settle_reservations([order.pk], author="test", reason="placed")
        return order

    def line(self, order: Order, sku: str, quantity: int, position: int = 0, **fields: object) -> OrderLine:
        """Add a line to an order."""
        values: dict[str, object] = {
            "order": order,
            "position": position,
            "unique_id": str(order.lines.count() + 1),
            "sku": sku,
            "name": sku or "a thing without a SKU",
            "quantity": quantity,
            "item_price": Decimal(5),
            "item_discount": Decimal(0),
            "item_tax": Decimal(0),
            "requires_shipping": True,
            "taxable": True,
        }
        return OrderLine.objects.create(**(values | fields))

    def curate(self, now: datetime | None = None) -> RulesReport:
        """Have the rules decide on what waits for them, as a worker would: at noon, unless told otherwise."""
        return apply_rules(self.organization.pk, now or NOON)

    def record(self, sku: str, location: Location | None = None) -> InventoryRecord:
        """The inventory record of a SKU, at the default location unless another is named."""
        return InventoryRecord.objects.get(
            organization=self.organization, sku=sku, location=location or self.default
        )

    def ledger(self, sku: str) -> list[tuple[str, str, int, int, int]]:
        """Every entry of a SKU as (event, figure, quantity, before, after), in the order written."""
        entries = LedgerEntry.objects.filter(record__organization=self.organization, record__sku=sku)
        return list(entries.order_by("pk").values_list("event", "figure", "quantity", "before", "after"))

    def reserved(self, order: Order) -> dict[str, tuple[int, int]]:
        """What an order keeps committed by SKU: (by itself, by its requests)."""
        held: dict[str, tuple[int, int]] = {}
        for row in Reservation.objects.filter(line__order=order).select_related("line"):
            own, requested = held.get(row.line.sku, (0, 0))
            alone = row.request_line_id is None
            held[row.line.sku] = (own + row.quantity * alone, requested + row.quantity * (not alone))
        return held

    def marked(self, flow: Flow | None = None) -> set[str]:
        """The keys marked for a flow, the push of inventory unless another is named; takes them away."""
        rows = Mark.objects.filter(flow=flow or self.inventory_flow)
        keys = set(rows.values_list("key", flat=True))
        rows.delete()
        return keys


@pytest.fixture
def world(db: None) -> World:
    """A shop with nothing in it."""
    return World()
