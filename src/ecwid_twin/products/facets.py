"""`POST /products/filters`: how many products each filter value would leave (ecwid-api/products.md §1)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ecwid_twin.access.viewer import is_public
from ecwid_twin.products import search
from ecwid_twin.products.catalogue import Product
from ecwid_twin.wire import params
from ecwid_twin.wire.errors import wrong_parameter
from ecwid_twin.wire.message import Call, Doc, Reply, answer
from ecwid_twin.wire.router import Router

if TYPE_CHECKING:
    from ecwid_twin.store import Store


def register(router: Router) -> None:
    """Add the endpoint to `router`."""
    router.add("POST", "products/filters", count, "read_catalog", public=True)


def count(store: Store, call: Call, _ids: list[str]) -> Reply:
    """Facets for the fields named in `filterFields` of the query or of the body's `params`."""
    sent = params.body(call, required=False).get("params") or {}
    if not isinstance(sent, dict):
        raise wrong_parameter("params", sent, "an object")
    query = {**{str(name): str(value) for name, value in sent.items()}, **call.query}
    fields = [part for part in query.pop("filterFields", "").split(",") if part]
    if not fields:
        raise wrong_parameter("filterFields", "", "names separated by commas")
    query.pop("filterFacetLimit", None)
    found = search.find(store.catalogue.shelf, query, store.now(), public=is_public(store, call))
    facets = {field: {**_facet(field, found), "status": "SUCCESS"} for field in fields}
    return answer({"productCount": len(found), "filters": facets})


def _facet(field: str, found: list[Product]) -> Doc:
    docs = [product.doc for product in found]
    kind, _, label = field.partition("_")
    if field == "price":
        prices = [doc.get("price") or 0 for doc in docs] or [0]
        return {"minValue": min(prices), "maxValue": max(prices)}
    if field == "inventory":
        return _titled(Counter("instock" if doc.get("inStock") else "outofstock" for doc in docs))
    if field == "onsale":
        return _titled(Counter("onsale" if doc.get("compareToPrice") else "notonsale" for doc in docs))
    if field == "categories":
        names = {row["id"]: row.get("name", "") for doc in docs for row in doc.get("categories") or ()}
        counts = Counter(key for doc in docs for key in doc.get("categoryIds") or ())
        rows = [
            {"id": key, "title": names.get(key, ""), "productCount": n} for key, n in counts.most_common()
        ]
        return {"values": rows}
    if kind == "attribute":
        values = Counter(
            item["value"] for doc in docs for item in doc["attributes"] if item.get("name") == label
        )
        return {"title": label, "values": _plain(values)}
    if kind == "option":
        choices = Counter(
            choice["text"]
            for doc in docs
            for option in doc["options"]
            if option.get("name") == label
            for choice in option.get("choices") or ()
        )
        return {"title": label, "values": _plain(choices)}
    raise wrong_parameter(
        "filterFields", field, "price, inventory, onsale, categories, option_... or attribute_..."
    )


def _titled(counts: Counter[str]) -> Doc:
    return {"values": [{"id": key, "productCount": number} for key, number in counts.items()]}


def _plain(counts: Counter[str]) -> list[Doc]:
    return [{"title": title, "productCount": number} for title, number in sorted(counts.items())]
