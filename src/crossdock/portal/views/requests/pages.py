"""Shipping requests: finding them, and everything about one."""

from __future__ import annotations

import secrets

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.hub import listing
from crossdock.hub.models import Event, ExceptionCase, Fulfillment, Integration, Mark, ShippingRequest
from crossdock.hub.orders.attention import subject_of
from crossdock.hub.shipping.carriers import CARRIERS
from crossdock.hub.shipping.telling import telling_of
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import day, one_of, paged, record_of, text
from crossdock.portal.views.orders.one import card_of
from crossdock.portal.views.orders.reading import MOST_PARCELS
from crossdock.portal.words.statuses import REQUEST, Word

MOST_EVENTS = 200
TO_SHIP = "toShip"
STATUSES = {TO_SHIP: Word("Still to ship")} | REQUEST
"""What the list may be narrowed to: each status, and those together that are still to be shipped."""


@organization_view()
@require_safe
def requests(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List shipping requests, newest first; by status, location, warehouse and day, or found by what is known."""
    search = text(request, "q")
    locations = list(visit.organization.locations.order_by("name"))
    warehouses = list(Integration.objects.filter(pk__in=_warehouses(visit)).order_by("name"))
    location = record_of(request, "location", locations)
    warehouse = record_of(request, "warehouse", warehouses)
    since, until = day(request, "since"), day(request, "until", after=1)
    status = one_of(request, "status", STATUSES)
    wanted = listing.TO_SHIP if status == TO_SHIP else [status] if status else []
    page = paged(
        request,
        lambda cursor: listing.shipping_requests(
            visit.organization, status=wanted, location=location, integration=warehouse, since=since,
            until=until, search=search, cursor=cursor,
        ),
    )  # fmt: skip
    context = {
        "page": page,
        "search": search,
        "status": status,
        "statuses": STATUSES,
        "location": location,
        "locations": locations,
        "warehouse": warehouse,
        "warehouses": warehouses,
        "since": since,
        "until": day(request, "until"),
        "any_requests": bool(page.rows) or visit.organization.shipping_requests.exists(),
    }
    return show(request, visit, "portal/requests/list.html", context)


def _warehouses(visit: Visit) -> set[int]:
    """The integrations that this organization's locations are given to, or were."""
    given = visit.organization.locations.exclude(fulfillment_integration=None)
    return set(given.values_list("fulfillment_integration_id", flat=True))


@organization_view()
@require_safe
def one(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one shipping request: what is to ship and from where, why, its parcels, and what happened to it."""
    found = (
        ShippingRequest.objects.filter(organization=visit.organization, pk=pk)
        .select_related("order__integration", "location__fulfillment_integration", "fulfillment_integration")
        .prefetch_related("lines__line")
        .first()
    )
    if found is None:
        raise Http404
    parcels = list(
        found.fulfillments.select_related("order__integration", "location")
        .prefetch_related("lines__request_line__line")
        .order_by("pk")
    )
    tellings = telling_of(parcels)
    told = [(parcel, tellings[parcel.pk]) for parcel in parcels]
    lines = sorted(found.lines.all(), key=lambda line: line.pk)
    about = Q(entity="shippingRequests", record_id=found.pk) | Q(
        entity="fulfillments", record_id__in=[parcel.pk for parcel in parcels]
    )
    events = Event.objects.filter(about, organization=visit.organization).select_related("run")
    context = {
        "one": found,
        "order": found.order,
        "lines": lines,
        "open": sum(line.open for line in lines),
        "parcels": told,
        "card": card_of(found, told),
        "token": secrets.token_hex(4),
        "parcel_numbers": range(1, MOST_PARCELS + 1),
        "carriers": CARRIERS,
        "rejected": any(parcel.fulfillment_type == Fulfillment.Type.REJECTED for parcel in parcels),
        "warehouse": found.fulfillment_integration or found.location.fulfillment_integration,
        "waits": _waits(found),
        "cases": _cases(found),
        "events": events.order_by("-pk")[:MOST_EVENTS],
    }
    return show(request, visit, "portal/requests/one.html", context)


def _waits(found: ShippingRequest) -> Mark | None:
    """What waits to be handed to the warehouse: the request, or that it was called off."""
    marks = Mark.objects.filter(
        flow__integration__organization_id=found.organization_id, flow__entity="shipments",
        flow__direction="push", key=found.key,
    )  # fmt: skip
    return marks.select_related("flow__integration").first()


def _cases(found: ShippingRequest) -> list[ExceptionCase]:
    """What needs attention: about handing the request over, and about its order."""
    order = found.order
    about = (
        Q(subject=f"shipments:{found.key}")
        | Q(entity="orders", record_id=order.pk)
        | Q(subject=subject_of(order), integration=order.integration)
    )
    open_ones = ExceptionCase.objects.filter(
        about, organization_id=found.organization_id, status=ExceptionCase.Status.ACTIVE
    )
    return list(open_ones.order_by("-pk")[:20])
