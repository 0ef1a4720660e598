"""What a person ships by hand: several parcels at once, and requests asked for exactly once.

A form that is sent twice must not ship twice. Parcels carry an id that was made when the form was shown; whoever asks
for a request says how many requests the order had then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from crossdock.hub.models import Fulfillment, Location, Order, OrderLine, ShippingRequest
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.requests import lock_order


@dataclass(frozen=True)
class HandedParcel:
    """A parcel as a person describes it: how many of which line (by its id), and how it travels.

    Without a `tracking_url` the carrier's own is used, if it is known.
    """

    ext_id: str
    lines: Mapping[int, int]
    shipped_at: datetime
    carrier: str = ""
    tracking_number: str = ""
    service: str = ""
    tracking_url: str = ""


def ship_parcels(
    request: ShippingRequest, parcels: Sequence[HandedParcel], *, author: str
) -> list[Fulfillment]:
    """Record parcels of a request, all or none; `lines` are by request line id. The same ids twice are one.

    Raises `ShippingError` when a parcel cannot be recorded, or there is none.
    """
    if not parcels:
        raise ShippingError("lines", "no parcel has anything in it; say how many of each line it holds")
    with transaction.atomic():
        return [
            fulfill(
                request, dict(parcel.lines.items()), shipped_at=parcel.shipped_at, author=author,
                tracking_number=parcel.tracking_number, tracking_url=parcel.tracking_url, carrier=parcel.carrier,
                service=parcel.service, ext_fulfillment_id=parcel.ext_id,
            )
            for parcel in parcels
        ]  # fmt: skip


def ask_once(
    order: Order,
    location: Location,
    lines: Mapping[int, int],
    *,
    seen: int,
    author: str,
    reason: str,
) -> ShippingRequest:
    """Tell `location` to ship units of an order, by order line id, if it still has the `seen` number of requests.

    Raises `ShippingError` when another request was made meanwhile, for a line of another order, and for what
    `create_request` refuses.
    """
    with transaction.atomic():
        locked = lock_order(order.pk)
        if locked.shipping_requests.count() != seen:
            raise ShippingError(
                "order",
                f"the shipping requests of {order.ext_order_id} have changed since this page was shown; look "
                "at them below, and ask again if something is still missing",
            )
        known: dict[int, OrderLine] = {line.pk: line for line in locked.lines.all()}
        if not lines.keys() <= known.keys():
            raise ShippingError("lines", f"a line is not one of order {order.ext_order_id}; reload the page")
        wanted = [(known[pk], quantity) for pk, quantity in lines.items()]
        return create_request(locked, location, wanted, reason=reason or "by hand", author=author)


def ship_at_once(
    order: Order,
    location: Location,
    parcels: Sequence[HandedParcel],
    *,
    seen: int,
    author: str,
    reason: str,
) -> list[Fulfillment]:
    """Make a request for what `parcels` hold, by order line id, and record them, all or none.

    The same ids twice are one: the request is made once. Raises `ShippingError`.
    """
    if not parcels:
        raise ShippingError("lines", "no parcel has anything in it; say how many of each line it holds")
    with transaction.atomic():
        lock_order(order.pk)
        known = Fulfillment.objects.filter(
            order=order, ext_fulfillment_id__in=[one.ext_id for one in parcels]
        )
        made = known.select_related("request").first()
        if made is None:
            units: dict[int, int] = {}
            for parcel in parcels:
                for line, quantity in parcel.lines.items():
                    units[line] = units.get(line, 0) + quantity
            request = ask_once(order, location, units, seen=seen, author=author, reason=reason)
        else:
            request = made.request
        rows = dict(request.lines.values_list("line_id", "pk"))
        own = [
            replace(parcel, lines={rows.get(line, 0): quantity for line, quantity in parcel.lines.items()})
            for parcel in parcels
        ]
        return ship_parcels(request, own, author=author)
