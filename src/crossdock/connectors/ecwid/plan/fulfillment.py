"""What to write on an Ecwid order so that it says what has been shipped (orders.md §7).

Ecwid holds one status and one tracking field for each order. Everything goes in one PUT, so the buyer
gets one mail; what cannot be said there goes into the notes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from crossdock.canon import FulfillmentState
from crossdock.canon.order import Method
from crossdock.connectors.contract import Change, RemoteRecord, Write
from crossdock.connectors.ecwid.translate.order import delivery_method
from crossdock.connectors.ecwid.wire import OrderDocument, read_order, text_id

PARTIAL_STATUS = "PROCESSING"
"""What a partly shipped order says unless the option `partialStatus` names another status."""

COMPLETE_STATUS: Mapping[Method, str] = {
    "shipping": "SHIPPED",
    "pickup": "READY_FOR_PICKUP",
    "delivery": "OUT_FOR_DELIVERY",
    "none": "DELIVERED",
}
"""What a completely fulfilled order says; the hand-over of a pickup or delivery is the store's to report."""

PROGRESS = {
    "AWAITING_PROCESSING": 0,
    "WILL_NOT_DELIVER": 0,
    "PROCESSING": 1,
    "CUSTOM_FULFILLMENT_STATUS_1": 1,
    "CUSTOM_FULFILLMENT_STATUS_2": 1,
    "CUSTOM_FULFILLMENT_STATUS_3": 1,
    "READY_FOR_PICKUP": 2,
    "OUT_FOR_DELIVERY": 3,
    "SHIPPED": 3,
    "DELIVERED": 4,
    "RETURNED": 5,
}
"""How far an order has come by each status: a plan only ever moves it forward."""

OPAQUE = 1
"""Where statuses this version does not know are placed: ahead of a part, behind the whole."""

CALLED_OFF = {"CANCELLED": "cancelled", "REFUNDED": "refunded", "INCOMPLETE": "not finished"}
SEPARATORS = re.compile(r"[,;]")


def fulfillment(record: RemoteRecord, desired: FulfillmentState, options: Mapping[str, object]) -> Write:
    """Return the write that makes the order say `desired`; kind ``none`` when it already does.

    `options`: `partialStatus` (a fulfillment status, or ``""`` to leave a partly shipped order's status
    alone), `pickupStatus` and `deliveryStatus` (the status of a complete pickup or delivery order) and
    `notifyBuyer`. Raises `Unreadable` for an order document that cannot be read.
    """
    document, _ = read_order(record.document)
    halted = _halted(document, desired)
    if halted:
        return _write(record, document, (), {}, (halted,))
    notes: list[str] = []
    body: dict[str, object] = {}
    changes: list[Change] = []

    def change(field: str, before: str, after: str) -> None:
        body[field] = after
        changes.append(Change(record.remote_id, field, before, after))

    status = _status(document, desired, options, notes)
    if status:
        change("fulfillmentStatus", document.fulfillment_status, status)
    tracking = _tracking(document, desired, notes)
    if tracking:
        change("trackingNumber", document.tracking_number, tracking)
    if body:
        address = _tracking_url(desired, notes)
        if address and address != document.tracking_url:
            change("trackingUrl", document.tracking_url, address)
        _silence(document, desired, options, body, changes, record.remote_id, notes)
    _note_unsaid(document, desired, notes)
    return _write(record, document, tuple(changes), body, tuple(notes))


def _write(
    record: RemoteRecord,
    document: OrderDocument,
    changes: tuple[Change, ...],
    body: dict[str, object],
    notes: tuple[str, ...],
) -> Write:
    public_id = text_id(document.id) or text_id(document.vendor_order_number) or record.remote_id
    call = {"method": "PUT", "path": f"/orders/{quote(public_id, safe='')}", "body": body}
    return Write(
        key=record.remote_id,
        remote_id=record.remote_id,
        kind="update" if body else "none",
        changes=changes,
        request={"calls": [call]} if body else {},
        notes=notes,
    )


def _halted(document: OrderDocument, desired: FulfillmentState) -> str:
    """Say why nothing may be written; empty where it may."""
    called_off = CALLED_OFF.get(document.payment_status.strip().upper())
    if called_off:
        return f"The order is {called_off} in the store: shipments are not reported to it."
    if document.fulfillment_status.strip().upper() == "RETURNED":
        return "The order is marked as returned in the store: it stays so."
    return "" if desired.parcels else "Nothing has been shipped yet."


def _status(
    document: OrderDocument, desired: FulfillmentState, options: Mapping[str, object], notes: list[str]
) -> str:
    """Return the status to set, empty to leave it: forward only, and only where it is not reached yet."""
    method = delivery_method(document)
    if desired.complete:
        status = COMPLETE_STATUS[method]
        if method in ("pickup", "delivery"):
            status = _chosen(options, f"{method}Status", status, notes)
    else:
        status = _chosen(options, "partialStatus", PARTIAL_STATUS, notes)
    current = document.fulfillment_status.strip().upper()
    if not status or PROGRESS[status] <= PROGRESS.get(current, OPAQUE if current else 0):
        return ""
    return status


