"""The connection of an integration: whose account it is, whether it answers, and ending it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.flows.looking import last_look
from crossdock.hub.listing.paging import counted
from crossdock.hub.models import (
    Import,
    Integration,
    Link,
    Location,
    RemoteCall,
    ShippingRequest,
    WebhookDelivery,
)
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.integrations.shell import around, found

ACCOUNT_FACTS = (
    ("Account", "accountId"),
    ("Currency", "currency"),
    ("Time zone", "timezone"),
    ("Language", "language"),
    ("Weight in", "weightUnit"),
)


@organization_view()
@require_safe
def connection(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show an integration's account, its flows and its latest calls."""
    one = found(visit, pk)
    context = around(visit, one, "integrations-one")
    account = one.account if isinstance(one.account, dict) else {}
    context |= {
        "look": last_look(one),
        "facts": [(label, account[name]) for label, name in ACCOUNT_FACTS if account.get(name)],
        "calls": RemoteCall.objects.filter(integration=one).order_by("-pk")[:10],
        "deliveries": counted(WebhookDelivery.objects.filter(integration=one)),
        "newest_delivery": WebhookDelivery.objects.filter(integration=one).order_by("-pk").first(),
        "linked": counted(Link.objects.filter(integration=one, tombstoned_at=None)),
        **_at_stake(one),
    }
    return show(request, visit, "portal/integrations/connection.html", context)


def _at_stake(integration: Integration) -> dict[str, object]:
    """What removing the integration ends, to be said before it is done."""
    unfinished = Import.objects.filter(
        flow__integration=integration, state__in=[Import.State.RUNNING, Import.State.PAUSED]
    )
    waiting = ShippingRequest.objects.filter(
        location__fulfillment_integration=integration,
        sent_to_fulfillment_at=None,
        status__in=[ShippingRequest.Status.NEW, ShippingRequest.Status.READY, ShippingRequest.Status.PARTIAL],
    )
    return {
        "places": list(Location.objects.filter(fulfillment_integration=integration).order_by("name")),
        "waiting": waiting.count(),
        "unfinished": unfinished.count(),
    }
