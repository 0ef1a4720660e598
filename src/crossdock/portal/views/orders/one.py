"""Everything about one order, on the page that an operations person lives in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crossdock.hub.models import (
    Event,
    ExceptionCase,
    Fulfillment,
    Link,
    Location,
    Order,
    OrderLine,
    ShippingRequest,
    SourceDocument,
)
from crossdock.hub.orders.attention import subject_of
from crossdock.hub.shipping.cancellations import was_sent_and_canceled
from crossdock.hub.shipping.carriers import CARRIERS
from crossdock.hub.shipping.telling import Telling, telling_of
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.orders.facts import facts_of, held, unrouted
from crossdock.portal.views.orders.reading import MOST_PARCELS
from crossdock.portal.views.orders.standing import next_step, offers, steps
from crossdock.portal.words.locale import date_and_time
from crossdock.portal.words.sums import listed, sum_of

MOST_EVENTS = 200


@dataclass(frozen=True)
class Shippable:
    """A line that a form asks units of: its id there, its words, and how many are open."""

    pk: int
    name: str
    sku: str
    open: int


@dataclass(frozen=True)
class Card:
    """A shipping request with its parcels, and what may be done with it."""

    request: ShippingRequest
    parcels: list[tuple[Fulfillment, Telling]]
    open: int
    rows: list[Shippable]
    asks: bool
    by_hand: bool


@organization_view()
@require_safe
def order(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one order: where it stands, lines, money, addresses, shipping, what happened to it, and its source."""
    query = Order.objects.filter(organization=visit.organization, pk=pk)
    one = query.select_related("integration", "organization", "location").first()
    if one is None:
        raise Http404
    lines = list(one.lines.order_by("position", "pk"))
    requests = list(
        one.shipping_requests.select_related("location", "fulfillment_integration")
        .prefetch_related("lines__line")
        .order_by("version")
    )
    places = _places(visit)
    facts = facts_of(one, lines, requests, places)
    until = date_and_time(timezone.localtime(one.hold_until)) if one.hold_until else ""
    link = (
        Link.objects.filter(entity="orders", record_id=one.pk, integration=one.integration)
        .order_by("-pk")
        .first()
    )
    context = {
        "order": one,
        "currency": one.currency,
        "lines": lines,
        "sum": sum_of(one),
        "steps": steps(facts),
        "next": next_step(facts, until),
        "offers": offers(facts) if visit.may["work"] else {},
        "facts": facts,
        "places": places,
        "open_lines": [line for line in lines if line.open],
        "left": _shippable(lines, unrouted(lines, requests)),
        "seen": len(requests),
        "token": secrets.token_hex(4),
        "parcel_numbers": range(1, MOST_PARCELS + 1),
        "carriers": CARRIERS,
        "canonical": one.canonical,
        "customer": one.canonical.get("customer") or {},
        "addresses": _addresses(one.canonical),
        "payments": listed(one.canonical, "payments"),
        "refunds": listed(one.canonical, "refunds"),
        "custom_fields": listed(one.canonical, "customFields"),
        "cards": _cards(one, requests),
        "events": _timeline(one, requests),
        "most_events": MOST_EVENTS,
        "cases": _cases(one),
        "link": link,
        "source": SourceDocument.objects.filter(link=link).first() if link else None,
    }
    return show(request, visit, "portal/orders/one.html", context)


def _places(visit: Visit) -> list[Location]:
    """The places that may be told to ship, the default one first."""
    rows = visit.organization.locations.filter(kind=Location.Kind.STOCK, status=Location.Status.ACTIVE)
    return list(rows.order_by("-is_default", "name"))


def _shippable(lines: Sequence[OrderLine], left: Mapping[int, int]) -> list[Shippable]:
    return [Shippable(line.pk, line.name, line.sku, left[line.pk]) for line in lines if left.get(line.pk)]


def _cards(order: Order, requests: Sequence[ShippingRequest]) -> list[Card]:
    parcels = list(
        order.fulfillments.select_related("order__integration", "location")
        .prefetch_related("lines__request_line__line")
        .order_by("pk")
    )
    tellings = telling_of(parcels)
    by_request: dict[int, list[tuple[Fulfillment, Telling]]] = {}
    for parcel in parcels:
        by_request.setdefault(parcel.request_id, []).append((parcel, tellings[parcel.pk]))
    return [card_of(request, by_request.get(request.pk, [])) for request in requests]


def card_of(request: ShippingRequest, parcels: list[tuple[Fulfillment, Telling]]) -> Card:
    """Return a shipping request with what may be done with it; it needs its lines and their order lines."""
    open_units = held(request)
    rows = [
        Shippable(row.pk, row.line.name, row.sku, row.open)
        for row in sorted(request.lines.all(), key=lambda row: row.pk)
        if row.open > 0
    ]
    return Card(
        request=request,
        parcels=parcels,
        open=open_units,
        rows=rows,
        asks=was_sent_and_canceled(request) and request.cancellation_status in ("requested", "sent"),
        by_hand=open_units > 0
        and request.sent_to_fulfillment_at is None
        and request.fulfillment_integration_id is None,
    )


def _cases(order: Order) -> QuerySet[ExceptionCase]:
    """What needs attention about the order."""
    about = Q(entity="orders", record_id=order.pk) | Q(
        subject=subject_of(order), integration_id=order.integration_id
    )
    open_ones = ExceptionCase.objects.filter(
        about, organization_id=order.organization_id, status=ExceptionCase.Status.ACTIVE
    )
    return open_ones.order_by("-pk")


def _addresses(canonical: Mapping[str, object]) -> list[tuple[str, Mapping[str, object]]]:
    """The addresses an order has; a billing address like the shipping address is not shown twice."""
    shipping, billing = canonical.get("shippingAddress"), canonical.get("billingAddress")
    if isinstance(shipping, Mapping) and shipping == billing:
        return [("Shipping and billing address", shipping)]
    found = (("Shipping address", shipping), ("Billing address", billing))
    return [(title, address) for title, address in found if isinstance(address, Mapping)]


def _timeline(order: Order, requests: Sequence[ShippingRequest]) -> QuerySet[Event]:
    """What happened to the order, its shipping requests and its parcels, newest first."""
    about = (
        Q(entity="orders", record_id=order.pk)
        | Q(entity="shippingRequests", record_id__in=[request.pk for request in requests])
        | Q(entity="fulfillments", record_id__in=list(order.fulfillments.values_list("pk", flat=True)))
    )
    return Event.objects.filter(about, organization_id=order.organization_id).order_by("-pk")[:MOST_EVENTS]
