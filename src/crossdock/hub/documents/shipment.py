"""Shipping requests and fulfilments as documents."""

from __future__ import annotations

from crossdock.hub.documents.values import Document, key_of, moment
from crossdock.hub.models import Fulfillment, ShippingRequest


def shipment_document(request: ShippingRequest) -> Document:
    """Return a shipping request with its lines; `open` is what is still to be shipped.

    Needs `organization`, `order` and `lines__line` fetched with it to cost no query of its own.
    """
    order = request.order
    return {
        "shipmentId": request.key,
        "extShipmentId": request.ext_shipment_id,
        "version": request.version,
        "status": request.status,
        "orderId": key_of(request.order_id),
        "extOrderId": order.ext_order_id,
        "extOrderApiId": order.ext_order_api_id,
        "orderIntegration": key_of(order.integration_id),
        "orderSource": order.order_source,
        "orderCreateTime": moment(order.ext_order_created_at),
        "locationId": key_of(request.location_id),
        "shippingAddress": request.shipping_address or {},
        "shippingCarrier": request.shipping_carrier,
        "shippingClass": request.shipping_class,
        "routingReason": request.routing_reason,
        "explanation": request.explanation,
        "lineItems": [
            {
                "uniqueId": line.line.unique_id,
                "sku": line.sku,
                "name": line.line.name,
                "quantity": line.quantity,
                "fulfilled": line.fulfilled,
                "open": line.open,
            }
            for line in sorted(request.lines.all(), key=lambda line: line.pk)
        ],
        "sentToFulfillmentAt": moment(request.sent_to_fulfillment_at),
        "canceledAt": moment(request.canceled_at),
        "canceledBy": request.canceled_by,
        "createdAt": moment(request.created_at),
        "updatedAt": moment(request.updated_at),
        "orgKey": request.organization.org_key,
    }


def fulfillment_document(fulfillment: Fulfillment) -> Document:
    """Return a fulfilment: one parcel that left, with what was in it.

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
        "actualShipDate": moment(fulfillment.actual_ship_date),
        "trackingNumber": [fulfillment.tracking_number] if fulfillment.tracking_number else [],
        "trackingUrl": fulfillment.tracking_url,
        "shippingCarrier": fulfillment.shipping_carrier,
        "shippingClass": fulfillment.shipping_class,
        "lineItems": [
            {"uniqueId": line.request_line.line.unique_id, "sku": line.sku, "quantity": line.quantity}
            for line in sorted(fulfillment.lines.all(), key=lambda line: line.pk)
        ],
        "author": fulfillment.author,
        "createdAt": moment(fulfillment.created_at),
        "updatedAt": moment(fulfillment.created_at),
        "orgKey": fulfillment.organization.org_key,
    }
