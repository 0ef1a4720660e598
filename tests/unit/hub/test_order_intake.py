"""A page of new orders: exact documents, stock committed once, and few statements however long the page is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import psycopg
import pytest
from django.db import connection, transaction
from tests.unit.conftest import World

from crossdock.canon import Order as CanonOrder
from crossdock.canon import OrderLine as CanonLine
from crossdock.hub.intake import Incoming, Origin, Tally, canonical_json, document_hash
from crossdock.hub.models import (
    BundleItem,
    ExceptionCase,
    Flow,
    InventoryRecord,
    LedgerEntry,
    Order,
    Product,
    SourceDocument,
)
from crossdock.hub.orders.intake import ingest_orders
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, settle_reservations
from crossdock.hub.waking import wake_routing

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def placed(number: int, document: bytes | None = None, **units: int) -> Incoming[CanonOrder]:
    record = CanonOrder(
        ext_order_id=f"N{number}", ext_order_api_id=f"r{number}", ext_order_url="", ext_order_created_at=NOON,
        ext_order_updated_at=NOON, order_source="test", order_source_type="online", standing="open", paid=True,
        payment_status="PAID", fulfillment_status="AWAITING_PROCESSING", currency="EUR",
        total_price=Decimal(10), sub_total_price=Decimal(10), order_discount=Decimal(0), order_tax=Decimal(0),
        shipping_price=Decimal(0), method="shipping",
        line_items=tuple(
            CanonLine(
                unique_id=sku, sku=sku, name=sku, quantity=quantity, item_price=Decimal(1),
                item_discount=Decimal(0), item_tax=Decimal(0), requires_shipping=True, taxable=True,
                ext_product_id="",
            )
            for sku, quantity in units.items()
        ),
    )  # fmt: skip
    body = document if document is not None else msgspec.json.encode({"id": number})
    return Incoming(f"r{number}", NOON, body, document_hash(body), record, canonical_json(record))


def taken_in(world: World, *page: Incoming[CanonOrder]) -> Tally:
    with transaction.atomic():
        return ingest_orders(Origin(world.integration, None, "pull"), page, {})


def committed(world: World) -> dict[str, int]:
    records = InventoryRecord.objects.filter(organization=world.organization)
    return dict(records.values_list("sku", "committed"))


@pytest.mark.django_db
def test_what_new_orders_commit_is_what_any_later_look_finds_right(world: World) -> None:
    set_on_hand(world.organization, "tea", 10, author="anna", reason="counted")
    bundle = Product.objects.create(organization=world.organization, sku="set", name="A set")
    BundleItem.objects.create(bundle=bundle, sku="tea", quantity=2)
    BundleItem.objects.create(bundle=bundle, sku="cup", quantity=1)
    tally = taken_in(world, placed(1, tea=3), placed(2, tea=1, set=2), placed(3, jar=0), placed(4, cup=1))
    assert committed(world) == {"tea": 8, "cup": 3}
    assert check_ledger(world.organization.pk) == []
    kept = LedgerEntry.objects.filter(figure="committed")
    assert set(kept.values_list("event", flat=True)) == {"virtualCommit"}
    assert [entry.before for entry in kept.filter(record__sku="tea").order_by("pk")] == [0, 3, 4]
    before = LedgerEntry.objects.count()
    settle_reservations(tally.touched, author="test", reason="again")
    assert LedgerEntry.objects.count() == before


@pytest.mark.django_db
def test_documents_are_kept_to_the_byte(world: World) -> None:
    odd = '{"note": "a\\tb\t\\\\ \\. 茶 \N{SNOWMAN}\r\n"}'
    taken_in(world, placed(1, odd.encode(), tea=1), placed(2, b"{}", tea=1))
    assert sorted(SourceDocument.objects.values_list("body", flat=True)) == sorted([odd, "{}"])


@pytest.mark.django_db
def test_a_document_that_is_no_text_stays_out_alone(world: World) -> None:
    tally = taken_in(
        world, placed(1, b'{"note": "\xff"}', tea=1), placed(2, tea=1), placed(3, b"{}\0", tea=1)
    )
    assert (tally.created, tally.failed, tally.unstored) == (1, 2, ["r1", "r3"])
    assert Order.objects.get().ext_order_id == "N2"
    assert set(ExceptionCase.objects.values_list("code", flat=True)) == {"unstorable"}
    assert committed(world) == {"tea": 1}


@pytest.mark.django_db
def test_a_long_page_takes_no_more_statements_than_a_short_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Flow.objects.update(enabled=False)  # nothing to be told of what came in
    counted: list[object] = []
    execute: Callable[..., object] = psycopg.Cursor.execute

    def counting(cursor: object, query: object, *args: object, **kwargs: object) -> object:
        counted.append(query)
        return execute(cursor, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", counting)
    taken_in(world, placed(1, tea=1), placed(2, tea=1))
    short = len(counted)
    counted.clear()
    taken_in(world, *(placed(number, tea=1, cup=2) for number in range(10, 60)))
    assert len(counted) <= short <= 14, [str(query).split()[:12] for query in counted]


@pytest.mark.django_db(transaction=True)
def test_a_routing_that_waits_is_not_begun_before_those_who_count_on_it_have_committed(world: World) -> None:
    def begin() -> list[int]:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo' "
                    "FOR UPDATE SKIP LOCKED",
                    [f"route:{world.organization.pk}"],
                )
                return [row[0] for row in cursor.fetchall()]
        finally:
            connection.close()

    wake_routing(world.organization.pk)
    with ThreadPoolExecutor(1) as other:
        assert len(other.submit(begin).result(30)) == 1
        with transaction.atomic():
            wake_routing(world.organization.pk)
            assert other.submit(begin).result(30) == []
        assert len(other.submit(begin).result(30)) == 1
