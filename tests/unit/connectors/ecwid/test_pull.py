"""Pages, single records, deletions: what is asked for and what is made of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx2
import pytest
from scripted_ecwid import Ecwid, answer, inner, refusal

from crossdock.connectors.contract import Account, RemoteRecord, Window
from crossdock.connectors.ecwid.pull import OrderSource, ProductSource
from crossdock.connectors.errors import ConnectorError, Gone, Reconnect, Refused, Retry, Unreadable

Sample = Callable[[str], bytes]
START = datetime(2026, 11, 1, 0, 0, 0, 900_000, tzinfo=UTC)
END = datetime(2026, 11, 2, 0, 0, 0, 100_000, tzinfo=UTC)


@pytest.fixture
def ecwid() -> Ecwid:
    return Ecwid()


@pytest.fixture
def orders(ecwid: Ecwid) -> OrderSource:
    return OrderSource(ecwid.client)


@pytest.fixture
def products(ecwid: Ecwid) -> ProductSource:
    return ProductSource(ecwid.client)


def page(*items: object, total: int | None = None) -> httpx2.Response:
    count = len(items)
    return answer(
        {
            "total": count if total is None else total,
            "count": count,
            "offset": 0,
            "limit": 100,
            "items": items,
        }
    )


def order(number: int, public_id: str = "AB12C") -> dict[str, object]:
    return {"id": public_id, "internalId": number, "updateTimestamp": 1_790_000_000 + number, "total": 1}


class TestPages:
    def test_orders_by_change_with_whole_seconds_that_lose_nothing(
        self, ecwid: Ecwid, orders: OrderSource
    ) -> None:
        ecwid.on("GET", "/orders", page(order(1), total=340))
        found = orders.page(Window(field="updated", start=START, end=END), 200)
        assert ecwid.asked[0].query == {
            "updatedFrom": str(int(START.timestamp())),
            "updatedTo": str(int(END.timestamp()) + 1),
            "offset": "200",
            "limit": "100",
        }
        assert (found.total, found.offset, found.count) == (340, 200, 1)
        (record,) = found.records
        assert (record.remote_id, record.updated_at) == ("1", datetime.fromtimestamp(1_790_000_001, UTC))

    def test_unfinished_orders_are_not_asked_for(self, ecwid: Ecwid, orders: OrderSource) -> None:
        ecwid.on("GET", "/orders", page())
        orders.page(Window(field="created"), 0)
        assert ecwid.asked[0].query == {"offset": "0", "limit": "100"}

    @pytest.mark.parametrize(
        ("field", "sort"), [("updated", "UPDATED_TIME_ASC"), ("created", "ADDED_TIME_ASC")]
    )
    def test_products_come_oldest_first(
        self, ecwid: Ecwid, products: ProductSource, field: str, sort: str
    ) -> None:
        ecwid.on("GET", "/products", page())
        window = Window(field="updated" if field == "updated" else "created", start=START)
        products.page(window, 0)
        query = ecwid.asked[0].query
        assert query["sortBy"] == sort
        assert query[f"{field}From"] == str(int(START.timestamp()))
        assert f"{field}To" not in query

    def test_the_exact_bytes_of_each_item_are_kept(self, ecwid: Ecwid, orders: OrderSource) -> None:
        items = [b'{ "id":"A", "internalId": 1, "total": 10.10 }', b'{"internalId":2,"name":"\\u00e9"}']
        ecwid.on("GET", "/orders", answer(b'{"total":2,"items":[' + b", ".join(items) + b"]}"))
        assert [record.document for record in orders.page(Window(field="updated"), 0).records] == items

    def test_one_unreadable_item_does_not_hide_the_others(self, ecwid: Ecwid, orders: OrderSource) -> None:
        ecwid.on("GET", "/orders", page(order(1), {"id": "NOID"}, 5, None, {"internalId": {}}, order(2)))
        found = orders.page(Window(field="updated"), 0)
        assert [record.remote_id for record in found.records] == ["1", "2"]
        assert len(found.unreadable) == 4
        assert found.count == 6
        assert all(error.field for error in found.unreadable)

    @pytest.mark.parametrize("body", [b"{}", b"5", b'{"items":5}', b'"text"', b'{"items":{}}'])
    def test_a_page_without_a_list_is_no_empty_page(
        self, ecwid: Ecwid, orders: OrderSource, body: bytes
    ) -> None:
        ecwid.on("GET", "/orders", answer(body))
        with pytest.raises(Retry):
            orders.page(Window(field="updated"), 0)

    @pytest.mark.parametrize(
        "name", ["order_search_page_2018_partial_refund.json", "order_search_page_api_created_coupon.json"]
    )
    def test_sample_pages_of_orders(
        self, ecwid: Ecwid, orders: OrderSource, sample: Sample, account: Account, name: str
    ) -> None:
        ecwid.on("GET", "/orders", answer(sample(f"orders/{name}")))
        found = orders.page(Window(field="updated"), 0)
        assert found.records
        assert not found.unreadable
        assert all(
            orders.translate(record, account).record.ext_order_api_id == record.remote_id
            for record in found.records
        )

    @pytest.mark.parametrize("name", ["product_search_page.json", "product_search_page_2020.json"])
    def test_sample_pages_of_products(
        self, ecwid: Ecwid, products: ProductSource, sample: Sample, account: Account, name: str
    ) -> None:
        ecwid.on("GET", "/products", answer(sample(f"products/{name}")))
        found = products.page(Window(field="updated"), 0)
        assert found.records
        assert not found.unreadable
        assert all(products.translate(record, account).record.ext_product_id for record in found.records)


class TestNewestChange:
    def test_it_is_read_with_its_offset(self, ecwid: Ecwid, orders: OrderSource, sample: Sample) -> None:
        ecwid.on("GET", "/latest-stats", answer(sample("deleted/latest_stats_2020.json")))
        assert orders.newest_change() == datetime(2014, 10, 15, 12, 54, 11, tzinfo=UTC)
        assert ProductSource(ecwid.client).newest_change() == datetime(2014, 10, 19, 14, 56, 21, tzinfo=UTC)

    @pytest.mark.parametrize(
        "body", [{}, [], {"ordersUpdated": None}, {"ordersUpdated": "soon"}, {"ordersUpdated": 5}]
    )
    def test_what_cannot_be_read_is_unknown(self, ecwid: Ecwid, orders: OrderSource, body: object) -> None:
        ecwid.on("GET", "/latest-stats", answer(body))
        assert orders.newest_change() is None


class TestById:
    def test_few_are_read_one_by_one_and_each_once(self, ecwid: Ecwid, orders: OrderSource) -> None:
        ecwid.on("GET", "/orders/1", answer(order(1)))
        ecwid.on("GET", "/orders/2", answer(order(2)))
        found = orders.by_id(["1", "2", "1"])
        assert {key: value.remote_id for key, value in found.items() if isinstance(value, RemoteRecord)} == {
            "1": "1",
            "2": "2",
        }
        assert ecwid.paths() == ["GET /orders/1", "GET /orders/2"]

    def test_many_are_read_in_one_batch(self, ecwid: Ecwid, orders: OrderSource) -> None:
        ecwid.on_batch(lambda method, path, body: inner(order(int(path.rpartition("/")[2]))))
        found = orders.by_id([str(n) for n in range(1, 101)])
        assert all(isinstance(value, RemoteRecord) and value.remote_id == key for key, value in found.items())
        assert len(found) == 100
        assert len(ecwid.asked) == 2

    def test_a_deletion_is_believed_when_search_agrees(self, ecwid: Ecwid, orders: OrderSource) -> None:
        ecwid.on("GET", "/orders/7", refusal(404, "ORDER_NOT_FOUND", "Order #7 not found"))
        ecwid.on("GET", "/orders", page())
        assert isinstance(orders.by_id(["7"])["7"], Gone)
        assert ecwid.asked[1].query["ids"] == "7"

    def test_an_order_whose_number_the_path_refuses_is_found_by_search(
        self, ecwid: Ecwid, orders: OrderSource
    ) -> None:
        ecwid.on("GET", "/orders/.*", refusal(404, "ORDER_NOT_FOUND"))
        ecwid.on("GET", "/orders", page(order(7), order(8, "PUBLIC")))
        found = orders.by_id(["7", "PUBLIC", "9"])
        by_number, by_name = found["7"], found["PUBLIC"]
        assert isinstance(by_number, RemoteRecord)
        assert isinstance(by_name, RemoteRecord)
        assert (by_number.remote_id, by_name.remote_id) == ("7", "8")
        assert isinstance(found["9"], Gone)
        assert ecwid.asked[-1].query["ids"] == "7,PUBLIC,9"

    def test_without_an_answer_from_search_nothing_is_gone(self, ecwid: Ecwid, orders: OrderSource) -> None:
        ecwid.on("GET", "/orders/7", answer(b"", 404))
        ecwid.on("GET", "/orders", answer(b"", 503))
        outcome = orders.by_id(["7"])["7"]
        assert isinstance(outcome, Retry)

    def test_an_unknown_store_deletes_no_order(
        self, ecwid: Ecwid, orders: OrderSource, sample: Sample
    ) -> None:
        ecwid.on("GET", "/orders/7", answer(sample("errors/store_not_found_404.json"), 404))
        with pytest.raises(Reconnect):
            orders.by_id(["7"])

    def test_each_id_has_its_outcome(self, ecwid: Ecwid, products: ProductSource) -> None:
        ecwid.on("GET", "/products/1", answer({"id": 1}))
        ecwid.on("GET", "/products/2", refusal(404, "PRODUCT_NOT_FOUND"))
        ecwid.on("GET", "/products/3", answer({"sku": "no id"}))
        found = products.by_id(["1", "1:5", "2", "3", "x"])
        wanted: list[type[object]] = [RemoteRecord, RemoteRecord, Gone, Unreadable, Refused]
        assert [type(found[key]) for key in ("1", "1:5", "2", "3", "x")] == wanted
        assert len(ecwid.asked) == 3

    def test_nothing_asked_is_nothing_sent(self, ecwid: Ecwid, orders: OrderSource) -> None:
        assert orders.by_id([]) == {}
        assert ecwid.asked == []

    def test_an_order_in_the_middle_of_an_outage_is_not_gone(self, ecwid: Ecwid, orders: OrderSource) -> None:
        ecwid.on("GET", "/orders/7", httpx2.ReadTimeout("slow"))
        outcome = orders.by_id(["7"])["7"]
        assert isinstance(outcome, ConnectorError)
        assert not isinstance(outcome, Gone)


class TestDeleted:
    def test_deletions_are_asked_for_with_a_limit(
        self, ecwid: Ecwid, orders: OrderSource, sample: Sample
    ) -> None:
        ecwid.on(
            "GET", "/orders/deleted", answer(sample("composed/deleted/deleted_orders_page_current.json"))
        )
        found = orders.deleted(START, 100)
        assert ecwid.asked[0].query == {
            "offset": "100",
            "limit": "100",
            "from_date": str(int(START.timestamp())),
        }
        assert [deletion.remote_id for deletion in found.deletions] == ["516483487", "492512057"]
        assert found.deletions[0].at == datetime(2024, 10, 1, 9, 12, 44, tzinfo=UTC)
        assert (found.total, found.count) == (2, 2)

    def test_products_and_old_dates(self, ecwid: Ecwid, products: ProductSource, sample: Sample) -> None:
        ecwid.on("GET", "/products/deleted", answer(sample("deleted/deleted_orders_page_2020.json")))
        found = products.deleted(None, 0)
        assert "from_date" not in ecwid.asked[0].query
        assert [(one.remote_id, one.at) for one in found.deletions] == [
            ("9", datetime(2014, 10, 20, 14, 7, 24, tzinfo=UTC))
        ]

    def test_odd_entries_delete_nothing(self, ecwid: Ecwid, orders: OrderSource) -> None:
        items = [
            {"id": 1, "date": "2024-10-01"},
            {"id": None},
            {"id": True},
            {},
            5,
            {"id": "8", "date": "soon"},
            {"id": " "},
        ]
        ecwid.on("GET", "/orders/deleted", answer(json.dumps({"total": 7, "items": items}).encode()))
        found = orders.deleted(None, 0)
        assert [(one.remote_id, one.at is not None) for one in found.deletions] == [("1", True), ("8", False)]
        assert found.count == 7
