"""An import of history: how far it is, how fast it goes, pausing and resuming it."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from crossdock.connectors.contract import ConnectorError
from crossdock.flows import importing, jobs
from crossdock.flows.obstacles import obstacle
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Import, Run
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import act_on
from crossdock.portal.roles import Ability


def _found(visit: Visit, pk: int) -> Import:
    rows = Import.objects.filter(flow__integration__organization=visit.organization, pk=pk)
    return get_object_or_404(rows.select_related("flow__integration__organization"))


def _page(one: Import) -> str:
    return reverse("portal:runs-import", args=[one.key])


act = act_on(_found, back=_page, failures=ConnectorError)


@organization_view()
@require_safe
def progress(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show how far an import is; while it goes on, the page keeps up by itself."""
    one = _found(visit, pk)
    running = one.state == Import.State.RUNNING
    context = {
        "import": one,
        "progress": importing.progress_of(one, system_clock()),
        "running": running,
        "hindered": obstacle(one.flow) if running else "",
        "runs": Run.objects.filter(backfill=one).select_related("flow__integration").order_by("-pk")[:10],
    }
    return show(request, visit, "portal/runs/import.html", context)


@organization_view(Ability.CONNECT)
@act
def pause(request: HttpRequest, visit: Visit, one: Import) -> str:
    """Stop an import after the page it is at."""
    if not importing.pause_import(one, author=visit.author):
        raise ConnectorError(f"It is not running, but {one.get_state_display().lower()}.")
    return "The import pauses after the page it is at. What it has brought in stays."


@organization_view(Ability.CONNECT)
@act
def resume(request: HttpRequest, visit: Visit, one: Import) -> str:
    """Let an import go on where it stood."""
    if one.flow.integration.state == "removed":
        raise ConnectorError(f"{one.flow.integration.name} was removed; this import cannot go on.")
    with transaction.atomic():
        if not importing.resume_import(one, author=visit.author):
            raise ConnectorError(f"There is nothing to resume: it is {one.get_state_display().lower()}.")
        jobs.queue_import(one)
    return "The import goes on where it stood."
