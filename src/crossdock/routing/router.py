"""Routing orders that wait for it: many at once, by many workers, each order by one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from crossdock.hub.events import record_event
from crossdock.hub.exceptions import close_exceptions, open_exception
from crossdock.hub.models import Event, Location, Order, Run
from crossdock.hub.orders import attention
from crossdock.hub.orders.retries import retries_wait, routing_under_way, take_retries
from crossdock.hub.orders.status import WAITING_FOR_PAYMENT
from crossdock.hub.shipping.drafting import Draft, create_requests
from crossdock.hub.shipping.requests import lock_orders
from crossdock.hub.stock.inventory import settle_reservations
from crossdock.hub.stock.ledger import Cause, share_bundles
from crossdock.routing.batch import Decided, decide_all
from crossdock.routing.cases import Guide, load_cases, load_guide
from crossdock.routing.decision import Decision
from crossdock.routing.one_order import NAME, NO_LOCATION, NO_SKU, PAUSED

NO_LOCATION_CODE = "noLocation"
NO_LOCATION_SUBJECT = "locations:default"


@dataclass(frozen=True)
class RoutingReport:
    """What a pass of routing did, in orders. `more` tells that there may be more to do at once."""

    considered: int = 0
    routed: int = 0
    waiting: int = 0
    excluded: int = 0
    failed: int = 0
    done: int = 0
    more: bool = False


def route_pending(
    organization_id: int, *, author: str = "routing", run: Run | None = None, limit: int = 200
) -> RoutingReport:
    """Route up to `limit` waiting orders, oldest first, in one transaction.

    Orders that found no place before come back first, where something has changed for them. Orders another
    worker is busy with are left to it. Orders that were found waiting for payment, for a location or for a
    paused one are not looked at again before that has changed. Call again while the report says `more`.
    Lines without SKU are never routed: their exception dates from the import.
    """
    take_retries(organization_id)
    with transaction.atomic():
        routing_under_way(organization_id)
        guide = load_guide(organization_id)
        orders = _take(organization_id, guide, limit)
        share_bundles([order.pk for order in orders])
        decided = decide_all(load_cases(orders, adopt=True), guide, locked=True)
        _route(decided, Cause(author, "routing cards" if guide.cards else NAME, run))
        for case, decision in decided:
            if decision.kind != "route":
                _note(case.order, decision, author, run)
        attention.close_no_route([case.order.pk for case, decision in decided if decision.kind != "fail"])
        _settle_waiting([case.order for case, decision in decided if decision.kind == "wait"], author, run)
        _watch_location(organization_id, guide)
    kinds = Counter(decision.kind for _, decision in decided)
    return RoutingReport(
        considered=len(decided), routed=kinds["route"], waiting=kinds["wait"], excluded=kinds["exclude"],
        failed=kinds["fail"], done=kinds["done"], more=len(decided) >= limit or retries_wait(organization_id),
    )  # fmt: skip


def route_again(order: Order, *, author: str, reason: str) -> None:
    """Have the next routing look at an order again, whatever became of it before."""
    route_all_again([order.pk], author=author, reason=reason)
    order.refresh_from_db()


def route_all_again(order_ids: Sequence[int], *, author: str, reason: str) -> None:
    """Have the next routing look at orders again, whatever became of them before; in as few statements as for one."""
    with transaction.atomic():
        locked = lock_orders(order_ids)
        Order.objects.filter(pk__in=locked).update(
            routing_status=Order.Routing.PENDING, routing_note="", updated_at=Now()
        )
        Event.objects.bulk_create(
            Event(
                organization_id=order.organization_id, entity="orders", record_id=order.pk, operation="routeAgain",
                author=author[:80], reason=reason[:500], before={"routingStatus": order.routing_status},
                after={"routingStatus": Order.Routing.PENDING.value},
            )
            for order in locked.values()
        )  # fmt: skip


def _take(organization_id: int, guide: Guide, limit: int) -> list[Order]:
    rows = Order.objects.filter(organization_id=organization_id, routing_status=Order.Routing.PENDING)
    rows = rows.filter(release=Order.Release.RELEASED)
    rows = rows.exclude(
        Q(routing_note=WAITING_FOR_PAYMENT, paid=False) & ~Q(integration__settings__acceptUnpaid=True)
    )
    own = Q(location__kind=Location.Kind.STOCK, location__status=Location.Status.ACTIVE)
    placeless = Q(location=None) | ~own
    if guide.default is None and not guide.cards:
        rows = rows.exclude(Q(routing_note=NO_LOCATION) & placeless)
    paused = Q(location__pause_location=True) & own
    if guide.default is not None and guide.default.paused and not guide.cards:
        paused |= placeless
    if guide.only is not None and guide.only.paused:
        paused |= placeless & Q(method="pickup")
    rows = rows.exclude(Q(routing_note=PAUSED) & paused)
    rows = rows.select_related("integration", "location__merged_into").order_by("ext_order_created_at", "pk")
    return list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True)[:limit])


def _route(decided: Decided, cause: Cause) -> None:
    routed = [(case, decision) for case, decision in decided if decision.kind == "route"]
    locations = Location.objects.in_bulk(
        {one.location_id for _, decision in routed for one in decision.allocations}
    )
    drafts = [
        Draft(
            case.order, locations[one.location_id],
            tuple((case.routable[line], quantity) for line, quantity in one.lines),
            decision.reason, decision.explanation, one.waits,
        )
        for case, decision in routed
        for one in decision.allocations
    ]  # fmt: skip
    create_requests(drafts, cause)
    Order.objects.filter(pk__in=[case.order.pk for case, _ in routed]).update(last_routed_at=Now())


def _note(order: Order, decision: Decision, author: str, run: Run | None) -> None:
    states = {
        "wait": Order.Routing.PENDING, "exclude": Order.Routing.EXCLUDED, "fail": Order.Routing.FAILED,
        "done": Order.Routing.ACKNOWLEDGED,
    }  # fmt: skip
    status, note = states[decision.kind].value, decision.reason[:300]
    if (order.routing_status, order.routing_note) == (status, note):
        return
    Order.objects.filter(pk=order.pk).update(
        routing_status=status, routing_note=note, last_routed_at=Now(), updated_at=Now()
    )
    if decision.kind == "fail" and order.routing_note == note:
        return  # tried again, with the same result: that has been said
    if decision.kind == "fail" and decision.reason != NO_SKU:
        attention.open_no_route(order, decision.reason)
    after: dict[str, object] = {"routingStatus": status}
    record_event(
        order.organization_id, "orders", order.pk, "routing", author=author, run=run,
        reason=decision.reason if decision.explanation else f"{NAME}: {decision.reason}",
        before={"routingStatus": order.routing_status},
        after=after | ({"explanation": list(decision.explanation)} if decision.explanation else {}),
    )  # fmt: skip


def _settle_waiting(orders: Sequence[Order], author: str, run: Run | None) -> None:
    """Orders that came before the first location could not be committed anywhere then; now they may."""
    settle_reservations([order.pk for order in orders], author=author, reason="waits for routing", run=run)


def _watch_location(organization_id: int, guide: Guide) -> None:
    waiting = Order.objects.filter(
        organization_id=organization_id, routing_status=Order.Routing.PENDING, routing_note=NO_LOCATION
    )
    count = waiting.count() if guide.default is None and not guide.cards else 0
    if count:
        open_exception(
            organization_id, NO_LOCATION_CODE, NO_LOCATION_SUBJECT, entity="locations",
            message=f"{count} orders cannot be routed: there is no active default location. Let the "
            "locations flow run, or choose a default location.",
        )  # fmt: skip
    else:
        close_exceptions(organization_id, [NO_LOCATION_SUBJECT], codes=[NO_LOCATION_CODE])
