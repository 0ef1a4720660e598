"""Letting orders through: the rules decide on those that wait for it, and what they say is written down.

Many orders at once, by any number of workers, each order by one of them. What a look decides follows from the
rules, the order and the time alone, so a look too many changes nothing, and a missed one is made up for by the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Min, Q, QuerySet

from crossdock.hub.models import Order, Run
from crossdock.hub.orders.canceling import cancel_order
from crossdock.hub.orders.release import Ruling, write_rulings
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.stock.ledger import Cause
from crossdock.routing.facts import order_facts
from crossdock.routing.rules.book import active_rules
from crossdock.routing.rules.verdict import Rule, Subject, Verdict, decide

AUTHOR = "rule"
HOLD_ENDED = "its hold has ended"

Release = Order.Release
RELEASES = {"hold": Release.HELD, "review": Release.REVIEW, "release": Release.RELEASED}


@dataclass(frozen=True)
class RulesReport:
    """What a look at the waiting orders did, in orders. `more` tells that the limit was reached."""

    considered: int = 0
    held: int = 0
    review: int = 0
    released: int = 0
    canceled: int = 0
    more: bool = False


def apply_rules(
    organization_id: int, now: datetime, *, author: str = AUTHOR, run: Run | None = None, limit: int = 500
) -> RulesReport:
    """Decide on up to `limit` orders that nobody decided on yet, or whose hold has ended; one transaction.

    Orders another worker is busy with are left to it. A person's hold that has ended is a release, whatever the
    rules say. Call again while the report says `more`.
    """
    with transaction.atomic():
        rules = active_rules(organization_id)
        orders = _take(
            organization_id, now, limit, whole=any(rule.filters or rule.deed.given for rule in rules)
        )
        verdicts = [(order, _verdict(rules, order, now)) for order in orders]
        cause = Cause(author, "", run)
        rest = _cancel([pair for pair in verdicts if pair[1].kind == "cancel"], cause)
        rulings = [_ruling(order, verdict) for order, verdict in verdicts if verdict.kind != "cancel"]
        for by_person in (False, True):
            mine = [ruling for ruling in rulings if ruling.order.decided_by_person is by_person]
            write_rulings(mine, cause, by_person=by_person)
        write_rulings(rest, cause, by_person=False)
    said = Counter(ruling.release for ruling in (*rulings, *rest))
    return RulesReport(
        considered=len(orders), held=said[Release.HELD], review=said[Release.REVIEW],
        released=said[Release.RELEASED], canceled=len(orders) - said.total(), more=len(orders) >= limit,
    )  # fmt: skip


def next_hold_end(organization_id: int) -> datetime | None:
    """Return when the next hold of the organization ends, None where none does by itself."""
    rows = Order.objects.filter(organization_id=organization_id, release=Release.HELD)
    end: datetime | None = rows.aggregate(next=Min("hold_until"))["next"]
    return end


def waiting_for_rules(now: datetime) -> QuerySet[Order]:
    """Return the orders, of all organizations, that `apply_rules` would take at `now`."""
    undecided = Q(release=Release.UNDECIDED, routing_status=Order.Routing.PENDING)
    return Order.objects.filter(undecided | Q(release=Release.HELD, hold_until__lte=now))


def subject_of(order: Order) -> Subject:
    """Return a stored order as the decision sees it; its integration and location must be at hand."""
    return Subject(
        order.ext_order_created_at, order.created_at, order.integration_id, lambda: order_facts(order)
    )


def _take(organization_id: int, now: datetime, limit: int, *, whole: bool) -> list[Order]:
    rows = waiting_for_rules(now).filter(organization_id=organization_id).order_by("pk")
    rows = rows.select_related("integration", "location")
    if not whole:
        rows = rows.defer("canonical")  # by far its largest column, and only filters and tags need it
    return list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True)[:limit])


def _verdict(rules: Sequence[Rule], order: Order, now: datetime) -> Verdict:
    if order.decided_by_person:
        return Verdict("release", "", f"{HOLD_ENDED} ({order.release_note})", given=order.given)
    return decide(rules, subject_of(order), now)


def _ruling(order: Order, verdict: Verdict) -> Ruling:
    return Ruling(order, RELEASES[verdict.kind], verdict.reason, verdict.hold_until, _given(order, verdict))


def _given(order: Order, verdict: Verdict) -> Mapping[str, object] | None:
    return verdict.given if verdict.given != order.given else None


def _cancel(pairs: Sequence[tuple[Order, Verdict]], cause: Cause) -> list[Ruling]:
    """Cancel orders one by one; return what else is to be said about them.

    Those that cannot be cancelled go to a person; those of which nothing is open any more go through, for
    routing to find that nothing is left.
    """
    rulings = []
    for order, verdict in pairs:
        why = f"rule “{verdict.rule}”"
        try:
            units = cancel_order(
                order, verdict.restock, author=cause.author, reason=verdict.reason, run=cause.run
            )
        except ShippingError as error:
            rulings.append(Ruling(order, Release.REVIEW, f"{why} could not cancel it: {error}"))
            continue
        if not units:
            rulings.append(Ruling(order, Release.RELEASED, f"nothing is left for {why} to cancel"))
    return rulings
