"""Acting on many orders: the chosen ones of a page, or all that fit; one that cannot never stops the rest."""

from __future__ import annotations

import copy

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST, require_safe

from crossdock.flows import jobs
from crossdock.flows.order_acts import MOST, STEP, Act, Wish, act_on, begin_act, stop_act
from crossdock.hub.clock import system_clock
from crossdock.hub.listing import filtered_orders
from crossdock.hub.models import Order, OrderAct, pk_of
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import carry_out, way_back
from crossdock.portal.roles import Ability
from crossdock.portal.views.orders.actions import FAILURES, NOT_TOLD
from crossdock.portal.views.orders.asking import Asked, asked_for, locations_of, sources_of
from crossdock.portal.views.orders.reading import moment_of, reason_of, restock_of

DONE = {
    Act.HOLD: "put on hold.",
    Act.RELEASE: "released.",
    Act.ROUTE: "given to routing again.",
    Act.CANCEL: f"cancelled. {NOT_TOLD}",
}
SHOWN = 200
"""So many of those that could not be are shown."""


@organization_view(Ability.WORK)
@require_POST
def bulk(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Hold, release, route again or cancel the chosen orders, and say how many could and which could not.

    More than a page of them are a worker's: the person is led to where it shows how far it is.
    """
    back = HttpResponseRedirect(way_back(request, reverse("portal:orders")))
    try:
        wish = _wish(request, visit)
        chosen = _chosen(request, visit)
    except FAILURES as error:
        messages.error(request, str(error))
        return back
    if len(chosen) > STEP:
        with transaction.atomic():
            begun = begin_act(visit.organization, chosen, wish)
            jobs.queue_act(begun)
        return HttpResponseRedirect(reverse("portal:orders-act", args=[begun.key]))
    why = act_on(visit.organization, chosen, wish, now=system_clock())
    numbers = dict(Order.objects.filter(pk__in=why).values_list("pk", "ext_order_id"))
    failed = [(numbers.get(pk, ""), text) for pk, text in sorted(why.items())]
    _say(request, len(chosen) - len(failed), DONE[Act(wish.act)], failed)
    return back


@organization_view(Ability.WORK)
@require_safe
def everything(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show how many orders fit what a list was asked for, and offer to act on all of them."""
    asked = _asked(request, visit, request.GET)
    number = _fitting(visit, asked)[: MOST + 1].count()
    context = {"asked": asked, "number": number, "too_many": number > MOST, "most": MOST, "step": STEP}
    return show(request, visit, "portal/orders/all.html", context)


@organization_view()
@require_safe
def act(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show how far an act on many orders is, or what came of it."""
    one = _found(visit, pk)
    context = {
        "act": one,
        "running": one.state == OrderAct.State.RUNNING,
        "succeeded": one.done - len(one.failed),
        "said": DONE[Act(one.act)],
        "failed": one.failed[:SHOWN],
        "shown": SHOWN,
    }
    return show(request, visit, "portal/orders/act.html", context)


@organization_view(Ability.WORK)
@require_POST
def stop(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Leave alone the orders that an act has not come to yet."""
    one = _found(visit, pk)

    def deed() -> str:
        if not stop_act(one):
            raise ShippingError("state", f"it is not running, but {one.get_state_display().lower()}")
        return "It is stopped. What was done stays done; the other orders are left alone."

    return carry_out(
        request, deed, back=reverse("portal:orders-act", args=[one.key]), failures=(ShippingError,)
    )


def _found(visit: Visit, pk: int) -> OrderAct:
    return get_object_or_404(OrderAct.objects.filter(organization=visit.organization, pk=pk).defer("orders"))


def _chosen(request: HttpRequest, visit: Visit) -> list[int]:
    """Return the row numbers of the orders that are meant."""
    if "everything" in request.POST:
        return _all_that_fit(request, visit)
    keys = []
    for text in request.POST.getlist("row"):
        try:
            keys.append(pk_of(text))
        except ValueError:
            continue
    if not keys:
        raise ShippingError("row", "choose at least one order")
    if len(keys) > STEP:
        raise ShippingError("row", f"{len(keys)} orders are chosen; at most {STEP} are acted on at once")
    rows = Order.objects.filter(
        organization=visit.organization, pk__in=[key for key in keys if 0 < key < 1 << 63]
    )
    found = list(rows.order_by("pk").values_list("pk", flat=True))
    if missing := len(set(keys)) - len(found):
        what = "order was" if missing == 1 else "orders were"
        messages.warning(request, f"{missing} chosen {what} not found here, and left alone.")
    return found


def _all_that_fit(request: HttpRequest, visit: Visit) -> list[int]:
    """Return all orders that fit what the list was asked for; never more than the person was shown."""
    asked = _asked(request, visit, QueryDict(request.POST.get("query", "")))
    number = request.POST.get("everything", "")
    seen = int(number) if number.isascii() and number.isdecimal() and len(number) < 7 else 0
    found = list(_fitting(visit, asked).order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not found:
        raise ShippingError("row", "no order fits any more; nothing was done")
    if len(found) > MOST:
        raise ShippingError(
            "row", f"more than {MOST} orders fit, the most that one act is about; narrow them by date"
        )
    if len(found) > seen:
        raise ShippingError(
            "row",
            f"{len(found)} orders fit now, {seen} did when this was shown; nothing was done. Look again",
        )
    return found


def _fitting(visit: Visit, asked: Asked) -> QuerySet[Order]:
    return filtered_orders(visit.organization, asked.filters).order_by()


def _asked(request: HttpRequest, visit: Visit, query: QueryDict) -> Asked:
    asking = copy.copy(request)
    asking.GET = query  # type: ignore[assignment]  # read only, like the request's own
    return asked_for(asking, sources_of(visit), locations_of(visit))


def _wish(request: HttpRequest, visit: Visit) -> Wish:
    """Return what is to be done with the orders."""
    name, author = request.POST.get("act", ""), visit.author
    reason = reason_of(request, f"{name}-reason")
    if name == Act.HOLD:
        return Wish(name, author, reason, until=moment_of(request, "until"))
    if name in (Act.RELEASE, Act.ROUTE):
        return Wish(name, author, reason)
    if name == Act.CANCEL:
        return Wish(name, author, reason, restock=restock_of(request.POST))
    raise ShippingError("act", "choose what is to be done with the orders")


def _say(request: HttpRequest, number: int, done: str, failed: list[tuple[str, str]]) -> None:
    if number:
        messages.success(request, f"{number} {'order' if number == 1 else 'orders'} {done}")
    if failed:
        lines = format_html_join("", "<li><b>{}</b>: {}</li>", failed)
        what = "order" if len(failed) == 1 else "orders"
        messages.warning(
            request,
            format_html("{} {} could not be:<ul class='mb-0'>{}</ul>", len(failed), what, lines),
        )
