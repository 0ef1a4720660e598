"""The list of orders: found, filtered and sorted; with saved views, and columns as a person likes them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from crossdock.hub import listing
from crossdock.hub.models import ExceptionCase, Order, ShippingRequest
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.models import SavedView
from crossdock.portal.saved_views import choice_of, may_change, views_for
from crossdock.portal.views.asked import paged
from crossdock.portal.views.orders.asking import asked_for, locations_of, recent_tags, sources_of
from crossdock.portal.views.orders.columns import COLUMNS, chosen
from crossdock.portal.words.statuses import ORDER

PAGE = "orders"
EVERYTHING = "all"
SORTS = {
    "newest": "Newest first", "oldest": "Oldest first", "largest": "Largest total", "smallest": "Smallest total",
}  # fmt: skip


@organization_view()
@require_safe
def orders(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List orders, newest first unless sorted otherwise; a person's first view where nothing is asked for."""
    choice = choice_of(visit.membership, PAGE)
    views = list(views_for(visit.membership, PAGE))
    if not request.GET and choice.first_view in views:
        return HttpResponseRedirect(address_of(choice.first_view))
    view = next((one for one in views if one.key == request.GET.get("view")), None)
    sources, locations = sources_of(visit), locations_of(visit)
    asked = asked_for(request, sources, locations)
    page = paged(
        request,
        lambda cursor: listing.orders(visit.organization, asked.filters, sort=asked.sort, cursor=cursor),
    )
    columns = chosen((view.columns if view else None) or choice.columns)
    context = {
        "page": page,
        "asked": asked,
        "filters": asked.filters,
        "search": asked.filters.search,
        "statuses": ORDER,
        "sources": sources,
        "locations": locations,
        "tags": recent_tags(visit),
        "until": request.GET.get("until", "") if asked.filters.until else "",
        "sorts": SORTS,
        "columns": columns,
        "all_columns": COLUMNS,
        "places": _places(page.rows) if "location" in columns else {},
        "troubles": _troubles(visit, page.rows),
        "views": [(one, address_of(one), may_change(visit.membership, one)) for one in views],
        "view": view,
        "may_change_view": view is not None and may_change(visit.membership, view),
        "is_first": view is not None and view.pk == choice.first_view_id,
        "first_view": choice.first_view,
        "any_orders": bool(page.rows) or visit.organization.orders.exists(),
    }
    return show(request, visit, "portal/orders/list.html", context)


def address_of(view: SavedView | None) -> str:
    """Return the address of a saved view; of the list of all orders for none."""
    where = reverse("portal:orders")
    if view is None:
        return f"{where}?view={EVERYTHING}"
    return f"{where}?{view.query}{'&' if view.query else ''}view={view.key}"


def _places(rows: Sequence[Order]) -> dict[int, list[str]]:
    """Where the orders of a page ship from, by order: one query."""
    query = ShippingRequest.objects.filter(order__in=rows).exclude(status__in=CANCELED_REQUESTS)
    found: dict[int, set[str]] = {}
    for pk, name in query.values_list("order_id", "location__name"):
        found.setdefault(pk, set()).add(name)
    return {pk: sorted(names) for pk, names in found.items()}


def _troubles(visit: Visit, rows: Sequence[Order]) -> dict[int, int]:
    """How many exceptions are open about each order of a page: one query."""
    cases = ExceptionCase.objects.filter(
        organization=visit.organization, entity="orders", status=ExceptionCase.Status.ACTIVE,
        record_id__in=[row.pk for row in rows],
    )  # fmt: skip
    return dict(cases.values_list("record_id").annotate(number=Count("pk")))
