"""Exceptions: by their cause, and each with what happened, why it matters, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.flows.again import may_look
from crossdock.hub import listing
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Event, ExceptionCase, Flow, Integration
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.roles import Ability
from crossdock.portal.views.asked import one_of, paged, record_of, text
from crossdock.portal.views.exceptions import runbook
from crossdock.portal.views.exceptions.about import About, Subjects, place_of
from crossdock.portal.views.exceptions.remedies import Act, Remedy, remedies_for
from crossdock.portal.words.statuses import CASE, spaced

AGES = {
    "day": ("Opened in the last 24 hours", timedelta(days=1), None),
    "week": ("Opened in the last 7 days", timedelta(days=7), None),
    "old": ("Open for more than a day", None, timedelta(days=1)),
    "stale": ("Open for more than a week", None, timedelta(days=7)),
}
"""Ages that a list may be narrowed down to: opened since, or before, so long ago."""


@dataclass(frozen=True)
class Way:
    """One remedy of one exception: a link where it has an `address`, else a button."""

    remedy: Remedy
    address: str = ""


@dataclass(frozen=True)
class Row:
    """An exception with what it is about and what mends it, the best first."""

    case: ExceptionCase
    about: About
    ways: list[Way]


@dataclass(frozen=True)
class Group:
    """A cause with its one line of the runbook."""

    cause: listing.Cause
    title: str


@organization_view()
@require_safe
def exceptions(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List exceptions by their cause; with a cause, those of it and what the runbook says."""
    status = one_of(request, "status", CASE) or ExceptionCase.Status.ACTIVE.value
    integrations = list(
        Integration.objects.filter(organization=visit.organization).exclude(state="removed").order_by("name")
    )
    integration = record_of(request, "integration", integrations)
    entity, age = text(request, "entity")[:16], one_of(request, "age", AGES)
    since, until = _opened(age)
    flow = _flow(request, visit)
    code = text(request, "code")[:60]
    causes = listing.causes(
        visit.organization, status=(status,), entity=entity, integration=integration, flow=flow, since=since,
        until=until,
    )  # fmt: skip
    context: dict[str, object] = {
        "status": status,
        "statuses": CASE,
        "code": code,
        "integration": integration,
        "integrations": integrations,
        "flow": flow,
        "entity": entity,
        "entities": _entities(visit),
        "age": age,
        "ages": [(name, words) for name, (words, _, _) in AGES.items()],
        "groups": [Group(cause, runbook.entry(cause.code).title) for cause in causes],
        "total": sum(cause.cases for cause in causes),
        "most": max((cause.cases for cause in causes), default=0),
        "narrowed": bool(integration or flow or entity or age),
    }
    if code:
        page = paged(
            request,
            lambda cursor: listing.exceptions(
                visit.organization, status=(status,), code=code, entity=entity, integration=integration,
                flow=flow, since=since, until=until, cursor=cursor,
            ),
        )  # fmt: skip
        context |= {"page": page, "rows": rows_of(visit, page.rows), "entry": runbook.entry(code)}
        return show(request, visit, "portal/exceptions/cause.html", context)
    return show(request, visit, "portal/exceptions/list.html", context)


def _flow(request: HttpRequest, visit: Visit) -> Flow | None:
    """The flow that the address asks for; None without one of this organization."""
    if not text(request, "flow"):
        return None
    mine = Flow.objects.filter(integration__organization=visit.organization).select_related("integration")
    return record_of(request, "flow", mine)


def _opened(age: str) -> tuple[datetime | None, datetime | None]:
    """The times between which an exception of that age was opened."""
    _, within, before = AGES.get(age, ("", None, None))
    now = system_clock()
    return (now - within if within else None), (now - before if before else None)


def _entities(visit: Visit) -> list[tuple[str, str]]:
    found = ExceptionCase.objects.filter(organization=visit.organization)
    names = found.order_by().values_list("entity", flat=True).distinct()
    return [(name, spaced(name)) for name in sorted(names)]


@organization_view()
@require_safe
def one(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one exception: what happened, to what, why it matters, what mends it, and how it closed."""
    mine = ExceptionCase.objects.filter(organization=visit.organization)
    case = mine.filter(pk=pk).select_related("organization", "integration", "flow__integration").first()
    if case is None:
        raise Http404
    row = rows_of(visit, [case])[0]
    earlier = mine.filter(code=case.code, subject=case.subject, integration=case.integration, pk__lt=case.pk)
    events = Event.objects.filter(organization=visit.organization, entity="exceptions", record_id=case.pk)
    context = {
        "case": case,
        "row": row,
        "entry": runbook.entry(case.code),
        "earlier": list(earlier.order_by("-pk")[:10]),
        "later": mine.filter(
            code=case.code, subject=case.subject, integration=case.integration, pk__gt=case.pk
        )
        .order_by("pk")
        .first(),
        "events": events.order_by("-pk")[:50],
    }
    return show(request, visit, "portal/exceptions/one.html", context)


def rows_of(visit: Visit, cases: Iterable[ExceptionCase]) -> list[Row]:
    """Return exceptions with what they are about and what mends them; a few queries for any number."""
    cases = list(cases)
    subjects = Subjects(visit.organization, cases)
    return [Row(case, about, _ways(visit, case, about)) for case in cases for about in [subjects.of(case)]]


def _ways(visit: Visit, case: ExceptionCase, about: About) -> list[Way]:
    """What can be done about it now: what has no page here, no flow that would look, or is for others is left out."""
    ways: list[Way] = []
    for remedy in remedies_for(case):
        if remedy.place is not None:
            address = place_of(remedy.place, case, about)
            if address and address not in [way.address for way in ways]:
                ways.append(Way(remedy, address))
        elif _can(visit, remedy, case, about):
            ways.append(Way(remedy))
    return ways


def _can(visit: Visit, remedy: Remedy, case: ExceptionCase, about: About) -> bool:
    match remedy.act:
        case Act.ROUTE | Act.RELEASE:
            return about.order is not None
        case Act.APPROVE:
            return case.flow is not None and visit.may[Ability.CONNECT]
    return may_look(case)
