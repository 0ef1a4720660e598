"""Shipping requests: what one location is told to ship of an order.

A request is never edited: it is cancelled and made anew. Every verb locks its order first, does everything
in one transaction, and leaves figures, ledger, statuses and events in step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Case, F, Max, QuerySet, Value, When
from django.db.models.functions import Now

from crossdock.hub.events import record_event
from crossdock.hub.marks import leave_marks
from crossdock.hub.models import (
    Event,
    Flow,
    Location,
    Order,
    OrderLine,
    Run,
    ShippingRequest,
    ShippingRequestLine,
)
from crossdock.hub.orders import attention
from crossdock.hub.orders.policy import basis_of
from crossdock.hub.orders.status import derive_request_status, refresh_orders
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.stock import inventory
from crossdock.hub.stock.bundles import bundle_parts
from crossdock.hub.stock.ledger import Cause, settle
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS

REQUESTS = "shippingRequests"


@dataclass(frozen=True)
class Draft:
    """A shipping request to be made: which units of which lines, from where, and why there.

    `explanation` lists each location that was considered, as JSON objects. With `waits` the goods are on
    their way, and the request is not ready before they have come.
    """

    order: Order
    location: Location
    lines: tuple[tuple[OrderLine, int], ...]
    reason: str
    explanation: tuple[Mapping[str, object], ...] = ()
    waits: bool = False


def lock_order(pk: int) -> Order:
    """Return the order, locked until the transaction ends."""
    return Order.objects.select_for_update(of=("self",), no_key=True).select_related("integration").get(pk=pk)


def live_requests(order_ids: Iterable[int]) -> QuerySet[ShippingRequest]:
    """Return the requests that are not cancelled, oldest first."""
    rows = ShippingRequest.objects.filter(order_id__in=list(order_ids)).exclude(status__in=CANCELED_REQUESTS)
    return rows.order_by("pk")


def holding_requests(order_ids: Iterable[int]) -> list[ShippingRequest]:
    """Return the live requests of which something is neither shipped nor rejected, oldest first."""
    left = ShippingRequestLine.objects.filter(quantity__gt=F("fulfilled") + F("rejected"))
    return list(live_requests(order_ids).filter(pk__in=left.values("request_id")))


def unrouted(order_ids: Sequence[int]) -> dict[int, int]:
    """Return, by line, how many units are open and in no live request; below zero if too many are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.id, greatest(l.quantity - l.fulfilled - l.canceled, 0) - coalesce((
                   SELECT sum(rl.quantity - rl.fulfilled - rl.rejected)
                     FROM hub_shippingrequestline rl JOIN hub_shippingrequest r ON r.id = rl.request_id
                    WHERE rl.line_id = l.id AND r.status <> ALL(%(canceled)s)), 0)
              FROM hub_orderline l WHERE l.order_id = ANY(%(orders)s) AND l.requires_shipping
            """,
            {"orders": list(order_ids), "canceled": list(CANCELED_REQUESTS)},
        )
        return {int(row[0]): int(row[1]) for row in cursor.fetchall()}


def open_lines(order: Order, wanted: Mapping[int | str, int] | None = None) -> list[tuple[OrderLine, int]]:
    """Return what of an order is in no request yet; of `wanted` SKUs, as much as is asked for.

    Several lines of one SKU are filled one after another; what goes beyond is put on the last one, for
    `create_request` to refuse. Raises `ShippingError` for a SKU that the order does not have.
    """
    left = unrouted([order.pk])
    lines = list(order.lines.order_by("position", "pk"))
    if wanted is None:
        return [(line, left[line.pk]) for line in lines if left.get(line.pk, 0) > 0]
    found: list[tuple[OrderLine, int]] = []
    for sku, quantity in wanted.items():
        meant = [line for line in lines if line.sku == sku]
        if not meant:
            raise ShippingError("lines", f"{sku!r} is not in order {order.ext_order_id}")
        rest = quantity
        for line in meant:
            last = line is meant[-1]
            taken = rest if last else min(rest, max(left.get(line.pk, 0), 0))
            rest -= taken
            if taken:
                found.append((line, taken))
    return found


# -- requests --------------------------------------------------------------------------------------------


def create_request(
    order: Order,
    location: Location,
    lines: Sequence[tuple[OrderLine, int]],
    *,
    reason: str,
    author: str,
    run: Run | None = None,
) -> ShippingRequest:
    """Tell `location` to ship these units of the order, and commit them there.

    A line without SKU may be asked for by hand; it commits nothing, since no stock is known by no name.
    Raises `ShippingError` when the order is not open, or more is asked for than is open and in no other
    request.
    """
    with transaction.atomic():
        locked = lock_order(order.pk)
        _check_location(locked, location)
        if locked.standing != "open" or locked.deleted_at is not None:
            raise ShippingError(
                "order", f"{locked.ext_order_id} is not open on its channel; nothing may ship"
            )
        left = unrouted([locked.pk])
        wanted: dict[OrderLine, int] = {}
        for line, quantity in lines:
            _check_quantity(line.name, quantity)
            wanted[line] = wanted.get(line, 0) + quantity
        if not wanted:
            raise ShippingError("lines", "a shipping request needs at least one line")
        for line, quantity in wanted.items():
            _check_open(locked, line, quantity, left)
        draft = Draft(locked, location, tuple(wanted.items()), reason)
        return create_requests([draft], Cause(author, reason, run))[0]


def create_requests(drafts: Sequence[Draft], cause: Cause) -> list[ShippingRequest]:
    """Make checked requests for locked orders, all at once; commits their stock and refreshes the orders."""
    if not drafts:
        return []
    ids = sorted({draft.order.pk for draft in drafts})
    rows = ShippingRequest.objects.filter(order_id__in=ids).values("order_id").annotate(last=Max("version"))
    versions: dict[int, int] = {row["order_id"]: row["last"] for row in rows}
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order_id__in=ids):
        lines.setdefault(line.order_id, []).append(line)
    requests = []
    for draft in drafts:
        versions[draft.order.pk] = version = versions.get(draft.order.pk, 0) + 1
        request = _request(draft, version)
        request.basis = basis_of(draft.order, lines.get(draft.order.pk, ()))
        requests.append(request)
    ShippingRequest.objects.bulk_create(requests)
    pairs = list(zip(requests, drafts, strict=True))
    ShippingRequestLine.objects.bulk_create(_request_lines(pairs))
    Event.objects.bulk_create(_request_event(request, draft, cause) for request, draft in pairs)
    settle(ids, cause)
    _acknowledge(ids)
    attention.close_no_route(ids)
    refresh_orders(ids, cause)
    tell_warehouses(requests, "a new shipping request")
    return requests


def mark_sent(
    request: ShippingRequest,
    *,
    author: str,
    reason: str = "",
    run: Run | None = None,
    ext_reference_id: str = "",
) -> ShippingRequest:
    """Note that the request has gone to its warehouse, and under which number (reference) it goes there.

    Twice is once; a reference may follow later. From now on nothing of the request changes any more. One that
    was cancelled while it was on its way has gone all the same: its cancellation is `requested` now. To refuse
    that beforehand, when a person is about to send it, call `refuse_canceled`.
    """
    cause = Cause(author, reason, run)
    with transaction.atomic():
        order = lock_order(request.order_id)
        request.refresh_from_db()
        note_reference(request, ext_reference_id, cause)
        if request.sent_to_fulfillment_at is not None:
            return request
        late = request.status in CANCELED_REQUESTS
        ShippingRequest.objects.filter(pk=request.pk).update(
            sent_to_fulfillment_at=Now(), updated_at=Now(),
            cancellation_status=ShippingRequest.Cancellation.REQUESTED.value if late else "",
        )  # fmt: skip
        request.refresh_from_db()
        refresh_request(request, cause)
        refresh_orders([order.pk], cause)
        if late:
            attention.open_about(order, attention.CANCELED_AFTER_SENDING)
            tell_warehouses([request], "cancelled while it was being sent")
        return request


def note_reference(request: ShippingRequest, ext_reference_id: str, cause: Cause) -> None:
    """Note the warehouse's own number of the request, if it is news. Raises `ShippingError` for a long one."""
    if not ext_reference_id or ext_reference_id == request.ext_reference_id:
        return
    if len(ext_reference_id) > 140:
        raise ShippingError(
            "extReferenceId", f"it has {len(ext_reference_id)} characters; at most 140 are kept"
        )
    ShippingRequest.objects.filter(pk=request.pk).update(ext_reference_id=ext_reference_id, updated_at=Now())
    record_event(
        request.organization_id, REQUESTS, request.pk, "reference", author=cause.author, reason=cause.reason,
        run=cause.run, before={"extReferenceId": request.ext_reference_id},
        after={"extReferenceId": ext_reference_id},
    )  # fmt: skip
    request.ext_reference_id = ext_reference_id


