"""The pages that are asked for, each by the name it has in the table of figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from benchmarks.filling import Filled


class Asked(NamedTuple):
    """A page: its name, its address, and the table whose newest rows are the least that it has to read."""

    name: str
    address: str
    table: str = ""


def pages(filled: Filled, now: datetime) -> list[Asked]:
    """Return every page that is measured."""
    day = _half_way(filled, now)
    return [*_orders(filled, day), *_lists(filled, day, now), *_single(filled)]


def _orders(filled: Filled, middle: datetime) -> Iterator[Asked]:
    from crossdock.hub.listing.order_filters import SORTS

    day = f"{middle:%Y-%m-%d}"
    shop, rare, depot, barn = (one.key for one in (filled.shop, filled.rare, filled.depot, filled.barn))
    asked: dict[str, dict[str, Any]] = {
        "first page": {}, "deep page": {"after": _behind(filled.organization.orders.all(), SORTS["newest"], middle)},
        "oldest first": {"sort": "oldest"}, "largest first": {"sort": "largest"},
        "status: most": {"status": "fulfilled"}, "status: few": {"status": "onHold"},
        "two statuses": {"status": ["onHold", "reviewRequired"]},
        "source: most": {"source": shop}, "source: few": {"source": rare},
        "location: most": {"location": depot}, "location: few": {"location": barn},
        "tag: many": {"tag": "retail"}, "tag: few": {"tag": "rush"}, "tag: none": {"tag": "unheard of"},
        "one day": {"since": day, "until": day}, "total: few": {"least": "999"}, "total: many": {"most": "900"},
        "with exceptions": {"trouble": "yes"}, "without exceptions": {"trouble": "no"},
        "status and day": {"status": "fulfilled", "since": day, "until": day},
        "status and location": {"status": "onHold", "location": depot},
        "status and tag": {"status": "canceled", "tag": "retail"},
        "source and location": {"source": rare, "location": depot},
        "location and day": {"location": depot, "since": day, "until": day},
        "location, few, and status, few": {"location": barn, "status": "onHold"},
        "tag and exceptions": {"tag": "retail", "trouble": "yes"},
        "status and largest": {"status": "fulfilled", "sort": "largest"},
        "location and largest": {"location": depot, "sort": "largest"},
        "search: number": {"q": "N77"}, "search: e-mail": {"q": "BUYER77@shop.test"},
        "search: tracking": {"q": "track77"}, "search: SKU": {"q": "SKU-7"}, "search: best seller": {"q": "SKU-1"},
        "search: name": {"q": "anna number17"}, "search: first name": {"q": "anna"},
        "search: beginning of a name": {"q": "numb"}, "search: nothing": {"q": "nobody"},
        "search and status": {"q": "anna", "status": "onHold"},
    }  # fmt: skip
    for name, query in asked.items():
        yield Asked(f"orders, {name}", _address("orders", **query), "hub_order")
    yield Asked("order", _address(f"orders/{_middle(filled.organization.orders.all()).key}"))
    yield Asked("order of 300 lines", _address(f"orders/{filled.long_order.key}"))


def _lists(filled: Filled, middle: datetime, now: datetime) -> Iterator[Asked]:
    from crossdock.hub.listing.paging import NEWEST
    from crossdock.hub.models import Event, Fulfillment, Product, Run, ShippingRequest

    organization = filled.organization
    deep = {
        "requests": ShippingRequest.objects.filter(organization=organization),
        "fulfillments": Fulfillment.objects.filter(organization=organization),
        "events": Event.objects.filter(organization=organization),
        "runs": Run.objects.all(),
        "products": Product.objects.filter(organization=organization, parent=None),
    }  # fmt: skip
    person = f"user:{filled.user.get_username()}"
    day, today = f"{middle:%Y-%m-%d}", f"{now:%Y-%m-%d}"
    one_day, before, lately = {"since": day, "until": day}, {"until": day}, {"since": today}
    depot, barn, shop, rare = (one.key for one in (filled.depot, filled.barn, filled.shop, filled.rare))
    store = filled.warehouse.key
    called = {
        store: "few",
        depot: "most",
        barn: "few",
        shop: "most",
        rare: "few",
        day: "long ago",
        today: "today",
    }
    filters: dict[str, tuple[dict[str, str], ...]] = {
        "requests": (
            {"status": "toShip"}, {"status": "fulfilled"}, {"status": "canceled"}, {"location": barn},
            {"location": depot, "status": "toShip"}, {"q": "N77-1"}, {"q": "N77"}, {"q": "SKU-1"}, {"q": "nobody"},
            one_day, before, lately, {"status": "toShip"} | before, {"warehouse": store},
        ),
        "fulfillments": (
            {"kind": "shipped"}, {"kind": "rejected"}, {"location": barn}, {"carrier": "UPS"}, {"untold": "yes"},
            {"q": "N77"}, {"q": "track77"}, {"q": "nobody"}, one_day, before, lately, {"kind": "shipped"} | lately,
            {"warehouse": store},
        ),
        "events": (
            {"entity": "orders"}, {"entity": "products"}, {"operation": "shipped"}, {"operation": "unheard"},
            {"direction": "in"}, {"direction": "out"}, {"direction": "people"}, {"direction": "hub"},
            {"author": person}, {"integration": shop}, {"integration": rare},
            {"entity": "fulfillments", "direction": "in"}, {"author": person, "entity": "orders"}, {"q": "N77"},
            {"q": "SKU-1"}, {"q": "nobody"}, one_day, before, lately, {"entity": "orders"} | one_day,
        ),
        "runs": ({"entity": "orders"}, {"outcome": "failed"}, {"outcome": "abandoned"}),
        "products": (
            {"status": "active"}, {"status": "archived"}, {"integration": shop}, {"q": "SKU-7"}, {"q": "kettle"},
            {"q": "model 7"}, {"q": "nobody"},
        ),
    }  # fmt: skip
    tables = {
        "requests": "hub_shippingrequest", "fulfillments": "hub_fulfillment", "events": "hub_event",
        "runs": "hub_run", "products": "hub_product",
    }  # fmt: skip
    for page, rows in deep.items():
        yield Asked(f"{page}, first page", _address(page), tables[page])
        behind = _behind(rows, NEWEST, _middle(rows).pk)
        yield Asked(f"{page}, deep page", _address(page, after=behind), tables[page])
        for query in filters[page]:
            yield Asked(f"{page}, {_words(query, called)}", _address(page, **query), tables[page])
    for query in (
        {},
        {"status": "resolved"},
        {"code": "sumMismatch"},
        {"code": "sumMismatch", "status": "resolved"},
    ):
        yield Asked(
            f"exceptions, {_words(query, called)}", _address("exceptions", **query), "hub_exceptioncase"
        )
    table = "hub_inventoryrecord"
    for query in (
        {}, {"state": "short"}, {"state": "unknown"}, {"state": "unlimited"}, {"location": barn, "state": "short"},
        {"q": "SKU-7"}, {"q": "kettle"}, {"q": "nobody"},
    ):  # fmt: skip
        yield Asked(f"inventory, {_words(query, called)}", _address("inventory", **query), table)


def _single(filled: Filled) -> Iterator[Asked]:
    from crossdock.hub.models import ExceptionCase, InventoryRecord, Product, ShippingRequest

    organization = filled.organization
    requests = ShippingRequest.objects.filter(organization=organization)
    record = InventoryRecord.objects.get(organization=organization, sku="SKU-1", location=filled.depot)
    yield Asked("home", "/")
    for chart in ("orders", "pushes"):
        yield Asked(f"home, chart of {chart}", f"/home/{chart}.json")
    for page in ("", "/settings", "/mappings", "/activity"):
        yield Asked(f"integration{page}", f"/integrations/{filled.shop.key}{page}")
    yield Asked("integrations", "/integrations")
    yield Asked("locations", "/locations")
    yield Asked("location", f"/locations/{filled.depot.key}")
    yield Asked("rules", "/rules")
    yield Asked("audit log", "/settings/audit")
    yield Asked("request", f"/requests/{_middle(requests).key}")
    yield Asked("fulfillment", f"/fulfillments/{_middle(organization.fulfillments.all()).key}")
    yield Asked("event", f"/events/{_middle(organization.events.filter(entity='orders')).key}")
    yield Asked(
        "exception", f"/exceptions/{_middle(ExceptionCase.objects.filter(organization=organization)).key}"
    )
    yield Asked("product", f"/products/{Product.objects.get(organization=organization, sku='SKU-1').key}")
    yield Asked("stock of a SKU", _address("inventory/sku", sku="SKU-7"))
    yield Asked("stock of the best seller", _address("inventory/sku", sku="SKU-1"))
    yield Asked("stock of the best seller at one location", f"/inventory/{record.key}")
    yield Asked("why this number?", _address("inventory/why", sku="SKU-1"))
    yield Asked("history of the best seller", _address("inventory/history", sku="SKU-1"))
    for text in ("N77", "buyer77@", "SKU-7", "track77", "kettle", "Depot", "nobody"):
        yield Asked(f"search of all: {text}", _address("search", q=text))


def _middle(rows: QuerySet[Any]) -> Any:
    """A record in the middle of a table, by its number."""
    first, last = (rows.order_by(way).values_list("pk", flat=True)[0] for way in ("pk", "-pk"))
    return rows.filter(pk__gte=(first + last) // 2).order_by("pk")[0]


def _behind(rows: QuerySet[Any], keys: Any, value: object) -> str:
    """The cursor of the page that begins behind `value` of the first key."""
    from crossdock.hub.listing.paging import page_of

    cursor = page_of(rows.filter(**{f"{keys[0].name}__lte": value}), keys, 1, None).next_cursor
    assert cursor is not None  # the middle is not the end
    return cursor


def _half_way(filled: Filled, now: datetime) -> datetime:
    """A moment in the midst of what happened."""
    oldest: datetime = filled.organization.orders.earliest("ext_order_created_at").ext_order_created_at
    return now - (now - oldest) / 2


def _words(query: dict[str, str], called: dict[str, str]) -> str:
    """What a page is narrowed down to; keys and days, which no two sizes share, by what they stand for."""
    return ", ".join(f"{name}: {called.get(value, value)}" for name, value in query.items()) or "first page"


def _address(page: str, **query: Any) -> str:
    return f"/{page}?{urlencode(query, doseq=True)}" if query else f"/{page}"
