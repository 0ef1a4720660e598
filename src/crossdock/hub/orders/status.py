"""Where an order and a shipping request stand, derived from facts: what was ordered, asked for, shipped.

Nothing here decides; a status is always what the facts amount to, so it cannot drift away from them. The
pure part comes first; `refresh_orders` reads the facts, and writes the statuses that differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection
from django.db.models.functions import Now

from crossdock.hub.models import Event, Order, ShippingRequest
from crossdock.hub.stock.ledger import Cause
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

OrderStatus = Order.Status
RequestStatus = ShippingRequest.Status
Routing = Order.Routing
Release = Order.Release

WAITING_FOR_PAYMENT = "waiting for payment"
DELETED = "deleted on the channel"
SHIPPED = "already shipped on the channel"
RETURNED = "returned on the channel"
WITHHELD = "not to be delivered, says the channel"
CALLED_OFF = {"canceled": "canceled on the channel", "refunded": "refunded on the channel"}
_NOT_OPEN = CALLED_OFF | {
    "fulfilled": SHIPPED,
    "returned": RETURNED,
    "incomplete": "not a finished order yet",
}

_WAITING = {
    Release.HELD.value: OrderStatus.ON_HOLD.value,
    Release.REVIEW.value: OrderStatus.REVIEW_REQUIRED.value,
}
_UNDER_WAY = (
    OrderStatus.NEW, OrderStatus.ON_HOLD, OrderStatus.REVIEW_REQUIRED, OrderStatus.READY, OrderStatus.SENT,
    OrderStatus.PARTIAL,
)  # fmt: skip


def open_quantity(quantity: int, fulfilled: int, canceled: int) -> int:
    """Return how many units of a line are neither shipped nor cancelled."""
    return max(quantity - fulfilled - canceled, 0)


def called_off(standing: str, *, deleted: bool) -> bool:
    """Whether nothing more of an order is wanted: what is open of its lines counts as cancelled."""
    return deleted or standing in CALLED_OFF


def exclusion(*, standing: str, deleted: bool, method: str, ships: bool) -> str:
    """Return why an order is not to be routed, or "" if it may be.

    `standing` and `method` are the channel's in canonical form; `ships` whether any line requires shipping.
    """
    if deleted:
        return DELETED
    if standing != "open":
        return _NOT_OPEN.get(standing, f"its standing is {standing}")
    if not ships:
        return "nothing of it is shipped (digital goods or services)"
    if method == "none":
        return WITHHELD
    return ""


@dataclass(frozen=True)
class InitialState:
    """The states an order is stored with when it comes in."""

    status: str
    routing_status: str
    routing_note: str


@lru_cache(maxsize=256)
def initial_state(
    *, standing: str, paid: bool, method: str, ships: bool, deleted: bool = False, accept_unpaid: bool = False
) -> InitialState:
    """Return the states of an order that is stored for the first time. Pure, and cheap enough for imports.

    `ships` says whether any line requires shipping, `accept_unpaid` the integration's setting.
    """
    why_not = exclusion(standing=standing, deleted=deleted, method=method, ships=ships)
    facts = OrderFacts(current=OrderStatus.NEW, standing=standing, deleted=deleted, paid=paid, ships=ships)
    status = derive_order_status(facts)
    if why_not:
        return InitialState(status, Routing.EXCLUDED.value, why_not)
    waiting = not paid and not accept_unpaid
    return InitialState(status, Routing.PENDING.value, WAITING_FOR_PAYMENT if waiting else "")


@dataclass(frozen=True)
class OrderFacts:
    """What an order's status follows from. Units are of lines that require shipping.

    `open` units are neither shipped nor cancelled, `held` of them lie in live shipping requests, `sent`
    in requests that went to a warehouse. `release` is what rules or a person decided (`Order.Release`),
    `accept_unpaid` the integration's setting, `struck` that every line of it, digital ones too, was
    cancelled here.
    """

    current: str
    standing: str
    deleted: bool
    paid: bool
    ships: bool
    fulfilled: int = 0
    open: int = 0
    canceled: int = 0
    held: int = 0
    sent: int = 0
    release: str = "undecided"
    accept_unpaid: bool = False
    struck: bool = False


def derive_order_status(facts: OrderFacts) -> str:
    """Return the order's status (`pipe17/enums.json`).

    Archived stays archived. What the channel called off is canceled or refunded, unless units had left
    before it was canceled: then the status says what shipped.
    """
    if facts.current == OrderStatus.ARCHIVED:
        return OrderStatus.ARCHIVED.value
    if facts.deleted or facts.standing != "open":
        return _called_off(facts)
    if not facts.ships:
        if facts.struck:
            return OrderStatus.CANCELED.value
        return (OrderStatus.CLOSED if facts.paid else OrderStatus.NEW).value
    return _under_way(facts)


def _called_off(facts: OrderFacts) -> str:
    ends = {
        "refunded": OrderStatus.REFUNDED,
        "returned": OrderStatus.RETURNED,
        "fulfilled": OrderStatus.FULFILLED,
        "incomplete": OrderStatus.NEW,
    }
    if not facts.deleted and facts.standing in ends:
        return ends[facts.standing].value
    return (OrderStatus.FULFILLED if facts.fulfilled and not facts.open else OrderStatus.CANCELED).value


def _under_way(facts: OrderFacts) -> str:
    if facts.fulfilled and facts.open:
        return OrderStatus.PARTIAL.value
    if facts.fulfilled:
        return OrderStatus.FULFILLED.value
    if facts.canceled and not facts.open:
        return OrderStatus.CANCELED.value
    if facts.open and facts.sent >= facts.open:
        return OrderStatus.SENT.value
    if facts.release in _WAITING and facts.held < facts.open:
        return _WAITING[facts.release]
    if facts.held:
        return OrderStatus.READY.value
    if facts.release == Release.RELEASED and (facts.paid or facts.accept_unpaid):
        return OrderStatus.READY.value
    return OrderStatus.NEW.value


def derive_request_status(current: str, *, sent: bool, lines: Iterable[tuple[int, int, int]]) -> str:
    """Return a request's status from its `lines` as (quantity, fulfilled, rejected); a cancelled one stays so.

    A request is over when nothing of it is open: fulfilled if anything shipped, failed if all was rejected.
    """
    if current in CANCELED_REQUESTS:
        return current
    rows = list(lines)
    shipped = sum(fulfilled for _, fulfilled, _ in rows)
    rejected = sum(lost for _, _, lost in rows)
    still_open = sum(quantity for quantity, _, _ in rows) - shipped - rejected
    if shipped:
        return (RequestStatus.PARTIAL if still_open > 0 else RequestStatus.FULFILLED).value
    if rejected and still_open <= 0:
        return RequestStatus.FAILED.value
    if sent:
        return RequestStatus.SENT.value
    stays = (RequestStatus.NEW, RequestStatus.PENDING_INVENTORY, RequestStatus.FAILED)
    return current if current in stays else RequestStatus.READY.value


# -- reading the facts, writing what follows -------------------------------------------------------------


def load_facts(order_ids: Sequence[int]) -> dict[int, OrderFacts]:
    """Read the facts of many orders in one query."""
    if not order_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
        SELECT o.id, o.status, o.standing, o.deleted_at IS NOT NULL, o.paid, coalesce(units.quantity, 0) > 0,
               coalesce(units.fulfilled, 0), coalesce(units.open, 0), coalesce(units.canceled, 0),
               coalesce(held.quantity, 0), coalesce(held.sent, 0),
               o.release, coalesce(i.settings->'acceptUnpaid' = 'true', false), coalesce(units.struck, false)
          FROM hub_order o
          JOIN hub_integration i ON i.id = o.integration_id
          LEFT JOIN LATERAL (
                SELECT sum(l.quantity) FILTER (WHERE l.requires_shipping) AS quantity,
                       sum(l.fulfilled) FILTER (WHERE l.requires_shipping) AS fulfilled,
                       sum(l.canceled) FILTER (WHERE l.requires_shipping) AS canceled,
                       sum(greatest(l.quantity - l.fulfilled - l.canceled, 0))
                           FILTER (WHERE l.requires_shipping) AS open,
                       bool_and(l.struck >= l.quantity) FILTER (WHERE l.quantity > 0) AS struck
                  FROM hub_orderline l WHERE l.order_id = o.id
               ) units ON true
          LEFT JOIN LATERAL (
                SELECT sum(rl.quantity - rl.fulfilled - rl.rejected) AS quantity,
                       sum(rl.quantity - rl.fulfilled - rl.rejected)
                           FILTER (WHERE r.sent_to_fulfillment_at IS NOT NULL) AS sent
                  FROM hub_shippingrequest r JOIN hub_shippingrequestline rl ON rl.request_id = r.id
                 WHERE r.order_id = o.id AND r.status <> ALL(%(canceled)s)
               ) held ON true
         WHERE o.id = ANY(%(orders)s)
            """,
            {"orders": list(order_ids), "canceled": list(CANCELED_REQUESTS)},
        )
        return {row[0]: OrderFacts(*row[1:]) for row in cursor.fetchall()}


