"""Acting on one shipping request: cancelling it, shipping it, saying that its warehouse will not or has it."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from crossdock.hub.clock import system_clock
from crossdock.hub.models import ShippingRequest
from crossdock.hub.shipping.by_hand import ship_parcels
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.rejections import reject as reject_units
from crossdock.hub.shipping.sending import mark_sent, refuse_canceled
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.waking import wake_routing
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import act_on
from crossdock.portal.roles import Ability
from crossdock.portal.views.orders.actions import own_page, shipped
from crossdock.portal.views.orders.reading import parcels_of, reason_of, restock_of, units_of


def request_of(visit: Visit, pk: int) -> ShippingRequest:
    """Return one of the organization's shipping requests. Raises `Http404`."""
    query = ShippingRequest.objects.filter(organization=visit.organization, pk=pk)
    return get_object_or_404(
        query.select_related("order", "organization", "location", "fulfillment_integration")
    )


def _page(one: ShippingRequest) -> str:
    return own_page(one.order)


act = act_on(request_of, back=_page, failures=ShippingError)


@organization_view(Ability.WORK)
@act
def cancel(request: HttpRequest, visit: Visit, one: ShippingRequest) -> str:
    """Cancel what a request has not shipped yet; what is open may be routed again at once."""
    restock, again = restock_of(request.POST), request.POST.get("again") == "yes"
    reason = reason_of(request) or "cancelled by hand"
    with transaction.atomic():
        cancel_request(one, restock, author=visit.author, reason=reason, route_again=again)
        wake_routing(visit.organization.pk)
    return (
        f"{one.ext_shipment_id} is cancelled.{_told(one)}{' What is open is routed again.' if again else ''}"
    )


def _told(one: ShippingRequest) -> str:
    if not one.cancellation_status:
        return ""
    if one.fulfillment_integration is not None:
        return f" {one.fulfillment_integration.name} has it already and is asked to stop it."
    return " It had gone out by hand: tell the warehouse, and note here what it says."


@organization_view(Ability.WORK)
@act
def fulfill(request: HttpRequest, visit: Visit, one: ShippingRequest) -> str:
    """Record one or several parcels of a request. The same form sent twice ships once."""
    parcels = parcels_of(request, one.ext_shipment_id, now=system_clock())
    return shipped(len(ship_parcels(one, parcels, author=visit.author)), one.ext_shipment_id)


@organization_view(Ability.WORK)
@act
def reject(request: HttpRequest, visit: Visit, one: ShippingRequest) -> str:
    """Record that a warehouse will not ship some of a request; the order is routed again without it."""
    reason, token = reason_of(request), request.POST.get("token", "")
    if not reason:
        raise ShippingError("reason", "say why the warehouse will not ship it")
    lines: dict[int | str, int] = dict(units_of(request.POST, "units-").items())
    with transaction.atomic():
        reject_units(
            one, lines, at=system_clock(), author=visit.author, reason=reason,
            ext_fulfillment_id=f"{one.ext_shipment_id}-{token[:40]}" if token else None,
        )  # fmt: skip
        wake_routing(visit.organization.pk)
    return f"Noted that {one.location.name} will not ship it. What is open is routed elsewhere."


@organization_view(Ability.WORK)
@act
def send(request: HttpRequest, visit: Visit, one: ShippingRequest) -> str:
    """Note that a request was handed to its warehouse by hand; from then on nothing of it changes."""
    refuse_canceled(one)
    reference = request.POST.get("reference", "").replace("\x00", "").strip()
    mark_sent(
        one, author=visit.author, reason=reason_of(request) or "sent by hand", ext_reference_id=reference
    )
    return f"Noted that {one.location.name} has {one.ext_shipment_id}."
