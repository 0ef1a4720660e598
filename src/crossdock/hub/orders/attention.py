"""What needs a person's attention about an order that changed, or met trouble, after it was routed.

What a warehouse was told, and what has left, is compared afresh with what the order says now, so an exception
closes itself as soon as its cause has gone. What the channel called off or took back is opened once, when it
is news.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection
from django.db.models import Q

from crossdock.hub.exceptions import Opened, close_exceptions, open_exception, open_exceptions
from crossdock.hub.models import Order, OrderLine, ShippingRequest, ShippingRequestLine
from crossdock.hub.orders.policy import basis_of, differences
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

SHIPPED_ELSEWHERE = "shippedElsewhere"
EDITED_AFTER_SENDING = "editedAfterSending"
EDITED_AFTER_SHIPPING = "editedAfterShipping"
CANCELED_AFTER_SENDING = "canceledAfterSending"
CANCELED_AFTER_SHIPPING = "canceledAfterShipping"
RETURNED_NOT_COUNTED = "returnedNotCounted"
REVIEW_REQUIRED = "reviewRequired"
REJECTED_BY_WAREHOUSE = "rejectedByWarehouse"
SHIPPED_TOO_MANY = "shippedTooMany"
NO_ROUTE = "noRoute"

_MESSAGES = {
    SHIPPED_ELSEWHERE: (
        "Order {number} was marked as shipped or returned on the channel while a shipping request is at a "
        "warehouse ({what}). Ask the warehouse: record its shipment, or cancel the request (without restock if "
        "the channel's parcel took the goods)."
    ),
    EDITED_AFTER_SENDING: (
        "Order {number} no longer asks for what a warehouse was told to ship: {what}. Stop it at the warehouse "
        "and cancel the request here; what is still open is routed again."
    ),
    EDITED_AFTER_SHIPPING: (
        "What has left for order {number} is not what the order now asks for: {what}. Tell the buyer and the "
        "carrier, or correct the order in the store."
    ),
    CANCELED_AFTER_SENDING: (
        "Order {number} was called off after its shipping request had gone to a warehouse. "
        "Stop the shipment there, and say on its shipping request what came of it; here the request is "
        "cancelled and its stock released."
    ),
    CANCELED_AFTER_SHIPPING: (
        "Order {number} was called off, and some of it has shipped all the same. Ask for a return, or "
        "correct the channel; the shipped units are not put back into stock before they are counted. When it is "
        "settled, set this exception aside."
    ),
    REJECTED_BY_WAREHOUSE: (
        "Order {number}: the warehouse will not ship {what}. The units count as unavailable there: count them there. "
        "What is open is routed elsewhere; where nothing else has it, cancel the order."
    ),
    RETURNED_NOT_COUNTED: (
        "Order {number} was marked as returned on the channel. What came back is not put back into stock by "
        "itself: count it, and set this exception aside."
    ),
    REVIEW_REQUIRED: (
        "Order {number} waits for somebody to look at it ({what}). Release it, hold it, or cancel it."
    ),
}
_REVIEWED = (SHIPPED_ELSEWHERE, EDITED_AFTER_SENDING, EDITED_AFTER_SHIPPING)


def subject_of(order: Order) -> str:
    """Return the subject under which an order's exceptions stand."""
    return f"orders:{order.ext_order_api_id}"


def open_about(order: Order, code: str, what: str = "") -> None:
    """Open the exception `code` about `order`, which must have its integration at hand.

    `what` says what differs.
    """
    open_all(code, {order: what})


def open_all(code: str, about: Mapping[Order, str]) -> None:
    """Open the exception `code` about each order, which must have its integration at hand, with what differs."""
    open_exceptions(
        [
            Opened(
                order.organization_id, code, subject_of(order),
                _MESSAGES[code].format(number=order.ext_order_id, what=what), "orders", order.integration,
                record_id=order.pk,
            )
            for order, what in about.items()
        ]
    )  # fmt: skip


def open_no_route(order: Order, why: str) -> None:
    """Say that no place was found for an order, and why; it must have its integration at hand."""
    message = f"Order {order.ext_order_id} cannot be routed: {why}"
    open_exception(
        order.organization_id, NO_ROUTE, subject_of(order), message, entity="orders",
        integration=order.integration, record_id=order.pk,
    )  # fmt: skip


