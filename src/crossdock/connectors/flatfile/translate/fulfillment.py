"""Rows of parcels and rejections → reports, one for each parcel.

Rows with the same shipping request and the same id (else tracking number, else ship date) are one parcel. A
parcel without an id of its own gets one made from its content, so that the same rows in a renamed file are the
same parcel. Rows that could not be told from a repeat are not accepted: units without id, tracking number or date.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from crossdock.canon import ReportedLine, ShipmentReport
from crossdock.connectors.contract import Reject, RemoteRecord, Row, Rows
from crossdock.connectors.flatfile.options import Options
from crossdock.connectors.flatfile.translate.cells import BadCell, moment, needed, whole, word
from crossdock.connectors.flatfile.translate.sheet import Sheet, as_it_read, open_sheet
from crossdock.connectors.flatfile.wire import Raw

Key = tuple[str, str, str]

KINDS: dict[str, Literal["shipped", "rejected"]] = {
    "": "shipped",
    "shipped": "shipped",
    "rejected": "rejected",
}
_SHARED = (
    ("trackingNumber", "tracking_number"),
    ("trackingUrl", "tracking_url"),
    ("shippingCarrier", "carrier"),
    ("shippingClass", "service"),
    ("actualShipDate", "at"),
    ("reason", "reason"),
    ("extReferenceId", "reference"),
)
"""What is said once of a parcel, however many rows it has."""


class ParcelRow(Struct, kw_only=True):
    """One row, read."""

    number: int
    text: str
    shipment: str
    kind: Literal["shipped", "rejected"]
    own_id: str
    sku: str
    quantity: int | None
    tracking_number: str
    tracking_url: str
    carrier: str
    service: str
    reason: str
    reference: str
    at: datetime | None


class _Bad(Struct):
    """A row that was not accepted, and which parcel it may belong to: None where only its cells can tell."""

    number: int
    key: Key | None
    cells: Sequence[str]
    reject: Reject


def reports(record: RemoteRecord, options: Options) -> Rows[ShipmentReport]:
    """Translate a file of parcels and rejections. Raises `Unreadable` where it cannot be read at all."""
    sheet, count, groups, rejects = _grouped(record, options)
    rows: list[Row[ShipmentReport]] = []
    for group in groups:
        try:
            report = _report(group, record.updated_at)
        except BadCell as error:
            rejects += _rejected(group, sheet.name_of(error.field), error.reason)
        else:
            rows.append(Row(number=group[0].number, record=report, text=group[0].text))
    return Rows(
        count=count,
        rows=tuple(rows),
        rejects=tuple(sorted(rejects, key=lambda reject: reject.number)),
        all_or_nothing="fulfillments" in options.all_or_nothing,
        notices=sheet.notices,
    )


def gathered_rows(record: RemoteRecord, options: Options) -> dict[int, Sequence[int]]:
    """Give the rows of every parcel by its first row. Raises `Unreadable`."""
    _, _, groups, _ = _grouped(record, options)
    return {group[0].number: [row.number for row in group] for group in groups}


def _grouped(
    record: RemoteRecord, options: Options
) -> tuple[Sheet, int, list[list[ParcelRow]], list[Reject]]:
    """Read all rows and put them together by parcel; a parcel with a bad row is rejected as a whole."""
    sheet = open_sheet(record, "fulfillments", options)
    groups: dict[Key, list[ParcelRow]] = {}
    bad: list[_Bad] = []
    count = 0
    for raw in sheet.rows:
        count += 1
        try:
            row = _row(sheet, raw, options)
        except BadCell as error:
            reject = _reject(raw, sheet.name_of(error.field), error.reason)
            bad.append(_Bad(raw.number, None if raw.problem else _raw_key(sheet, raw), raw.cells, reject))
        else:
            groups.setdefault(_key(row), []).append(row)
    rejects = [one.reject for one in bad]
    for one, key in _touched(groups, bad):
        reason = f"Row {one.number} of the same parcel was not accepted, and a parcel is taken whole."
        rejects += _rejected(groups.pop(key, ()), "row", reason)
    return sheet, count, list(groups.values()), rejects


def _touched(groups: Iterable[Key], bad: Sequence[_Bad]) -> list[tuple[_Bad, Key]]:
    """Return the parcels that a bad row may belong to; when in doubt, it does."""
    by_shipment: dict[str, list[Key]] = {}
    for key in groups if bad else ():
        by_shipment.setdefault(key[0], []).append(key)
    return [
        (one, key)
        for one in bad
        for shipment in ([one.key[0]] if one.key is not None else one.cells)
        for key in by_shipment.get(shipment, ())
        if one.key is None or (one.key[1] in ("", key[1]) and one.key[2] in ("", key[2]))
    ]


def _row(sheet: Sheet, raw: Raw, options: Options) -> ParcelRow:
    def cell(ours: str, most: int = 200) -> str:
        return word(ours, sheet.cell(raw, ours), most)

    if raw.problem:
        raise BadCell("row", raw.problem)
    kind = KINDS.get(cell("fulfillmentType").lower())
    if kind is None:
        raise BadCell("fulfillmentType", "fulfillmentType must be shipped or rejected; empty means shipped.")
    sku, quantity = cell("sku"), sheet.cell(raw, "quantity").strip()
    if bool(sku) != bool(quantity):
        missing = "quantity" if sku else "sku"
        raise BadCell(missing, f"{missing} is empty. Give both, or neither for all that is open.")
    units = whole("quantity", quantity, sheet.decimal_mark) if quantity else None
    if units is not None and units < 1:
        raise BadCell("quantity", f"quantity is {units}; it must be at least 1.")
    return ParcelRow(
        number=raw.number,
        text=as_it_read(raw),
        shipment=needed("extShipmentId", sheet.cell(raw, "extShipmentId")),
        kind=kind,
        own_id=cell("extFulfillmentId"),
        sku=sku,
        quantity=units,
        tracking_number=cell("trackingNumber"),
        tracking_url=_web_address(cell("trackingUrl", 1000)),
        carrier=cell("shippingCarrier"),
        service=cell("shippingClass"),
        reason=cell("reason", 500),
        reference=cell("extReferenceId"),
        at=moment("actualShipDate", sheet.cell(raw, "actualShipDate"), options.timezone),
    )


def _web_address(text: str) -> str:
    if text and not text.lower().startswith(("https://", "http://")):
        raise BadCell("trackingUrl", "trackingUrl must begin with https:// or http://.")
    return text


def _key(row: ParcelRow) -> Key:
    mark = row.own_id or row.tracking_number or (row.at.isoformat() if row.at else "")
    return row.shipment, row.kind, mark


def _raw_key(sheet: Sheet, raw: Raw) -> Key:
    """What can be told of the parcel that a bad row belongs to; an unknown kind is empty."""
    mark = sheet.cell(raw, "extFulfillmentId").strip() or sheet.cell(raw, "trackingNumber").strip()
    kind = KINDS.get(sheet.cell(raw, "fulfillmentType").strip().lower(), "")
    return sheet.cell(raw, "extShipmentId").strip(), kind, mark


def _report(group: Sequence[ParcelRow], arrived: datetime | None) -> ShipmentReport:
    shared = {attribute: _agreed(group, column, attribute) for column, attribute in _SHARED}
    first, lines = group[0], _lines(group)
    at = next((row.at for row in group if row.at is not None), None)
    if lines and not (first.own_id or first.tracking_number or at):
        raise BadCell(
            "extFulfillmentId",
            "Nothing tells this from a repeat: give extFulfillmentId, trackingNumber or actualShipDate.",
        )
    when = at or arrived
    if when is None:
        raise BadCell("actualShipDate", "actualShipDate is empty, and the file has no time either.")
    return ShipmentReport(
        ext_shipment_id=first.shipment,
        ext_fulfillment_id=first.own_id or _content_id(first, shared, at, lines),
        at=when,
        kind=first.kind,
        line_items=lines,
        tracking_number=shared["tracking_number"],
        tracking_url=shared["tracking_url"],
        carrier=shared["carrier"],
        service=shared["service"],
        reason=shared["reason"],
        ext_reference_id=shared["reference"],
    )


def _agreed(group: Sequence[ParcelRow], column: str, attribute: str) -> str:
    """Return what the rows of a parcel say alike; empty cells agree with everything."""
    values = {str(getattr(row, attribute) or "") for row in group} - {""}
    if len(values) > 1:
        raise BadCell(
            column,
            f"{column} differs within one parcel: {', '.join(sorted(values))[:200]}. It must be the same.",
        )
    return values.pop() if values else ""


def _lines(group: Sequence[ParcelRow]) -> tuple[ReportedLine, ...]:
    """Add up the units by SKU, in the order of the file; nothing means all that is open."""
    units: dict[str, int] = {}
    for row in group:
        if row.quantity is not None:
            units[row.sku] = units.get(row.sku, 0) + row.quantity
    if units and any(row.quantity is None for row in group):
        raise BadCell(
            "sku", "One row of the parcel names units and another none, which would mean all that is open."
        )
    return tuple(ReportedLine(sku, quantity) for sku, quantity in units.items())


def _content_id(
    first: ParcelRow, shared: dict[str, str], at: datetime | None, lines: Sequence[ReportedLine]
) -> str:
    content = [
        first.shipment,
        first.kind,
        shared["tracking_number"],
        at.isoformat() if at else "",
        sorted((line.sku, line.quantity) for line in lines),
    ]
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
    return f"content-{digest[:24]}"


def _reject(raw: Raw, field: str, reason: str) -> Reject:
    return Reject(number=raw.number, field=field, reason=reason, text=as_it_read(raw))


def _rejected(group: Sequence[ParcelRow], field: str, reason: str) -> list[Reject]:
    return [Reject(number=row.number, field=field, reason=reason, text=row.text) for row in group]
