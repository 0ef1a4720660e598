"""Making shipping requests: one by hand, or as many as routing decided on, all at once.

Every verb locks its orders first, does everything in one transaction, and leaves figures, ledger, statuses and
events in step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from crossdock.hub.models import (
    Event,
    Location,
    Order,
    OrderLine,
    Run,
    ShippingRequest,
    ShippingRequestLine,
)
from crossdock.hub.orders import attention
from crossdock.hub.orders.policy import basis_of
from crossdock.hub.orders.status import refresh_orders
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.requests import lock_order, tell_warehouses, unrouted
from crossdock.hub.stock.bundles import bundle_parts
from crossdock.hub.stock.ledger import Cause, settle


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
