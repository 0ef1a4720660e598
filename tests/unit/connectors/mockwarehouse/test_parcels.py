"""What a mock warehouse has done by now follows from what it was sent, its habits and the time alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.canon import SentShipment, ShipmentLine, ShipmentReport, StockCount
from crossdock.connectors.contract import Account, RemoteCall, Services
from crossdock.connectors.errors import Gone, Refused, Retry, Unreadable
from crossdock.connectors.mockwarehouse import MOCKWAREHOUSE
from crossdock.connectors.mockwarehouse.habits import Habits, habits
from crossdock.connectors.mockwarehouse.parcels import chance, count_deliveries, fulfillment_deliveries
from crossdock.connectors.mockwarehouse.session import MockSession

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
ACCOUNT = Account(account_id="mock-1", name="mock-1", currency="")


class OpenGate:
    """Lets everything pass."""

    def enter(self, calls: int = 1) -> None:
        """Pass."""

    def block(self, seconds: float) -> None:
        """Nothing."""

    def record(self, call: RemoteCall) -> None:
        """Nothing."""


def sent(number: str = "#1", **lines: int) -> SentShipment:
    rows = tuple(
        ShipmentLine(unique_id=sku, sku=sku, name=sku, quantity=quantity)
        for sku, quantity in (lines or {"tea": 2}).items()
    )
    return SentShipment(ext_shipment_id=number, sent_at=NOON, line_items=rows, requested=rows)


def reports(shipment: SentShipment, behaviour: Habits, now: datetime = LATER) -> list[ShipmentReport]:
    return [
        report
        for delivery in fulfillment_deliveries([shipment], behaviour, now)
        for report in msgspec.json.decode(delivery.document, type=list[ShipmentReport])
    ]


def session(now: datetime = LATER, **options: object) -> MockSession:
    services = Services(gate=OpenGate(), clock=lambda: now, random=Random(1), sleep=lambda _: None, config={})
    opened = MOCKWAREHOUSE.open({}, options, ACCOUNT, services)
    assert isinstance(opened, MockSession)
    return opened


def test_parcels_leave_at_the_pace() -> None:
    behaviour = habits({"paceSeconds": 60, "parcels": 2})
    shipment = sent(tea=3)

    counts = [
        len(reports(shipment, behaviour, NOON + timedelta(seconds=after))) for after in (59, 60, 119, 120)
    ]

    assert counts == [0, 1, 1, 2]
    assert [report.at for report in reports(shipment, behaviour)] == [
        NOON + timedelta(seconds=60), NOON + timedelta(seconds=120),
    ]  # fmt: skip


@given(
    quantities=st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9), min_size=1),
    parcels=st.integers(1, 12),
)
def test_the_parcels_hold_what_was_asked_for(quantities: dict[str, int], parcels: int) -> None:
    found = reports(sent("#1", **quantities), habits({"parcels": parcels}))

    assert len(found) == min(parcels, sum(quantities.values()))
    shipped: dict[str, int] = {}
    for report in found:
        assert report.line_items
        for line in report.line_items:
            shipped[line.sku] = shipped.get(line.sku, 0) + line.quantity
    assert shipped == quantities
    assert len({report.ext_fulfillment_id for report in found}) == len(found)


def test_what_is_open_does_not_change_what_was_reported() -> None:
    behaviour = habits({"parcels": 3, "percentDuplicated": 50, "percentMalformed": 50})
    whole = sent(tea=3, cup=2)
    partly = msgspec.structs.replace(whole, line_items=whole.line_items[:1])

    assert fulfillment_deliveries([whole], behaviour, LATER) == fulfillment_deliveries(
        [partly], behaviour, LATER
    )


def test_a_line_without_a_sku_goes_with_the_last_parcel() -> None:
    shipment = sent(tea=2)
    nameless = ShipmentLine(unique_id="x", sku="", name="A card", quantity=1)
    shipment = msgspec.structs.replace(shipment, requested=(*shipment.requested, nameless))

    found = reports(shipment, habits({"parcels": 2}))

    assert [[line.sku for line in report.line_items] for report in found] == [["tea"], []]


def test_shares_are_kept_and_fate_does_not_waver() -> None:
    behaviour = habits({"percentRejected": 20})
    shipments = [sent(f"#{number}") for number in range(1000)]

    found = [report for shipment in shipments for report in reports(shipment, behaviour)]
    rejected = [report for report in found if report.kind == "rejected"]

    assert 150 < len(rejected) < 250
    assert all(report.reason and not report.line_items for report in rejected)
    assert chance("#1", "x") == chance("#1", "x") != chance("#2", "x")


def test_duplicates_and_broken_rows_come_beside_the_parcel() -> None:
    opened = session(percentDuplicated=100, percentMalformed=100)
    assert opened.report_inbox is not None
    first, second = opened.report_inbox.waiting([sent()])

    record = opened.report_inbox.read(second)
    rows = opened.report_inbox.translate(record, ACCOUNT)

    assert record.document == opened.report_inbox.read(first).document
    assert (rows.count, len(rows.rows)) == (2, 1)
    (reject,) = rows.rejects
    assert reject.number == 2
    assert "many" in reject.text


def test_a_busy_warehouse_says_come_again() -> None:
    opened = session(percentBusy=100)
    assert opened.report_inbox is not None
    assert opened.shipment_outbox is not None
    opened.shipment_outbox.prepare([], "k")

    with pytest.raises(Retry):
        opened.report_inbox.waiting([])
    assert isinstance(opened.shipment_outbox.send("k"), Retry)
    assert opened.shipment_outbox.sent("k") is False


def test_counts_are_those_of_the_morning() -> None:
    behaviour = habits({"counts": ["tea=40", "a=b=7"]})

    (delivery,) = count_deliveries(behaviour, NOON)

    rows = msgspec.json.decode(delivery.document, type=list[StockCount])
    assert [(row.sku, row.quantity) for row in rows] == [("a=b", 7), ("tea", 40)]
    assert {row.at for row in rows} == {datetime(2026, 3, 2, tzinfo=UTC)}
    assert count_deliveries(behaviour, NOON + timedelta(hours=3)) == [delivery]
    assert count_deliveries(habits({}), NOON) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("paceSeconds", -1),
        ("parcels", 0),
        ("parcels", True),
        ("percentBusy", 101),
        ("counts", ["tea"]),
        ("carriers", 3),
    ],
)
def test_an_option_that_makes_no_sense_is_named(name: str, value: object) -> None:
    with pytest.raises(Refused) as caught:
        session(LATER, **{name: value})
    assert caught.value.field == name


def test_the_account_keeps_its_number() -> None:
    opened = session()
    assert opened.probe() == ACCOUNT
    new = MockSession(habits({}), None, opened._services)
    assert new.probe().account_id.startswith("mock-")


def test_only_what_waits_can_be_read() -> None:
    opened = session()
    assert opened.report_inbox is not None
    with pytest.raises(Gone):
        opened.report_inbox.read("x")
    (name,) = opened.report_inbox.waiting([sent()])
    record = msgspec.structs.replace(opened.report_inbox.read(name), document=b"{}")
    with pytest.raises(Unreadable):
        opened.report_inbox.translate(record, ACCOUNT)
