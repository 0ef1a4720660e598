"""`GET /orders`: the filters (ecwid-api/orders.md §2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ecwid_twin.orders.entry import Entry
from ecwid_twin.orders.statuses import FULFILLMENT, PAYMENT
from ecwid_twin.shelf import Shelf
from ecwid_twin.wire import dates, params
from ecwid_twin.wire.message import Doc

Test = Callable[[Entry], bool]
_NOT_FILTERS = frozenset(("offset", "limit", "responseFields", "token", "lang"))


def find(shelf: Shelf[Entry], query: Mapping[str, str], now: float) -> list[Entry]:
    """All indexed orders that pass every filter, newest first. Raises 400 for values that cannot be read."""
    key = "&".join(f"{name}={value}" for name, value in sorted(query.items()) if name not in _NOT_FILTERS)
    tests = _tests(query)
    created = (params.moment(query, "createdFrom"), params.moment(query, "createdTo"))
    updated = (params.moment(query, "updatedFrom"), params.moment(query, "updatedTo"))
    if query.get("orderNumber"):
        numbers = params.wholes(query, "orderNumber")
        return shelf.search(key, now, accept=lambda entry: entry.key in numbers)
    return shelf.search(
        key, now, created=created, updated=updated, accept=lambda entry: all(test(entry) for test in tests)
    )


def _tests(query: Mapping[str, str]) -> list[Test]:
    tests: list[Test] = []
    payments = params.names(query, "paymentStatus", PAYMENT)
    if payments:
        tests.append(lambda entry: entry.payment in payments)
    else:
        tests.append(lambda entry: entry.payment != "INCOMPLETE")
    fulfillments = params.names(query, "fulfillmentStatus", FULFILLMENT)
    if fulfillments:
        tests.append(lambda entry: entry.fulfillment in fulfillments)
    ids = params.names(query, "ids")
    if ids:
        tests.append(lambda entry: entry.public in ids or str(entry.key) in ids or _core(entry) in ids)
    if query.get("vendorOrderNumber"):
        tests.append(lambda entry: entry.public == query["vendorOrderNumber"])
    low, high = params.number(query, "totalFrom"), params.number(query, "totalTo")
    if low is not None:
        tests.append(lambda entry: entry.total >= low)
    if high is not None:
        tests.append(lambda entry: entry.total <= high)
    products = params.wholes(query, "productId")
    if products:
        tests.append(lambda entry: not products.isdisjoint(entry.products))
    return tests + _customer(query) + _inside(query)


def _core(entry: Entry) -> str:
    """The public id without prefix and suffix; only decoded when it may differ."""
    return entry.public if len(entry.public) == 5 else str(entry.doc().get("publicUid", ""))


def _customer(query: Mapping[str, str]) -> list[Test]:
    tests: list[Test] = []
    number = params.whole(query, "customerId")
    email = query.get("email", "").lower()
    if params.flag(query, "customerIdOrEmail") and number is not None and email:
        return [lambda entry: entry.customer == number or entry.email.lower() == email]
    if number is not None:
        tests.append(lambda entry: entry.customer == number)
    if email:
        tests.append(lambda entry: entry.email.lower() == email)
    if query.get("customer"):
        part = query["customer"].lower()
        tests.append(lambda entry: part in entry.email.lower() or part in _names(entry.doc()).lower())
    return tests


def _names(doc: Doc) -> str:
    return " ".join(
        str((doc.get(name) or {}).get("name", "")) for name in ("billingPerson", "shippingPerson")
    )


def _inside(query: Mapping[str, str]) -> list[Test]:
    """Filters on fields that are not indexed: the order is decoded for them."""
    checks: list[Callable[[Doc], bool]] = []
    for name, path in (
        ("shippingMethod", ("shippingOption", "shippingMethodName")),
        ("paymentMethod", ("paymentMethod",)),
        ("paymentModule", ("paymentModule",)),
        ("paymentReference", ("paymentReference",)),
        ("refererId", ("refererId",)),
        ("couponCode", ("discountCoupon", "code")),
    ):
        wanted = query.get(name, "")
        if wanted:
            checks.append(lambda doc, path=path, wanted=wanted: _at(doc, path) == wanted)  # type: ignore[misc]  # defaults bind the loop's values
    marketing = params.flag(query, "acceptMarketing")
    if marketing is not None:
        checks.append(lambda doc: bool(doc.get("acceptMarketing", True)) is marketing)
    preorder = params.flag(query, "containsPreorderItems")
    if preorder is not None:
        checks.append(lambda doc: any(item.get("isPreorder") for item in doc.get("items") or ()) is preorder)
    subscriptions = params.wholes(query, "subscriptionId")
    if subscriptions:
        checks.append(
            lambda doc: any(item.get("subscriptionId") in subscriptions for item in doc.get("items") or ())
        )
    earliest, latest = params.moment(query, "pickupTimeFrom"), params.moment(query, "pickupTimeTo")
    if earliest is not None or latest is not None:
        checks.append(lambda doc: _between(doc.get("pickupTime"), earliest, latest))
    if query.get("keywords"):
        words = query["keywords"].lower()
        checks.append(lambda doc: words in _haystack(doc))
    if not checks:
        return []
    return [lambda entry: _all(checks, entry.doc())]


def _all(checks: list[Callable[[Doc], bool]], doc: Doc) -> bool:
    return all(check(doc) for check in checks)


def _at(doc: Doc, path: tuple[str, ...]) -> str:
    value: object = doc
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def _between(text: object, low: int | None, high: int | None) -> bool:
    if not text:
        return False
    moment = dates.read(text)
    return (low is None or moment >= low) and (high is None or moment <= high)


def _haystack(doc: Doc) -> str:
    parts = [
        str(doc.get(name) or "")
        for name in (
            "id",
            "internalId",
            "vendorOrderNumber",
            "externalTransactionId",
            "externalOrderId",
            "email",
            "trackingNumber",
            "privateAdminNotes",
        )
    ]
    for name in ("billingPerson", "shippingPerson"):
        parts += [str(value) for value in (doc.get(name) or {}).values()]
    for item in doc.get("items") or ():
        parts += [str(item.get("sku") or ""), str(item.get("name") or "")]
        parts += [str(option.get("value") or "") for option in item.get("selectedOptions") or ()]
    return "\n".join(parts).lower()
