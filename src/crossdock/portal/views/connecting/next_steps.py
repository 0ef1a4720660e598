"""What's next?: the checklist after connecting, and where to get help."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock import __version__
from crossdock.flows.first_steps import first_steps
from crossdock.hub.models import Integration, Membership
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.connecting.finding import integration_of, manifest_named, stages
from crossdock.portal.words.first_steps import checklist

MOST_HELPERS = 5


@organization_view()
@require_safe
def next_steps(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show what to try now; each step ticks itself when the hub sees that it was done."""
    integration = integration_of(visit, pk)
    manifest = manifest_named(integration.connector)
    items = checklist(first_steps(integration), integration, manifest)
    account = integration.account if isinstance(integration.account, dict) else {}
    administrators = Membership.objects.filter(
        organization=visit.organization, role=Membership.Role.ADMINISTRATOR, active=True
    ).select_related("user")
    context = {
        "stages": stages(3),
        "integration": integration,
        "manifest": manifest,
        "items": items,
        "done": sum(item.done for item in items),
        "first": next((item for item in items if not item.done), None),
        "notes": account.get("notes") or [],
        "connected": integration.state == Integration.State.CONNECTED,
        "helpers": [one.user.get_username() for one in administrators.order_by("pk")[:MOST_HELPERS]],
        "version": __version__,
    }
    return show(request, visit, "portal/connecting/next.html", context)
