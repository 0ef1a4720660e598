"""Acting on a shipping request: saying what its warehouse answered."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.hub.models import ShippingRequest
from crossdock.hub.shipping.cancellations import answer_cancellation
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import carry_out, reason_of
from crossdock.portal.roles import Ability

STOPPED, TOO_LATE = "stopped", "tooLate"


@organization_view(Ability.WORK)
@require_POST
def answer(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Note whether a warehouse has stopped a request that was cancelled after it had gone there."""
    one = ShippingRequest.objects.filter(organization=visit.organization, pk=pk).first()
    if one is None:
        raise Http404
    said, reason = request.POST.get("answer", ""), reason_of(request)

    def deed() -> str:
        if said not in (STOPPED, TOO_LATE):
            raise ShippingError("answer", "say whether the warehouse stopped it or whether it was too late")
        answer_cancellation(one, stopped=said == STOPPED, author=visit.author, reason=reason)
        if said == STOPPED:
            return f"{one.ext_shipment_id}: noted that the warehouse has stopped it."
        return f"{one.ext_shipment_id}: noted that it ships all the same. The request counts again."

    back = reverse("portal:requests-one", args=[one.key])
    return carry_out(request, deed, back=back, failures=ShippingError)
