"""An order as a document."""

from __future__ import annotations

from crossdock import canon
from crossdock.hub.documents.shipment import fulfillment_document, shipment_document
from crossdock.hub.documents.values import Document, amount, canonical, chosen, key_of, moment
from crossdock.hub.models import Event, ExceptionCase, Order, OrderLine, ShippingRequest
from crossdock.hub.orders.disposition import Units, disposition, total
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

DETAILS = (
    "customer", "billingAddress", "shippingAddress", "shippingCode", "shippingCarrier", "shippingClass",
    "discounts", "additionalCharges", "payments", "refunds", "orderNote", "internalNote", "customFields",
    "trackingNumber",
)  # fmt: skip


def order_document(order: Order, full: bool = False) -> Document:  # noqa: FBT001, FBT002 - part of the facade
    """Return an order with its lines, field names as in `pipe17/entities.json`.

    `full` adds the parties, addresses, payments, disposition, shipping requests, fulfillments, open exceptions,
    and the `explanation` of the newest routing decision.
    Needs `organization` and `lines` fetched with it to cost no query of its own.
    """
    details = canonical(order.canonical, canon.Order)
    document: Document = {
        "orderId": order.key,
        "extOrderId": order.ext_order_id,
        "extOrderApiId": order.ext_order_api_id,
        "extOrderUrl": details.get("extOrderUrl", ""),
        "integration": key_of(order.integration_id),
        "orderSource": order.order_source,
        "orderSourceType": details.get("orderSourceType", "online"),
        "status": order.status,
        "routingStatus": order.routing_status,
        "routingNote": order.routing_note,
        "release": order.release,
        "releaseNote": order.release_note,
        "holdUntil": moment(order.hold_until),
        "releasedAt": moment(order.released_at),
        "paymentStatus": order.payment_status,
        "fulfillmentStatus": order.fulfillment_status,
        "paid": order.paid,
        "method": order.method,
        "email": order.email,
        "customerName": order.customer_name,
        "currency": order.currency,
        "subTotalPrice": amount(order.sub_total_price),
        "orderDiscount": amount(order.order_discount),
        "orderTax": amount(order.order_tax),
        "shippingPrice": amount(order.shipping_price),
        "totalPrice": amount(order.total_price),
        "lineItems": [_line(line) for line in sorted(order.lines.all(), key=lambda line: line.position)],
        "tags": order.tags,
        "locationId": key_of(order.location_id),
        "extOrderCreatedAt": moment(order.ext_order_created_at),
        "extOrderUpdatedAt": moment(order.ext_order_updated_at),
        "lastRoutedAt": moment(order.last_routed_at),
        "fulfilledAt": moment(order.fulfilled_at),
        "deletedAt": moment(order.deleted_at),
        "version": order.version,
        "createdAt": moment(order.created_at),
        "updatedAt": moment(order.updated_at),
        "orgKey": order.organization.org_key,
    }
    if full:
        by_rule = chosen(order.given, ("shippingCode", "shippingCarrier", "shippingClass"))
        document |= chosen(details, DETAILS) | by_rule | _related(order)
    return document


def _line(line: OrderLine) -> Document:
    return {
        "uniqueId": line.unique_id,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "itemPrice": amount(line.item_price),
        "itemDiscount": amount(line.item_discount),
        "itemTax": amount(line.item_tax),
        "requiresShipping": line.requires_shipping,
        "taxable": line.taxable,
        "extProductId": line.ext_product_id,
        "options": line.options or [],
        "ordered": line.quantity,
        "fulfilled": line.fulfilled,
        "canceled": line.canceled,
        "fulfillable": line.open if line.requires_shipping else 0,
    }


def _related(order: Order) -> Document:
    open_cases = ExceptionCase.objects.filter(
        organization_id=order.organization_id,
        entity="orders",
        record_id=order.pk,
        status=ExceptionCase.Status.ACTIVE,
    )
    requests = order.shipping_requests.select_related("order", "organization").prefetch_related("lines__line")
    parcels = order.fulfillments.select_related("order", "organization").prefetch_related(
        "lines__request_line__line"
    )
    decisions = Event.objects.filter(
        entity="orders",
        record_id=order.pk,
        operation__in=("route", "routing"),
        after__has_key="explanation",
    )
    latest = decisions.order_by("-id").values_list("after", flat=True).first()
    rows = list(requests.order_by("id"))
    return {
        "explanation": (latest or {}).get("explanation", []),
        "disposition": disposition(_units(order, rows)),
        "exceptions": list(open_cases.order_by("id").values_list("code", flat=True)),
        "shipments": [shipment_document(request) for request in rows],
        "fulfillments": [fulfillment_document(parcel) for parcel in parcels.order_by("id")],
    }


def _units(order: Order, requests: list[ShippingRequest]) -> Units:
    lines = [line for line in order.lines.all() if line.requires_shipping]
    live = [request for request in requests if request.status not in CANCELED_REQUESTS]
    asked = [(request, row) for request in live for row in request.lines.all()]
    return Units(
        ordered=total(line.quantity for line in lines),
        canceled=total(line.canceled for line in lines),
        fulfilled=total(line.fulfilled for line in lines),
        held=total(row.open for _, row in asked),
        sent=total(row.open for request, row in asked if request.sent_to_fulfillment_at is not None),
        rejected=total(row.rejected for request in requests for row in request.lines.all()),
    )