def tell_warehouses(requests: Iterable[ShippingRequest], reason: str) -> None:
    """Mark requests, by their keys, for the push of shipments of the warehouse each belongs to.

    Call it last: marks are locked after orders and stock.
    """
    keys: dict[int, list[str]] = {}
    for request in requests:
        if request.fulfillment_integration_id is not None:
            keys.setdefault(request.fulfillment_integration_id, []).append(request.key)
    if not keys:
        return
    flows = Flow.objects.filter(integration__in=keys, entity="shipments", direction="push", enabled=True)
    for flow in flows.exclude(integration__state="removed").order_by("pk"):
        leave_marks(flow, keys[flow.integration_id], reason)


def cancel_request(
    request: ShippingRequest,
    restock: bool,  # noqa: FBT001 - the question every cancellation must answer
    *,
    author: str,
    reason: str,
    run: Run | None = None,
    route_again: bool = False,
) -> ShippingRequest:
    """Cancel what a request has not shipped yet. Cancelling twice is cancelling once.

    With `restock` its units are available again; without, they are written off onHand. The lines are open
    again and stay committed; with `route_again` the next routing takes them, else a person does.

    One that was sent has to be stopped at its warehouse, too: its cancellation is ``requested`` until
    `cancellations.answer_cancellation` says what came of it, and its flow is marked. Raises `ShippingError`
    when nothing of it is open.
    """
    cause = Cause(author, reason, run)
    with transaction.atomic():
        order = lock_order(request.order_id)
        request.refresh_from_db()
        if request.status in CANCELED_REQUESTS:
            return request
        if not any(row.open for row in request.lines.all()):
            failed = request.status == ShippingRequest.Status.FAILED
            what = "was rejected by its warehouse" if failed else "has shipped entirely"
            raise ShippingError("status", f"{request.ext_shipment_id} {what}; nothing is left to cancel")
        moves = [] if restock else inventory.release_moves(request)
        mark_canceled([request], restock, cause)
        settle([order.pk], cause, moves)
        routing = Order.Routing.PENDING if route_again else Order.Routing.READY
        note = f"{request.ext_shipment_id} was cancelled; what is open has to be routed again"
        if order.standing == "open":
            Order.objects.filter(pk=order.pk).update(
                routing_status=routing, routing_note="" if route_again else note, updated_at=Now()
            )
        refresh_orders([order.pk], cause)
        attention.review([order])
        request.refresh_from_db()
        if request.cancellation_status:
            tell_warehouses([request], "the request was cancelled")
        return request


