"""Shipping, as the rest of the house sees it: requests to ship, and the parcels that left."""

from __future__ import annotations

from crossdock.hub.fulfillments import fulfill, fulfillment_state
from crossdock.hub.parcels import ShippingError
from crossdock.hub.requests import (
    Draft,
    cancel_request,
    create_request,
    create_requests,
    live_requests,
    lock_order,
    mark_canceled,
    mark_sent,
    unrouted,
)
from crossdock.hub.warehouses import sent_shipments, shipment_of, take_report

__all__ = [
    "Draft",
    "ShippingError",
    "cancel_request",
    "create_request",
    "create_requests",
    "fulfill",
    "fulfillment_state",
    "live_requests",
    "lock_order",
    "mark_canceled",
    "mark_sent",
    "sent_shipments",
    "shipment_of",
    "take_report",
    "unrouted",
]
