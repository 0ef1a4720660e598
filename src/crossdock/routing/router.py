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
from crossdock.hub.inventory import default_location, settle_reservations
from crossdock.hub.ledger import Cause
from crossdock.hub.models import Location, Order, OrderLine, Run
from crossdock.hub.shipping import Draft, create_requests, lock_order, unrouted
from crossdock.hub.status import WAITING_FOR_PAYMENT
from crossdock.routing.rule import (
    NAME,
    NO_LOCATION,
    PAUSED,
    Decision,
    PlaceFacts,
    RoutingFacts,
    RoutingSettings,
    decide,
)

NO_LOCATION_CODE = "noLocation"
NO_LOCATION_SUBJECT = "locations:default"


@dataclass(frozen=True)
class RoutingReport:
    """What a pass of routing did, in orders. `more` tells that the limit was reached."""

    considered: int = 0
    routed: int = 0
    waiting: int = 0
    excluded: int = 0
    failed: int = 0
    done: int = 0
    more: bool = False


@dataclass(frozen=True)
class _Case:
    """An order with what the rule must know of it."""

    order: Order
    lines: tuple[OrderLine, ...]
    left: dict[int, int]

    @property
    def routable(self) -> tuple[tuple[OrderLine, int], ...]:
        return tuple(
            (line, self.left[line.pk]) for line in self.lines if line.sku and self.left.get(line.pk, 0) > 0
        )

    @property
    def nameless(self) -> int:
        return sum(max(self.left.get(line.pk, 0), 0) for line in self.lines if not line.sku)


def route_pending(
    organization_id: int, *, author: str = "routing", run: Run | None = None, limit: int = 200
) -> RoutingReport:
    """Route up to `limit` waiting orders, oldest first, in one transaction.

    Orders another worker is busy with are left to it. Orders that were found waiting for payment, for a
    location or for a paused one are not looked at again before that has changed. Call again while the
    report says `more`. Lines without SKU are never routed: their exception dates from the import.
    """
    with transaction.atomic():
        default = default_location(organization_id)
        orders = _take(organization_id, default, limit)
        decisions = [(case, decide(_facts(case), _settings(case, default))) for case in _cases(orders)]
        _route([pair for pair in decisions if pair[1].kind == "route"], author, run)
        for case, decision in decisions:
            if decision.kind != "route":
                _note(case.order, decision, author, run)
        _settle_waiting([case.order for case, decision in decisions if decision.kind == "wait"], author, run)
        _watch_location(organization_id, default)
    kinds = Counter(decision.kind for _, decision in decisions)
    return RoutingReport(
        considered=len(decisions), routed=kinds["route"], waiting=kinds["wait"], excluded=kinds["exclude"],
        failed=kinds["fail"], done=kinds["done"], more=len(decisions) >= limit,
    )  # fmt: skip


