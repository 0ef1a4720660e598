"""Whether an order may go on to routing: what was decided about it, by a rule or by a person.

A person's word stands against every rule until the order is given back to them. Rules decide elsewhere; what
they decided is written here, for any number of orders at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from crossdock.hub.models import Order, OrderLine, ShippingRequest, ShippingRequestLine
from crossdock.hub.orders import attention
from crossdock.hub.orders.status import exclusion, refresh_orders
from crossdock.hub.shipping.requests import holding_requests, lock_orders, unrouted
from crossdock.hub.shipping.withdrawing import cancel_all
from crossdock.hub.stock.ledger import Cause
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS
from crossdock.hub.waking import wake_routing

Release = Order.Release
LONGEST_REASON = 200


class ReleaseError(ValueError):
    """An order cannot be held, reviewed or released; `field` names what stands against it."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


Refusals = dict[int, ReleaseError]
"""Why not, by order."""


@dataclass(frozen=True)
class Ruling:
    """What was decided about a locked order. `given` is what a rule adds to it; None leaves that as it is."""

    order: Order
    release: Order.Release
    note: str
    hold_until: datetime | None = None
    given: Mapping[str, object] | None = None


# -- a person decides ------------------------------------------------------------------------------------


def hold_order(order: Order, until: datetime | None, *, author: str, reason: str, now: datetime) -> None:
    """Keep an order from being routed until a moment, or, with None, until somebody releases it.

    Requests that no warehouse knows of are cancelled, and their goods stay committed to the order. Raises
    `ReleaseError` where nothing is left to hold, or `until` has passed.
    """
    _only(order, hold_orders([order.pk], until, author=author, reason=reason, now=now))


def hold_orders(
    order_ids: Sequence[int], until: datetime | None, *, author: str, reason: str, now: datetime
) -> Refusals:
    """Hold orders as `hold_order` does each; in as many statements as for one, and in one transaction.

    Returns why not, by order, for those that cannot be held. Raises `ReleaseError` where `until` has passed.
    """
    if until is not None and until <= now:
        raise ReleaseError("until", f"{_moment(until)} has passed; give a later time")
    end = f" until {_moment(until)}" if until else ""
    return _keep_back(order_ids, Release.HELD, f"held by {_named(author)}{end}", author, reason, until)


def require_review(order: Order, *, author: str, reason: str) -> None:
    """Keep an order from being routed until somebody has looked at it and releases it.

    Like a hold without end, but it shows as an exception. Raises `ReleaseError` where nothing is left.
    """
    note = f"review required by {_named(author)}"
    _only(order, _keep_back([order.pk], Release.REVIEW, note, author, reason, None))


def release_order(order: Order, *, author: str, reason: str) -> None:
    """Let an order through to routing, whatever the rules say. Twice is once.

    Raises `ReleaseError` for an order that nothing is to be shipped of.
    """
    _only(order, release_orders([order.pk], author=author, reason=reason))


def release_orders(order_ids: Sequence[int], *, author: str, reason: str) -> Refusals:
    """Release orders as `release_order` does each; in as many statements as for one, and in one transaction.

    Returns why not, by order, for those that cannot be released.
    """
    with transaction.atomic():
        locked, refused = _lock_open(order_ids)
        note = _note(f"released by {_named(author)}", reason)
        held = [row for row in locked if row.release != Release.RELEASED or not row.decided_by_person]
        rulings = [Ruling(row, Release.RELEASED, note) for row in held]
        write_rulings(rulings, Cause(author, reason), by_person=True)
        for organization_id in sorted({row.organization_id for row in held}):
            wake_routing(organization_id)
    return refused


def give_back(order: Order, *, author: str, reason: str) -> None:
    """Have the rules decide on an order afresh, whatever was decided before.

    Raises `ReleaseError` for an order that nothing is to be shipped of.
    """
    with transaction.atomic():
        locked, refused = _lock_open([order.pk])
        note = _note(f"given back to the rules by {_named(author)}", reason)
        rulings = [Ruling(row, Release.UNDECIDED, note) for row in locked]
        write_rulings(rulings, Cause(author, reason), by_person=False)
        _await_routing([row.pk for row in locked])
        wake_routing(order.organization_id)
    _only(order, refused)


