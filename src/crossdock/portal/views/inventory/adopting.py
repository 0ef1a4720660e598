"""Taking a store's own figures as the first count of what nobody has counted here; a worker does it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.flows.adoption import ASKED, FAILED, AdoptionError, last_adoption, uncounted_skus
from crossdock.flows.connecting import connectors
from crossdock.flows.jobs import queue_adoption
from crossdock.hub.models import Event, Integration
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import carry_out
from crossdock.portal.roles import Ability
from crossdock.portal.templatetags.portal import number


@dataclass(frozen=True)
class Adoptable:
    """A store, how many SKUs it lists that nobody has counted here, and what came of the last adoption."""

    integration: Integration
    waiting: int
    last: Event | None

    @property
    def under_way(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.last is not None and self.last.operation == ASKED

    @property
    def failed(self) -> bool:
        """Whether the last one did not come to its end."""
        return self.last is not None and self.last.operation == FAILED

    @property
    def adopted(self) -> object:
        """How many SKUs the last one counted."""
        return (self.last.after or {}).get("adopted") if self.last is not None else None


def adoptable(visit: Visit) -> list[Adoptable]:
    """Return the connected stores whose figures could be taken, and those where that was done."""
    stores = [manifest.key for manifest in connectors() if manifest.role == "store"]
    found = visit.organization.integrations.filter(
        connector__in=stores, state=Integration.State.CONNECTED
    ).order_by("pk")
    rows = [Adoptable(one, uncounted_skus(one), last_adoption(one)) for one in found]
    return [row for row in rows if row.waiting or row.last is not None]


@organization_view(Ability.WORK)
@require_POST
def adopt(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Have a worker count what nobody has counted as a store counts it; `pk` is the integration."""
    found = Integration.objects.filter(organization=visit.organization, pk=pk).first()
    if found is None:
        raise Http404

    def deed() -> str:
        with transaction.atomic():
            waiting = queue_adoption(found, author=visit.author)
        return f"{number(waiting)} SKUs are being counted as {found.name} counts them; it shows here how far that is."

    return carry_out(request, deed, back=reverse("portal:inventory-import"), failures=(AdoptionError,))
