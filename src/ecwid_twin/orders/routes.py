"""The order endpoints (ecwid-api/orders.md §1)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ecwid_twin.orders import search
from ecwid_twin.orders.entry import Entry
from ecwid_twin.orders.masking import masked
from ecwid_twin.wire import paging, params
from ecwid_twin.wire.errors import ApiError, not_found, wrong_parameter
from ecwid_twin.wire.message import Call, Doc, Reply, answer, encode
from ecwid_twin.wire.router import Router

if TYPE_CHECKING:
    from ecwid_twin.store import Store


def register(router: Router) -> None:
    """Add the endpoints to `router`."""
    read, write = ("read_orders",), ("read_orders", "update_orders")
    router.add("GET", "orders", list_orders, *read)
    router.add("POST", "orders", create, "create_orders", public=True)
    router.add("GET", "orders/last", last, *read)
    router.add("GET", "orders/deleted", deleted, *read)
    router.add("GET", "orders/*", get, *read)
    router.add("PUT", "orders/*", update, *write)
    router.add("DELETE", "orders/*", delete, *write)
    router.add("GET", "orders/*/invoices", invoices, "read_orders", "read_invoices")
    router.add("GET", "orders/*/invoice", invoice, *read)
    router.add("GET", "orders/*/repeatURL", repeat_url, *read)
    router.add("GET", "orders/*/extraFields", extra_fields, *read)
    router.add("POST", "orders/*/extraFields", add_extra_field, *write)
    router.add("PUT", "orders/*/extraFields/*", change_extra_field, *write)
    router.add("DELETE", "orders/*/extraFields/*", delete_extra_field, *write)


def _body(store: Store, entry: Entry) -> bytes:
    return encode(masked(entry.doc())) if store.settings.maskCustomers else entry.body


def list_orders(store: Store, call: Call, _ids: list[str]) -> Reply:
    """A page of orders."""
    offset, limit = params.window(call.query)
    found = search.find(store.orders.shelf, call.query, store.now())
    part = found[offset : offset + limit]
    return paging.page([_body(store, entry) for entry in part], len(found), offset, limit, call.query)


def get(store: Store, call: Call, ids: list[str]) -> Reply:
    """One order, always its present state."""
    return paging.select_bytes(_body(store, store.orders.find(ids[0])), call.query)


def last(store: Store, call: Call, _ids: list[str]) -> Reply:
    """The newest order, of one customer and with an address when asked for."""
    email = call.query.get("customerEmail", "").lower()
    address = params.flag(call.query, "withAddress")
    for entry in search.find(store.orders.shelf, {}, store.now()):
        if email and entry.email.lower() != email:
            continue
        if address and not entry.doc().get("shippingPerson"):
            continue
        return paging.select_bytes(_body(store, entry), call.query)
    raise ApiError(404, "ORDER_NOT_FOUND", "Order not found")


def deleted(store: Store, call: Call, _ids: list[str]) -> Reply:
    """Deleted orders."""
    return store.orders.deleted.page(call.query)


def create(store: Store, call: Call, _ids: list[str]) -> Reply:
    """A new order; nothing is required, nothing is recalculated."""
    entry = store.orders.place(params.body(call), take_stock=store.settings.createTakesStock)
    return answer({"id": entry.key, "orderId": entry.public})


def update(store: Store, call: Call, ids: list[str]) -> Reply:
    """A partial update."""
    store.orders.find(ids[0])
    store.orders.change(ids[0], params.body(call))
    return answer({"updateCount": 1})


def delete(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Delete an order."""
    store.orders.remove(ids[0])
    return answer({"deleteCount": 1})


def invoices(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Tax invoices of an order."""
    return answer({"invoices": store.orders.find(ids[0]).doc().get("invoices") or []})


def invoice(store: Store, _call: Call, ids: list[str]) -> Reply:
    """The legacy invoice page; none for an unfinished order."""
    entry = store.orders.find(ids[0])
    if entry.payment == "INCOMPLETE":
        raise ApiError(422, "", "Invoice is not available for an unfinished order")
    page = f"<html><body><h1>Invoice {quote(entry.public)}</h1><p>Total {entry.total}</p></body></html>"
    return Reply(200, page.encode(), "text/html;charset=UTF-8")


def repeat_url(store: Store, _call: Call, ids: list[str]) -> Reply:
    """The link with which a customer orders the same again."""
    entry = store.orders.find(ids[0])
    base = store.profile.doc.get("generalInfo", {}).get("storeUrl", "https://store.example")
    return answer({"repeatOrderUrl": f"{base}/repeat-order?id={quote(entry.public)}&type=order"})


def extra_fields(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Extra fields of an order, a bare array."""
    return answer(store.orders.find(ids[0]).doc().get("orderExtraFields") or [])


def add_extra_field(store: Store, call: Call, ids: list[str]) -> Reply:
    """One more extra field."""
    field = params.body(call)
    if not field.get("id"):
        raise wrong_parameter("id", field.get("id"), "a name for the field")
    rows = _fields(store, ids[0])
    rows = [row for row in rows if row.get("id") != field["id"]]
    store.orders.change(ids[0], {"orderExtraFields": [*rows, {"customerInputType": "TEXT", **field}]})
    return answer({"createCount": 1})


def change_extra_field(store: Store, call: Call, ids: list[str]) -> Reply:
    """Change one extra field."""
    values = params.body(call)
    rows = _fields(store, ids[0])
    if not any(row.get("id") == ids[1] for row in rows):
        raise not_found("Extra_field", ids[1])
    store.orders.change(
        ids[0], {"orderExtraFields": [{**row, **values} if row.get("id") == ids[1] else row for row in rows]}
    )
    return answer({"updateCount": 1})


def delete_extra_field(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Remove one extra field."""
    rows = _fields(store, ids[0])
    kept = [row for row in rows if row.get("id") != ids[1]]
    if len(kept) < len(rows):
        store.orders.change(ids[0], {"orderExtraFields": kept})
    return answer({"deleteCount": len(rows) - len(kept)})


def _fields(store: Store, identity: str) -> list[Doc]:
    return list(store.orders.find(identity).doc().get("orderExtraFields") or [])
