"""``/api/v3/fulfillments``: a warehouse's report of a parcel that left, or of what it will not ship."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from crossdock.api import shipments
from crossdock.api.answers import Answer, many, one
from crossdock.api.authentication import author_of, caller
from crossdock.api.errors import ApiError
from crossdock.canon import ReportedLine, ShipmentReport
from crossdock.hub import listing
from crossdock.hub.documents import fulfillment_document
from crossdock.hub.shipping.warehouses import record_report

router = Router(tags=["fulfillments"])
MOST_LINES = 1000


class LineItem(Schema):
    """How many units of a SKU are in the parcel; of a bundle, its parts may be named instead."""

    model_config = {"extra": "forbid"}

    sku: Annotated[str, Field(min_length=1, max_length=120)]
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]


class FulfillmentReport(Schema):
    """One parcel, or one rejection. Without `lineItems` all that is open of the shipping request is meant.

    `extFulfillmentId` is the warehouse's own id: the same one twice is one parcel.
    """

    model_config = {"extra": "forbid"}

    shipment_id: str = Field("", alias="shipmentId")
    ext_shipment_id: str = Field("", alias="extShipmentId")
    ext_fulfillment_id: Annotated[str, Field(min_length=1, max_length=140)] = Field(alias="extFulfillmentId")
    actual_ship_date: AwareDatetime = Field(alias="actualShipDate")
    fulfillment_type: Literal["shipped", "rejected"] = Field("shipped", alias="fulfillmentType")
    reason: Annotated[str, Field(max_length=500)] = ""
    tracking_number: Annotated[str, Field(max_length=200)] = Field("", alias="trackingNumber")
    tracking_url: Annotated[str, Field(max_length=500)] = Field("", alias="trackingUrl")
    shipping_carrier: Annotated[str, Field(max_length=120)] = Field("", alias="shippingCarrier")
    shipping_class: Annotated[str, Field(max_length=120)] = Field("", alias="shippingClass")
    line_items: Annotated[list[LineItem], Field(max_length=MOST_LINES)] = Field([], alias="lineItems")


class FulfillmentFilters(Schema):
    """Which fulfillments are listed; `since` and `until` bound when they were recorded."""

    order_id: str = Field("", alias="orderId")
    location_id: str = Field("", alias="locationId")
    since: datetime | None = None
    until: datetime | None = None
    count: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: str = ""


@router.get("")
def list_fulfillments(request: HttpRequest, filters: Query[FulfillmentFilters]) -> Answer:
    """List fulfillments, newest first; a warehouse's key sees those of its own requests only."""
    key = caller(request, "fulfillments.read")
    page = listing.fulfillments(
        key.organization,
        order=listing.find_order(key.organization, filters.order_id) if filters.order_id else None,
        location=listing.find_location(key.organization, filters.location_id) if filters.location_id else None,
        integration=key.integration, since=filters.since, until=filters.until, limit=filters.count,
        cursor=filters.cursor or None,
    )  # fmt: skip
    documents = [fulfillment_document(row) for row in page.rows]
    return many("fulfillments", documents, filters.count, page.next_cursor)


@router.post("")
def post_fulfillment(request: HttpRequest, report: FulfillmentReport) -> Answer:
    """Record a parcel, or a rejection. A repeat under the same id gives the one that is there."""
    key = caller(request, "fulfillments.write")
    named = report.shipment_id or report.ext_shipment_id
    if not named:
        raise ApiError(422, "shipmentId", "name the shipping request by shipmentId or extShipmentId")
    shipment = shipments.found(key, named)
    told = ShipmentReport(
        ext_shipment_id=shipment.ext_shipment_id, ext_fulfillment_id=report.ext_fulfillment_id,
        at=report.actual_ship_date, kind=report.fulfillment_type,
        line_items=tuple(ReportedLine(line.sku, line.quantity) for line in report.line_items),
        tracking_number=report.tracking_number, tracking_url=report.tracking_url,
        carrier=report.shipping_carrier, service=report.shipping_class, reason=report.reason,
    )  # fmt: skip
    fulfillment = record_report(shipment, told, author=author_of(key))
    found = listing.find_fulfillment(key.organization, fulfillment.key)
    return one("fulfillment", fulfillment_document(found))
