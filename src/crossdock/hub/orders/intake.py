"""Taking in orders: new ones by the page in a few statements, changed ones one by one with their history."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import psycopg
from django.db import DataError, IntegrityError, transaction

from crossdock.canon import Order as CanonOrder
from crossdock.hub.exceptions import Noticed, open_exception, renew_noticed
from crossdock.hub.intake import Incoming, KnownLink, Origin, Tally, bulk_cursor, refresh_links
from crossdock.hub.models import Order
from crossdock.hub.orders.changes import change_order, tell_of_orders
from crossdock.hub.orders.lifecycle import apply_standings
from crossdock.hub.orders.places import CHOSEN
from crossdock.hub.orders.status import initial_state
from crossdock.hub.stock import inventory

ENTITY = "orders"

# PostgreSQL's binary COPY: a signature, flags and the length of no extension; then per row the number of its
# fields, and per field its length in bytes and its value; -1 ends it.
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_COPY_ROW = struct.Struct("!hiqi")
_COPY_TRAILER = struct.pack("!h", -1)

STORAGE_ERRORS = (DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError)


class _Row(msgspec.Struct, frozen=True):
    """One new order on its way into the insert statement."""

    id: int
    link: int
    status: str
    routing: str
    note: str
    email: str
    customer: str
    remote: str
    hash: str
    print: str
    updated: str
    canonical: msgspec.Raw


def ingest_orders(
    origin: Origin, incoming: Sequence[Incoming[CanonOrder]], known: Mapping[str, KnownLink]
) -> Tally:
    """Take in the orders of one page, in the caller's transaction; a repeat changes nothing.

    Orders that the channel has not finished are left out. `known` are the links of the page's records.
    Returns the figures; `touched` names the orders that routing must see.
    """
    tally = Tally()
    fresh: dict[str, Incoming[CanonOrder]] = {}
    changed: list[tuple[KnownLink, Incoming[CanonOrder]]] = []
    respelled: list[tuple[int, Incoming[CanonOrder]]] = []
    for item in incoming:
        link = known.get(item.remote_id)
        if link is None:
            if item.record.standing == "incomplete":
                tally.skipped += 1
            else:
                fresh[item.remote_id] = item  # the same order twice on one page: the later reading stands
        elif link.fingerprint == item.fingerprint and not link.tombstoned:
            respelled.append((link.id, item))
            tally.unchanged += 1
        else:
            changed.append((link, item))
    if fresh:
        _insert_isolated(origin, list(fresh.values()), tally)
    refresh_links(respelled)
    _change(origin, changed, tally)
    _report_notices(origin, incoming)
    tell_of_orders(origin.integration, tally.touched)
    return tally


def _insert_isolated(origin: Origin, items: list[Incoming[CanonOrder]], tally: Tally) -> None:
    """Insert all at once; when one cannot be stored, one by one, so that it alone stays out."""
    try:
        with transaction.atomic():
            orders = _insert(origin, items)
    except STORAGE_ERRORS as error:
        if len(items) == 1:
            _open_unstorable(origin, items[0], error)
            tally.failed += 1
            tally.unstored.append(items[0].remote_id)
            return
        for item in items:
            _insert_isolated(origin, [item], tally)
        return
    tally.created += len(orders)
    tally.touched += orders


def _change(origin: Origin, changed: list[tuple[KnownLink, Incoming[CanonOrder]]], tally: Tally) -> None:
    """Write the changed orders one by one, in one order for all workers, and settle them together."""
    rows = sorted(changed, key=lambda pair: pair[0].record_id)
    written = [link.record_id for link, item in rows if _change_isolated(origin, link, item, tally)]
    if written:
        apply_standings(
            written, author=origin.author, reason="the order changed on the channel", run=origin.run
        )
        tally.touched += written


def _change_isolated(origin: Origin, link: KnownLink, item: Incoming[CanonOrder], tally: Tally) -> bool:
    try:
        with transaction.atomic():
            change_order(origin, link, item)
            refresh_links([(link.id, item)])
    except STORAGE_ERRORS as error:
        _open_unstorable(origin, item, error)
        tally.failed += 1
        tally.unstored.append(item.remote_id)
        return False
    tally.changed += 1
    return True


def _open_unstorable(origin: Origin, item: Incoming[CanonOrder], error: Exception) -> None:
    open_exception(
        origin.integration.organization_id,
        "unstorable",
        f"orders:{item.remote_id}",
        f"Order {item.record.ext_order_id} could not be stored: {str(error).splitlines()[0]}",
        entity=ENTITY,
        integration=origin.integration,
        flow=origin.run.flow if origin.run else None,
    )


def _insert(origin: Origin, items: Sequence[Incoming[CanonOrder]]) -> list[int]:
    """Insert orders, lines, links, events and documents; returns the ids of the orders."""
    with bulk_cursor() as cursor:
        cursor.execute(
            "SELECT nextval('hub_order_id_seq'), nextval('hub_link_id_seq') FROM generate_series(1, %s)",
            [len(items)],
        )
        ids: list[tuple[int, int]] = cursor.fetchall()  # type: ignore[assignment]  # the columns above
        unpaid = origin.integration.settings.get("acceptUnpaid") is True
        rows = [
            _row(order, link, item, accept_unpaid=unpaid)
            for (order, link), item in zip(ids, items, strict=True)
        ]
        cursor.execute(
            _INSERT,
            {
                "rows": _json_text(rows),
                "organization": origin.integration.organization_id,
                "integration": origin.integration.pk,
                "run": origin.run.pk if origin.run else None,
                "author": origin.author,
            },
            prepare=True,
        )
        with cursor.copy("COPY hub_sourcedocument (link_id, body) FROM STDIN (FORMAT binary)") as copy:
            copy.write(_documents((row.link, item.document) for row, item in zip(rows, items, strict=True)))
    orders = [row.id for row in rows]
    waiting = [row.id for row in rows if row.routing == Order.Routing.PENDING]
    if waiting:
        inventory.settle_reservations(
            waiting, author=origin.author, reason="order taken in", run=origin.run, new=True
        )
        inventory.credit_orders_before_adoption(waiting, author=origin.author, run=origin.run)
    return orders


def _row(order_id: int, link_id: int, item: Incoming[CanonOrder], *, accept_unpaid: bool) -> _Row:
    record = item.record
    state = initial_state(
        standing=record.standing,
        paid=record.paid,
        method=record.method,
        ships=any(line.requires_shipping for line in record.line_items),
        accept_unpaid=accept_unpaid,
    )
    customer = record.customer
    return _Row(
        id=order_id,
        link=link_id,
        status=state.status,
        routing=state.routing_status,
        note=state.routing_note,
        email=customer.email if customer else "",
        customer=f"{customer.first_name} {customer.last_name}".strip() if customer else "",
        remote=item.remote_id,
        hash=item.hash.hex(),
        print=item.fingerprint.hex(),
        updated=(item.updated_at or record.ext_order_updated_at).isoformat(),
        canonical=msgspec.Raw(item.canonical),
    )


def _json_text(rows: list[_Row]) -> str:
    text = msgspec.json.encode(rows).decode()
    # PostgreSQL stores no NUL character in text; a shop's field that holds one loses only that.
    return text.replace("\\u0000", "") if "\\u0000" in text else text


def _documents(rows: Iterable[tuple[int, bytes]]) -> bytes:
    """Return links and their documents as PostgreSQL's binary COPY wants them: nothing to decode or to escape.

    The database checks by itself that the bytes are text (UTF-8, as JSON is).
    """
    parts = [_COPY_HEADER]
    for link, document in rows:
        parts += (_COPY_ROW.pack(2, 8, link, len(document)), document)
    parts.append(_COPY_TRAILER)
    return b"".join(parts)


def _report_notices(origin: Origin, incoming: Sequence[Incoming[CanonOrder]]) -> None:
    """Open what was noticed in the documents, and close what was noticed before and has gone."""
    noticed = [
        Noticed(
            f"orders:{item.remote_id}",
            notice.code,
            notice.field,
            f"Order {item.record.ext_order_id}: {notice.message}",
        )
        for item in incoming
        for notice in item.notices
    ]
    subjects = [f"orders:{item.remote_id}" for item in incoming]
    flow = origin.run.flow if origin.run else None
    renew_noticed(origin.integration, flow, ENTITY, subjects, noticed)


_INSERT = """
WITH rows AS MATERIALIZED (
    SELECT r.*, o.* FROM json_to_recordset(%(rows)s::json) AS r(
        id bigint, link bigint, status text, routing text, note text, email text, customer text, remote text, hash text,
        print text, updated timestamptz, canonical jsonb),
    LATERAL jsonb_to_record(r.canonical) AS o(
        "extOrderId" text, "extOrderApiId" text, standing text, paid boolean, "paymentStatus" text,
        "fulfillmentStatus" text, method text, "orderSource" text, currency text, "subTotalPrice" numeric,
        "orderDiscount" numeric, "orderTax" numeric, "shippingPrice" numeric, "totalPrice" numeric,
        "extOrderCreatedAt" timestamptz, "extOrderUpdatedAt" timestamptz, tags jsonb, "lineItems" jsonb,
        "extLocationId" text)
), orders AS (
    INSERT INTO hub_order (id, organization_id, integration_id, ext_order_id, ext_order_api_id, status, routing_status,
        routing_note, standing, paid, payment_status, fulfillment_status, method, order_source, email,
        customer_name, currency,
        sub_total_price, order_discount, order_tax, shipping_price, total_price, ext_order_created_at,
        ext_order_updated_at, canonical, tags, location_id)
    SELECT id, %(organization)s::bigint, %(integration)s::bigint, "extOrderId", "extOrderApiId", status, routing, note,
        standing, paid,
        "paymentStatus", "fulfillmentStatus", coalesce(method, 'shipping'), "orderSource", email, customer, currency,
        "subTotalPrice", coalesce("orderDiscount", 0), coalesce("orderTax", 0), coalesce("shippingPrice", 0),
        "totalPrice", "extOrderCreatedAt", "extOrderUpdatedAt", canonical, coalesce(tags, '[]'),
        (/* chosen */)
      FROM rows
), links AS (
    INSERT INTO hub_link (id, integration_id, entity, remote_id, record_id, document_hash, fingerprint,
        remote_updated_at)
    SELECT link, %(integration)s::bigint, 'orders', remote, id, decode(hash, 'hex'),
        decode(print, 'hex'), updated FROM rows
), events AS (
    INSERT INTO hub_event (organization_id, entity, record_id, operation, author, reason, run_id)
    SELECT %(organization)s::bigint, 'orders', id, 'ingested', %(author)s::text, '', %(run)s::bigint FROM rows
)
INSERT INTO hub_orderline (order_id, position, unique_id, sku, name, quantity, item_price, item_discount, item_tax,
    requires_shipping, taxable, ext_product_id, options, fulfilled, canceled)
