"""Exceptions by their cause: how many of each there are, since when, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min, Q, QuerySet

from crossdock.hub.listing.paging import checked
from crossdock.hub.models import ExceptionCase, Flow, Integration, Organization


@dataclass(frozen=True)
class Cause:
    """The exceptions of one code: the `oldest` opened then, the `newest` was seen last; `integrations` by name."""

    code: str
    cases: int
    oldest: datetime
    newest: datetime
    integrations: tuple[str, ...]


def exceptions_of(
    organization: Organization,
    *,
    status: Sequence[str] = ("active",),
    code: str = "",
    entity: str = "",
    integration: Integration | None = None,
    flow: Flow | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[ExceptionCase]:
    """Return the exceptions that fit; `since` ≤ opened < `until`."""
    query = ExceptionCase.objects.filter(organization=organization)
    if status:
        query = query.filter(status__in=checked("status", status, ExceptionCase.Status.values))
    if code:
        query = query.filter(code=code)
    if entity:
        query = query.filter(entity=entity)
    if integration is not None:
        query = query.filter(integration=integration)
    if flow is not None:
        query = query.filter(flow=flow)
    if since is not None:
        query = query.filter(created_at__gte=since)
    if until is not None:
        query = query.filter(created_at__lt=until)
    return query


def causes(
    organization: Organization,
    *,
    status: Sequence[str] = ("active",),
    entity: str = "",
    integration: Integration | None = None,
    flow: Flow | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Cause]:
    """List the causes of exceptions, those with the most first. One query."""
    query = exceptions_of(
        organization,
        status=status,
        entity=entity,
        integration=integration,
        flow=flow,
        since=since,
        until=until,
    )
    grouped = query.values("code").annotate(
        cases=Count("pk"), oldest=Min("created_at"), newest=Max("last_seen_at"),
        names=ArrayAgg("integration__name", distinct=True, filter=Q(integration__isnull=False), default=[]),
    )  # fmt: skip
    return [
        Cause(row["code"], row["cases"], row["oldest"], row["newest"], tuple(row["names"]))
        for row in grouped.order_by("-cases", "code")
    ]
