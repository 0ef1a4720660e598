"""Shipping requests as a warehouse knows them, and what it says of them."""

from __future__ import annotations

import msgspec
from django.db.models import QuerySet

from crossdock.canon import Address, SentShipment, Shipment, ShipmentLine, ShipmentPart, ShipmentReport
from crossdock.hub.fulfillments import fulfill
from crossdock.hub.models import (
    Fulfillment,
    Integration,
    Link,
    Run,
    ShippingRequest,
    ShippingRequestLine,
)
from crossdock.hub.parcels import ShippingError

AT_WAREHOUSE = (ShippingRequest.Status.SENT, ShippingRequest.Status.PARTIAL)


def shipment_of(request: ShippingRequest) -> Shipment:
    """Return a request as its warehouse is to know it, with what is open of it."""
    order, location = request.order, request.location
    canonical = order.canonical
    return Shipment(
        ext_shipment_id=request.ext_shipment_id, shipment_id=request.key, ext_order_id=order.ext_order_id,
        order_created_at=order.ext_order_created_at, line_items=_lines(request, whole=False),
        location_name=location.name, ext_location_id=_ext_location_id(request),
        shipping_address=msgspec.convert(request.shipping_address, Address) if request.shipping_address else None,
        shipping_code=str(canonical.get("shippingCode") or ""), shipping_carrier=request.shipping_carrier,
        shipping_class=request.shipping_class, shipping_note=str(canonical.get("orderNote") or ""),
        shipping_price=order.shipping_price, currency=order.currency, order_source=order.order_source,
        version=request.version,
    )  # fmt: skip


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


def _ext_location_id(request: ShippingRequest) -> str:
    warehouse = request.location.fulfillment_integration
    if warehouse is None:
        return ""
    links = Link.objects.filter(integration=warehouse, entity="locations", record_id=request.location_id)
    link = links.filter(tombstoned_at=None).first()
    return link.remote_id if link else ""


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
    integration: Integration, report: ShipmentReport, *, author: str, run: Run | None = None
) -> Fulfillment:
    """Thin: only whole parcels."""
    request = ShippingRequest.objects.filter(
        fulfillment_integration=integration, ext_shipment_id=report.ext_shipment_id
    ).first()
    if request is None:
        raise ShippingError(
            "extShipmentId", f"{integration.name} was sent no request called {report.ext_shipment_id!r}"
        )
    if report.kind != "shipped":
        raise ShippingError("kind", "rejections cannot be recorded yet")
    lines: dict[int | str, int] = {}
    for line in report.line_items:
        lines[line.sku] = lines.get(line.sku, 0) + line.quantity
    return fulfill(
        request, lines or None, shipped_at=report.at, author=author, tracking_number=report.tracking_number,
        tracking_url=report.tracking_url, carrier=report.carrier, service=report.service,
        ext_fulfillment_id=report.ext_fulfillment_id, run=run,
    )  # fmt: skip
