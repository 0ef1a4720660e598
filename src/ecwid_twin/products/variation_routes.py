"""The variation endpoints; the path word is `combinations` (ecwid-api/products.md §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecwid_twin.products import variations
from ecwid_twin.products.routes import delta
from ecwid_twin.wire import paging, params
from ecwid_twin.wire.errors import ApiError, not_on_plan
from ecwid_twin.wire.message import Call, Reply, answer
from ecwid_twin.wire.router import Router

if TYPE_CHECKING:
    from ecwid_twin.store import Store


def register(router: Router) -> None:
    """Add the endpoints to `router`."""
    write = ("read_catalog", "update_catalog")
    router.add("GET", "products/*/combinations", list_all, "read_catalog", public=True)
    router.add("POST", "products/*/combinations", create, "create_catalog")
    router.add("DELETE", "products/*/combinations", delete_all, *write)
    router.add("GET", "products/*/combinations/*", get, "read_catalog", public=True)
    router.add("PUT", "products/*/combinations/*", update, *write)
    router.add("DELETE", "products/*/combinations/*", delete, *write)
    router.add("PUT", "products/*/combinations/*/inventory", adjust, *write)


def _plan(store: Store) -> None:
    if not store.settings.variationsAvailable:
        raise not_on_plan("Product variations are not available on current plan")


def list_all(store: Store, call: Call, ids: list[str]) -> Reply:
    """All variations of a product: a bare array, not paged."""
    _plan(store)
    return paging.select(store.catalogue.find(ids[0]).doc["combinations"], call.query)


def get(store: Store, call: Call, ids: list[str]) -> Reply:
    """One variation."""
    _plan(store)
    return paging.select(variations.get(store.catalogue.find(ids[0]).doc, ids[1]), call.query)


def create(store: Store, call: Call, ids: list[str]) -> Reply:
    """A new variation."""
    _plan(store)
    doc = store.catalogue.copy(ids[0])
    number = variations.add(store.catalogue, doc, params.body(call))
    store.catalogue.edit(doc)
    return answer({"id": number})


def update(store: Store, call: Call, ids: list[str]) -> Reply:
    """Change a variation."""
    _plan(store)
    doc = store.catalogue.copy(ids[0])
    variations.change(store.catalogue, doc, ids[1], params.body(call))
    store.catalogue.edit(doc)
    return answer({"updateCount": 1})


def delete(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Remove a variation; it does not appear in any deleted list."""
    _plan(store)
    doc = store.catalogue.copy(ids[0])
    doc["combinations"].remove(variations.get(doc, ids[1]))
    store.catalogue.edit(doc)
    return answer({"deleteCount": 1})


def delete_all(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Remove every variation of a product."""
    _plan(store)
    doc = store.catalogue.copy(ids[0])
    count = len(doc["combinations"])
    if count:
        doc["combinations"] = []
        store.catalogue.edit(doc)
    return answer({"deleteCount": count})


def adjust(store: Store, call: Call, ids: list[str]) -> Reply:
    """A relative stock change; only a variation with its own SKU has stock."""
    _plan(store)
    product = store.catalogue.find(ids[0])
    variation = variations.get(product.doc, ids[1])
    if not variation.get("sku"):
        raise ApiError(
            400, "WRONG_PARAMETER", "Combination has no SKU of its own: its stock is the product's"
        )
    count, warning = store.catalogue.adjust(product.key, variation["id"], delta(call))
    return answer({"updateCount": count, "warning": warning} if warning else {"updateCount": count})