SELECT rows.id, l.position, l."uniqueId", l.sku, l.name, l.quantity, l."itemPrice", coalesce(l."itemDiscount", 0),
    coalesce(l."itemTax", 0), coalesce(l."requiresShipping", true), coalesce(l.taxable, true),
    coalesce(l."extProductId", ''), l.options,
    CASE WHEN rows.standing IN ('fulfilled', 'returned') THEN greatest(l.quantity, 0) ELSE 0 END,
    CASE WHEN rows.standing IN ('canceled', 'refunded') THEN greatest(l.quantity, 0) ELSE 0 END
  FROM rows, LATERAL ROWS FROM (jsonb_to_recordset(coalesce(rows."lineItems", '[]')) AS (
        "uniqueId" text, sku text, name text, quantity integer, "itemPrice" numeric, "itemDiscount" numeric,
        "itemTax" numeric, "requiresShipping" boolean, taxable boolean, "extProductId" text, options jsonb)
    ) WITH ORDINALITY AS l("uniqueId", sku, name, quantity, "itemPrice", "itemDiscount", "itemTax", "requiresShipping",
        taxable, "extProductId", options, position)
""".replace(
    "/* chosen */", CHOSEN.format(integration="%(integration)s::bigint", ext_location_id='"extLocationId"')
)
