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

from crossdock.hub.models import Order, OrderLine, ShippingRequest
from crossdock.hub.orders import attention
from crossdock.hub.orders.status import exclusion, refresh_orders
from crossdock.hub.shipping.requests import holding_requests, lock_order, unrouted
from crossdock.hub.shipping.withdrawing import cancel_request
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
    if until is not None and until <= now:
        raise ReleaseError("until", f"{_moment(until)} has passed; give a later time")
    end = f" until {_moment(until)}" if until else ""
    _keep_back(order, Release.HELD, f"held by {_named(author)}{end}", author, reason, until)


def require_review(order: Order, *, author: str, reason: str) -> None:
    """Keep an order from being routed until somebody has looked at it and releases it.

    Like a hold without end, but it shows as an exception. Raises `ReleaseError` where nothing is left.
    """
    _keep_back(order, Release.REVIEW, f"review required by {_named(author)}", author, reason, None)


def release_order(order: Order, *, author: str, reason: str) -> None:
    """Let an order through to routing, whatever the rules say. Twice is once.

    Raises `ReleaseError` for an order that nothing is to be shipped of.
    """
    with transaction.atomic():
        locked = _lock_open(order)
        if locked.release != Release.RELEASED or not locked.decided_by_person:
            note = _note(f"released by {_named(author)}", reason)
            write_rulings([Ruling(locked, Release.RELEASED, note)], Cause(author, reason), by_person=True)
            wake_routing(locked.organization_id)
    order.refresh_from_db()


def give_back(order: Order, *, author: str, reason: str) -> None:
    """Have the rules decide on an order afresh, whatever was decided before.

    Raises `ReleaseError` for an order that nothing is to be shipped of.
    """
    with transaction.atomic():
        locked = _lock_open(order)
        note = _note(f"given back to the rules by {_named(author)}", reason)
        write_rulings([Ruling(locked, Release.UNDECIDED, note)], Cause(author, reason), by_person=False)
        _await_routing(locked)
        wake_routing(locked.organization_id)
    order.refresh_from_db()


def _keep_back(
    order: Order, release: Order.Release, note: str, author: str, reason: str, until: datetime | None
) -> None:
    with transaction.atomic():
        locked = _lock_open(order)
        for request in holding_requests([locked.pk]):
            if request.sent_to_fulfillment_at is None:
                why = _note(note, reason)
                cancel_request(request, restock=True, author=author, reason=why, route_again=True)
        if not any(quantity > 0 for quantity in unrouted([locked.pk]).values()):
            raise ReleaseError(
                "status",
                f"all of {locked.ext_order_id} is at a warehouse, shipped or cancelled; to stop it, cancel its "
                "shipping request at the warehouse and here",
            )
        locked.refresh_from_db(fields=["routing_status", "routing_note", "status"])
        ruling = Ruling(locked, release, _note(note, reason), until)
        write_rulings([ruling], Cause(author, reason), by_person=True)
        _await_routing(locked)
        if until is not None:
            wake_routing(locked.organization_id, at=until)
    order.refresh_from_db()


def _lock_open(order: Order) -> Order:
    locked = lock_order(order.pk)
    ships = OrderLine.objects.filter(order=locked, requires_shipping=True, quantity__gt=0).exists()
    deleted = locked.deleted_at is not None
    why_not = exclusion(standing=locked.standing, deleted=deleted, method=locked.method, ships=ships)
    if why_not:
        raise ReleaseError("status", f"{locked.ext_order_id} is not to be routed: {why_not}")
    return locked


def _await_routing(order: Order) -> None:
    """Have routing look again as soon as the order is released."""
    rows = Order.objects.filter(pk=order.pk).exclude(routing_status=Order.Routing.PENDING)
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
    for order in review:
        attention.open_about(order, attention.REVIEW_REQUIRED, order.release_note)
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
