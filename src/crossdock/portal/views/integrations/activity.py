"""What an integration did lately: runs, imports, calls, webhooks, files; and how much of its budget is used."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.flows.health import request_budget
from crossdock.hub import listing
from crossdock.hub.listing import accounts
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import one_of, paged, some_of
from crossdock.portal.views.integrations.shell import around, found, manifest_of
from crossdock.portal.words.statuses import ENTITIES, RUN

SHOWN = {
    "runs": "Runs",
    "imports": "Imports",
    "calls": "Remote calls",
    "webhooks": "Webhooks",
    "files": "Deliveries",
}


@organization_view()
@require_safe
def activity(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one kind of what an integration did, newest first."""
    one = found(visit, pk)
    context = around(visit, one, "integrations-activity")
    manifest = manifest_of(one)
    shown = dict(SHOWN)
    if manifest is not None:
        warehouse = manifest.role == "warehouse"
        shown.pop("imports" if warehouse else "files")
        if not manifest.webhooks:
            shown.pop("webhooks")
        if not context["removed"]:
            context["budget"] = request_budget(one)
    chosen = one_of(request, "show", shown) or "runs"
    entity = one_of(request, "entity", ENTITIES)
    context |= {"shown": shown, "chosen": chosen, "entities": ENTITIES, "entity": entity}
    if chosen == "runs":
        outcome = some_of(request, "outcome", RUN)
        context["outcomes"], context["outcome"] = RUN, "".join(outcome)
        context["page"] = paged(
            request,
            lambda cursor: listing.runs(
                visit.organization, integration=one, entity=entity, outcome=outcome, cursor=cursor
            ),
        )
    elif chosen == "imports":
        context["page"] = paged(
            request, lambda cursor: accounts.imports(visit.organization, integration=one, cursor=cursor)
        )
    elif chosen == "calls":
        failed = one_of(request, "answer", ("failed",)) == "failed"
        context["failed"] = failed
        context["page"] = paged(
            request, lambda cursor: accounts.remote_calls(one, failed=failed, cursor=cursor)
        )
    elif chosen == "webhooks":
        context["page"] = paged(request, lambda cursor: accounts.webhooks_received(one, cursor=cursor))
    else:
        rejected = one_of(request, "rejected", ("yes",)) == "yes"
        context["rejected"] = rejected
        context["page"] = paged(
            request,
            lambda cursor: listing.deliveries(
                visit.organization, integration=one, entity=entity, rejected=rejected, cursor=cursor
            ),
        )
    return show(request, visit, "portal/integrations/activity.html", context)
