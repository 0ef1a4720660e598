"""What the first page counts: what needs attention, where the orders stand, and how much happened on each day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import TruncDay
from django.utils import timezone

from crossdock.hub.models import (
    ExceptionCase,
    Flow,
    Fulfillment,
    Integration,
    Order,
    Organization,
    Run,
    ShippingRequest,
)
from crossdock.portal.words.statuses import ORDER, Word

MOST_CAUSES = 8
ORDER_DAYS = 30
PUSH_DAYS = 14


@dataclass(frozen=True)
class Slice:
    """The orders of one status, and where their part of the bar begins (of 1000)."""

    status: str
    word: Word
    count: int
    start: int
    width: int


def causes(organization: Organization) -> list[dict[str, object]]:
    """Return the open exceptions by cause, the most frequent first."""
    cases = ExceptionCase.objects.filter(organization=organization, status=ExceptionCase.Status.ACTIVE)
    grouped = cases.values("code", "entity").annotate(
        cases=Count("pk"), newest=Max("last_seen_at"), example=Max("pk")
    )
    rows = list(grouped.order_by("-cases", "code")[:MOST_CAUSES])
    examples = ExceptionCase.objects.in_bulk([row["example"] for row in rows])
    return [
        {**row, "message": examples[row["example"]].message} for row in rows if row["example"] in examples
    ]


def paused(organization: Organization) -> list[Flow]:
    """Return the flows that are on, of connected integrations, but wait for a person."""
    flows = Flow.objects.filter(integration__organization=organization, enabled=True).exclude(
        paused_reason=""
    )
    living = flows.exclude(integration__state__in=[Integration.State.REMOVED, Integration.State.ERROR])
    return list(living.select_related("integration").order_by("pk"))


def slices(organization: Organization) -> list[Slice]:
    """Return the orders by status, in the order of their way, with their parts of the bar."""
    counted = Order.objects.filter(organization=organization, deleted_at=None).values_list("status")
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


def figures(organization: Organization, now: datetime) -> dict[str, int]:
    """Return the counts of the tiles: orders of the organization's day, requests to ship, parcels of 7 days."""
    open_requests = (
        ShippingRequest.Status.NEW, ShippingRequest.Status.READY, ShippingRequest.Status.SENT,
        ShippingRequest.Status.PARTIAL,
    )  # fmt: skip
    parcels = organization.fulfillments.filter(
        fulfillment_type=Fulfillment.Type.SHIPPED, actual_ship_date__gte=now - timedelta(days=7)
    )
    return {
        "orders_today": organization.orders.filter(ext_order_created_at__gte=midnight(now)).count(),
        "to_ship": organization.shipping_requests.filter(status__in=open_requests).count(),
        "parcels": parcels.count(),
        "units": parcels.aggregate(units=Sum("lines__quantity"))["units"] or 0,
        "skus": organization.inventory.values("sku").distinct().count(),
    }


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
    )
    summed = runs.annotate(day=TruncDay("created_at")).values_list("day")
    rows = list(summed.annotate(written=Sum("written"), failed=Sum("failed")).order_by())
    shown = days(now, PUSH_DAYS)
    return Pushes(
        _filled(shown, {moment.date(): written for moment, written, _ in rows}),
        _filled(shown, {moment.date(): failed for moment, _, failed in rows}),
    )


def _filled(shown: Iterable[date], counts: Mapping[date, int]) -> dict[date, int]:
    return {day: counts.get(day, 0) for day in shown}
