"""``/api/v3/shipments``: what a warehouse is to ship, and telling that it has taken it."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from crossdock.api.answers import Answer, many, one
from crossdock.api.authentication import author_of, caller
from crossdock.hub import listing
from crossdock.hub.documents import shipment_document
from crossdock.hub.models import ApiKey, ShippingRequest
from crossdock.hub.shipping.sending import mark_sent, refuse_canceled

router = Router(tags=["shipments"])


class ShipmentFilters(Schema):
    """Which shipping requests are listed. `status` may hold several, separated by commas."""

    status: str = ""
    order_id: str = Field("", alias="orderId")
    location_id: str = Field("", alias="locationId")
    count: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: str = ""


class ShipmentUpdate(Schema):
    """The one change a warehouse may make: that it has taken the request, under a number of its own."""

    model_config = {"extra": "forbid"}

    status: Literal["sentToFulfillment"]
    ext_reference_id: Annotated[str, Field(max_length=140)] = Field("", alias="extReferenceId")


@router.get("")
def list_shipments(request: HttpRequest, filters: Query[ShipmentFilters]) -> Answer:
    """List shipping requests, newest first; a warehouse's key sees its own only."""
    key = caller(request, "shipments.read")
    page = listing.shipping_requests(
        key.organization,
        status=[part for part in filters.status.split(",") if part],
        order=listing.find_order(key.organization, filters.order_id) if filters.order_id else None,
        location=listing.find_location(key.organization, filters.location_id)
        if filters.location_id
        else None,
        integration=key.integration,
        limit=filters.count,
        cursor=filters.cursor or None,
    )
    return many("shipments", [shipment_document(row) for row in page.rows], filters.count, page.next_cursor)


@router.get("/{shipment_id}")
def get_shipment(request: HttpRequest, shipment_id: str) -> Answer:
    """Return one shipping request, by its id or as ``ext:`` and its external id."""
    return one("shipment", shipment_document(found(caller(request, "shipments.read"), shipment_id)))


@router.put("/{shipment_id}")
def put_shipment(request: HttpRequest, shipment_id: str, update: ShipmentUpdate) -> Answer:
    """Say that the warehouse has taken the request. Twice is once; a cancelled one is refused."""
    key = caller(request, "shipments.write")
    shipment = found(key, shipment_id)
    refuse_canceled(shipment)
    mark_sent(
        shipment, author=author_of(key), reason="taken by the warehouse",
        ext_reference_id=update.ext_reference_id,
    )  # fmt: skip
    return one("shipment", shipment_document(found(key, shipment.key)))


def found(key: ApiKey, shipment_id: str) -> ShippingRequest:
    """Return the shipping request if `key` may see it. Raises `NotFoundError`."""
    row = listing.find_request(key.organization, shipment_id.removeprefix("ext:"))
    if key.integration_id is not None and row.fulfillment_integration_id != key.integration_id:
        raise listing.NotFoundError(f"There is no shipping request {shipment_id!r}.")
    return row
