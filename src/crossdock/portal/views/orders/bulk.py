"""Acting on many orders at once: each by itself, so that one that cannot never stops the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST

from crossdock.hub.clock import system_clock
from crossdock.hub.models import Order, pk_of
from crossdock.hub.orders.canceling import cancel_order
from crossdock.hub.orders.release import hold_order, release_order
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.waking import wake_routing
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import way_back
from crossdock.portal.roles import Ability
from crossdock.portal.views.orders.actions import FAILURES, NOT_TOLD
from crossdock.portal.views.orders.reading import moment_of, reason_of, restock_of
from crossdock.routing.router import route_again

log = logging.getLogger(__name__)
MOST = 200
Act = Callable[[Order], None]


@organization_view(Ability.WORK)
@require_POST
def bulk(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Hold, release, route again or cancel the chosen orders, and say how many could and which could not."""
    back = HttpResponseRedirect(way_back(request, reverse("portal:orders")))
    try:
        act, done = _act(request, visit)
        chosen = _chosen(request, visit)
    except FAILURES as error:
        messages.error(request, str(error))
        return back
    failed: list[tuple[str, str]] = []
    for order in chosen:
        try:
            with transaction.atomic():
                act(order)
        except FAILURES as error:
            failed.append((order.ext_order_id, error.message))
        except Exception:  # one bad record never stops the rest, and the log has it
            log.exception("bulk act on order %s", order.key)
            failed.append((order.ext_order_id, "an unexpected error; the log of the hub says more"))
    with transaction.atomic():
        wake_routing(visit.organization.pk)
    _say(request, len(chosen) - len(failed), done, failed)
    return back


def _chosen(request: HttpRequest, visit: Visit) -> list[Order]:
    keys = []
    for text in request.POST.getlist("row"):
        try:
            keys.append(pk_of(text))
        except ValueError:
            continue
    if not keys:
        raise ShippingError("row", "choose at least one order")
    if len(keys) > MOST:
        raise ShippingError("row", f"{len(keys)} orders are chosen; at most {MOST} are acted on at once")
    rows = Order.objects.filter(
        organization=visit.organization, pk__in=[key for key in keys if 0 < key < 1 << 63]
    )
    found = list(rows.select_related("organization", "integration").order_by("pk"))
    if missing := len(set(keys)) - len(found):
        what = "order was" if missing == 1 else "orders were"
        messages.warning(request, f"{missing} chosen {what} not found here, and left alone.")
    return found


def _act(request: HttpRequest, visit: Visit) -> tuple[Act, str]:
    """Return what is to be done with each order, and how that is said afterwards."""
    name, author, now = request.POST.get("act", ""), visit.author, system_clock()
    reason = reason_of(request, f"{name}-reason")
    if name == "hold":
        until = moment_of(request, "until")
        return lambda order: hold_order(order, until, author=author, reason=reason, now=now), "put on hold."
    if name == "release":
        return lambda order: release_order(order, author=author, reason=reason), "released."
    if name == "route":
        why = reason or "routed again by hand"
        return lambda order: route_again(order, author=author, reason=why), "given to routing again."
    if name == "cancel":
        restock, why = restock_of(request.POST), reason or "cancelled by hand"
        return lambda order: _cancel(
            order, author=author, reason=why, restock=restock
        ), f"cancelled. {NOT_TOLD}"
    raise ShippingError("act", "choose what is to be done with the orders")


def _cancel(order: Order, *, author: str, reason: str, restock: bool) -> None:
    if not cancel_order(order, restock, author=author, reason=reason):
        raise ShippingError("status", f"nothing of it is open; it is {order.status}")


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
