"""What the first page draws: orders placed, and stock figures pushed, day by day. Read by ``charts.js``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crossdock.hub.clock import system_clock
from crossdock.portal.access import Visit, organization_view, zone_of
from crossdock.portal.views.home.figures import ORDER_DAYS, PUSH_DAYS, orders_by_day, pushes_by_day
from crossdock.portal.words.locale import number_text


@organization_view()
@require_safe
def orders(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Return how many orders were placed on each day."""
    placed = orders_by_day(visit.organization, system_clock())
    whole = sum(placed.values())
    busiest = max(placed, key=lambda day: placed[day])
    summary = (
        f"{number_text(whole)} orders were placed in the last {ORDER_DAYS} days; "
        f"most on {busiest:%d %B} ({number_text(placed[busiest])})."
        if whole
        else ""
    )
    return _chart(visit, {"Orders": placed}, summary, f"No order was placed in the last {ORDER_DAYS} days.")


@organization_view()
@require_safe
def pushes(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Return how many stock figures were written to channels on each day, and how many were not taken."""
    pushed = pushes_by_day(visit.organization, system_clock())
    written, failed = sum(pushed.written.values()), sum(pushed.failed.values())
    summary = f"{number_text(written)} stock figures were written in the last {PUSH_DAYS} days"
    summary += f"; {number_text(failed)} were not taken." if failed else ", and all were taken."
    series = {"Written": pushed.written} | ({"Not taken": pushed.failed} if failed else {})
    return _chart(
        visit,
        series,
        summary if written or failed else "",
        f"No stock figure was pushed in the last {PUSH_DAYS} days.",
    )


def _chart(visit: Visit, series: Mapping[str, Mapping[date, int]], summary: str, empty: str) -> JsonResponse:
    shown = list(next(iter(series.values())))
    return JsonResponse(
        {
            "kind": "bars",
            "labels": [_start(day) for day in shown] if summary else [],
            "series": [
                {"label": label, "values": [counts[day] for day in shown] if summary else []}
                for label, counts in series.items()
            ],
            "summary": summary,
            "empty": empty,
            "timezone": str(zone_of(visit.organization)),
        }
    )


def _start(day: date) -> int:
    """When a day begins in the organization's zone (the current one), in seconds since 1970."""
    return int(timezone.make_aware(datetime.combine(day, datetime.min.time())).timestamp())
