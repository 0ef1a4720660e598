"""Many reports of a warehouse at once: each by itself as far as people can tell, in a few statements all the same.

What a report says depends on what those before it said of the same order. So they are taken in rounds, each with
at most one report of an order. In a round, parcels of requests that are under way are recorded together; all else
(refusals, parcels of what had been cancelled, numbers that several requests have) goes the way of a single report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from crossdock.canon import ShipmentReport
from crossdock.hub.models import Fulfillment, Integration, Order, Run, ShippingRequest, ShippingRequestLine
from crossdock.hub.organizations import ACCEPT, overfulfill_policy
from crossdock.hub.shipping.carriers import tracking_link
from crossdock.hub.shipping.departures import Departure, record_departures
from crossdock.hub.shipping.fulfillments import check_same
from crossdock.hub.shipping.parcels import ShippingError, check_parcel, parcel_contents
from crossdock.hub.shipping.requests import lock_orders
from crossdock.hub.shipping.sending import check_reference, note_references
from crossdock.hub.shipping.warehouses import REPORTED, reported_lines, take_report
from crossdock.hub.stock.ledger import Cause
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS


@dataclass(frozen=True)
class Taken:
    """What came of a report: the fulfillment it is recorded as, and whether it was news."""

    fulfillment: Fulfillment
    news: bool


Result = Taken | ShippingError
Numbered = tuple[int, ShipmentReport]


def take_reports(
    warehouse: Integration, reports: Sequence[ShipmentReport], *, author: str, run: Run | None = None
) -> list[Result]:
    """Record what a warehouse says of its requests, as `warehouses.take_report` does for each, in their order.

    One that cannot be accepted is returned as its error, and leaves nothing behind. In one transaction.
    """
    results: dict[int, Result] = {}
    waiting = list(enumerate(reports))
    with transaction.atomic():
        while waiting:
            this, waiting = _round(warehouse, waiting)
            results |= _take(warehouse, this, author, run)
    return [results[number] for number in range(len(reports))]


@dataclass
class _Round:
    """Reports of different orders: those whose request is plain to see, and those that go one by one."""

    plain: list[tuple[int, ShipmentReport, ShippingRequest]] = field(default_factory=list)
    single: list[Numbered] = field(default_factory=list)


def _round(warehouse: Integration, waiting: Sequence[Numbered]) -> tuple[_Round, list[Numbered]]:
    """Return the reports that can be taken now, and those that have to wait for others of their order."""
    rows = ShippingRequest.objects.filter(
        fulfillment_integration=warehouse,
        ext_shipment_id__in={report.ext_shipment_id for _, report in waiting},
    )
    found: dict[str, list[ShippingRequest]] = {}
    for request in rows.select_related("location", "organization").order_by("pk"):
        found.setdefault(request.ext_shipment_id, []).append(request)
    this, later = _Round(), []
    busy: set[int] = set()
    for number, report in waiting:
        requests = found.get(report.ext_shipment_id, [])
        orders = {request.order_id for request in requests}
        if orders & busy:
            later.append((number, report))
        elif len(requests) == 1 and report.kind == "shipped" and _under_way(requests[0]):
            this.plain.append((number, report, requests[0]))
        else:
            this.single.append((number, report))
        busy |= orders
    return this, later


def _under_way(request: ShippingRequest) -> bool:
    return request.status not in CANCELED_REQUESTS


def _take(warehouse: Integration, this: _Round, author: str, run: Run | None) -> dict[int, Result]:
    results: dict[int, Result] = {}
    orders = lock_orders(request.order_id for _, _, request in this.plain)
    requests = ShippingRequest.objects.select_related("location", "organization").in_bulk(
        [request.pk for _, _, request in this.plain]
    )
    single = list(this.single)
    plain = []
    for number, report, seen in this.plain:
        request = requests[seen.pk]  # as it is now that its order is locked
        if _under_way(request):
            plain.append((number, report, request))
        else:
            single.append((number, report))
    results |= _take_plain(plain, orders, author, run)
    for number, report in sorted(single, key=lambda one: one[0]):
        results[number] = _take_single(warehouse, report, author, run)
    return results


def _take_single(warehouse: Integration, report: ShipmentReport, author: str, run: Run | None) -> Result:
    before = Fulfillment.objects.filter(
        request__fulfillment_integration=warehouse, ext_fulfillment_id=report.ext_fulfillment_id,
        request__ext_shipment_id=report.ext_shipment_id,
    ).exists()  # fmt: skip
    try:
        with transaction.atomic():
            return Taken(take_report(warehouse, report, author=author, run=run), news=not before)
    except ShippingError as error:
        return error


def _take_plain(
    reports: Sequence[tuple[int, ShipmentReport, ShippingRequest]],
    orders: dict[int, Order],
    author: str,
    run: Run | None,
) -> dict[int, Result]:
    """Record parcels of different orders together; what does not fit its request is left out."""
    if not reports:
        return {}
    results: dict[int, Result] = {}
    lines: dict[int, list[ShippingRequestLine]] = {request.pk: [] for _, _, request in reports}
    for line in (
        ShippingRequestLine.objects.filter(request_id__in=lines).select_related("line").order_by("pk")
    ):
        lines[line.request_id].append(line)
    known = _known(reports)
    numbers: list[int] = []
    departures: list[Departure] = []
    references: list[tuple[ShippingRequest, str]] = []
    for number, report, request in reports:
        try:
            check_reference(report.ext_reference_id)
            earlier = known.get((request.pk, report.ext_fulfillment_id))
            checked = _checked(report, request, lines[request.pk], earlier)
        except ShippingError as error:
            results[number] = error
            continue
        references.append((request, report.ext_reference_id))
        if isinstance(checked, Departure):
            numbers.append(number)
            departures.append(checked)
        else:
            results[number] = Taken(checked, news=False)
    note_references(references, Cause(author, REPORTED, run))
    made = record_departures(departures, orders, author=author, run=run)
    return results | {number: Taken(parcel, news=True) for number, parcel in zip(numbers, made, strict=True)}


def _known(
    reports: Sequence[tuple[int, ShipmentReport, ShippingRequest]],
) -> dict[tuple[int, str], Fulfillment]:
    rows = Fulfillment.objects.filter(
        request_id__in=[request.pk for _, _, request in reports],
        ext_fulfillment_id__in={report.ext_fulfillment_id for _, report, _ in reports},
    )
    return {(row.request_id, row.ext_fulfillment_id): row for row in rows.prefetch_related("lines")}


def _checked(
    report: ShipmentReport,
    request: ShippingRequest,
    rows: Sequence[ShippingRequestLine],
    known: Fulfillment | None,
) -> Departure | Fulfillment:
    """Return the parcel that a report tells of, or the fulfillment it is recorded as. Raises `ShippingError`."""
    url = report.tracking_url or tracking_link(report.carrier, report.tracking_number)
    check_parcel(
        report.at, report.tracking_number, url, report.carrier, report.service, report.ext_fulfillment_id
    )
    lines = reported_lines(report)
    if known is not None:
        check_same(known, Fulfillment.Type.SHIPPED, lines, rows)
        return known
    accept = overfulfill_policy(request.organization) == ACCEPT
    contents = parcel_contents(request, rows, lines, accept_extra=accept)
    return Departure(
        request, contents, report.ext_fulfillment_id, report.at, report.tracking_number, url, report.carrier,
        report.service,
    )  # fmt: skip
