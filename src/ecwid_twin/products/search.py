"""`GET /products`: filters and sorting (ecwid-api/products.md §2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ecwid_twin.products.catalogue import Product
from ecwid_twin.shelf import Shelf
from ecwid_twin.wire import params
from ecwid_twin.wire.errors import ApiError, wrong_parameter
from ecwid_twin.wire.message import Doc

Test = Callable[[Doc], bool]
SORTS = (
    "RELEVANCE",
    "DEFINED_BY_STORE_OWNER",
    "ADDED_TIME_DESC",
    "ADDED_TIME_ASC",
    "NAME_ASC",
    "NAME_DESC",
    "PRICE_ASC",
    "PRICE_DESC",
    "UPDATED_TIME_ASC",
    "UPDATED_TIME_DESC",
)
_NOT_FILTERS = frozenset(("offset", "limit", "responseFields", "token", "lang", "baseUrl", "slugsWithoutIds"))


def find(shelf: Shelf[Product], query: Mapping[str, str], now: float, *, public: bool) -> list[Product]:
    """All indexed products that pass every filter, sorted. A public token sees enabled products only."""
    if query.get("cleanUrls", "false") not in ("true", "false"):
        raise ApiError(400, "CLEAN_URLS_PARAMETER_IS_INVALID", "cleanUrls must be true or false")
    key = f"{public}&" + "&".join(
        f"{name}={value}" for name, value in sorted(query.items()) if name not in _NOT_FILTERS
    )
    tests = _tests(query)
    if public:
        tests.append(lambda doc: bool(doc.get("enabled")))
    created = (params.moment(query, "createdFrom"), params.moment(query, "createdTo"))
    updated = (params.moment(query, "updatedFrom"), params.moment(query, "updatedTo"))
    if query.get("productId") or query.get("sku"):
        created = updated = (None, None)
    found = shelf.search(
        key, now, created=created, updated=updated, accept=lambda item: all(test(item.doc) for test in tests)
    )
    return _sorted(found, query.get("sortBy", ""))


def _sorted(found: list[Product], order: str) -> list[Product]:
    if order and order not in SORTS:
        raise wrong_parameter("sortBy", order, f"one of {', '.join(SORTS)}")
    name, _, direction = order.rpartition("_")
    back = direction == "DESC"
    if name == "NAME":
        return sorted(found, key=lambda item: (str(item.doc.get("name", "")).lower(), item.key), reverse=back)
    if name == "PRICE":
        return sorted(found, key=lambda item: (item.doc.get("price") or 0, item.key), reverse=back)
    if name == "UPDATED_TIME":
        return sorted(found, key=lambda item: (item.updated, item.key), reverse=back)
    if order == "ADDED_TIME_ASC":
        return found[::-1]
    return found


def _tests(query: Mapping[str, str]) -> list[Test]:
    ids = params.wholes(query, "productId")
    if ids:
        return [lambda doc: doc["id"] in ids]
    if query.get("sku"):
        sku = query["sku"]
        return [
            lambda doc: doc.get("sku") == sku or any(item.get("sku") == sku for item in doc["combinations"])
        ]
    tests = _state(query) + _categories(query) + _choices(query)
    reference = query.get("externalReferenceId", "")
    if reference:
        tests.append(lambda doc: _has(doc, "externalReferenceId", reference))
    low, high = params.number(query, "priceFrom"), params.number(query, "priceTo")
    if low is not None:
        tests.append(lambda doc: (doc.get("price") or 0) >= low)
    if high is not None:
        tests.append(lambda doc: (doc.get("price") or 0) <= high)
    words = query.get("keyword", "").strip('"*').lower()
    if words:
        tests.append(lambda doc: words in _haystack(doc))
    return tests


def _has(doc: Doc, name: str, value: str) -> bool:
    return doc.get(name) == value or any(item.get(name) == value for item in doc["combinations"])


def _state(query: Mapping[str, str]) -> list[Test]:
    tests: list[Test] = []
    wanted = {
        "enabled": params.flag(query, "enabled"),
        "inStock": params.flag(query, "inStock"),
        "isGiftCard": params.flag(query, "isGiftCard"),
        "discountsAllowed": params.flag(query, "discountsAllowed"),
    }
    shelves = params.names(query, "inventory", ("instock", "outofstock"))
    if len(shelves) == 1:
        wanted["inStock"] = "instock" in shelves
    visible = params.flag(query, "visibleInStorefront")
    if visible is not None:
        wanted["enabled"] = visible
    set_names = {name: value for name, value in wanted.items() if value is not None}
    if set_names:
        tests.append(lambda doc: all(bool(doc.get(name)) is value for name, value in set_names.items()))
    sale = params.names(query, "onsale", ("onsale", "notonsale"))
    if len(sale) == 1:
        tests.append(lambda doc: bool(doc.get("compareToPrice")) is ("onsale" in sale))
    return tests


def _categories(query: Mapping[str, str]) -> list[Test]:
    wanted = params.wholes(query, "categories") | params.wholes(query, "category")
    if not wanted:
        return []
    return [lambda doc: not wanted.isdisjoint(doc.get("categoryIds") or [0])]


def _choices(query: Mapping[str, str]) -> list[Test]:
    tests: list[Test] = []
    for name, text in query.items():
        kind, _, label = name.partition("_")
        if kind in ("option", "attribute") and label:
            tests.append(_choice(kind, label, frozenset(text.split(","))))
    return tests


def _choice(kind: str, label: str, values: frozenset[str]) -> Test:
    def test(doc: Doc) -> bool:
        if kind == "attribute":
            return any(
                item.get("name") == label and item.get("value") in values for item in doc["attributes"]
            )
        return any(
            option.get("name") == label
            and not values.isdisjoint(c.get("text") for c in option.get("choices") or ())
            for option in doc["options"]
        )

    return test


def _haystack(doc: Doc) -> str:
    parts = [str(doc.get(name) or "") for name in ("name", "description", "sku")]
    parts += [str(item.get("sku") or "") for item in doc["combinations"]]
    parts += [str(option.get("name") or "") for option in doc["options"]]
    parts += [str(item.get("value") or "") for item in doc["attributes"]]
    return "\n".join(parts).lower()
