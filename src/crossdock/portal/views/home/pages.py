"""The first page: what needs attention, how the flows are doing, and where the orders stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.hub import listing
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Integration, Order
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.home import figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossdock.flows.health import FlowHealth, RequestBudget


MOST_INTEGRATIONS = 50
"""How many integrations are shown with their flows; what needs attention is told of all."""


@dataclass(frozen=True)
class Bound:
    """An integration with the state of its flows, and what it uses of its request limit."""

    integration: Integration
    flows: list[FlowHealth]
    budget: RequestBudget | None = None


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
    page = listing.integrations(organization, limit=MOST_INTEGRATIONS)
    living = page.rows
    causes, slices = listing.causes(organization), figures.slices(organization)
    context = {
        "bound": bound(living, budgets=True),
        "more_integrations": page.next_cursor is not None,
        "broken": organization.integrations.filter(state=Integration.State.ERROR).order_by("pk"),
        "paused": figures.paused(organization),
        "late": figures.late(organization, system_clock()),
        "troubles": figures.troubles(causes, organization),
        "more_causes": max(len(causes) - figures.MOST_CAUSES, 0),
        "slices": slices,
        "review": next((one.count for one in slices if one.status == Order.Status.REVIEW_REQUIRED), 0),
        "figures": figures.figures(organization, system_clock()),
    }
    return show(request, visit, "portal/home/overview.html", context)
