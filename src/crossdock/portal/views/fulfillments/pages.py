"""Fulfillments: what left, what a warehouse rejected, and whether the store knows."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.hub import listing
from crossdock.hub.models import Event, Fulfillment, Integration, Link
from crossdock.hub.shipping.telling import telling_of
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import day, one_of, paged, record_of, text
from crossdock.portal.words.statuses import PARCEL


@organization_view()
@require_safe
def fulfillments(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List parcels and rejections, newest first; narrowed down, or found by what is known of them."""
    search = text(request, "q")
    organization = visit.organization
    locations = list(organization.locations.order_by("name"))
    given = organization.locations.exclude(fulfillment_integration=None)
    warehouses = list(
        Integration.objects.filter(pk__in=given.values("fulfillment_integration_id")).order_by("name")
    )
    carriers = listing.carriers(organization)
    location, warehouse = (
        record_of(request, "location", locations),
        record_of(request, "warehouse", warehouses),
    )
    kind, carrier = one_of(request, "kind", PARCEL), one_of(request, "carrier", carriers)
    untold = bool(one_of(request, "untold", ("yes",)))
    since, until = day(request, "since"), day(request, "until", after=1)
    page = paged(
        request,
        lambda cursor: listing.fulfillments(
            organization, location=location, integration=warehouse, kind=kind, carrier=carrier, untold=untold,
            since=since, until=until, search=search, cursor=cursor,
        ),
    )  # fmt: skip
    tellings = telling_of(page.rows)
    context = {
        "page": page,
        "rows": [(parcel, tellings[parcel.pk]) for parcel in page.rows],
        "search": search,
        "location": location,
        "locations": locations,
        "warehouse": warehouse,
        "warehouses": warehouses,
        "kind": kind,
        "kinds": PARCEL,
        "carrier": carrier,
        "carriers": carriers,
        "untold": untold,
        "since": since,
        "until": day(request, "until"),
        "any_fulfillments": bool(page.rows) or organization.fulfillments.exists(),
    }
    return show(request, visit, "portal/fulfillments/list.html", context)


@organization_view()
@require_safe
def one(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one fulfillment: what is in it, where it is, and whether its store was told of it."""
    parcel = (
        Fulfillment.objects.filter(organization=visit.organization, pk=pk)
        .select_related("order__integration", "location", "request__fulfillment_integration")
        .prefetch_related("lines__request_line__line")
        .first()
    )
    if parcel is None:
        raise Http404
    telling = telling_of([parcel])[parcel.pk]
    link = Link.objects.filter(
        integration=parcel.order.integration, entity="orders", remote_id=parcel.order.ext_order_api_id
    ).first()
    events = Event.objects.filter(organization=visit.organization, entity="fulfillments", record_id=parcel.pk)
    context = {
        "parcel": parcel,
        "order": parcel.order,
        "currency": parcel.order.currency,
        "lines": sorted(parcel.lines.all(), key=lambda line: line.pk),
        "telling": telling,
        "written": _written(telling.event),
        "link": link,
        "events": events.order_by("-pk")[:100],
    }
    return show(request, visit, "portal/fulfillments/one.html", context)


def _written(event: Event | None) -> list[tuple[str, object, object]]:
    """What was written to the store, field by field: its name, what stood there before, what stands there now."""
    if event is None:
        return []
    before, after = event.before or {}, event.after or {}
    return [(name, before.get(name), value) for name, value in after.items()]
