"""Events: finding them, and one with what it changed and the run behind it."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from crossdock.flows.again import looks_at
from crossdock.hub import listing
from crossdock.hub.listing.events import RECORDS
from crossdock.hub.listing.order_filters import row_number
from crossdock.hub.models import Event, Integration, Order, Product, RemoteCall, Run
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import day, one_of, paged, record_of, text
from crossdock.portal.views.events.about import KINDS, entity_of, records_of
from crossdock.portal.views.events.difference import differences

DIRECTIONS = {
    "in": "Brought in",
    "out": "Told outside",
    "people": "Done by people",
    "hub": "Done by Crossdock",
}
_OPERATION = re.compile(r"[A-Za-z]{1,32}")
MOST_CALLS = 50


@organization_view()
@require_safe
def events(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List what happened, newest first; narrowed down, or found by a record's id, an order number or a SKU."""
    organization = visit.organization
    search = text(request, "q")
    integrations = list(Integration.objects.filter(organization=organization).order_by("name"))
    integration = record_of(request, "integration", integrations)
    people = [name for name in listing.authors(organization) if not name.startswith("integration:")]
    author = one_of(request, "author", people)
    entity, direction = one_of(request, "entity", RECORDS), one_of(request, "direction", DIRECTIONS)
    operation = text(request, "operation")
    operation = operation if _OPERATION.fullmatch(operation) else ""
    run = _run(visit, request.GET.get("run", ""))
    since, until = day(request, "since"), day(request, "until", after=1)
    page = paged(
        request,
        lambda cursor: listing.events(
            organization, entity=entity, entities=() if entity else RECORDS, operation=operation,
            direction=direction, author=author, integration=integration, run=run, since=since, until=until,
            search=search, cursor=cursor,
        ),
    )  # fmt: skip
    records = records_of(organization, page.rows)
    context = {
        "page": page,
        "rows": [(event, records[event.pk]) for event in page.rows],
        "search": search,
        "entity": entity,
        "entities": [(name, KINDS[name]) for name in RECORDS],
        "direction": direction,
        "directions": list(DIRECTIONS.items()),
        "operation": operation,
        "integration": integration,
        "integrations": integrations,
        "author": author,
        "people": people,
        "run": run,
        "since": since,
        "until": day(request, "until"),
        "any_events": bool(page.rows) or organization.events.filter(entity__in=RECORDS).exists(),
    }
    return show(request, visit, "portal/events/list.html", context)


def _run(visit: Visit, key: str) -> Run | None:
    number = row_number(key)
    if number is None:
        return None
    runs = Run.objects.filter(flow__integration__organization=visit.organization, pk=number)
    return runs.select_related("flow__integration").first()


def event_of(visit: Visit, pk: int) -> Event:
    """Return one of the organization's events about a record. Raises `Http404`."""
    mine = Event.objects.filter(organization=visit.organization, entity__in=RECORDS, pk=pk)
    return get_object_or_404(mine.select_related("organization", "run__flow__integration"))


@organization_view()
@require_safe
def one(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one event: what it changed, by whom, why, in which run; and what looking again would do."""
    event = event_of(visit, pk)
    looks = looks_at(visit.organization, entity_of(event), event.record_id)
    asked_after = _number(request.GET.get("after", ""))
    following = Run.objects.filter(flow__in=[look.flow for look in looks], pk__gt=asked_after or 0)
    same = Event.objects.filter(
        organization=visit.organization, entity=event.entity, record_id=event.record_id
    )
    context = {
        "event": event,
        "record": records_of(visit.organization, [event])[event.pk],
        "differences": differences(event.before, event.after),
        "currency": _currency(event),
        "calls": RemoteCall.objects.filter(run=event.run).order_by("pk")[:MOST_CALLS] if event.run_id else (),
        "looks": looks,
        "able": any(not look.obstacle for look in looks),
        "asked": asked_after is not None,
        "results": list(following.select_related("flow__integration").order_by("pk")[:10])
        if asked_after is not None
        else [],
        "before": same.filter(pk__lt=event.pk).order_by("-pk").first(),
        "next": same.filter(pk__gt=event.pk).order_by("pk").first(),
    }
    return show(request, visit, "portal/events/one.html", context)


def _currency(event: Event) -> str:
    """The currency of the amounts in an event: its own where it says it, else that of its record."""
    for side in (event.after, event.before):
        if isinstance(side, dict) and side.get("currency"):
            return str(side["currency"])
    about = {"organization": event.organization_id, "pk": event.record_id}
    if event.entity == "orders":
        return Order.objects.filter(**about).values_list("currency", flat=True).first() or ""
    if event.entity == "products":
        return Product.objects.filter(**about).values_list("currency", flat=True).first() or ""
    return ""


def _number(value: str) -> int | None:
    """The run after which somebody asked to look again; None where nobody did."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