def _chosen(options: Mapping[str, object], name: str, default: str, notes: list[str]) -> str:
    chosen = options.get(name, default)
    if chosen == "" and name == "partialStatus":
        return ""
    if isinstance(chosen, str) and chosen.strip().upper() in PROGRESS:
        return chosen.strip().upper()
    notes.append(f"The option {name} is {chosen!r}, which is no fulfillment status; {default} is used.")
    return default


def _tracking(document: OrderDocument, desired: FulfillmentState, notes: list[str]) -> str:
    """Return the tracking field to set, empty to leave it.

    The numbers of all parcels are joined in order. A number that somebody else put there is kept in
    front of ours: it is not ours to wipe.
    """
    ours: dict[str, str] = {}
    for parcel in desired.parcels:
        ours.setdefault(_bare(parcel.tracking_number), parcel.tracking_number.strip())
    ours.pop("", None)
    present = [number.strip() for number in SEPARATORS.split(document.tracking_number) if number.strip()]
    there = {_bare(number) for number in present}
    if ours.keys() <= there:
        return ""
    foreign = [number for number in present if _bare(number) not in ours]
    if foreign:
        notes.append(f"Kept the tracking number already there: {', '.join(foreign)}.")
    return ", ".join([*foreign, *ours.values()])


def _bare(number: str) -> str:
    """Return a tracking number as it is compared: without spaces, in capitals."""
    return "".join(number.split()).upper()


def _tracking_url(desired: FulfillmentState, notes: list[str]) -> str:
    """Return the one address Ecwid holds, the newest parcel's; it is never alone a reason to write."""
    found = list(dict.fromkeys(parcel.tracking_url for parcel in desired.parcels if parcel.tracking_url))
    if len(found) > 1:
        notes.append(f"Ecwid holds one tracking address: the newest of {len(found)} is sent.")
    return found[-1] if found else ""


def _silence(
    document: OrderDocument,
    desired: FulfillmentState,
    options: Mapping[str, object],
    body: dict[str, object],
    changes: list[Change],
    remote_id: str,
    notes: list[str],
) -> None:
    """Switch the order's buyer mails off where the buyer is not to be told.

    There is no such switch for one request, only a field of the order, and switching it back would race
    with the mail: so it stays off, and the note says so (orders.md §3.2, §7).
    """
    notify = desired.notify_buyer and options.get("notifyBuyer", True) is not False
    if notify:
        if document.disable_all_customer_notifications:
            notes.append("The order's buyer mails are switched off in the store: the buyer is not told.")
        return
    if not document.disable_all_customer_notifications:
        body["disableAllCustomerNotifications"] = True
        changes.append(Change(remote_id, "disableAllCustomerNotifications", "false", "true"))
        notes.append("Buyer mails for this order are switched off in the store, and stay off.")


def _note_unsaid(document: OrderDocument, desired: FulfillmentState, notes: list[str]) -> None:
    """Note what Ecwid has no field for: parts, parcels, carriers."""
    if not desired.complete:
        notes.append(f"{_extent(document, desired)}: Ecwid has no status for a part.")
    tracked = [parcel for parcel in desired.parcels if parcel.tracking_number]
    if len(tracked) > 1:
        notes.append(f"{len(tracked)} parcels share the order's one tracking field.")
    carriers = sorted({parcel.carrier for parcel in desired.parcels if parcel.carrier})
    if carriers:
        notes.append(f"The carrier has no field of its own there: {', '.join(carriers)}.")


def _extent(document: OrderDocument, desired: FulfillmentState) -> str:
    """Say how much has been shipped, in lines, and in units where a line is shipped in part."""
    ordered = {
        text_id(item.id) or f"line-{n + 1}": item.quantity or 0
        for n, item in enumerate(document.items)
        if item.is_shipping_required is not False and (item.quantity or 0) > 0
    }
    shipped: dict[str, int] = {}
    for parcel in desired.parcels:
        for line in parcel.lines:
            shipped[line.unique_id] = shipped.get(line.unique_id, 0) + line.quantity
    if not shipped or not ordered.keys() >= shipped.keys():
        count = len(desired.parcels)
        return f"{count} {'parcel' if count == 1 else 'parcels'} sent, more to come"
    done = sum(1 for line, quantity in ordered.items() if shipped.get(line, 0) >= quantity)
    extent = f"{done} of {len(ordered)} lines shipped"
    begun = sum(1 for line, quantity in shipped.items() if quantity < ordered[line])
    if begun:
        extent += f" ({sum(shipped.values())} of {sum(ordered.values())} units)"
    return extent
