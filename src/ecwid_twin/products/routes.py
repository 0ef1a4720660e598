"""The product endpoints (ecwid-api/products.md §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecwid_twin.access.viewer import is_public
from ecwid_twin.products import languages, search, variations
from ecwid_twin.wire import fields, paging, params
from ecwid_twin.wire.errors import not_found, wrong_parameter
from ecwid_twin.wire.message import Call, Doc, Reply, answer, decode, encode
from ecwid_twin.wire.router import Router

if TYPE_CHECKING:
    from ecwid_twin.store import Store


def register(router: Router) -> None:
    """Add the endpoints to `router`."""
    router.add("GET", "products", list_products, "read_catalog", public=True)
    router.add("POST", "products", create, "create_catalog")
    router.add("DELETE", "products", wipe, "update_catalog_batch_delete")
    router.add("GET", "products/deleted", deleted, "read_catalog", public=True)
    router.add("GET", "products/*", get, "read_catalog", public=True)
    router.add("PUT", "products/*", update, "update_catalog")
    router.add("DELETE", "products/*", delete, "update_catalog")
    router.add("PUT", "products/*/inventory", adjust, "update_catalog")


def list_products(store: Store, call: Call, _ids: list[str]) -> Reply:
    """A page of products, variations embedded."""
    offset, limit = params.window(call.query)
    found = search.find(store.catalogue.shelf, call.query, store.now(), public=is_public(store, call))
    part = found[offset : offset + limit]
    lang = call.query.get("lang", "")
    bodies = [encode(languages.spoken(item.doc, lang)) if lang else item.body for item in part]
    return paging.page(bodies, len(found), offset, limit, call.query)


def get(store: Store, call: Call, ids: list[str]) -> Reply:
    """One product, always its present state; a public token sees enabled ones only."""
    product = store.catalogue.find(ids[0])
    if is_public(store, call) and not product.doc.get("enabled"):
        raise not_found("Product", ids[0])
    lang = call.query.get("lang", "")
    body = encode(languages.spoken(product.doc, lang)) if lang else product.body
    return paging.select_bytes(body, call.query)


def create(store: Store, call: Call, _ids: list[str]) -> Reply:
    """A new product."""
    values = params.body(call)
    wanted = _variations(values) if params.flag(call.query, "saveCombinations") else []
    if len(wanted) > variations.MOST:
        variations.replace(store.catalogue, {"combinations": []}, wanted)
    product = store.catalogue.create(values)
    if wanted:
        doc = store.catalogue.copy(product.key)
        try:
            variations.replace(store.catalogue, doc, wanted)
        except Exception:
            store.catalogue.remove(product.key)
            raise
        store.catalogue.edit(doc)
    return _done(store, call, product.key, {"id": product.key})


def update(store: Store, call: Call, ids: list[str]) -> Reply:
    """A partial update; `combinations` only with `saveCombinations=true`."""
    product = store.catalogue.find(ids[0])
    values = params.body(call)
    inline = params.flag(call.query, "saveCombinations") and "combinations" in values
    if inline or params.flag(call.query, "rebuildVariationsOnOptionsUpdate"):
        values = {**values, "_rebuild": True}
    if inline:
        variations.replace(store.catalogue, store.catalogue.copy(product.key), _variations(values))
    store.catalogue.change(product.key, values)
    if inline:
        doc = store.catalogue.copy(product.key)
        variations.replace(store.catalogue, doc, _variations(values))
        store.catalogue.edit(doc)
    elif values.get("_rebuild"):
        _drop_orphans(store, product.key)
    return _done(store, call, product.key, {"updateCount": 1})


def _variations(values: Doc) -> list[Doc]:
    wanted = values.get("combinations")
    if wanted is None:
        return []
    if not isinstance(wanted, list):
        raise wrong_parameter("combinations", wanted, "an array")
    return wanted


def _drop_orphans(store: Store, key: int) -> None:
    doc = store.catalogue.copy(key)
    offered = {
        (option.get("name"), choice.get("text"))
        for option in doc["options"]
        for choice in option.get("choices") or ()
    }
    kept = [
        item
        for item in doc["combinations"]
        if all((o["name"], o["value"]) in offered for o in item["options"])
    ]
    if len(kept) < len(doc["combinations"]):
        doc["combinations"] = kept
        store.catalogue.edit(doc)


def _done(store: Store, call: Call, key: int, body: Doc) -> Reply:
    if params.flag(call.query, "returnItem"):
        body = {**body, "item": decode(store.catalogue.find(key).body)}
        wanted = call.query.get("responseFields", "")
        if wanted:
            body["item"] = fields.keep({"item": body["item"]}, fields.parse(wanted)).get("item", {})
    return answer(body)


def delete(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Delete a product; a missing one counts 0."""
    return answer({"deleteCount": store.catalogue.remove(ids[0])})


def wipe(store: Store, _call: Call, _ids: list[str]) -> Reply:
    """Delete the whole catalogue: 202 and nothing else."""
    for key in list(store.catalogue.shelf.live):
        store.catalogue.remove(key)
    return Reply(202, b"")


def deleted(store: Store, call: Call, _ids: list[str]) -> Reply:
    """Deleted products."""
    return store.catalogue.deleted.page(call.query)


def adjust(store: Store, call: Call, ids: list[str]) -> Reply:
    """A relative stock change."""
    product = store.catalogue.find(ids[0])
    count, warning = store.catalogue.adjust(product.key, 0, delta(call))
    return answer({"updateCount": count, "warning": warning} if warning else {"updateCount": count})


def delta(call: Call) -> int:
    """The `quantityDelta` of a stock call. Raises 400 when it is missing or no integer."""
    value = params.body(call, required=False).get("quantityDelta")
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_parameter("quantityDelta", value, "an integer")
    return value
