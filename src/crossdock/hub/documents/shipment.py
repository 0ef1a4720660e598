"""Shipping requests and fulfillments as documents."""

from __future__ import annotations

from crossdock.hub.documents.event import event_document
from crossdock.hub.documents.values import Document, amount, key_of, moment
from crossdock.hub.models import Event, Fulfillment, ShippingRequest
from crossdock.hub.organizations import overfulfill_policy


def shipment_document(request: ShippingRequest, full: bool = False) -> Document:  # noqa: FBT001, FBT002 - as the others
    """Return a shipping request with its lines, field names as in `pipe17/entities.json`.

    `open` is what is still to be shipped. `shippingPrice` is what the buyer paid for the shipping of the whole
    order. `full` adds the `timeline`. Needs `organization`, `order` and
    `lines__line` fetched with it to cost no query of its own.
    """
    order = request.order
    document: Document = {
        "shipmentId": request.key,
        "extShipmentId": request.ext_shipment_id,
        "version": request.version,
        "status": request.status,
        "orderId": key_of(request.order_id),
        "extOrderId": order.ext_order_id,
        "extOrderApiId": order.ext_order_api_id,
        "orderIntegration": key_of(order.integration_id),
        "orderSource": order.order_source,
        "orderSourceType": str(order.canonical.get("orderSourceType") or "online"),
        "orderCreateTime": moment(order.ext_order_created_at),
        "locationId": key_of(request.location_id),
        "fulfillmentIntegrationId": key_of(request.fulfillment_integration_id),
        "extReferenceId": request.ext_reference_id,
        "shippingAddress": request.shipping_address or {},
        "shippingCode": str(order.canonical.get("shippingCode") or ""),
        "shippingCarrier": request.shipping_carrier,
        "shippingClass": request.shipping_class,
        "shippingNote": str(order.canonical.get("orderNote") or ""),
        "shippingPrice": amount(order.shipping_price),
        "currency": order.currency,
        "overfulfillPolicy": overfulfill_policy(request.organization),
        "routingReason": request.routing_reason,
        "explanation": request.explanation,
        "lineItems": [
            {
                "uniqueId": line.line.unique_id,
                "sku": line.sku,
                "name": line.line.name,
                "quantity": line.quantity,
                "fulfilled": line.fulfilled,
                "rejected": line.rejected,
                "open": line.open,
                "parts": line.components or [],
            }
            for line in sorted(request.lines.all(), key=lambda line: line.pk)
        ],
        "sentToFulfillmentAt": moment(request.sent_to_fulfillment_at),
        "canceledAt": moment(request.canceled_at),
        "canceledBy": request.canceled_by,
        "canceledByType": request.canceled_by_type,
        "cancellationStatus": request.cancellation_status,
        "createdAt": moment(request.created_at),
        "updatedAt": moment(request.updated_at),
        "orgKey": request.organization.org_key,
    }
    if full:
        document["timeline"] = _timeline(request)
    return document


def _timeline(request: ShippingRequest) -> list[Document]:
    """Return what happened to the request, oldest first."""
    events = Event.objects.filter(entity="shippingRequests", record_id=request.pk).order_by("id")
    return [event_document(event) for event in events.select_related("organization")]


def fulfillment_document(fulfillment: Fulfillment) -> Document:
    """Return a fulfillment: one parcel that left, or what a warehouse will not ship, with its lines.

    Needs `organization`, `order` and `lines__request_line__line` fetched with it to cost no query.
    """
    order = fulfillment.order
    return {
        "fulfillmentId": fulfillment.key,
        "extFulfillmentId": fulfillment.ext_fulfillment_id,
        "shipmentId": key_of(fulfillment.request_id),
        "orderId": key_of(fulfillment.order_id),
        "extOrderId": order.ext_order_id,
        "extOrderApiId": order.ext_order_api_id,
        "integration": key_of(order.integration_id),
        "locationId": key_of(fulfillment.location_id),
        "fulfillmentType": fulfillment.fulfillment_type,
        "reason": fulfillment.reason,
        "actualShipDate": moment(fulfillment.actual_ship_date),
        "trackingNumber": [fulfillment.tracking_number] if fulfillment.tracking_number else [],
        "trackingUrl": fulfillment.tracking_url,
        "shippingCarrier": fulfillment.shipping_carrier,
        "shippingClass": fulfillment.shipping_class,
        "lineItems": [
            {
                "uniqueId": line.request_line.line.unique_id,
                "sku": line.sku,
                "quantity": line.quantity,
                "extra": line.extra,
            }
            for line in sorted(fulfillment.lines.all(), key=lambda line: line.pk)
        ],
        "author": fulfillment.author,
        "createdAt": moment(fulfillment.created_at),
        "updatedAt": moment(fulfillment.created_at),
        "orgKey": fulfillment.organization.org_key,
    }
