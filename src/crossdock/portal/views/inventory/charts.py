"""What charts of stock figures are drawn from."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from crossdock.hub.clock import system_clock
from crossdock.hub.models import InventoryRecord, pk_of
from crossdock.hub.stock.history import stock_history
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.templatetags.portal import number
from crossdock.portal.views.asked import text


@organization_view()
@require_safe
def history(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Answer with what was on hand and available of a SKU over time: everywhere, or in one record (`record`)."""
    sku, key = text(request, "sku"), text(request, "record")
    one = None
    if key:
        one = InventoryRecord.objects.filter(organization=visit.organization, pk=_number(key)).first()
        if one is None:
            raise Http404
        sku = one.sku
    steps = stock_history(visit.organization, sku, record=one, until=system_clock())
    last = steps[-1] if steps else None
    return JsonResponse(
        {
            "kind": "steps",
            "labels": [step.at.timestamp() for step in steps],
            "series": [
                {"label": "Available", "values": [step.available for step in steps]},
                {"label": "On hand", "values": [step.on_hand for step in steps]},
            ],
            "summary": f"{sku} over time; now {number(last.available)} available of {number(last.on_hand)} on hand."
            if last
            else "",
            "empty": "Nothing has changed these figures yet.",
            "timezone": visit.organization.timezone,
        }
    )


def _number(key: str) -> int:
    try:
        return pk_of(key)
    except ValueError as error:
        raise Http404 from error
