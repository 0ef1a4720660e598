"""What happened to one order, from purchase to proof, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from crossdock.hub.documents.values import Document, key_of, moment
from crossdock.hub.models import (
    Attempt,
    BundleItem,
    Event,
    ExceptionCase,
    Fulfillment,
    LedgerEntry,
    Order,
    ShippingRequest,
    ShippingRequestLine,
)


class Moment(NamedTuple):
    """One entry of a timeline before it is a document; `kind` is what sort of thing happened."""

    at: datetime
    kind: str
    what: str
    author: str
    reason: str
    details: Document


def timeline(order: Order) -> list[Document]:
    """Return everything that is known to have happened to `order`, oldest first.

    Each entry has `at`, `kind` (purchase, event, ledger, shipment, fulfillment, push, exception), `what`
    in words, `author`, `reason`, and the ids and figures that belong to it in `details`. A few queries,
    however long it is.
    """
    requests = list(ShippingRequest.objects.filter(order=order))
    parcels = list(Fulfillment.objects.filter(order=order))
    cases = list(
        ExceptionCase.objects.filter(
            organization_id=order.organization_id, entity="orders", record_id=order.pk
        ).order_by("id")
    )
    moments = [
        Moment(
            order.ext_order_created_at,
            "purchase",
            f"Bought on {order.order_source}",
            "buyer",
            "",
            {"extOrderId": order.ext_order_id},
        ),
        *_events(order, requests, parcels, cases),
        *_ledger(order),
        *_shipments(requests),
        *_fulfillments(parcels),
        *_pushes(order),
        *_exceptions(cases),
    ]
    return [_document(entry) for entry in sorted(moments, key=lambda entry: entry.at)]


def _document(entry: Moment) -> Document:
    return {
        "at": moment(entry.at),
        "kind": entry.kind,
        "what": entry.what,
        "author": entry.author,
        "reason": entry.reason,
        "details": entry.details,
    }


def _events(
    order: Order, requests: list[ShippingRequest], parcels: list[Fulfillment], cases: list[ExceptionCase]
) -> Iterator[Moment]:
    of_request = Q(entity__in=("shipments", "shippingRequests"), record_id__in=[row.pk for row in requests])
    of_parcel = Q(entity="fulfillments", record_id__in=[row.pk for row in parcels])
    of_case = Q(entity="exceptions", record_id__in=[row.pk for row in cases])
    query = Event.objects.filter(organization_id=order.organization_id).filter(
        Q(entity="orders", record_id=order.pk) | of_request | of_parcel | of_case
    )
    for event in query.order_by("id"):
        details: Document = {
            "eventId": event.key, "entity": event.entity, "entityId": key_of(event.record_id),
            "runId": key_of(event.run_id), "before": event.before, "after": event.after,
        }  # fmt: skip
        kind = "push" if event.operation.endswith("Pushed") else "event"
        what = f"{event.entity}: {event.operation}" + _difference(event)
        yield Moment(event.created_at, kind, what, event.author, event.reason, details)


def _difference(event: Event) -> str:
    """What an event changed, in words; nothing where it only records that something happened."""
    if not isinstance(event.after, dict):
        return ""
    before = event.before if isinstance(event.before, dict) else {}
    parts = [
        f"{name} {before[name]} → {value}" if name in before else f"{name} {value}"
        for name, value in event.after.items()
        if isinstance(value, (str, int, float, type(None)))
    ]
    return f" ({'; '.join(parts)})" if parts else ""


def _ledger(order: Order) -> Iterator[Moment]:
    # Through the records of the order's own SKUs: the ledger is indexed by record, not by order.
    skus = _skus(order)
    query = LedgerEntry.objects.filter(
        record__organization_id=order.organization_id, record__sku__in=skus, order_id=order.pk
    )
    for entry in query.select_related("record").order_by("id"):
        figure = entry.figure.replace("_", " ")
        what = f"{entry.record.sku}: {figure} {entry.before} → {entry.after} ({entry.event})"
        details: Document = {
            "ledgerId": entry.key, "sku": entry.record.sku, "locationId": key_of(entry.record.location_id),
            "event": entry.event, "figure": entry.figure, "quantity": entry.quantity,
            "before": entry.before, "after": entry.after, "runId": key_of(entry.run_id),
        }  # fmt: skip
        yield Moment(entry.created_at, "ledger", what, entry.author, entry.reason, details)


def _skus(order: Order) -> set[str]:
    """Return the SKUs of an order's lines, and of what bundles among them consist of or were asked for as."""
    skus = {line.sku for line in order.lines.all() if line.sku}
    rows = ShippingRequestLine.objects.filter(request__order=order)
    for sku, components in rows.values_list("sku", "components"):
        skus |= {sku, *(str(part["sku"]) for part in components or [])}
    parts = BundleItem.objects.filter(bundle__organization_id=order.organization_id, bundle__sku__in=skus)
    return {*skus, *parts.values_list("sku", flat=True)}


