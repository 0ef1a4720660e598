"""Acting on an event: having its record looked at again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.flows.again import LookError, look_again, looks_at
from crossdock.hub.models import Run
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import carry_out, reason_of
from crossdock.portal.roles import Ability
from crossdock.portal.views.events.about import entity_of
from crossdock.portal.views.events.pages import event_of


@organization_view(Ability.WORK)
@require_POST
def again(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Have the flows that carry the event's record look at it again, and go where their runs show."""
    event = event_of(visit, pk)
    reason = reason_of(request)
    newest = Run.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def deed() -> str:
        entity = entity_of(event)
        looks = looks_at(visit.organization, entity, event.record_id)
        done = look_again(
            looks, author=visit.author, reason=reason, about=(visit.organization.pk, entity, event.record_id)
        )
        many = "1 flow looks" if len(done) == 1 else f"{len(done)} flows look"
        return f"{many} at it again in a moment; what comes of it shows below."

    back = f"{reverse('portal:events-one', args=[event.key])}?after={newest}"
    return carry_out(request, deed, back=back, failures=LookError)
