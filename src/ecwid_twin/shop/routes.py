"""Endpoints of customers, coupons, product types and categories."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ecwid_twin.shop.records import Records
from ecwid_twin.wire import paging, params
from ecwid_twin.wire.errors import wrong_parameter
from ecwid_twin.wire.message import Call, Reply, answer
from ecwid_twin.wire.router import Handler, Router

if TYPE_CHECKING:
    from ecwid_twin.store import Store

Pick = Callable[["Store"], Records]


def register(router: Router) -> None:
    """Add the endpoints to `router`."""
    _crud(router, "customers", lambda store: store.customers, "customers", ("email",))
    _crud(router, "discount_coupons", lambda store: store.coupons, "discount_coupons", ("code",))
    _crud(router, "classes", lambda store: store.classes, "catalog", (), paged=False)
    _crud(router, "categories", lambda store: store.categories, "catalog", ())
    router.add("GET", "coupons/deleted", _deleted(lambda store: store.coupons), "read_discount_coupons")
    router.add("GET", "categories/sort", category_order, "read_catalog")
    router.add("POST", "categories/*/assignProducts", assign, "update_catalog")
    router.add("POST", "categories/*/unassignProducts", unassign, "update_catalog")
    router.add("GET", "products/sort", product_order, "read_catalog")
    router.add(
        "PUT", "products/sort", lambda _store, _call, _ids: answer({"updateCount": 1}), "update_catalog"
    )
    router.add("GET", "brands", brands, "read_brands")


def _crud(
    router: Router, path: str, pick: Pick, scope: str, matching: tuple[str, ...], *, paged: bool = True
) -> None:
    catalogue = scope == "catalog"
    router.add("GET", path, _list(pick, matching, paged=paged), f"read_{scope}", public=catalogue)
    router.add("POST", path, _create(pick), f"create_{scope}")
    if not catalogue:
        router.add("GET", f"{path}/deleted", _deleted(pick), f"read_{scope}")
    router.add(
        "GET",
        f"{path}/*",
        lambda store, call, ids: pick(store).read(call, ids[0]),
        f"read_{scope}",
        public=catalogue,
    )
    router.add(
        "PUT", f"{path}/*", lambda store, call, ids: pick(store).write(call, ids[0]), f"update_{scope}"
    )
    router.add(
        "DELETE",
        f"{path}/*",
        lambda store, _call, ids: answer({"deleteCount": pick(store).remove(ids[0])}),
        f"update_{scope}",
    )


def _list(pick: Pick, matching: tuple[str, ...], *, paged: bool) -> Handler:
    def handler(store: Store, call: Call, _ids: list[str]) -> Reply:
        records = pick(store)
        if not paged:
            return paging.select(list(records.rows.values()), call.query)
        return records.list(call, matching)

    return handler


def _create(pick: Pick) -> Handler:
    return lambda store, call, _ids: answer({"id": pick(store).create(params.body(call))})


def _deleted(pick: Pick) -> Handler:
    return lambda store, call, _ids: pick(store).deleted.page(call.query)


def category_order(store: Store, call: Call, _ids: list[str]) -> Reply:
    """The order of categories below a parent."""
    parent = params.whole(call.query, "parentCategory") or 0
    rows = [row for row in store.categories.rows.values() if (row.get("parentId") or 0) == parent]
    return answer({"sortedIds": [row["id"] for row in sorted(rows, key=lambda row: row.get("orderBy") or 0)]})


def product_order(store: Store, call: Call, _ids: list[str]) -> Reply:
    """The order of products in a category."""
    parent = params.whole(call.query, "parentCategory") or 0
    found = [
        key
        for key, item in store.catalogue.shelf.live.items()
        if parent in (item.doc.get("categoryIds") or [0])
    ]
    return answer({"sortedIds": found})


def assign(store: Store, call: Call, ids: list[str]) -> Reply:
    """Put products into a category."""
    return _move(store, call, ids[0], add=True)


def unassign(store: Store, call: Call, ids: list[str]) -> Reply:
    """Take products out of a category."""
    return _move(store, call, ids[0], add=False)


def _move(store: Store, call: Call, identity: str, *, add: bool) -> Reply:
    category = int(store.categories.get(identity)["id"])
    wanted = params.body(call).get("productIds")
    if not isinstance(wanted, list):
        raise wrong_parameter("productIds", wanted, "an array of product ids")
    for key in wanted:
        now = [other for other in store.catalogue.find(key).doc.get("categoryIds") or [] if other != category]
        store.catalogue.change(key, {"categoryIds": [*now, category] if add else now})
    return answer({"updateCount": len(wanted)})


def brands(store: Store, call: Call, _ids: list[str]) -> Reply:
    """Brand names in the catalogue, with how many products each has."""
    counts: dict[str, int] = {}
    for product in store.catalogue.shelf.live.values():
        for item in product.doc["attributes"]:
            if item.get("type") == "BRAND" and item.get("value"):
                counts[item["value"]] = counts.get(item["value"], 0) + 1
    return paging.page_of(
        [{"name": name, "productsCount": count} for name, count in sorted(counts.items())], call.query
    )