def close_no_route(order_ids: Sequence[int]) -> None:
    """Close what was said about orders for which a place was found since, or is not wanted any more."""
    if not order_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE hub_exceptioncase held SET status = 'resolved', resolved_at = now(), resolution =
                   CASE WHEN o.routing_status = 'excluded' THEN 'Nothing is to be routed any more.'
                        ELSE 'A place was found.' END
              FROM hub_order o
             WHERE o.id = ANY(%s) AND o.routing_status NOT IN ('pending', 'failed')
               AND held.status IN ('active', 'dismissed')
               AND held.organization_id = o.organization_id AND held.integration_id = o.integration_id
               AND held.code = %s AND held.subject = 'orders:' || o.ext_order_api_id
            """,
            [list(order_ids), NO_ROUTE],
        )


def close_about(
    orders: Sequence[Order], codes: Sequence[str], resolution: str = "The cause has gone."
) -> None:
    """Close those exceptions about `orders` whose cause has gone."""
    by_integration: dict[int, list[Order]] = {}
    for order in orders:
        by_integration.setdefault(order.integration_id, []).append(order)
    for group in by_integration.values():
        close_exceptions(
            group[0].organization_id, [subject_of(order) for order in group],
            integration=group[0].integration, codes=codes, resolution=resolution,
        )  # fmt: skip


def open_shipped_too_many(order: Order, parcel: str, extra: Mapping[str, int]) -> None:
    """Open ``shippedTooMany`` about a parcel with `extra` units, by SKU, beyond what was ordered."""
    units = ", ".join(f"{quantity} x {sku}" for sku, quantity in extra.items())
    message = (
        f"{units} more than was ordered left with parcel {parcel} of order {order.ext_order_id}. They are taken "
        "off the shelf. Charge the buyer or ask for a return, then set this exception aside."
    )
    open_exception(
        order.organization_id, SHIPPED_TOO_MANY, subject_of(order), message, entity="orders",
        integration=order.integration, record_id=order.pk,
    )  # fmt: skip


def review(orders: Sequence[Order]) -> None:
    """Open or close the exceptions that follow from what warehouses know, what has left, and the order now."""
    if not orders:
        return
    ids = [order.pk for order in orders]
    close_no_route(ids)
    known: dict[int, list[ShippingRequestLine]] = {pk: [] for pk in ids}
    rows = ShippingRequestLine.objects.filter(request__order_id__in=ids)
    rows = rows.filter(Q(request__sent_to_fulfillment_at__isnull=False) | Q(fulfilled__gt=0))
    for row in rows.select_related("request__location").order_by("pk"):
        known[row.request.order_id].append(row)
    lines: dict[int, list[OrderLine]] = {pk: [] for pk in ids}
    for line in OrderLine.objects.filter(order_id__in=ids).order_by("position", "pk"):
        lines[line.order_id].append(line)
    found: dict[str, dict[int, str]] = {code: {} for code in _REVIEWED}
    for order in orders:
        for code, what in _findings(order, lines[order.pk], known[order.pk]).items():
            found[code][order.pk] = what
    for code, by_order in found.items():
        open_all(code, {order: by_order[order.pk] for order in orders if by_order.get(order.pk)})
        close_about([order for order in orders if not by_order.get(order.pk)], [code])
    _review_cancellations(orders)
    _review_rejections(orders)
    shipped = [order for order in orders if order.standing == "open" and _all_shipped(lines[order.pk])]
    close_about(shipped, [CANCELED_AFTER_SENDING], "The order was wanted again, and has shipped.")


def _findings(
    order: Order, lines: Sequence[OrderLine], rows: Sequence[ShippingRequestLine]
) -> dict[str, str]:
    """Return what is wrong with one order by code, in words."""
    told = [row for row in rows if _at_a_warehouse(row.request) and row.open > 0]
    if order.deleted_at is not None or order.standing in ("canceled", "refunded"):
        return {}
    found = {}
    if told and order.standing in ("fulfilled", "returned"):
        found[SHIPPED_ELSEWHERE] = _requests(told)
    elif told and order.standing == "incomplete":
        found[EDITED_AFTER_SENDING] = "the channel calls it unfinished"
    elif told:
        differing = [*_terms(order, lines, told), *_told_wrongly(lines, told)]
        if differing:
            found[EDITED_AFTER_SENDING] = f"{'; '.join(differing)} ({_requests(told)})"
    if order.standing in ("open", "fulfilled"):
        shipped = [row for row in rows if row.fulfilled]
        differing = [
            *_terms(order, lines, shipped, left=True),
            *_shipped_wrongly(order, lines, shipped),
            *_left_out(order, lines),
        ]
        if differing:
            found[EDITED_AFTER_SHIPPING] = "; ".join(differing)
    return found


def _at_a_warehouse(request: ShippingRequest) -> bool:
    return request.sent_to_fulfillment_at is not None and request.status not in CANCELED_REQUESTS


def _requests(rows: Iterable[ShippingRequestLine]) -> str:
    named = (f"{row.request.ext_shipment_id} at {row.request.location.name}" for row in rows)
    return ", ".join(dict.fromkeys(named))


def _terms(
    order: Order, lines: Sequence[OrderLine], rows: Sequence[ShippingRequestLine], *, left: bool = False
) -> list[str]:
    """Return what differs of everything but the lines, which are compared one by one."""
    accept = order.integration.settings.get("acceptUnpaid") is True
    now = basis_of(order, lines)
    found: dict[str, None] = {}
    for request in {row.request_id: row.request for row in rows}.values():
        basis = {name: value for name, value in request.basis.items() if name != "lineItems"}
        found |= dict.fromkeys(differences(basis, now, accept_unpaid=accept, left=left))
    return list(found)


def _told_wrongly(lines: Sequence[OrderLine], told: Sequence[ShippingRequestLine]) -> list[str]:
    """Return the lines of which a warehouse was told to ship something else, or too many."""
    found = []
    for line in lines:
        own = [row for row in told if row.line_id == line.pk]
        found += _swapped(own, line, "was asked for")
        asked, wanted = sum(row.open for row in own), line.open if line.requires_shipping else 0
        if asked > wanted:
            found.append(f"{asked} of {own[0].sku or line.name} were asked for, {wanted} are wanted")
    return found


def _shipped_wrongly(
    order: Order, lines: Sequence[OrderLine], shipped: Sequence[ShippingRequestLine]
) -> list[str]:
    """Return the lines of which something else has left than is ordered, or more."""
    there = _line_ids(order.canonical)
    found = []
    for line in lines:
        own = [row for row in shipped if row.line_id == line.pk]
        found += _swapped(own, line, "has left")
        left = sum(row.fulfilled for row in own)
        wanted = line.quantity if there is None or line.unique_id in there else 0
        if left > max(wanted, 0):
            found.append(f"{left} of {own[0].sku or line.name} have left, {wanted} are wanted")
    return found


def _left_out(order: Order, lines: Sequence[OrderLine]) -> list[str]:
    """Return what has not left of an order that the channel calls shipped."""
    if order.standing != "fulfilled":
        return []
    return [
        f"{line.open} of {line.sku or line.name} have not left, though the channel calls the order shipped"
        for line in lines
        if line.requires_shipping and line.open
    ]


def _swapped(rows: Sequence[ShippingRequestLine], line: OrderLine, verb: str) -> list[str]:
    return [
        f"{sku or 'no SKU'} {verb}, the line is now {line.sku or 'without a SKU'}"
        for sku in dict.fromkeys(row.sku for row in rows)
        if sku != line.sku
    ]


def _line_ids(canonical: Mapping[str, object]) -> set[str] | None:
    """Return the ids of the lines the channel's order has; None where its document is not kept."""
    rows = canonical.get("lineItems", [] if canonical else None)
    return None if not isinstance(rows, list) else {str(row.get("uniqueId")) for row in rows}


