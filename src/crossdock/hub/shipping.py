"""Shipping, as the rest of the house sees it: requests to ship, and the parcels that left."""

from __future__ import annotations

from crossdock.hub.cancellations import answer_cancellation, note_told
from crossdock.hub.fulfillments import fulfill, fulfillment_state
from crossdock.hub.orders import cancel_order
from crossdock.hub.parcels import ShippingError
from crossdock.hub.rejections import reject
from crossdock.hub.requests import (
    Draft,
    cancel_request,
    create_request,
    create_requests,
    live_requests,
    lock_order,
    mark_canceled,
    mark_sent,
    open_lines,
    refuse_canceled,
    tell_warehouses,
    unrouted,
)
from crossdock.hub.warehouses import sent_requests, sent_shipments, shipment_of, take_report

__all__ = [
    "Draft",
    "ShippingError",
    "answer_cancellation",
    "cancel_order",
    "cancel_request",
    "create_request",
    "create_requests",
    "fulfill",
    "fulfillment_state",
    "live_requests",
    "lock_order",
    "mark_canceled",
    "mark_sent",
    "note_told",
    "open_lines",
    "refuse_canceled",
    "reject",
    "sent_requests",
    "sent_shipments",
    "shipment_of",
    "take_report",
    "tell_warehouses",
    "unrouted",
]
