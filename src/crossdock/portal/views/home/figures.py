"""What the first page counts: what needs attention, where the orders stand, and how much happened on each day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import TruncDay
from django.urls import reverse
from django.utils import timezone

from crossdock.connectors.contract import Direction
from crossdock.flows.health import is_late
from crossdock.flows.runs import REHEARSAL
from crossdock.hub import listing
from crossdock.hub.models import (
    ExceptionCase,
    Flow,
    Fulfillment,
    FulfillmentLine,
    Integration,
    InventoryRecord,
    Order,
    Organization,
    Run,
)
from crossdock.portal.words.locale import number_text
from crossdock.portal.words.statuses import ORDER, Word

MOST_CAUSES = 8
ORDER_DAYS = 30
PUSH_DAYS = 14
PARCEL_DAYS = 7
"""Days of the organization, today among them."""


@dataclass(frozen=True)
class Slice:
    """The orders of one status, and where their part of the bar begins (of 1000)."""

    status: str
    word: Word
    count: int
    start: int
    width: int


@dataclass(frozen=True)
class Trouble:
    """A cause of open exceptions, with what the newest of them says."""

    cause: listing.Cause
    message: str


def troubles(causes: Sequence[listing.Cause], organization: Organization) -> list[Trouble]:
    """Return the first of `causes`, each with what its newest exception says."""
    shown = causes[:MOST_CAUSES]
    cases = ExceptionCase.objects.filter(organization=organization, status=ExceptionCase.Status.ACTIVE)
    newest = cases.filter(code__in=[cause.code for cause in shown]).values("code").annotate(newest=Max("pk"))
    rows = ExceptionCase.objects.in_bulk([row["newest"] for row in newest.order_by()])
    messages = {row.code: row.message for row in rows.values()}
    return [Trouble(cause, messages.get(cause.code, "")) for cause in shown]


def paused(organization: Organization) -> list[Flow]:
    """Return the flows that are on, of connected integrations, but wait for a person."""
    flows = Flow.objects.filter(integration__organization=organization, enabled=True).exclude(
        paused_reason=""
    )
    living = flows.exclude(integration__state__in=[Integration.State.REMOVED, Integration.State.ERROR])
    return list(living.select_related("integration").order_by("pk"))


def late(organization: Organization, now: datetime) -> list[Flow]:
    """Return the pulls that may run, but have not got through for too long."""
    pulls = Flow.objects.filter(
        integration__organization=organization, integration__state=Integration.State.CONNECTED,
        enabled=True, direction=Direction.PULL.value,
    )  # fmt: skip
    return [flow for flow in pulls.select_related("integration").order_by("pk") if is_late(flow, now)]


def slices(organization: Organization) -> list[Slice]:
    """Return the orders by status, in the order of their way, with their parts of the bar; as the list counts them."""
    counted = Order.objects.filter(organization=organization).values_list("status")
    counts = dict(counted.annotate(orders=Count("pk")).order_by())
    whole = sum(counts.values())
    found: list[Slice] = []
    start = 0
    for status, word in ORDER.items():
        count = counts.get(status, 0)
        if count:
            width = max(round(count * 1000 / whole), 4)
            found.append(Slice(status, word, count, start, width))
            start += width
    return found


@dataclass(frozen=True)
class Figure:
    """One tile: a count, what it is of, and the address of the list that has exactly these rows."""

    count: int
    what: str
    icon: str
    address: str


def figures(organization: Organization, now: datetime) -> list[Figure]:
    """Return the tiles. Each counts what the list behind it shows, over days of the organization."""
    today = timezone.localtime(now).date().isoformat()
    week = timezone.localtime(midnight(now, PARCEL_DAYS - 1)).date().isoformat()
    orders = listing.filtered_orders(
        organization, listing.OrderFilters(since=midnight(now), until=midnight(now, -1))
    )
    requests = organization.shipping_requests.filter(status__in=listing.TO_SHIP)
    parcels = organization.fulfillments.filter(
        fulfillment_type=Fulfillment.Type.SHIPPED, created_at__gte=midnight(now, PARCEL_DAYS - 1)
    )
    units = FulfillmentLine.objects.filter(fulfillment__in=parcels).aggregate(units=Sum("quantity"))["units"]
    counted = organization.inventory.filter(state=InventoryRecord.State.TRACKED).values("sku").distinct()
    return [
        Figure(
            orders.count(), "orders placed today", "shopping-cart",
            _address("orders", since=today, until=today),
        ),
        Figure(
            requests.count(), "shipping requests to ship", "package",
            _address("requests", status="toShip"),
        ),
        Figure(
            parcels.count(),
            f"parcels recorded in {PARCEL_DAYS} days ({number_text(units or 0)} {'unit' if units == 1 else 'units'})",
            "truck-delivery",
            _address("fulfillments", kind=Fulfillment.Type.SHIPPED.value, since=week),
        ),
        Figure(
            counted.count(), "SKUs with a counted stock figure", "stack-2",
            _address("inventory", state=InventoryRecord.State.TRACKED.value),
        ),
    ]  # fmt: skip


def _address(page: str, **query: str) -> str:
    return f"{reverse(f'portal:{page}')}?{urlencode(query)}"


def midnight(now: datetime, days_ago: int = 0) -> datetime:
    """Return when the organization's day began that was `days_ago`, in its zone (the current one)."""
    # By the calendar, not by 24 hours: where clocks change, a day has 23 or 25 of them.
    day = timezone.localtime(now).date() - timedelta(days=days_ago)
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def days(now: datetime, number: int) -> list[date]:
    """Return the last `number` days of the organization, today last."""
    today = timezone.localtime(now).date()
    return [today - timedelta(days=ago) for ago in range(number - 1, -1, -1)]


def orders_by_day(organization: Organization, now: datetime) -> dict[date, int]:
    """Return how many orders were placed on each of the last `ORDER_DAYS` days; 0 where none was."""
    since = midnight(now, ORDER_DAYS - 1)
    orders = Order.objects.filter(organization=organization, ext_order_created_at__gte=since)
    counted = orders.annotate(day=TruncDay("ext_order_created_at")).values_list("day").annotate(n=Count("pk"))
    return _filled(days(now, ORDER_DAYS), {moment.date(): n for moment, n in counted.order_by()})


@dataclass(frozen=True)
class Pushes:
    """What stock pushes did on each day: figures written, and figures that a channel did not take."""

    written: dict[date, int]
    failed: dict[date, int]


def pushes_by_day(organization: Organization, now: datetime) -> Pushes:
    """Return what was written to channels on each of the last `PUSH_DAYS` days."""
    flows = Flow.objects.filter(integration__organization=organization, entity="inventory", direction="push")
    runs: QuerySet[Run] = Run.objects.filter(
        flow__in=list(flows.values_list("pk", flat=True)), created_at__gte=midnight(now, PUSH_DAYS - 1)
    ).exclude(trigger=REHEARSAL)
    summed = runs.annotate(day=TruncDay("created_at")).values_list("day")
    rows = list(summed.annotate(written=Sum("written"), failed=Sum("failed")).order_by())
    shown = days(now, PUSH_DAYS)
    return Pushes(
        _filled(shown, {moment.date(): written for moment, written, _ in rows}),
        _filled(shown, {moment.date(): failed for moment, _, failed in rows}),
    )


def _filled(shown: Iterable[date], counts: Mapping[date, int]) -> dict[date, int]:
    return {day: counts.get(day, 0) for day in shown}
