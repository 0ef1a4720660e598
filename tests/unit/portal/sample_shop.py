"""A made-up shop with everything the pages can show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from sample_orders import GOODS, place_orders

from crossdock.hub import models as hub

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Shop:
    """What the tests want at hand."""

    organization: hub.Organization
    user: User
    integration: hub.Integration
    orders: list[hub.Order]
    product: hub.Product
    record: hub.InventoryRecord
    run: hub.Run


def member(organization: hub.Organization, name: str, role: str = "administrator") -> User:
    """Return a new user of the organization, with the sample's password."""
    user = get_user_model().objects.create_user(username=name, email=name, password=PASSWORD)
    hub.Membership.objects.create(organization=organization, user=user, role=role)
    return user


def open_shop(
    now: datetime,
    *,
    name: str = "Kaffewerk Roastery",
    email: str = "ann@kaffewerk.test",
    orders: int = 40,
    account: str = "1003",
) -> Shop:
    """Return a shop filled up to `now`; the same each time."""
    organization = hub.Organization.objects.create(name=name, timezone="Europe/Berlin")
    user = member(organization, email)
    integration = _integration(organization, account, now)
    flows = _flows(integration, now)
    run = _runs(flows, now)
    location = hub.Location.objects.create(
        organization=organization,
        name="Warehouse Altona",
        is_default=True,
        address={
            "address1": "Große Elbstraße 9",
            "city": "Hamburg",
            "zipCodeOrPostalCode": "22767",
            "country": "DE",
        },
    )
    hub.Location.objects.create(organization=organization, name="Shop counter", kind="pickup")
    hub.Link.objects.create(
        integration=integration, entity="locations", remote_id="profile", record_id=location.pk
    )
    product = _products(organization, integration)
    records = _stock(organization, location, now)
    made = place_orders(organization, integration, location, run, orders, now)
    _reserve(records, made, location)
    _exceptions(organization, integration, flows["orders"], made)
    return Shop(organization, user, integration, made, product, records[0], run)


def _integration(organization: hub.Organization, account: str, now: datetime) -> hub.Integration:
    return hub.Integration.objects.create(
        organization=organization,
        connector="ecwid",
        name=f"Ecwid: {organization.name}",
        state="connected",
        account_id=account,
        connected_at=now - timedelta(days=41),
        account={
            "accountId": account,
            "name": organization.name,
            "currency": "EUR",
            "currencyPrecision": 2,
            "timezone": "Europe/Berlin",
            "weightUnit": "kg",
            "url": "https://kaffewerk.test",
            "language": "de",
            "scopes": [
                "read_store_profile",
                "read_catalog",
                "update_catalog",
                "read_orders",
                "update_orders",
            ],
        },
    )


def _flows(integration: hub.Integration, now: datetime) -> dict[str, hub.Flow]:
    rows = (
        ("locations", "pull", True, 900),
        ("orders", "pull", True, 21),
        ("products", "pull", True, 140),
        ("products", "push", False, None),
        ("inventory", "push", True, 35),
        ("fulfillments", "push", True, 310),
    )
    flows: dict[str, hub.Flow] = {}
    for entity, direction, enabled, seconds in rows:
        flow = hub.Flow.objects.create(
            integration=integration,
            entity=entity,
            direction=direction,
            enabled=enabled,
            enabled_at=now - timedelta(days=40) if enabled else None,
            last_success_at=now - timedelta(seconds=seconds) if seconds else None,
        )
        flows.setdefault(entity, flow)
    for number in range(3):
        hub.Mark.objects.create(flow=flows["inventory"], key=f"CUP-{number}", reason="order taken in")
    return flows


def _runs(flows: dict[str, hub.Flow], now: datetime) -> hub.Run:
    backfill = hub.Import.objects.create(
        flow=flows["orders"],
        since=now - timedelta(days=365),
        state="running",
        total=12400,
        read=8300,
        created=8211,
        excluded=62,
        failed=2,
    )
    for number in range(9):
        hub.Run.objects.create(
            flow=flows[("orders", "inventory", "fulfillments")[number % 3]],
            trigger="schedule",
            outcome="completed",
            finished_at=now,
            read=12 * number,
            changed=number,
            unchanged=11 * number,
            remote_calls=2,
            least_calls=1,
        )
    hub.Run.objects.create(
        flow=flows["fulfillments"],
        trigger="mark",
        outcome="failed",
        finished_at=now,
        message="Ecwid answered 503 three times; asked to try again in 60 s.",
        remote_calls=3,
        least_calls=1,
    )
    run = hub.Run.objects.create(
        flow=flows["orders"],
        backfill=backfill,
        trigger="import",
        outcome="partial",
        finished_at=now,
        read=100,
        created=97,
        unchanged=1,
        failed=2,
        remote_calls=2,
        least_calls=1,
    )
    for status, path in (
        (200, "/orders?limit=100&offset=0"),
        (429, "/orders?limit=100&offset=100"),
        (0, "/profile"),
    ):
        hub.RemoteCall.objects.create(
            run=run,
            integration=flows["orders"].integration,
            method="GET",
            path=path,
            status=status,
            milliseconds=182,
        )
    return run