def _keep_back(
    order_ids: Sequence[int],
    release: Order.Release,
    note: str,
    author: str,
    reason: str,
    until: datetime | None,
) -> Refusals:
    note = _note(note, reason)
    with transaction.atomic():
        locked, refused = _lock_open(order_ids)
        unsent = [
            request
            for request in holding_requests([order.pk for order in locked])
            if request.sent_to_fulfillment_at is None
        ]
        free = _free_without(unsent, locked)
        for order in locked:
            if order.pk not in free:
                refused[order.pk] = ReleaseError(
                    "status",
                    f"all of {order.ext_order_id} is at a warehouse, shipped or cancelled; to stop it, cancel its "
                    "shipping request at the warehouse and here",
                )
        kept = {order.pk: order for order in locked if order.pk in free}
        off = [request for request in unsent if request.order_id in kept]
        cancel_all(off, kept, restock=True, cause=Cause(author, note))
        rulings = [Ruling(order, release, note, until) for order in kept.values()]
        write_rulings(rulings, Cause(author, reason), by_person=True)
        _await_routing(list(kept))
        if until is not None:
            for organization_id in sorted({order.organization_id for order in kept.values()}):
                wake_routing(organization_id, at=until)
    return refused


def _free_without(unsent: Sequence[ShippingRequest], orders: Sequence[Order]) -> set[int]:
    """Return the orders of which something would be open and in no request if `unsent` were cancelled."""
    left = unrouted([order.pk for order in orders])
    for row in ShippingRequestLine.objects.filter(request__in=unsent):
        if row.line_id in left:
            left[row.line_id] += row.open
    free = [pk for pk, quantity in left.items() if quantity > 0]
    return set(OrderLine.objects.filter(pk__in=free).values_list("order_id", flat=True))


def _lock_open(order_ids: Sequence[int]) -> tuple[list[Order], Refusals]:
    """Lock orders; returns those that may be routed, and why not for the others."""
    locked = lock_orders(order_ids)
    lines = OrderLine.objects.filter(order_id__in=locked, requires_shipping=True, quantity__gt=0)
    ships = set(lines.values_list("order_id", flat=True))
    refused: Refusals = {}
    for order in locked.values():
        deleted = order.deleted_at is not None
        why_not = exclusion(
            standing=order.standing, deleted=deleted, method=order.method, ships=order.pk in ships
        )
        if why_not:
            refused[order.pk] = ReleaseError("status", f"{order.ext_order_id} is not to be routed: {why_not}")
    return [order for order in locked.values() if order.pk not in refused], refused


def _only(order: Order, refused: Refusals) -> None:
    """Raise what stands against the one order that was meant, or reload it."""
    for error in refused.values():
        raise error
    order.refresh_from_db()


def _await_routing(order_ids: Sequence[int]) -> None:
    """Have routing look again as soon as the orders are released."""
    rows = Order.objects.filter(pk__in=order_ids).exclude(routing_status=Order.Routing.PENDING)
    rows.update(routing_status=Order.Routing.PENDING, routing_note="", updated_at=Now())


def _named(author: str) -> str:
    """Return an author as people know them; what is written down here is read by people."""
    kind, _, name = author.partition(":")
    return {"user": name, "apikey": f"the API key {name}"}.get(kind, author) if name else author


def _moment(moment: datetime) -> str:
    """Return a moment in the time zone in which it was given, which is named."""
    return f"{moment:%Y-%m-%d %H:%M} {moment:%Z}"


def _note(what: str, reason: str) -> str:
    reason = reason.strip()[:LONGEST_REASON]
    return f"{what}: {reason}" if reason else what


# -- rules decide ----------------------------------------------------------------------------------------


def reconsider(orders: Sequence[Order], back: set[int], cause: Cause) -> None:
    """Have the rules look again at locked, open orders that the channel changed, unless a person decided.

    Those that are routed in part were released once and stay so, but for those that are `back` after they
    had been called off. The caller refreshes the statuses.
    """
    decided = [
        order for order in orders if order.release != Release.UNDECIDED and not order.decided_by_person
    ]
    if not decided:
        return
    requests = ShippingRequest.objects.filter(order=OuterRef("pk")).exclude(status__in=CANCELED_REQUESTS)
    shipped = OrderLine.objects.filter(order=OuterRef("pk"), fulfilled__gt=0)
    rows = Order.objects.filter(pk__in=[order.pk for order in decided])
    routed = set(rows.filter(Exists(requests) | Exists(shipped)).values_list("pk", flat=True))
    again = [order for order in decided if order.pk in back or order.pk not in routed]
    _write([Ruling(order, Release.UNDECIDED, "") for order in again], cause, by_person=False)


