"""The first page: what needs attention, how the flows are doing, and where the orders stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.hub import listing
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Integration
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.home import figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossdock.flows.health import FlowHealth, RequestBudget


@dataclass(frozen=True)
class Bound:
    """An integration with the state of its flows, and what it uses of its request limit."""

    integration: Integration
    flows: list[FlowHealth]
    budget: RequestBudget | None = None


def health_of(integration: Integration) -> list[FlowHealth]:
    """Return the state of an integration's flows."""
    from crossdock.flows.health import flow_health

    return flow_health(integration)


def bound(integrations: Sequence[Integration], *, budgets: bool = False) -> list[Bound]:
    """Return each integration with the state of its flows, in a number of queries that does not grow with them."""
    from crossdock.flows.health import health_of_many, request_budgets

    health = health_of_many(integrations)
    used = request_budgets(integrations) if budgets else {}
    return [Bound(one, health[one.pk], used.get(one.pk)) for one in integrations]


@organization_view()
@require_safe
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what needs attention first."""
    organization = visit.organization
    integrations = listing.integrations(organization, limit=listing.LARGEST_PAGE).rows
    living = [one for one in integrations if one.state != Integration.State.REMOVED]
    context = {
        "bound": bound(living, budgets=True),
        "broken": [one for one in living if one.state == Integration.State.ERROR],
        "paused": figures.paused(organization),
        "causes": figures.causes(organization),
        "slices": figures.slices(organization),
        "figures": figures.figures(organization, system_clock()),
    }
    return show(request, visit, "portal/home/overview.html", context)
