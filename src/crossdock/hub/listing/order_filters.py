"""What lists of orders are filtered by and sorted by: each has an index that serves it (see `models/order.py`)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Upper

from crossdock.hub.listing.name_words import ExistsInAll, living, named
from crossdock.hub.listing.paging import Key, ListingError
from crossdock.hub.models import (
    ExceptionCase,
    Fulfillment,
    Location,
    Order,
    OrderLine,
    Organization,
    ShippingRequest,
    pk_of,
)
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

NEWEST_PURCHASE = (Key("ext_order_created_at", datetime), Key("id", int))
SORTS: dict[str, tuple[Key, ...]] = {
    "newest": NEWEST_PURCHASE,
    "oldest": (Key("ext_order_created_at", datetime, down=False), Key("id", int, down=False)),
    "largest": (Key("total_price", Decimal), Key("id", int)),
    "smallest": (Key("total_price", Decimal, down=False), Key("id", int, down=False)),
}
"""The orders in which orders may be listed, each walked along an index."""


def sort_keys(sort: str) -> tuple[Key, ...]:
    """Return the keys of a sort. Raises `ListingError` for one that there is not."""
    try:
        return SORTS[sort]
    except KeyError:
        raise ListingError("sort", f"{sort!r} is not one of {', '.join(SORTS)}") from None


def shipping_from(query: QuerySet[Order], location: Location) -> QuerySet[Order]:
    """Return the orders of which something is asked for, or has shipped, at a location."""
    asked = ShippingRequest.objects.filter(location=location).exclude(status__in=CANCELED_REQUESTS)
    return query.filter(pk__in=asked.values("order_id"))


def tagged(query: QuerySet[Order], tag: str) -> QuerySet[Order]:
    """Return the orders with a tag, spelled exactly so."""
    return query.filter(tags__contains=[tag])


def costing(query: QuerySet[Order], least: Decimal | None, most: Decimal | None) -> QuerySet[Order]:
    """Return the orders with `least` ≤ total ≤ `most`, whatever their currency; None is open."""
    if least is not None:
        query = query.filter(total_price__gte=least)
    if most is not None:
        query = query.filter(total_price__lte=most)
    return query


def troubled(query: QuerySet[Order], organization: Organization, *, wanted: bool) -> QuerySet[Order]:
    """Return the orders that have an open exception, or those that have none."""
    cases = ExceptionCase.objects.filter(
        organization=organization,
        status=ExceptionCase.Status.ACTIVE,
        entity="orders",
        record_id__isnull=False,
    )
    if wanted:
        return query.filter(pk__in=cases.values("record_id"))
    return query.exclude(Exists(cases.filter(record_id=OuterRef("pk"))))


# -- search ----------------------------------------------------------------------------------------------


def searched(query: QuerySet[Order], organization: Organization, text: str) -> QuerySet[Order]:
    """Return the orders that a text finds: an id, number, e-mail, SKU or tracking number as a whole, in any
    case of letters for the last but the SKU; or the beginnings of words of the buyer's name.

    The ways that find nothing at all are left out first, by a look into each index: with all of them in one
    condition no index would serve. Where names alone are left, nobody needs to look whether there are any.
    """
    whole = living(organization, _whole(organization, text))
    by_name = None if "@" in text else named("customer_name", text)
    if not whole:
        return query.none() if by_name is None else query.filter(by_name)
    names = [] if by_name is None else [Order.objects.filter(by_name, organization=organization).order_by()]
    first, *others = (way.values("pk") for way in (*whole, *living(organization, names, ExistsInAll)))
    return query.filter(pk__in=first.union(*others) if others else first)


def _whole(organization: Organization, text: str) -> list[QuerySet[Order]]:
    """Each way to find orders by a text as a whole: an id, number, e-mail, SKU or tracking number."""
    orders = Order.objects.filter(organization=organization).order_by()
    ways = [orders.filter(ext_order_id=number) for number in {text, text.lstrip("#")} if number]
    if "@" in text:
        return [*ways, orders.annotate(mail=Upper("email")).filter(mail=Upper(Value(text)))]
    ways.append(orders.filter(ext_order_api_id=text))
    lines = OrderLine.objects.filter(sku=text)
    parcels = Fulfillment.objects.annotate(tracking=Upper("tracking_number")).filter(
        organization=organization, tracking=Upper(Value(text))
    )
    ways += [orders.filter(pk__in=lines.values("order_id")), orders.filter(pk__in=parcels.values("order_id"))]
    if (pk := row_number(text)) is not None:
        ways.append(orders.filter(pk=pk))
    return ways


def row_number(text: str) -> int | None:
    """Return the row number behind a public key, None where `text` is no public key."""
    try:
        number = pk_of(text)
    except ValueError:
        return None
    return number if 0 < number < 2**63 else None