def refresh_orders(order_ids: Sequence[int], cause: Cause) -> dict[int, str]:
    """Write the statuses that differ from what the facts say, with an event each; returns those.

    The orders must be locked. `fulfilled_at` is set when an order becomes fulfilled, and cleared when it is
    under way again.
    """
    facts = load_facts(order_ids)
    changed = {}
    for pk, fact in facts.items():
        status = derive_order_status(fact)
        if status != fact.current:
            changed[pk] = status
    if not changed:
        return {}
    for status in sorted(set(changed.values())):
        rows = Order.objects.filter(pk__in=[pk for pk, new in changed.items() if new == status])
        rows.update(status=status, updated_at=Now())
        if status == OrderStatus.FULFILLED:
            rows.update(fulfilled_at=Now())
        elif status in _UNDER_WAY:
            rows.filter(fulfilled_at__isnull=False).update(fulfilled_at=None)
    organizations = dict(Order.objects.filter(pk__in=changed).values_list("pk", "organization_id"))
    Event.objects.bulk_create(
        Event(
            organization_id=organizations[pk], entity="orders", record_id=pk, operation="status",
            author=cause.author, reason=cause.reason_for(pk)[:500], run=cause.run,
            before={"status": facts[pk].current}, after={"status": status},
        )
        for pk, status in changed.items()
    )  # fmt: skip
    return changed