def _review_cancellations(orders: Sequence[Order]) -> None:
    """Close ``canceledAfterSending`` where each warehouse has stopped it, or has shipped it after all.

    That a warehouse was told is not enough: a file that lies in its folder may be read by nobody, or too late.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.order_id FROM hub_shippingrequest r
             WHERE r.order_id = ANY(%s) AND r.cancellation_status <> ''
             GROUP BY r.order_id
            HAVING bool_and(r.cancellation_status = 'confirmed' OR r.status IN ('fulfilled', 'failed'))
            """,
            [[order.pk for order in orders]],
        )
        settled = {row[0] for row in cursor.fetchall()}
    close_about(
        [order for order in orders if order.pk in settled],
        [CANCELED_AFTER_SENDING],
        "What became of it is known.",
    )


def _review_rejections(orders: Sequence[Order]) -> None:
    """Open ``rejectedByWarehouse`` where units that are still wanted are in doubt, and close it elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_DOUBT, {"orders": [order.pk for order in orders]})
        found: dict[int, list[str]] = {}
        for order_id, location, sku, quantity in cursor.fetchall():
            found.setdefault(order_id, []).append(f"{quantity} x {sku} at {location}")
    open_all(
        REJECTED_BY_WAREHOUSE, {order: ", ".join(found[order.pk]) for order in orders if order.pk in found}
    )
    close_about([order for order in orders if order.pk not in found], [REJECTED_BY_WAREHOUSE])


# Units are in doubt until their record is counted; what nobody counts, or is unlimited, until the line is done.
_IN_DOUBT = """
    SELECT r.order_id, location.name, coalesce(nullif(l.sku, ''), l.name), sum(rl.rejected)
      FROM hub_shippingrequest r
      JOIN hub_shippingrequestline rl ON rl.request_id = r.id
      JOIN hub_orderline l ON l.id = rl.line_id
      JOIN hub_location location ON location.id = r.location_id
     WHERE r.order_id = ANY(%(orders)s) AND rl.rejected > 0 AND l.quantity - l.fulfilled - l.canceled > 0
       AND EXISTS (
           SELECT 1
             FROM jsonb_to_recordset(coalesce(rl.components, jsonb_build_array(jsonb_build_object('sku', rl.sku))))
                  AS part(sku text)
             LEFT JOIN hub_inventoryrecord record
               ON record.organization_id = r.organization_id AND record.sku = part.sku
              AND record.location_id = r.location_id
            WHERE record.id IS NULL OR record.state <> 'tracked'
               OR coalesce((SELECT sum(entry.quantity) FROM hub_ledgerentry entry
                             WHERE entry.record_id = record.id AND entry.figure = 'unavailable'
                               AND entry.event IN ('reject', 'recount')), 0) > 0)
     GROUP BY r.order_id, location.name, l.id ORDER BY r.order_id, location.name, l.id
"""


def _all_shipped(lines: Sequence[OrderLine]) -> bool:
    goods = [line for line in lines if line.requires_shipping and line.quantity > 0]
    return bool(goods) and all(line.fulfilled >= line.quantity for line in goods)