def mark_canceled(requests: Sequence[ShippingRequest], restock: bool, cause: Cause) -> None:  # noqa: FBT001
    """Set requests to cancelled, with their events; those that were sent have to be stopped at the warehouse.

    The caller settles the stock and the orders, and then calls `tell_warehouses`.
    """
    if not requests:
        return
    status = ShippingRequest.Status.CANCELED_RESTOCK if restock else ShippingRequest.Status.CANCELED
    requested = Value(ShippingRequest.Cancellation.REQUESTED.value)
    ShippingRequest.objects.filter(pk__in=[request.pk for request in requests]).update(
        status=status,
        canceled_at=Now(),
        canceled_by=cause.author[:80],
        canceled_by_type=_author_type(cause.author),
        cancellation_status=Case(When(sent_to_fulfillment_at=None, then=Value("")), default=requested),
        updated_at=Now(),
    )
    for request in requests:
        record_event(
            request.organization_id, REQUESTS, request.pk, "cancel", author=cause.author,
            reason=cause.reason, run=cause.run, before={"status": request.status},
            after={"status": status.value, "restock": restock},
        )  # fmt: skip


def excess_requests(order_ids: Sequence[int]) -> list[ShippingRequest]:
    """Return the unsent requests of lines whose requests hold more than is open; others are a person's case."""
    over = [pk for pk, quantity in unrouted(order_ids).items() if quantity < 0] if order_ids else []
    if not over:
        return []
    lines = ShippingRequestLine.objects.filter(line__in=over).values("request_id")
    holding = holding_requests(order_ids)
    asked = set(lines.filter(request__in=holding).values_list("request_id", flat=True))
    return [row for row in holding if row.pk in asked and row.sent_to_fulfillment_at is None]


def _author_type(author: str) -> str:
    """Return what kind of author cancelled (`pipe17/enums.json`, shipment.canceledByType)."""
    kind = author.partition(":")[0]
    return kind if kind in ("integration", "apikey") else "user"


