"""Runs: what the flows did, and the calls they made."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from crossdock.hub import listing
from crossdock.hub.models import RemoteCall, Run
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import one_of, paged, some_of
from crossdock.portal.words import ENTITIES, RUN


@organization_view()
def runs(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List runs, newest first; by what they carried and how they ended."""
    entity = one_of(request, "entity", ENTITIES)
    outcome = some_of(request, "outcome", RUN)
    page = paged(
        request,
        lambda cursor: listing.runs(visit.organization, entity=entity, outcome=outcome, cursor=cursor),
    )
    context = {
        "page": page,
        "entity": entity,
        "entities": ENTITIES,
        "outcome": one_of(request, "outcome", RUN),
        "outcomes": RUN,
    }
    return show(request, visit, "portal/runs/list.html", context)


COUNTS = ("read", "created", "changed", "unchanged", "deleted", "written", "skipped", "failed")


@organization_view()
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
    }
    return show(request, visit, "portal/runs/one.html", context)
