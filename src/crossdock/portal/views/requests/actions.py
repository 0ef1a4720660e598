"""Acting on a shipping request: saying what its warehouse answered."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from crossdock.hub.models import ShippingRequest
from crossdock.hub.shipping.cancellations import answer_cancellation
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import act_on, reason_of
from crossdock.portal.roles import Ability

STOPPED, TOO_LATE = "stopped", "tooLate"


def _request(visit: Visit, pk: int) -> ShippingRequest:
    return get_object_or_404(ShippingRequest.objects.filter(organization=visit.organization, pk=pk))


def _page(one: ShippingRequest) -> str:
    return reverse("portal:requests-one", args=[one.key])


@organization_view(Ability.WORK)
@act_on(_request, back=_page, failures=ShippingError)
def answer(request: HttpRequest, visit: Visit, one: ShippingRequest) -> str:
    """Note whether a warehouse has stopped a request that was cancelled after it had gone there."""
    said, reason = request.POST.get("answer", ""), reason_of(request)
    if said not in (STOPPED, TOO_LATE):
        raise ShippingError("answer", "say whether the warehouse stopped it or whether it was too late")
    answer_cancellation(one, stopped=said == STOPPED, author=visit.author, reason=reason)
    if said == STOPPED:
        return f"{one.ext_shipment_id}: noted that the warehouse has stopped it."
    return f"{one.ext_shipment_id}: noted that it ships all the same. The request counts again."
