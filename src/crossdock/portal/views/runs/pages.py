"""Runs: what the flows did, and the calls they made."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.flows import importing
from crossdock.flows.runs import REHEARSAL
from crossdock.hub import listing
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Import, Integration, OrderAct, RemoteCall, Run
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import one_of, paged, some_of
from crossdock.portal.words.statuses import ENTITIES, RUN


@organization_view()
@require_safe
def runs(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List runs, newest first; by integration, by what they carried and how they ended. Imports on top."""
    entity = one_of(request, "entity", ENTITIES)
    outcome = some_of(request, "outcome", RUN)
    choices = Integration.objects.filter(organization=visit.organization).order_by("name")
    integration = next((one for one in choices if one.key == request.GET.get("integration")), None)
    page = paged(
        request,
        lambda cursor: listing.runs(
            visit.organization, integration=integration, entity=entity, outcome=outcome, cursor=cursor
        ),
    )
    unfinished = Import.objects.filter(
        flow__integration__organization=visit.organization,
        state__in=[Import.State.RUNNING, Import.State.PAUSED],
    )
    now = system_clock()
    rows = unfinished.exclude(flow__integration__state="removed").select_related("flow__integration")
    context = {
        "page": page,
        "entity": entity,
        "entities": ENTITIES,
        "outcome": one_of(request, "outcome", RUN),
        "outcomes": RUN,
        "integrations": choices,
        "integration": integration,
        "imports": [(one, importing.progress_of(one, now)) for one in rows.order_by("-pk")[:20]],
        "acts": OrderAct.objects.filter(organization=visit.organization, state=OrderAct.State.RUNNING)
        .defer("orders", "failed")
        .order_by("-pk")[:20],
    }
    return show(request, visit, "portal/runs/list.html", context)


COUNTS = ("read", "created", "changed", "unchanged", "deleted", "written", "skipped", "failed")


@organization_view()
@require_safe
def run(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one run: its counts and its remote calls."""
    query = Run.objects.filter(flow__integration__organization=visit.organization, pk=pk)
    one = query.select_related("flow__integration", "backfill").first()
    if one is None:
        raise Http404
    context = {
        "run": one,
        "counts": [(name, getattr(one, name)) for name in COUNTS],
        "calls": RemoteCall.objects.filter(run=one).order_by("pk")[:200],
        "attempts": one.attempts.order_by("pk")[:50],
        "rehearsal": one.trigger == REHEARSAL,
        "took": (one.finished_at - one.created_at).total_seconds() if one.finished_at else None,
    }
    return show(request, visit, "portal/runs/one.html", context)
