"""What routing would decide about open orders now, without doing it."""

from __future__ import annotations

from collections.abc import Sequence

from crossdock.hub.documents import Document
from crossdock.hub.models import Location, Order, Organization
from crossdock.routing.batch import decide_all
from crossdock.routing.cases import Case, load_cases, load_guide
from crossdock.routing.decision import Decision


def open_orders(organization: Organization, limit: int) -> list[Order]:
    """Return up to `limit` orders that are open and not routed yet, oldest first."""
    rows = Order.objects.filter(
        organization=organization,
        routing_status__in=(Order.Routing.PENDING, Order.Routing.FAILED),
        standing="open",
        deleted_at=None,
    )
    related = rows.select_related("organization", "integration", "location__merged_into")
    return list(related.order_by("ext_order_created_at", "pk")[:limit])


def try_orders(organization: Organization, orders: Sequence[Order]) -> list[Document]:
    """Return what would be decided on each of `orders`, one after the other, oldest first; changes nothing.

    Each takes what it takes before the next is looked at. Other workers may be quicker: it is a look, no promise.
    """
    ordered = sorted(orders, key=lambda order: (order.ext_order_created_at, order.pk))
    guide = load_guide(organization.pk)
    decided = decide_all(load_cases(ordered, adopt=False), guide, locked=False)
    names = dict(Location.objects.filter(organization=organization).values_list("pk", "name"))
    return [_document(case, decision, names) for case, decision in decided]


def _document(case: Case, decision: Decision, names: dict[int, str]) -> Document:
    return {
        "orderId": case.order.key,
        "extOrderId": case.order.ext_order_id,
        "decision": decision.kind,
        "reason": decision.reason,
        "shipments": [
            {
                "locationId": f"{one.location_id:016x}",
                "location": names[one.location_id],
                "status": "pendingInventory" if one.waits else "readyForFulfillment",
                "lineItems": [
                    {
                        "uniqueId": case.routable[line].unique_id,
                        "sku": case.routable[line].sku,
                        "quantity": quantity,
                    }
                    for line, quantity in one.lines
                ],
            }
            for one in decision.allocations
        ],
        "explanation": list(decision.explanation),
    }