def route_again(order: Order, *, author: str, reason: str) -> None:
    """Have the next routing look at an order again, whatever became of it before."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        Order.objects.filter(pk=order.pk).update(
            routing_status=Order.Routing.PENDING, routing_note="", updated_at=Now()
        )
        record_event(
            locked.organization_id, "orders", locked.pk, "routeAgain", author=author, reason=reason,
            before={"routingStatus": locked.routing_status},
            after={"routingStatus": Order.Routing.PENDING.value},
        )  # fmt: skip
    order.refresh_from_db()


def _take(organization_id: int, default: Location | None, limit: int) -> list[Order]:
    rows = Order.objects.filter(organization_id=organization_id, routing_status=Order.Routing.PENDING)
    rows = rows.filter(release=Order.Release.RELEASED)
    rows = rows.exclude(
        Q(routing_note=WAITING_FOR_PAYMENT, paid=False) & ~Q(integration__settings__acceptUnpaid=True)
    )
    own = Q(location__kind=Location.Kind.STOCK, location__status=Location.Status.ACTIVE)
    if default is None:
        rows = rows.exclude(Q(routing_note=NO_LOCATION) & ~own)
    paused = Q(location__pause_location=True) & own
    if default is not None and default.pause_location:
        paused |= Q(location=None) | ~own
    rows = rows.exclude(Q(routing_note=PAUSED) & paused)
    rows = rows.select_related("integration", "location").order_by("ext_order_created_at", "pk")
    return list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True)[:limit])


def _cases(orders: Sequence[Order]) -> list[_Case]:
    ids = [order.pk for order in orders]
    left = unrouted(ids) if ids else {}
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order_id__in=ids, requires_shipping=True, quantity__gt=0).order_by(
        "position"
    ):
        lines.setdefault(line.order_id, []).append(line)
    return [_Case(order, tuple(lines.get(order.pk, ())), left) for order in orders]


def _facts(case: _Case) -> RoutingFacts:
    order = case.order
    return RoutingFacts(
        standing=order.standing, deleted=order.deleted_at is not None, paid=order.paid, method=order.method,
        ships=bool(case.lines), open_units=sum(quantity for _, quantity in case.routable),
        nameless_units=case.nameless, own=_place(order.location),
    )  # fmt: skip


def _settings(case: _Case, default: Location | None) -> RoutingSettings:
    accept = case.order.integration.settings.get("acceptUnpaid") is True
    return RoutingSettings(accept_unpaid=accept, default=_place(default))


def _place(location: Location | None) -> PlaceFacts | None:
    if location is None:
        return None
    ships = location.kind == Location.Kind.STOCK and location.status == Location.Status.ACTIVE
    return PlaceFacts(location.pk, location.name, ships=ships, paused=location.pause_location)


def _route(decided: Sequence[tuple[_Case, Decision]], author: str, run: Run | None) -> None:
    locations = Location.objects.in_bulk({decision.location_id for _, decision in decided})
    drafts = [
        Draft(case.order, locations[decision.location_id], case.routable, decision.reason)
        for case, decision in decided
        if decision.location_id is not None
    ]
    create_requests(drafts, Cause(author, NAME, run))
    Order.objects.filter(pk__in=[case.order.pk for case, _ in decided]).update(last_routed_at=Now())


def _note(order: Order, decision: Decision, author: str, run: Run | None) -> None:
    states = {
        "wait": Order.Routing.PENDING, "exclude": Order.Routing.EXCLUDED, "fail": Order.Routing.FAILED,
        "done": Order.Routing.ACKNOWLEDGED,
    }  # fmt: skip
    status = states[decision.kind].value
    if (order.routing_status, order.routing_note) == (status, decision.reason):
        return
    Order.objects.filter(pk=order.pk).update(
        routing_status=status, routing_note=decision.reason[:300], last_routed_at=Now(), updated_at=Now()
    )
    record_event(
        order.organization_id, "orders", order.pk, "routing", author=author, run=run,
        reason=f"{NAME}: {decision.reason}", before={"routingStatus": order.routing_status},
        after={"routingStatus": status},
    )  # fmt: skip


def _settle_waiting(orders: Sequence[Order], author: str, run: Run | None) -> None:
    """Orders that came before the first location could not be committed anywhere then; now they may."""
    settle_reservations([order.pk for order in orders], author=author, reason="waits for routing", run=run)


def _watch_location(organization_id: int, default: Location | None) -> None:
    waiting = Order.objects.filter(
        organization_id=organization_id, routing_status=Order.Routing.PENDING, routing_note=NO_LOCATION
    )
    count = waiting.count() if default is None else 0
    if count:
        open_exception(
            organization_id, NO_LOCATION_CODE, NO_LOCATION_SUBJECT, entity="locations",
            message=f"{count} orders cannot be routed: there is no active default location. Let the "
            "locations flow run, or choose a default location.",
        )  # fmt: skip
    else:
        close_exceptions(organization_id, [NO_LOCATION_SUBJECT], codes=[NO_LOCATION_CODE])