def write_rulings(rulings: Sequence[Ruling], cause: Cause, *, by_person: bool) -> None:
    """Write what was decided about locked orders, with an event each, and what follows from it.

    In the caller's transaction, in a number of statements that does not grow with the orders. What is for
    review has its exception open, what is held or released has it closed. `cause.reason` is a person's; for
    rules each ruling's note is the reason.
    """
    if not rulings:
        return
    _write(rulings, cause, by_person=by_person)
    refresh_orders([ruling.order.pk for ruling in rulings], cause)
    review = [ruling.order for ruling in rulings if ruling.release == Release.REVIEW]
    attention.open_all(attention.REVIEW_REQUIRED, {order: order.release_note for order in review})
    others = [ruling.order for ruling in rulings if ruling.release in (Release.HELD, Release.RELEASED)]
    attention.close_about(others, [attention.REVIEW_REQUIRED], "It was decided upon.")


def _write(rulings: Sequence[Ruling], cause: Cause, *, by_person: bool) -> None:
    if not rulings:
        return
    rows = [
        {
            "id": ruling.order.pk,
            "organization": ruling.order.organization_id,
            "release": ruling.release.value,
            "note": ruling.note[:300],
            "hold": ruling.hold_until,
            "given": ruling.order.given if ruling.given is None else ruling.given,
            "tags": _tags(ruling),
            "reason": (cause.reason if by_person or not ruling.note else ruling.note)[:500],
            "before": _facts(ruling.order.release, ruling.order.hold_until),
            "after": _facts(ruling.release, ruling.hold_until) | dict(ruling.given or {}),
        }
        for ruling in rulings
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                # PostgreSQL stores no NUL character in text; a reason that holds one loses only that.
                "rows": msgspec.json.encode(rows).decode().replace("\\u0000", ""),
                "person": by_person,
                "author": cause.author[:80],
                "run": cause.run.pk if cause.run else None,
            },
        )
    for ruling, row in zip(rulings, rows, strict=True):
        order = ruling.order
        order.release, order.release_note = ruling.release, str(row["note"])
        order.hold_until, order.decided_by_person = ruling.hold_until, by_person
        order.tags, order.given = (
            _tags(ruling),
            dict(ruling.order.given if ruling.given is None else ruling.given),
        )


def _tags(ruling: Ruling) -> list[object]:
    """The order's tags without those an earlier rule gave, with those that this one gives."""
    order = ruling.order
    if ruling.given is None:
        return list(order.tags)
    channel = order.canonical.get("tags") or []
    earlier = [tag for tag in _listed(order.given) if tag not in channel]
    kept = [tag for tag in order.tags if tag not in earlier]
    return [*kept, *(tag for tag in _listed(ruling.given) if tag not in kept)]


def _listed(given: Mapping[str, object]) -> list[object]:
    tags = given.get("tags")
    return tags if isinstance(tags, list) else []


def _facts(release: str, hold_until: datetime | None) -> dict[str, object]:
    facts: dict[str, object] = {"release": str(release)}
    return facts | ({"holdUntil": hold_until.isoformat()} if hold_until else {})


_WRITE = """
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS r(
           id bigint, organization bigint, release text, note text, hold timestamptz, given jsonb, tags jsonb,
           reason text, before jsonb, after jsonb)
), events AS (
    INSERT INTO hub_event (organization_id, entity, record_id, operation, author, reason, run_id, before, after)
    SELECT organization, 'orders', id, 'release', %(author)s, reason, %(run)s::bigint, before, after FROM r
)
UPDATE hub_order AS o
   SET release = r.release, release_note = r.note, hold_until = r.hold, given = r.given, tags = r.tags,
       decided_by_person = %(person)s, updated_at = now(),
       released_at = CASE WHEN r.release <> 'released' THEN NULL
                          WHEN o.release = 'released' THEN o.released_at ELSE now() END
  FROM r
 WHERE o.id = r.id
"""
