"""One act on many orders: a page of them at once, thousands of them step by step by a worker.

Orders are acted on together, for that is far quicker; where something unforeseen happens, each by itself, so that
one bad order stays one bad order. A step that was done is never done again, whoever dies in between.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from crossdock.hub.models import Order, OrderAct, OrderLine, Organization, public_key
from crossdock.hub.orders.canceling import cancel_orders
from crossdock.hub.orders.release import ReleaseError, hold_orders, release_orders
from crossdock.hub.waking import wake_routing
from crossdock.routing.router import route_all_again

log = logging.getLogger(__name__)

STEP = 200
"""How many orders are acted on in one transaction; so many are done at once, without a worker."""
MOST = 20_000
"""How many orders one act may be about."""
UNFORESEEN = "an unexpected error; the log of the hub says more"
Act = OrderAct.Act
State = OrderAct.State
Why = dict[int, str]
"""Why an order could not be acted on, by its row number."""


@dataclass(frozen=True)
class Wish:
    """What is to be done with orders, by whom, and why.

    `until` ends a hold; `restock` says whether the goods of cancelled orders are on the shelf.
    """

    act: str
    author: str
    reason: str = ""
    until: datetime | None = None
    restock: bool = True


def act_on(organization: Organization, order_ids: Sequence[int], wish: Wish, *, now: datetime) -> Why:
    """Do with orders of an organization what is wished; returns why not, for those that could not be."""
    with transaction.atomic():
        why = _together_or_each(order_ids, wish, now)
        wake_routing(organization.pk)
    return why


def begin_act(organization: Organization, order_ids: Sequence[int], wish: Wish) -> OrderAct:
    """Write down what a worker is to do with orders, at most `MOST`; the caller queues it."""
    if len(order_ids) > MOST:
        raise ValueError(f"{len(order_ids)} orders are more than one act may be about ({MOST})")
    return OrderAct.objects.create(
        organization=organization, author=wish.author, act=wish.act, reason=wish.reason[:300], until=wish.until,
        restock=wish.restock, orders=list(order_ids), total=len(order_ids),
    )  # fmt: skip


def run_act(act_id: int, *, now: datetime) -> OrderAct:
    """Do what is left of an act, step by step, until it is finished or stopped."""
    while True:
        with transaction.atomic():
            act = (
                OrderAct.objects.select_for_update(of=("self",)).select_related("organization").get(pk=act_id)
            )
            if act.state != State.RUNNING:
                return act
            part = act.orders[act.done : act.done + STEP]
            wish = Wish(act.act, act.author, act.reason, act.until, restock=act.restock is not False)
            why = act_on(act.organization, part, wish, now=now)
            numbers = dict(Order.objects.filter(pk__in=why).values_list("pk", "ext_order_id"))
            act.failed += [
                {"order": public_key(pk), "number": numbers.get(pk, ""), "why": text}
                for pk, text in sorted(why.items())
            ]
            act.done += len(part)
            if act.done >= act.total:
                act.state, act.finished_at = State.FINISHED, now
            act.save(update_fields=["failed", "done", "state", "finished_at"])


def stop_act(act: OrderAct) -> bool:
    """Leave alone what an act has not come to yet; whether it was running."""
    running = OrderAct.objects.filter(pk=act.pk, state=State.RUNNING)
    return bool(running.update(state=State.STOPPED, finished_at=Now()))


def _together_or_each(order_ids: Sequence[int], wish: Wish, now: datetime) -> Why:
    try:
        with transaction.atomic():
            return _together(order_ids, wish, now)
    except ReleaseError as error:  # about the wish, not about one of them
        return dict.fromkeys(order_ids, error.message)
    except Exception:  # whatever it is: one bad record never stops the rest, and the log has it
        if len(order_ids) == 1:
            log.exception("%s of order %s", wish.act, public_key(order_ids[0]))
            return {order_ids[0]: UNFORESEEN}
    return {pk: text for one in order_ids for pk, text in _together_or_each([one], wish, now).items()}


def _together(order_ids: Sequence[int], wish: Wish, now: datetime) -> Why:
    by = {"author": wish.author, "reason": wish.reason}
    if wish.act == Act.HOLD:
        refused = hold_orders(order_ids, wish.until, now=now, **by)
        return {pk: error.message for pk, error in refused.items()}
    if wish.act == Act.RELEASE:
        return {pk: error.message for pk, error in release_orders(order_ids, **by).items()}
    if wish.act == Act.ROUTE:
        open_ids = _with_open_units(order_ids)
        route_all_again(open_ids, author=wish.author, reason=wish.reason or "routed again by hand")
        return _done_with(set(order_ids) - set(open_ids), "nothing of it is left to ship")
    reason = wish.reason or "cancelled by hand"
    done = cancel_orders(order_ids, wish.restock, author=wish.author, reason=reason)
    return _done_with(set(order_ids) - set(done), "nothing of it is open")


def _with_open_units(order_ids: Sequence[int]) -> list[int]:
    """Return those of some orders that may still ship something."""
    lines = OrderLine.objects.filter(
        order__in=order_ids, order__standing="open", order__deleted_at=None, requires_shipping=True,
        quantity__gt=F("fulfilled") + F("canceled"),
    )  # fmt: skip
    return list(lines.order_by("order_id").values_list("order_id", flat=True).distinct())


def _done_with(order_ids: Collection[int], why: str) -> Why:
    left = Order.objects.filter(pk__in=order_ids)
    return {pk: f"{why}; it is {status}" for pk, status in left.values_list("pk", "status")}
