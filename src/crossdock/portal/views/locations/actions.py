"""Deciding about a location: what it takes part in, who ships from it, and which other one it really is."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.hub.models import Integration, Location
from crossdock.hub.places.locations import assign_warehouse
from crossdock.hub.places.merging import merge_location
from crossdock.hub.places.settings import SWITCHES, LocationError, change_location, create_location
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import act_on, carry_out, reason_of
from crossdock.portal.meanwhile import ChangedMeanwhileError, Subject, unless_changed
from crossdock.portal.roles import Ability


def location_of(visit: Visit, pk: int) -> Location:
    """Return a location of the organization. Raises `Http404`."""
    query = Location.objects.filter(organization=visit.organization, pk=pk)
    return get_object_or_404(query.select_related("organization", "fulfillment_integration", "merged_into"))


def subject_of(location: Location) -> Subject:
    """Return what the forms of a location's page change."""
    return Subject("locations", location.pk)


def _page(location: Location) -> str:
    return reverse("portal:locations-one", args=[location.pk])


act = act_on(location_of, back=_page, failures=(LocationError, ChangedMeanwhileError))


@organization_view(Ability.WORK)
@require_POST
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Make a location of the merchant's own."""

    def deed() -> str:
        made = create_location(
            visit.organization, request.POST.get("name", ""), kind=request.POST.get("kind", ""),
            author=visit.author, reason=reason_of(request),
        )  # fmt: skip
        if made.kind != Location.Kind.STOCK:
            return f"{made.name} was made."
        return f"{made.name} was made. Count its stock under Inventory, and say below who ships from it."

    return carry_out(request, deed, back=reverse("portal:locations"), failures=LocationError)


@organization_view(Ability.WORK)
@act
def change(request: HttpRequest, visit: Visit, location: Location) -> str:
    """Change a location's name, whether it is in use, and what it takes part in."""
    with unless_changed(request, visit, subject_of(location)):
        change_location(location, _changes(request, visit), author=visit.author, reason=reason_of(request))
    return f"{location.name} was changed; orders that wait and the figures of channels follow."


def _changes(request: HttpRequest, visit: Visit) -> Mapping[str, object]:
    """What the form says of every field; the default is only ever given, never taken away."""
    changes: dict[str, object] = {name: request.POST.get(name) == "on" for name in SWITCHES}
    changes["name"] = request.POST.get("name", "")
    changes["status"] = request.POST.get("status", "")
    chosen = set(request.POST.getlist("excludeFromTotalsByIntegration"))
    integrations = [one for one in visit.organization.integrations.all() if one.key in chosen]
    if len(integrations) != len(chosen):
        raise LocationError("excludeFromTotalsByIntegration", "name integrations of this organization")
    changes["excludeFromTotalsByIntegration"] = integrations
    if request.POST.get("isDefault") == "on":
        changes["isDefault"] = True
    return changes


@organization_view(Ability.WORK)
@act
def warehouse(request: HttpRequest, visit: Visit, location: Location) -> str:
    """Say who ships what is routed to a location: a warehouse, or people by hand."""
    key = request.POST.get("integration", "")
    chosen = _warehouse(visit, key) if key else None
    known_as = request.POST.get("as", "").strip()
    with unless_changed(request, visit, subject_of(location)):
        assign_warehouse(location, chosen, author=visit.author, ext_location_id=known_as)
    if chosen is None:
        return f"What is routed to {location.name} is shipped by people from now on."
    note = (
        ""
        if chosen.flows.filter(entity="shipments", enabled=True).exists()
        else f" Nothing goes there yet: turn on push shipping requests of {chosen.name}."
    )
    return (
        f"{chosen.name} ships what is routed to {location.name}; what waits there goes to it as well.{note}"
    )


def _warehouse(visit: Visit, key: str) -> Integration:
    living = visit.organization.integrations.exclude(state=Integration.State.REMOVED)
    found = next((one for one in living if one.key == key), None)
    if found is None:
        raise LocationError("integration", "choose a warehouse of this organization, or people")
    return found


@organization_view(Ability.WORK)
@act
def merge(request: HttpRequest, visit: Visit, location: Location) -> str:
    """Make a location part of another one: a store's own place and the shelf that really holds its goods."""
    key = request.POST.get("into", "")
    target = next((one for one in visit.organization.locations.all() if one.key == key), None)
    if target is None:
        raise LocationError("target", "choose the location that stays")
    merge_location(
        location, target, author=visit.author, reason=reason_of(request),
        add_stock=request.POST.get("stock") == "add",
    )  # fmt: skip
    return f"{location.name} is part of {target.name} now: its orders, links and stock went over."