def _request(draft: Draft, version: int) -> ShippingRequest:
    order = draft.order
    number = f"#{order.ext_order_id.lstrip('#')}"
    address = order.canonical.get("shippingAddress")
    return ShippingRequest(
        organization_id=order.organization_id, order=order, location=draft.location, version=version,
        ext_shipment_id=number if version == 1 else f"{number}.{version}",
        status=ShippingRequest.Status.PENDING_INVENTORY if draft.waits else ShippingRequest.Status.READY,
        shipping_address=address if isinstance(address, dict) else None,
        shipping_carrier=order.shipping("shippingCarrier")[:120],
        shipping_class=order.shipping("shippingClass")[:120],
        routing_reason=draft.reason[:300], explanation=list(draft.explanation),
        fulfillment_integration_id=draft.location.fulfillment_integration_id,
    )  # fmt: skip


def _request_lines(pairs: Sequence[tuple[ShippingRequest, Draft]]) -> list[ShippingRequestLine]:
    """Return the lines of new requests; a bundle's with its parts as they are now, unless it is kept whole there."""
    organization_id = pairs[0][1].order.organization_id
    bundles = bundle_parts(organization_id, {line.sku for _, draft in pairs for line, _ in draft.lines})
    return [
        ShippingRequestLine(
            request=request, line=line, sku=line.sku, quantity=quantity,
            components=None if draft.location.preserve_bundles else bundles.get(line.sku),
        )
        for request, draft in pairs
        for line, quantity in draft.lines
    ]  # fmt: skip


def _request_event(request: ShippingRequest, draft: Draft, cause: Cause) -> Event:
    after: dict[str, object] = {
        "shippingRequest": request.ext_shipment_id, "location": draft.location.name,
        "lines": [{"sku": line.sku, "quantity": quantity} for line, quantity in draft.lines],
    }  # fmt: skip
    if draft.explanation:
        after["explanation"] = list(draft.explanation)
    return Event(
        organization_id=request.organization_id, entity="orders", record_id=draft.order.pk, operation="route",
        author=cause.author[:80], reason=draft.reason[:500], run=cause.run, after=after,
    )  # fmt: skip


def _acknowledge(order_ids: Sequence[int]) -> None:
    left = unrouted(order_ids)
    lines = OrderLine.objects.filter(pk__in=[pk for pk, quantity in left.items() if quantity > 0]).exclude(
        sku=""
    )
    partly = set(lines.values_list("order_id", flat=True))
    Order.objects.filter(pk__in=[pk for pk in order_ids if pk not in partly]).update(
        routing_status=Order.Routing.ACKNOWLEDGED, routing_note="", updated_at=Now()
    )


def refresh_request(request: ShippingRequest, cause: Cause) -> None:
    """Write the request's status if its lines say another one, with an event.

    One that waited for stock on its way, and goes on all the same, keeps what is here from now on.
    """
    status = derive_request_status(
        request.status,
        sent=request.sent_to_fulfillment_at is not None,
        lines=request.lines.values_list("quantity", "fulfilled", "rejected"),
    )
    if status == request.status:
        return
    ShippingRequest.objects.filter(pk=request.pk).update(status=status, updated_at=Now())
    record_event(
        request.organization_id, REQUESTS, request.pk, "status", author=cause.author, reason=cause.reason,
        run=cause.run, before={"status": request.status}, after={"status": status},
    )  # fmt: skip
    waited = request.status == ShippingRequest.Status.PENDING_INVENTORY
    request.status = status
    if waited:
        settle([request.order_id], cause)


def _check_location(order: Order, location: Location) -> None:
    if location.organization_id != order.organization_id:
        raise ShippingError("location", f"{location.name} belongs to another organization")
    if location.kind != Location.Kind.STOCK or location.status != Location.Status.ACTIVE:
        raise ShippingError("location", f"{location.name} is no active stock location; choose one that ships")


def _check_quantity(name: str, quantity: object) -> None:
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise ShippingError("quantity", f"{quantity!r} of {name} is not a positive whole number")


def _check_open(order: Order, line: OrderLine, quantity: int, left: Mapping[int, int]) -> None:
    if line.order_id != order.pk:
        raise ShippingError("lines", f"{line.name} is not a line of order {order.ext_order_id}")
    if line.pk not in left:
        raise ShippingError("lines", f"{line.name} is not shipped (digital goods or a service)")
    if quantity > left[line.pk]:
        raise ShippingError(
            "quantity",
            f"{quantity} of {line.sku or line.name} were asked for, but only {max(left[line.pk], 0)} "
            "are open and in no other request",
        )


def refuse_canceled(request: ShippingRequest) -> None:
    """Raise `ShippingError` for a cancelled request."""
    if request.status in CANCELED_REQUESTS:
        raise ShippingError("status", f"{request.ext_shipment_id} is cancelled; nothing of it may ship")
