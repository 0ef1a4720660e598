"""Acting on one order. Each act is a form of its own; the domain says what is possible, and why not."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from crossdock.hub.clock import system_clock
from crossdock.hub.models import Location, Order
from crossdock.hub.orders.canceling import cancel_order
from crossdock.hub.orders.release import ReleaseError, give_back, hold_order, release_order, require_review
from crossdock.hub.shipping.by_hand import ask_once, ship_at_once
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.waking import wake_routing
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import act_on
from crossdock.portal.roles import Ability
from crossdock.portal.views.orders.reading import (
    count_of,
    moment_of,
    parcels_of,
    reason_of,
    restock_of,
    units_of,
)
from crossdock.portal.words.locale import date_and_time
from crossdock.routing.router import route_again

FAILURES = (ReleaseError, ShippingError)
NOT_TOLD = "The store is not told: cancel it there, too."


def order_of(visit: Visit, pk: int) -> Order:
    """Return one of the organization's orders. Raises `Http404`."""
    query = Order.objects.filter(organization=visit.organization, pk=pk)
    return get_object_or_404(query.select_related("organization", "integration"))


def units(number: int) -> str:
    """Return a number of units in words."""
    return f"{number} unit" if number == 1 else f"{number} units"


def own_page(order: Order) -> str:
    """Return the address of an order's page, to which every act on it leads back."""
    return reverse("portal:orders-one", args=[order.key])


act = act_on(order_of, back=own_page, failures=FAILURES)


@organization_view(Ability.WORK)
@act
def hold(request: HttpRequest, visit: Visit, order: Order) -> str:
    """Keep an order from being routed: until a moment, or until somebody releases it."""
    until = moment_of(request, "until")
    hold_order(order, until, author=visit.author, reason=reason_of(request), now=system_clock())
    end = date_and_time(timezone.localtime(until)) if until else "somebody releases it"
    return f"{order.ext_order_id} is on hold until {end}."


@organization_view(Ability.WORK)
@act
def release(request: HttpRequest, visit: Visit, order: Order) -> str:
    """Let an order through to routing, whatever the rules say."""
    release_order(order, author=visit.author, reason=reason_of(request))
    return f"{order.ext_order_id} is released; routing looks at it now."


@organization_view(Ability.WORK)
@act
def review(request: HttpRequest, visit: Visit, order: Order) -> str:
    """Keep an order from being routed until somebody has looked at it; it shows among the exceptions."""
    require_review(order, author=visit.author, reason=reason_of(request))
    return f"{order.ext_order_id} waits for somebody to look at it, and stands among the exceptions."


@organization_view(Ability.WORK)
@act
def back_to_rules(request: HttpRequest, visit: Visit, order: Order) -> str:
    """Have the rules decide on an order afresh, whatever was decided before."""
    give_back(order, author=visit.author, reason=reason_of(request))
    return f"{order.ext_order_id} is given back to the rules; they decide on it now."


@organization_view(Ability.WORK)
@act
def route(request: HttpRequest, visit: Visit, order: Order) -> str:
    """Have routing look at an order again, whatever became of it before."""
    with transaction.atomic():
        route_again(order, author=visit.author, reason=reason_of(request) or "routed again by hand")
        wake_routing(visit.organization.pk)
    return f"Routing looks at {order.ext_order_id} again; what it decides shows here in a moment."


@organization_view(Ability.WORK)
@act
def cancel(request: HttpRequest, visit: Visit, order: Order) -> str:
    """Cancel what is open of an order, here: its goods are put back, or written off."""
    restock, reason = restock_of(request.POST), reason_of(request) or "cancelled by hand"
    with transaction.atomic():
        number = cancel_order(order, restock, author=visit.author, reason=reason)
        wake_routing(visit.organization.pk)
    if not number:
        return f"Nothing of {order.ext_order_id} was open, so nothing was cancelled."
    what = "put back into stock" if restock else "written off"
    return f"{units(number)} of {order.ext_order_id} cancelled and {what}. {NOT_TOLD}"


@organization_view(Ability.WORK)
@act
def ask(request: HttpRequest, visit: Visit, order: Order) -> str:
    """Make a shipping request by hand, for units that are in no other one."""
    made = ask_once(
        order, _location(request, visit), units_of(request.POST, "units-"), seen=count_of(request, "seen"),
        author=visit.author, reason=reason_of(request),
    )  # fmt: skip
    return f"{made.ext_shipment_id} tells {made.location.name} what to ship."


@organization_view(Ability.WORK)
@act
def fulfill(request: HttpRequest, visit: Visit, order: Order) -> str:
    """Record parcels with units that are in no shipping request: one is made for them, and shipped."""
    parcels = ship_at_once(
        order, _location(request, visit), parcels_of(request, order.ext_order_id, now=system_clock()),
        seen=count_of(request, "seen"), author=visit.author, reason=reason_of(request) or "shipped by hand",
    )  # fmt: skip
    return shipped(len(parcels), order.ext_order_id)


def shipped(parcels: int, number: str) -> str:
    """Say that parcels were recorded."""
    return f"{'A parcel' if parcels == 1 else f'{parcels} parcels'} of {number} recorded as shipped."


def _location(request: HttpRequest, visit: Visit) -> Location:
    key = request.POST.get("location", "")
    for location in visit.organization.locations.all():
        if location.key == key:
            return location
    raise ShippingError("location", "choose the location that ships")
