"""Integrations: which there are, and how each is connected and flowing."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from crossdock.flows.connecting import connectors
from crossdock.hub import listing
from crossdock.hub.models import ExceptionCase, Import, Integration, Link, RemoteCall, WebhookDelivery
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import paged
from crossdock.portal.views.home.pages import Bound, health_of

ACCOUNT_FACTS = (
    ("Account", "accountId"),
    ("Currency", "currency"),
    ("Time zone", "timezone"),
    ("Language", "language"),
    ("Weight in", "weightUnit"),
)


@organization_view()
def integrations(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List the integrations with their flows."""
    page = paged(request, lambda cursor: listing.integrations(visit.organization, cursor=cursor))
    context = {
        "page": page,
        "bound": [Bound(integration, health_of(integration)) for integration in page.rows],
        "catalogue": connectors(),
    }
    return show(request, visit, "portal/integrations/list.html", context)


@organization_view()
def integration(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one integration: its connection, its flows, and what it did lately."""
    one = Integration.objects.filter(organization=visit.organization, pk=pk).first()
    if one is None:
        raise Http404
    manifest = next((manifest for manifest in connectors() if manifest.key == one.connector), None)
    account = one.account if isinstance(one.account, dict) else {}
    context = {
        "integration": one,
        "manifest": manifest,
        "titles": {offer.entity.value: offer for offer in manifest.flows} if manifest else {},
        "flows": health_of(one),
        "facts": [(label, account[name]) for label, name in ACCOUNT_FACTS if account.get(name)],
        "account": account,
        "runs": listing.runs(visit.organization, integration=one, limit=8).rows,
        "imports": Import.objects.filter(flow__integration=one).select_related("flow").order_by("-pk")[:5],
        "cases": ExceptionCase.objects.filter(integration=one, status=ExceptionCase.Status.ACTIVE).order_by(
            "-pk"
        )[:5],
        "calls": RemoteCall.objects.filter(integration=one).order_by("-pk")[:10],
        "deliveries": WebhookDelivery.objects.filter(integration=one).count(),
        "newest_delivery": WebhookDelivery.objects.filter(integration=one).order_by("-pk").first(),
        "linked": Link.objects.filter(integration=one, tombstoned_at=None).count(),
        "may_connect": visit.may["connect"]
        and one.state != Integration.State.REMOVED
        and bool(manifest and manifest.oauth),
    }
    return show(request, visit, "portal/integrations/one.html", context)
