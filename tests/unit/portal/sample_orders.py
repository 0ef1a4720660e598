"""The made-up orders of the sample shop, in every state."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
from django.db.models import Model

from crossdock.hub import models as hub

PEOPLE = (
    ("Marta", "Lindqvist", "SE", "Stockholm", "114 55", "Karlavägen 12"),
    ("Jonas", "Weber", "DE", "Hamburg", "20095", "Mönckebergstraße 7"),
    ("Aoife", "O'Brien", "IE", "Cork", "T12 X8PV", "14 Oliver Plunkett Street"),
    ("田中", "美咲", "JP", "京都市", "604-8001", "河原町通三条 5-2"),
    ("Ελένη", "Παπαδοπούλου", "GR", "Θεσσαλονίκη", "546 21", "Τσιμισκή 40"),
    ("Luca", "Ferri", "IT", "Torino", "10123", "Via Po 18"),
)
GOODS = (
    ("KETTLE-17", "Pour-over kettle 1.7 l", "64.90"),
    ("GRINDER-S", "Hand grinder, steel burrs", "119.00"),
    ("BEANS-ETH-250", "Ethiopia Guji, 250 g", "12.50"),
    ("BEANS-COL-1K", "Colombia Huila, 1 kg", "38.00"),
    ("CUP-BLUE", "Stoneware cup, blue", "18.00"),
    ("CUP-SAND", "Stoneware cup, sand", "18.00"),
    ("FILTER-100", "Paper filters, 100 pieces", "6.40"),
)
STATUSES = (
    "new",
    "readyForFulfillment",
    "fulfilled",
    "fulfilled",
    "partialFulfillment",
    "sentToFulfillment",
    "fulfilled",
    "canceled",
    "readyForFulfillment",
    "fulfilled",
    "reviewRequired",
    "onHold",
    "fulfilled",
    "refunded",
)


KINDS = (
    hub.Order, hub.Link, hub.SourceDocument, hub.OrderLine, hub.ShippingRequest, hub.ShippingRequestLine,
    hub.Fulfillment, hub.FulfillmentLine, hub.Event,
)  # fmt: skip
"""What an order is made of: what is referred to stands before what refers to it."""


@dataclass
class Pile:
    """Rows that are stored together, a statement for each kind: hundreds of tests fill a shop."""

    rows: dict[type[Model], list[Any]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    subjects: list[tuple[Model, Model]] = field(default_factory=list)

    def add(self, row: Model, about: Model | None = None) -> None:
        """Put a row on it; its `record_id` will be that of the record that it is `about`."""
        self.rows[type(row)].append(row)
        if about is not None:
            self.subjects.append((row, about))

    def store(self) -> None:
        """Store everything, each kind in the order in which it came."""
        for kind, rows in self.rows.items():
            for row, about in self.subjects:
                if isinstance(row, kind):
                    row.record_id = about.pk  # type: ignore[attr-defined]  # links and events have it
            kind._default_manager.bulk_create(rows)


def place_orders(
    organization: hub.Organization,
    integration: hub.Integration,
    location: hub.Location,
    run: hub.Run,
    count: int,
    now: datetime,
) -> list[hub.Order]:
    """Return so many orders in all sorts of statuses, with what led to them."""
    pile = Pile()
    made = [
        _place_order(pile, organization, integration, location, run, number, now) for number in range(count)
    ]
    pile.store()
    return made


def _place_order(
    pile: Pile,
    organization: hub.Organization,
    integration: hub.Integration,
    location: hub.Location,
    run: hub.Run,
    number: int,
    now: datetime,
) -> hub.Order:
    random = Random(number)
    first, last, country, city, code, street = PEOPLE[number % len(PEOPLE)]
    goods = random.sample(GOODS, 1 + number % 3)
    quantities = [random.randint(1, 3) for _ in goods]
    subtotal = sum(
        (Decimal(price) * count for (_, _, price), count in zip(goods, quantities, strict=True)), Decimal()
    )
    discount = Decimal("5.00") if number % 4 == 0 else Decimal(0)
    tax = (subtotal * Decimal("0.19")).quantize(Decimal("0.01"))
    total = subtotal - discount + Decimal("4.90") + tax
    status = STATUSES[number % len(STATUSES)]
    placed = now - timedelta(hours=3 * number, minutes=number)
    address = {
        "firstName": first,
        "lastName": last,
        "address1": street,
        "city": city,
        "zipCodeOrPostalCode": code,
        "country": country,
    }
    canonical = {
        "extOrderUrl": f"https://my.ecwid.test/store/1003#order:{number}",
        "customer": {"phone": "+49 40 123456"},
        "shippingAddress": address,
        "billingAddress": address if number % 2 else {**address, "address1": "P.O. Box 3"},
        "discounts": [{"name": "Coupon", "amount": str(discount), "code": "WELCOME5"}] if discount else [],
        "payments": [{"method": "Credit card", "amount": str(total)}],
        "shippingClass": "DHL Paket",
        "orderNote": "Please ring twice." if number % 5 == 0 else "",
    }
    order = hub.Order(
        organization=organization,
        integration=integration,
        ext_order_id=f"KW{10400 - number}",
        ext_order_api_id=str(520000000 + number),
        status=status,
        standing="open",
        paid=status != "onHold",
        routing_status="pending" if status == "new" else "acknowledged",
        method="shipping",
        order_source="ecwid",
        payment_status="AWAITING_PAYMENT" if status == "onHold" else "PAID",
        fulfillment_status="AWAITING_PROCESSING",
        email=f"{number}.buyer@example.test",
        customer_name=f"{first} {last}",
        currency="EUR",
        sub_total_price=subtotal,
        order_discount=discount,
        order_tax=tax,
        shipping_price=Decimal("4.90"),
        total_price=total,
        ext_order_created_at=placed,
        ext_order_updated_at=placed,
        canonical=canonical,
        location=location,
        tags=["wholesale"] if number % 6 == 0 else [],
    )
    pile.add(order)
    link = hub.Link(integration=integration, entity="orders", remote_id=order.ext_order_api_id)
    pile.add(link, about=order)
    body = {"id": order.ext_order_id, "total": float(total), "paymentStatus": "PAID", "items": len(goods)}
    pile.add(hub.SourceDocument(link=link, body=msgspec.json.encode(body).decode()))
    lines = []
    for position, ((sku, name, price), quantity) in enumerate(zip(goods, quantities, strict=True)):
        lines.append(
            hub.OrderLine(
                order=order,
                position=position,
                unique_id=str(position),
                sku=sku,
                name=name,
                quantity=quantity,
                fulfilled=quantity
                if status == "fulfilled" or (status == "partialFulfillment" and not position)
                else 0,
                item_price=Decimal(price),
                item_discount=0,
                item_tax=0,
                requires_shipping=True,
                taxable=True,
                options=[{"name": "Grind", "value": "Espresso"}] if sku.startswith("BEANS") else None,
            )
        )
    for line in lines:
        pile.add(line)
    _event(pile, order, "orders", order, "ingested", "ecwid pull", run=run)
    if status not in ("new", "onHold", "canceled", "refunded"):
        _ship(pile, order, lines, location, placed)
    return order


def _event(
    pile: Pile, order: hub.Order, entity: str, record: Model, operation: str, author: str, **more: object
) -> None:
    event = hub.Event(
        organization_id=order.organization_id, entity=entity, operation=operation, author=author, **more
    )
    pile.add(event, about=record)


def _ship(
    pile: Pile, order: hub.Order, lines: list[hub.OrderLine], location: hub.Location, placed: datetime
) -> None:
    request = hub.ShippingRequest(
        organization_id=order.organization_id,
        order=order,
        location=location,
        status=hub.Order.Status(order.status).value
        if order.status in hub.ShippingRequest.Status.values
        else "readyForFulfillment",
        ext_shipment_id=f"{order.ext_order_id}-1",
        routing_reason="Paid and shippable; the default location has it.",
    )
    pile.add(request)
    _event(
        pile,
        order,
        "orders",
        order,
        "routed",
        "routing",
        reason="paid and shippable",
        after={"status": "readyForFulfillment", "location": location.name},
    )
    _event(pile, order, "shippingRequests", request, "created", "routing")
    asked = [
        hub.ShippingRequestLine(
            request=request, line=line, sku=line.sku, quantity=line.quantity, fulfilled=line.fulfilled
        )
        for line in lines
    ]
    for line in asked:
        pile.add(line)
    shipped = [line for line in asked if line.fulfilled]
    if shipped:
        parcel = hub.Fulfillment(
            organization_id=order.organization_id,
            request=request,
            order=order,
            location=location,
            ext_fulfillment_id=f"{order.ext_order_id}-p1",
            actual_ship_date=placed + timedelta(hours=2),
            tracking_number=f"00340434{order.ext_order_api_id:0>12}",
            tracking_url="https://tracking.test/parcel",
            shipping_carrier="DHL",
            shipping_class="Paket",
            author="user:ann@kaffewerk.test",
        )
        pile.add(parcel)
        for line in shipped:
            pile.add(
                hub.FulfillmentLine(
                    fulfillment=parcel, request_line=line, sku=line.sku, quantity=line.fulfilled
                )
            )
        _event(
            pile,
            order,
            "fulfillments",
            parcel,
            "shipped",
            "user:ann@kaffewerk.test",
            reason="shipped by hand",
        )