def _shipments(requests: Iterable[ShippingRequest]) -> Iterator[Moment]:
    for request in requests:
        details: Document = {"shipmentId": request.key, "extShipmentId": request.ext_shipment_id}
        details["locationId"] = key_of(request.location_id)
        what = f"Shipping request {request.ext_shipment_id} created"
        yield Moment(request.created_at, "shipment", what, "routing", request.routing_reason, details)


def _fulfillments(parcels: Iterable[Fulfillment]) -> Iterator[Moment]:
    for parcel in parcels:
        tracking = " ".join(part for part in (parcel.shipping_carrier, parcel.tracking_number) if part)
        if parcel.fulfillment_type == Fulfillment.Type.REJECTED:
            what = f"The warehouse rejected some of it ({parcel.ext_fulfillment_id})"
        else:
            what = f"Parcel {parcel.ext_fulfillment_id} shipped" + (f" ({tracking})" if tracking else "")
        details: Document = {
            "fulfillmentId": parcel.key, "shipmentId": key_of(parcel.request_id),
            "trackingNumber": parcel.tracking_number, "actualShipDate": moment(parcel.actual_ship_date),
        }  # fmt: skip
        yield Moment(parcel.created_at, "fulfillment", what, parcel.author, parcel.reason, details)


def _pushes(order: Order) -> Iterator[Moment]:
    """Writes that were claimed and never settled: a process died in between. Those that were, are events."""
    attempts = Attempt.objects.filter(
        flow__integration_id=order.integration_id,
        flow__entity="fulfillments",
        created_at__gte=order.created_at,
        settled_at=None,
        plan__icontains=order.ext_order_api_id,
    )
    for attempt in attempts.select_related("flow").order_by("id"):
        if not _names(attempt.plan, {order.ext_order_api_id, order.key, str(order.pk)}):
            continue
        details: Document = {"runId": key_of(attempt.run_id)}
        details |= {"plan": attempt.plan, "outcome": attempt.outcome}
        what = f"Being sent to {order.order_source}, or interrupted: it is read back before the next write"
        yield Moment(attempt.created_at, "push", what, "crossdock", "", details)


def _names(value: object, ids: set[str]) -> bool:
    """Whether any key or text within `value` is one of `ids`."""
    if isinstance(value, dict):
        return any(str(name) in ids or _names(part, ids) for name, part in value.items())
    if isinstance(value, list):
        return any(_names(part, ids) for part in value)
    return isinstance(value, (str, int)) and str(value) in ids


def _exceptions(cases: Iterable[ExceptionCase]) -> Iterator[Moment]:
    """When each opened and closed; that one was set aside is an event, which knows by whom."""
    for case in cases:
        details: Document = {"exceptionId": case.key, "code": case.code, "field": case.field}
        yield Moment(case.created_at, "exception", f"{case.code}: {case.message}", "crossdock", "", details)
        if case.resolved_at is not None and case.status == ExceptionCase.Status.RESOLVED:
            what = f"{case.code} {case.status}"
            yield Moment(case.resolved_at, "exception", what, "crossdock", case.resolution, details)