def _products(organization: hub.Organization, integration: hub.Integration) -> hub.Product:
    for sku, name, price in GOODS[:4]:
        hub.Product.objects.create(
            organization=organization,
            owner=integration,
            sku=sku,
            name=name,
            price=Decimal(price),
            currency="EUR",
        )
    parent = hub.Product.objects.create(
        organization=organization,
        owner=integration,
        sku="CUP",
        name="Stoneware cup",
        kind="parent",
        currency="EUR",
        price=Decimal("18.00"),
        upc="4006381333931",
        canonical={
            "vendor": "Töpferei Nord",
            "weight": "0.31",
            "weightUnit": "kg",
            "prices": [
                {"name": "base", "value": "18.00", "currency": "EUR"},
                {"name": "compareTo", "value": "22.00", "currency": "EUR"},
            ],
        },
    )
    for color, sku in (("Blue", "CUP-BLUE"), ("Sand", "CUP-SAND"), ("White", "")):
        child = hub.Product.objects.create(
            organization=organization,
            owner=integration,
            parent=parent,
            kind="child",
            sku=sku,
            currency="EUR",
            name=f"Stoneware cup, {color.lower()}",
            price=Decimal("19.50") if color == "Blue" else None,
            canonical={"variantOptions": [{"name": "Color", "value": color}]},
        )
        hub.Link.objects.create(
            integration=integration, entity="products", remote_id=f"77:{sku}", record_id=child.pk
        )
    hub.Event.objects.create(
        organization=organization,
        entity="products",
        record_id=parent.pk,
        operation="created",
        author="ecwid pull",
    )
    return parent


def _stock(
    organization: hub.Organization, location: hub.Location, now: datetime
) -> list[hub.InventoryRecord]:
    records = []
    for number, (sku, _name, _price) in enumerate(GOODS):
        record = hub.InventoryRecord.objects.create(
            organization=organization,
            location=location,
            sku=sku,
            on_hand=number * 13,
            committed=number + 2,
            state="tracked" if number < 5 else ("unlimited", "unknown")[number - 5],
            incoming=40 if number == 2 else 0,
        )
        for step, reason in enumerate(("first count", "delivery 2214", "cup broken")):
            hub.LedgerEntry.objects.create(
                record=record,
                event="adjust",
                figure="on_hand",
                quantity=(number * 13, 0, -1)[step],
                before=0,
                after=number * 13,
                author="user:ann@kaffewerk.test",
                reason=reason,
            )
        records.append(record)
    return records


def _reserve(records: list[hub.InventoryRecord], orders: list[hub.Order], location: hub.Location) -> None:
    for order in orders:
        for line in order.lines.filter(fulfilled=0, sku=records[0].sku):
            hub.Reservation.objects.create(record=records[0], line=line, quantity=line.quantity)


def _exceptions(
    organization: hub.Organization, integration: hub.Integration, flow: hub.Flow, orders: list[hub.Order]
) -> None:
    cases = (
        ("sumMismatch", 4, "total", "the terms of the order make 81.20 EUR, its total says 82.00 EUR."),
        ("sumMismatch", 9, "total", "the terms of the order make 12.50 EUR, its total says 12.05 EUR."),
        ("blankSku", 6, "items[1].sku", "line 2 (Gift wrapping) has no SKU, so no stock is kept for it."),
    )
    for code, number, field, text in cases:
        order = orders[number % len(orders)]
        hub.ExceptionCase.objects.create(
            organization=organization,
            integration=integration,
            flow=flow,
            code=code,
            entity="orders",
            subject=f"orders:{order.ext_order_api_id}",
            record_id=order.pk,
            field=field,
            message=f"Order {order.ext_order_id}: {text}",
            count=number,
        )
    hub.ExceptionCase.objects.create(
        organization=organization,
        integration=integration,
        code="needsReconnect",
        entity="integrations",
        subject=f"integration:{integration.key}",
        message="The store refused the token.",
        status="resolved",
        resolution="The integration was reconnected.",
    )
