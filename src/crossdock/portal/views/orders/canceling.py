"""Cancelling single units of an order: how many of which line, then what that does, then doing it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from crossdock.hub.models import Location, Order
from crossdock.hub.orders.canceling import cancel_order, canceled_units
from crossdock.hub.orders.foreseeing import Foreseen, foresee_cancel
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.waking import wake_routing
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import carry_out
from crossdock.portal.roles import Ability
from crossdock.portal.templatetags.portal import number
from crossdock.portal.views.orders.actions import FAILURES, NOT_TOLD, order_of, own_page, units
from crossdock.portal.views.orders.reading import count_of, reason_of, restock_of, units_of

MOST_NAMED = 3
"""How many lines a question names one by one."""


@organization_view(Ability.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_units(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Ask which units of an order are to be cancelled, show what that would do, and do it."""
    order = order_of(visit, pk)
    if request.method == "POST":
        return _cancel(request, visit, order)
    context: dict[str, object] = {
        "order": order,
        "lines": [line for line in order.lines.order_by("position", "pk") if line.open],
        "wanted": {},
        "restock": request.GET.get("restock", ""),
        "canceled": canceled_units(order),
    }
    if "restock" in request.GET or any(name.startswith("units-") for name in request.GET):
        try:
            wanted = units_of(request.GET, "units-")
            context["wanted"] = wanted
            foreseen = foresee_cancel(order, dict(wanted.items()))
            restock = restock_of(request.GET)
        except ShippingError as error:
            context["problem"] = str(error)
        else:
            context |= {"foreseen": foreseen, "question": question(foreseen, restock=restock)}
    status = 400 if "problem" in context else 200
    return show(request, visit, "portal/orders/cancel_units.html", context, status=status)


def _cancel(request: HttpRequest, visit: Visit, order: Order) -> HttpResponse:
    def deed() -> str:
        restock, reason = restock_of(request.POST), reason_of(request) or "cancelled by hand"
        lines = units_of(request.POST, "units-")
        with transaction.atomic():
            done = cancel_order(
                order, restock, author=visit.author, reason=reason, lines=dict(lines.items()),
                seen=count_of(request, "canceled"),
            )  # fmt: skip
            wake_routing(visit.organization.pk)
        what = "put back into stock" if restock else "written off"
        return f"{units(done)} of {order.ext_order_id} cancelled and {what}. {NOT_TOLD}"

    return carry_out(request, deed, back=own_page(order), failures=FAILURES)


def question(foreseen: Foreseen, *, restock: bool) -> str:
    """Return what a person is asked: which units, what becomes of them, and where they lie. Pure."""
    named = [f"{number(quantity)} of {line.sku or line.name}" for line, quantity in foreseen.struck.items()]
    what = _listed(named) if len(named) <= MOST_NAMED else units(foreseen.units)
    them = "it" if foreseen.units == 1 else "them"
    places: list[Location] = list(dict.fromkeys(place for _sku, place in foreseen.lying))
    where = f" at {_listed([place.name for place in places])}" if places else ""
    return f"Cancel {what} and {f'put {them} back' if restock else f'write {them} off'}{where}?"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))
