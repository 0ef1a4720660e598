"""``/api/v3/inventory``: the figures, and a warehouse's counts of them."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from crossdock.api.answers import Answer, many
from crossdock.api.authentication import author_of, caller
from crossdock.api.errors import ApiError
from crossdock.hub import listing
from crossdock.hub.documents import inventory_document
from crossdock.hub.models import ApiKey, Location
from crossdock.hub.stock import counts as counting

router = Router(tags=["inventory"])
MOST_COUNTS = 1000


class Count(Schema):
    """What was counted of one SKU at `at`, the warehouse's time. `means` says what the figure leaves out.

    ``onHand`` is what lies on the shelf; ``available`` is what is left beside the shipping requests that
    the warehouse has, and may be below zero.
    """

    model_config = {"extra": "forbid"}

    sku: Annotated[str, Field(min_length=1, max_length=120)]
    quantity: Annotated[int, Field(ge=-1_000_000_000, le=2_000_000_000)]
    at: AwareDatetime
    means: Literal["onHand", "available"] = "onHand"
    location_id: str = Field("", alias="locationId")


class Counts(Schema):
    """Up to a thousand counts; each is taken or refused on its own."""

    model_config = {"extra": "forbid"}

    inventory: Annotated[list[Count], Field(min_length=1, max_length=MOST_COUNTS)]
    reason: Annotated[str, Field(max_length=300)] = "counted by the warehouse"


class InventoryFilters(Schema):
    """Which figures are listed."""

    sku: str = ""
    location_id: str = Field("", alias="locationId")
    count: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: str = ""


@router.get("")
def list_inventory(request: HttpRequest, filters: Query[InventoryFilters]) -> Answer:
    """List stock figures by SKU and location; a warehouse's key sees those of its own locations only."""
    key = caller(request, "inventory.read")
    page = listing.inventory(
        key.organization, sku=filters.sku,
        location=listing.find_location(key.organization, filters.location_id) if filters.location_id else None,
        warehouse=key.integration, limit=filters.count, cursor=filters.cursor or None,
    )  # fmt: skip
    return many("inventory", [inventory_document(row) for row in page.rows], filters.count, page.next_cursor)


@router.post("")
def post_inventory(request: HttpRequest, body: Counts) -> Answer:
    """Take counts. The answer has a result for each: what is on hand now, or the field and why not."""
    key = caller(request, "inventory.write")
    results: dict[int, Answer] = {}
    counts: dict[int, counting.Count] = {}
    for index, count in enumerate(body.inventory):
        try:
            place = _place(key, count.location_id)
        except (ApiError, listing.NotFoundError, listing.AmbiguousError) as error:
            results[index] = _refused(count.sku, "locationId", str(error))
        else:
            counts[index] = counting.Count(count.sku, place, count.quantity, count.at, count.means)
    taken = counting.take_counts(
        key.organization, list(counts.values()), author=author_of(key), reason=body.reason
    )
    results |= {index: _result(result) for index, result in zip(counts, taken, strict=True)}
    refused = sum(1 for result in results.values() if not result["success"])
    return {
        "success": True, "code": 200, "taken": len(results) - refused, "refused": refused,
        "results": [results[index] for index in sorted(results)],
    }  # fmt: skip


def _result(result: counting.CountResult) -> Answer:
    if result.outcome == "refused":
        return _refused(result.count.sku, result.field, result.message)
    return {"success": True, "sku": result.count.sku, "onHand": result.on_hand, "message": result.message}


def _refused(sku: str, field: str, message: str) -> Answer:
    return {"success": False, "sku": sku, "field": field, "message": message.partition(" `crossdock")[0]}


def _place(key: ApiKey, location_id: str) -> Location:
    """Return the location meant: the one named, else the only one of the key's warehouse, else the default one.

    Raises `ApiError` where it is not this key's, or cannot be told.
    """
    own = Location.objects.filter(organization=key.organization).order_by("pk")
    if key.integration_id is not None:
        own = own.filter(fulfillment_integration_id=key.integration_id)
    elif not location_id:
        own = own.filter(is_default=True)
    if location_id:
        location = listing.find_location(key.organization, location_id)
        if not own.filter(pk=location.pk).exists():
            raise ApiError(403, "locationId", "this key is of another warehouse")
        return location
    found = list(own[:2])
    if len(found) != 1:
        raise ApiError(422, "locationId", "name the location: there is none for this key, or more than one")
    return found[0]
