"""Orders: finding them, and everything about one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from crossdock.hub import listing
from crossdock.hub.models import Event, ExceptionCase, Link, Order, ShippingRequest, SourceDocument
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.sums import listed, sum_of
from crossdock.portal.views.asked import one_of, paged, some_of, text
from crossdock.portal.words import ORDER

STEPS = ("Ordered", "Ingested", "Released", "Routed", "Sent", "Fulfilled")
_REACHED = {
    "new": 2, "onHold": 2, "reviewRequired": 2, "readyForFulfillment": 4, "sentToFulfillment": 5,
    "partialFulfillment": 5, "fulfilled": 6, "archived": 6, "closed": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One step on an order's way: behind it, at it, or before it."""

    label: str
    done: bool
    current: bool


def steps_of(order: Order) -> list[Step]:
    """Return an order's way; empty for one that was called off, whose way has ended."""
    reached = _REACHED.get(order.status)
    if reached is None:
        return []
    return [
        Step(label, number < reached, number == min(reached, len(STEPS) - 1))
        for number, label in enumerate(STEPS)
    ]


@organization_view()
def orders(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List orders, newest first: by status, or found by number, e-mail, name, SKU or tracking number."""
    search = text(request, "q")
    status = some_of(request, "status", ORDER)
    page = paged(
        request,
        lambda cursor: listing.orders(visit.organization, status=status, search=search, cursor=cursor),
    )
    context = {
        "page": page,
        "search": search,
        "status": one_of(request, "status", ORDER),
        "statuses": ORDER,
        "any_orders": bool(page.rows) or visit.organization.orders.exists(),
    }
    return show(request, visit, "portal/orders/list.html", context)


@organization_view()
def order(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one order: lines, money, addresses, shipping, what happened to it, and its source document."""
    one = Order.objects.filter(organization=visit.organization, pk=pk).select_related("integration").first()
    if one is None:
        raise Http404
    requests = list(
        one.shipping_requests.select_related("location")
        .prefetch_related("lines__line", "fulfillments__lines")
        .order_by("version")
    )
    link = (
        Link.objects.filter(entity="orders", record_id=one.pk, integration=one.integration)
        .order_by("-pk")
        .first()
    )
    subject = f"orders:{link.remote_id if link else one.ext_order_api_id}"
    context = {
        "order": one,
        "lines": one.lines.order_by("position"),
        "sum": sum_of(one),
        "steps": steps_of(one),
        "canonical": one.canonical,
        "customer": one.canonical.get("customer") or {},
        "addresses": _addresses(one.canonical),
        "payments": listed(one.canonical, "payments"),
        "refunds": listed(one.canonical, "refunds"),
        "custom_fields": listed(one.canonical, "customFields"),
        "requests": requests,
        "events": _timeline(one, requests),
        "cases": ExceptionCase.objects.filter(
            Q(entity="orders", record_id=one.pk) | Q(subject=subject, integration=one.integration),
            organization=visit.organization, status=ExceptionCase.Status.ACTIVE,
        ).order_by("-pk"),
        "link": link,
        "source": SourceDocument.objects.filter(link=link).first() if link else None,
    }  # fmt: skip
    return show(request, visit, "portal/orders/one.html", context)


def _addresses(canonical: Mapping[str, object]) -> list[tuple[str, Mapping[str, object]]]:
    """The addresses an order has; a billing address like the shipping address is not shown twice."""
    shipping, billing = canonical.get("shippingAddress"), canonical.get("billingAddress")
    if isinstance(shipping, Mapping) and shipping == billing:
        return [("Shipping and billing address", shipping)]
    found = (("Shipping address", shipping), ("Billing address", billing))
    return [(title, address) for title, address in found if isinstance(address, Mapping)]


def _timeline(order: Order, requests: list[ShippingRequest]) -> QuerySet[Event]:
    """What happened to the order, its shipping requests and its parcels, newest first."""
    parcels = [parcel.pk for request in requests for parcel in request.fulfillments.all()]
    about = (
        Q(entity="orders", record_id=order.pk)
        | Q(entity="shippingRequests", record_id__in=[request.pk for request in requests])
        | Q(entity="fulfillments", record_id__in=parcels)
    )
    return Event.objects.filter(about, organization_id=order.organization_id).order_by("-pk")[:200]
