"""Shipping requests as a warehouse knows them, and what it says of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db.models import Q, QuerySet

from crossdock.canon import Address, SentShipment, Shipment, ShipmentLine, ShipmentPart, ShipmentReport
from crossdock.hub.models import (
    Fulfillment,
    Integration,
    Link,
    Organization,
    Run,
    ShippingRequest,
    ShippingRequestLine,
)
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.rejections import reject
from crossdock.hub.shipping.sending import note_reference
from crossdock.hub.stock.ledger import Cause
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

REPORTED = "reported by the warehouse"
AT_WAREHOUSE = (ShippingRequest.Status.SENT, ShippingRequest.Status.PARTIAL)


def shipments_of(requests: Sequence[ShippingRequest]) -> list[tuple[ShippingRequest, Shipment]]:
    """Return requests as their warehouses are to know them, each with what is open of it.

    `shipping_price` is what the buyer paid for the shipping of the whole order. Needs `order`, `location` and
    `lines__line` fetched with them to cost one query for any number.
    """
    links = Link.objects.filter(
        integration_id__in={_warehouse(request) for request in requests}, entity="locations",
        record_id__in={request.location_id for request in requests}, tombstoned_at=None,
    )  # fmt: skip
    places: dict[tuple[int | None, int], str] = {}
    for warehouse, location, remote_id in links.order_by("-pk").values_list(
        "integration_id", "record_id", "remote_id"
    ):
        places[warehouse, location] = remote_id
    return [
        (request, _shipment(request, places.get((_warehouse(request), request.location_id), "")))
        for request in requests
    ]


def _warehouse(request: ShippingRequest) -> int | None:
    return request.fulfillment_integration_id or request.location.fulfillment_integration_id


def _shipment(request: ShippingRequest, ext_location_id: str) -> Shipment:
    order, location = request.order, request.location
    canonical = order.canonical
    address = request.shipping_address
    return Shipment(
        ext_shipment_id=request.ext_shipment_id, shipment_id=request.key, ext_order_id=order.ext_order_id,
        order_created_at=order.ext_order_created_at, line_items=_lines(request, whole=False),
        location_name=location.name, ext_location_id=ext_location_id,
        shipping_address=msgspec.convert(address, Address) if address else None,
        shipping_code=str(canonical.get("shippingCode") or ""), shipping_carrier=request.shipping_carrier,
        shipping_class=request.shipping_class, shipping_note=str(canonical.get("orderNote") or ""),
        shipping_price=order.shipping_price, currency=order.currency, order_source=order.order_source,
        version=request.version, canceled=request.status in CANCELED_REQUESTS,
    )  # fmt: skip


def sent_requests(integration: Integration) -> QuerySet[ShippingRequest]:
    """Return the requests that `integration` has and has not done with, oldest first."""
    rows = ShippingRequest.objects.filter(
        fulfillment_integration=integration, status__in=AT_WAREHOUSE, sent_to_fulfillment_at__isnull=False
    )
    return rows.prefetch_related("lines__line").order_by("sent_to_fulfillment_at", "pk")


def sent_shipments(integration: Integration) -> list[SentShipment]:
    """Return the requests that `integration` has and has not done with, oldest first."""
    return [
        SentShipment(
            ext_shipment_id=request.ext_shipment_id, sent_at=request.sent_to_fulfillment_at,
            line_items=_lines(request, whole=False), requested=_lines(request, whole=True),
            ext_reference_id=request.ext_reference_id,
        )
        for request in sent_requests(integration)
        if request.sent_to_fulfillment_at is not None
    ]  # fmt: skip


def take_report(
    of: Integration | Organization, report: ShipmentReport, *, author: str, run: Run | None = None
) -> Fulfillment:
    """Record what a warehouse says of a request: a parcel that left, or what it will not ship.

    A warehouse (`of`) speaks of its own requests only; an organization of all that are its own. A bundle may
    be reported by its own SKU or by its parts, in whole bundles. The same `ext_fulfillment_id` twice is one
    report. Raises `ShippingError`, which names the field and the remedy; nothing is recorded then.
    """
    return record_report(_reported(of, report), report, author=author, run=run)


def record_report(
    request: ShippingRequest, report: ShipmentReport, *, author: str, run: Run | None = None
) -> Fulfillment:
    """Record a report of `request`, which the caller has found and may speak of. Raises `ShippingError`."""
    note_reference(request, report.ext_reference_id, Cause(author, REPORTED, run))
    lines = reported_lines(report)
    if report.kind == "rejected":
        return reject(
            request, lines, at=report.at, author=author, reason=report.reason,
            ext_fulfillment_id=report.ext_fulfillment_id, run=run,
        )  # fmt: skip
    return fulfill(
        request, lines, shipped_at=report.at, author=author,
        tracking_number=report.tracking_number, tracking_url=report.tracking_url, carrier=report.carrier,
        service=report.service, ext_fulfillment_id=report.ext_fulfillment_id, run=run,
    )  # fmt: skip


def reported_lines(report: ShipmentReport) -> dict[int | str, int] | None:
    """Return the units of a report by SKU; None where all that is open is meant."""
    lines: dict[int | str, int] = {}
    for line in report.line_items:
        lines[line.sku] = lines.get(line.sku, 0) + line.quantity
    return lines or None


def _reported(of: Integration | Organization, report: ShipmentReport) -> ShippingRequest:
    """Return the request that a report is about.

    Two stores may have orders of one number. The request meant is then the one that knows the parcel already,
    or else the only one that something is open of.
    """
    number = report.ext_shipment_id
    mine = Q(organization=of) if isinstance(of, Organization) else Q(fulfillment_integration=of)
    found = list(ShippingRequest.objects.filter(mine, ext_shipment_id=number).order_by("pk"))
    if not found:
        raise ShippingError("extShipmentId", f"{of.name} has no shipping request called {number!r}")
    if len(found) > 1:
        again = [row for row in found if _knows(row, report.ext_fulfillment_id)]
        found = again or [row for row in found if row.status not in CANCELED_REQUESTS and _open(row)]
    if len(found) != 1:
        raise ShippingError(
            "extShipmentId",
            f"{number!r} is the name of several requests, and it is not clear which one is meant; record it "
            "by hand, by the request's id",
        )
    return found[0]


def _knows(request: ShippingRequest, ext_id: str) -> bool:
    return request.fulfillments.filter(ext_fulfillment_id=ext_id).exists()


def _open(request: ShippingRequest) -> bool:
    return any(row.open for row in request.lines.all())


def _lines(request: ShippingRequest, *, whole: bool) -> tuple[ShipmentLine, ...]:
    return tuple(
        _line(row, row.quantity if whole else row.open)
        for row in sorted(request.lines.all(), key=lambda row: row.pk)
        if whole or row.open > 0
    )


def _line(row: ShippingRequestLine, quantity: int) -> ShipmentLine:
    parts = () if row.components is None else tuple(ShipmentPart(sku, each) for sku, each in row.parts())
    return ShipmentLine(
        unique_id=row.line.unique_id, sku=row.sku, name=row.line.name, quantity=quantity, parts=parts
    )
