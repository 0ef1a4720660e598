"""What a mock warehouse has done by now: a pure function of what it was sent, of its habits and of the time.

Chance is drawn from a hash of the request's own number, so the same request meets the same fate each time one
looks, and nothing has to be remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import pairwise

import msgspec

from crossdock.canon import ReportedLine, SentShipment, ShipmentReport, StockCount
from crossdock.connectors.mockwarehouse.habits import Habits

SCALE = 2**64
BROKEN = msgspec.Raw(b'{"extShipmentId": "", "quantity": "many"}')


class Delivery(msgspec.Struct, frozen=True):
    """What is handed over in one piece at one moment."""

    at: datetime
    name: str
    document: bytes


def fulfillment_deliveries(sent: Sequence[SentShipment], habits: Habits, now: datetime) -> list[Delivery]:
    """Return every report that is due, oldest first; of a request that is still open, the earlier ones too."""
    due = [
        delivery
        for shipment in sent
        for number, report in enumerate(_reports(shipment, habits), start=1)
        if report.at <= now
        for delivery in _delivered(shipment.ext_shipment_id, number, report, habits)
    ]
    return sorted(due, key=lambda delivery: (delivery.at, delivery.name))


def count_deliveries(habits: Habits, now: datetime) -> list[Delivery]:
    """Return the count of the present day (UTC), as of its beginning; none where there are no counts."""
    if not habits.counts:
        return []
    at = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = [StockCount(sku=sku, quantity=quantity, at=at) for sku, quantity in sorted(habits.counts.items())]
    return [Delivery(at, f"counts {at:%Y-%m-%d}.json", msgspec.json.encode(rows))]


def chance(number: str, question: str) -> float:
    """Return the answer that fate has for a request and a question: evenly from 0 to below 1, always the same."""
    digest = blake2b(f"{number}\0{question}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / SCALE


def _reports(shipment: SentShipment, habits: Habits) -> list[ShipmentReport]:
    number, pace = shipment.ext_shipment_id, timedelta(seconds=habits.pace_seconds)
    if chance(number, "rejected") < habits.rejected:
        return [
            ShipmentReport(
                ext_shipment_id=number, ext_fulfillment_id=f"{number}/rejected", at=shipment.sent_at + pace,
                kind="rejected", reason="The mock warehouse does not have it.",
            )
        ]  # fmt: skip
    return [
        ShipmentReport(
            ext_shipment_id=number, ext_fulfillment_id=f"{number}/{place}",
            at=shipment.sent_at + place * pace, line_items=contents,
            tracking_number=_tracking_number(number, place), carrier=_carrier(number, place, habits),
        )
        for place, contents in enumerate(_split(shipment, habits.parcels), start=1)
    ]  # fmt: skip


def _split(shipment: SentShipment, parcels: int) -> list[tuple[ReportedLine, ...]]:
    """Return the contents of each parcel; what has no SKU cannot be named and goes with the last as all the rest."""
    units = [line.sku for line in shipment.requested for _ in range(line.quantity) if line.sku]
    nameless = any(not line.sku for line in shipment.requested)
    if not units:
        return [()]
    count = min(parcels, len(units))
    cuts = [len(units) * place // count for place in range(count + 1)]
    contents = [_counted(units[start:end]) for start, end in pairwise(cuts)]
    return [*contents[:-1], ()] if nameless else contents


def _counted(units: Sequence[str]) -> tuple[ReportedLine, ...]:
    return tuple(ReportedLine(sku, units.count(sku)) for sku in dict.fromkeys(units))


def _tracking_number(number: str, place: int) -> str:
    return f"MOCK{int(chance(number, f'tracking {place}') * 10**10):010d}"


def _carrier(number: str, place: int, habits: Habits) -> str:
    if not habits.carriers:
        return ""
    return habits.carriers[int(chance(number, f"carrier {place}") * len(habits.carriers))]


def _delivered(number: str, place: int, report: ShipmentReport, habits: Habits) -> list[Delivery]:
    rows: list[ShipmentReport | msgspec.Raw] = [report]
    if chance(number, f"malformed {place}") < habits.malformed:
        rows.append(BROKEN)
    document = msgspec.json.encode(rows)
    names = [f"{number} {place}.json"]
    if chance(number, f"duplicated {place}") < habits.duplicated:
        names.append(f"{number} {place} again.json")
    return [Delivery(report.at, name, document) for name in names]
