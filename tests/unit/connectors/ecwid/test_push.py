"""Stock by difference, shipments and products: what is sent, and what each answer means."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import httpx2
import pytest
from scripted_ecwid import STORE, TOKEN, Ecwid, answer, inner, refusal

from crossdock.canon import FulfillmentState, Parcel, Price, Product, Stock
from crossdock.connectors.contract import (
    Account,
    Applied,
    RemoteRecord,
    StockChange,
    StockReading,
    Store,
    Write,
)
from crossdock.connectors.ecwid import ECWID
from crossdock.connectors.errors import ConnectorError, Gone, InDoubt, Reconnect, Refused, Retry, Unreadable

Sample = Callable[[str], bytes]


@pytest.fixture
def ecwid() -> Ecwid:
    return Ecwid()


@pytest.fixture
def session(ecwid: Ecwid) -> Store:
    return ECWID.open({"store_id": STORE, "token": TOKEN}, {}, None, ecwid.services)


def change(remote_id: str, delta: int) -> StockChange:
    return StockChange(remote_id=remote_id, delta=delta, before=0)


def product(number: int, *variations: int, quantity: int = 5) -> dict[str, object]:
    units = [{"id": one, "sku": f"V{one}", "quantity": one, "unlimited": False} for one in variations]
    return {
        "id": number,
        "sku": f"P{number}",
        "quantity": quantity,
        "unlimited": False,
        "combinations": units,
    }


def number_of(path: str) -> int:
    return int(path.partition("?")[0].split("/")[2])


class TestReadingStock:
    def test_the_first_read_queues_up_behind_earlier_batches(self, ecwid: Ecwid, session: Store) -> None:
        """A batch of a process that died may still wait in the queue; a read by id would miss it."""
        ecwid.on_batch(lambda method, path, body: inner(product(number_of(path))))
        ecwid.on("GET", r"/products/\d+", answer(product(1)))
        session.stock.read(["1"])
        assert ecwid.paths() == ["POST /batch", "GET /batch"]
        session.stock.read(["1"])
        assert ecwid.paths()[2:] == ["GET /products/1"]

    def test_after_doubt_reads_queue_up_again(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on_batch(lambda method, path, body: inner(product(number_of(path))))
        session.stock.read(["1"])
        ecwid.on("PUT", "/products/1/inventory", httpx2.ReadTimeout("slow"))
        assert isinstance(session.stock.adjust([change("1", 1)], "k")["1"], InDoubt)
        session.stock.read(["1"])
        assert ecwid.paths()[-2:] == ["POST /batch", "GET /batch"]

    def test_one_inner_call_for_a_product_and_all_its_variations(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on_batch(lambda method, path, body: inner(product(7, 71, 72)))
        found = session.stock.read(["7", "7:71", "7:72", "7:73"])
        assert isinstance(ecwid.asked[0].body, list)
        (call,) = ecwid.asked[0].body
        assert call["path"].startswith("/products/7?responseFields=")
        assert "combinations%28id%2Csku%2Cquantity" in call["path"]
        figures = {
            key: value.stock.quantity for key, value in found.items() if isinstance(value, StockReading)
        }
        assert figures == {"7": 5, "7:71": 71, "7:72": 72}
        assert isinstance(found["7:73"], Gone)

    def test_units_that_are_not_ours_to_write_say_why(
        self, ecwid: Ecwid, session: Store, sample: Sample
    ) -> None:
        linked = json.loads(sample("composed/products/product_location_inventory.json"))
        unlimited = json.loads(sample("composed/products/product_unlimited.json"))
        inheriting = product(3) | {"combinations": [{"id": 31, "options": []}]}
        documents = {1: linked | {"id": 1}, 2: unlimited | {"id": 2}, 3: inheriting}
        ecwid.on_batch(lambda method, path, body: inner(documents[number_of(path)]))
        found = session.stock.read(["1", "2", "3:31", "3"])
        for one in ("1", "2", "3:31"):
            reading = found[one]
            assert isinstance(reading, StockReading)
            assert not reading.writable
            assert reading.reason
        plain = found["3"]
        assert isinstance(plain, StockReading)
        assert plain.writable

    def test_each_unit_has_its_outcome(self, ecwid: Ecwid, session: Store) -> None:
        gone = {"errorCode": "PRODUCT_NOT_FOUND", "errorMessage": "Product #2 not found"}
        answers: Mapping[int, dict[str, object]] = {
            1: inner(product(1)),
            2: inner(gone, 404),
            3: inner({"sku": "no id"}),
            4: inner({}, 503),
        }
        ecwid.on_batch(lambda method, path, body: answers[number_of(path)])
        found = session.stock.read(["1", "2", "2:5", "3", "4", "nonsense"])
        kinds: list[type[object]] = [StockReading, Gone, Gone, Unreadable, Retry, Refused]
        assert [type(found[key]) for key in ("1", "2", "2:5", "3", "4", "nonsense")] == kinds

    def test_nothing_asked_is_nothing_sent(self, ecwid: Ecwid, session: Store) -> None:
        assert session.stock.read([]) == {}
        assert session.stock.adjust([], "k") == {}
        assert ecwid.asked == []


class TestAdjustingStock:
    def test_few_differences_go_one_by_one(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on("PUT", ".*", answer({"updateCount": 1}))
        found = session.stock.adjust([change("1", -3), change("2:5", 4)], "k")
        assert found == {"1": Applied(remote_id="1"), "2:5": Applied(remote_id="2:5")}
        assert [(asked.path, asked.body) for asked in ecwid.asked] == [
            ("/products/1/inventory", {"quantityDelta": -3}),
            ("/products/2/combinations/5/inventory", {"quantityDelta": 4}),
        ]

    def test_many_go_through_a_batch_under_the_key(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on_batch(lambda *_: inner({"updateCount": 1}))
        changes = [change(str(n), n) for n in range(1, 101)]
        for _ in range(2):
            found = session.stock.adjust(changes, "push-7")
            assert all(isinstance(one, Applied) for one in found.values())
        assert len(ecwid.asked) == 4
        first, second = (asked.query["deduplicationKey"] for asked in ecwid.asked if asked.method == "POST")
        assert first == second

    def test_a_warning_is_passed_on(self, ecwid: Ecwid, session: Store, sample: Sample) -> None:
        ecwid.on("PUT", ".*", answer({"updateCount": 1, "warning": "Product has negative stock."}))
        outcome = session.stock.adjust([change("1", -30)], "k")["1"]
        assert outcome == Applied(remote_id="1", warning="Product has negative stock.")
        ecwid.on("PUT", ".*", answer(sample("products/product_inventory_adjust_response.json")))
        assert isinstance(session.stock.adjust([change("1", 1)], "k")["1"], Applied)

    def test_what_ecwid_did_not_move_is_refused(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on("PUT", ".*", answer({"updateCount": 0}))
        outcome = session.stock.adjust([change("1", 1)], "k")["1"]
        assert isinstance(outcome, Refused)
        assert outcome.code == "stockNotTracked"

    @pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"updateCount":"many"}', b'{"id":5}'])
    def test_an_answer_that_says_nothing_leaves_doubt(
        self, ecwid: Ecwid, session: Store, body: bytes
    ) -> None:
        ecwid.on("PUT", ".*", answer(body))
        assert isinstance(session.stock.adjust([change("1", 1)], "k")["1"], InDoubt)

    def test_no_difference_is_not_sent_and_two_of_one_unit_are_one(
        self, ecwid: Ecwid, session: Store
    ) -> None:
        ecwid.on("PUT", ".*", answer({"updateCount": 1}))
        found = session.stock.adjust(
            [change("1", 0), change("2", 3), change("2", -1), change("3", 2), change("3", -2)], "k"
        )
        assert all(isinstance(one, Applied) for one in found.values())
        assert [asked.body for asked in ecwid.asked] == [{"quantityDelta": 2}]

    def test_each_failure_stands_alone(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on("PUT", "/products/1/inventory", answer({"updateCount": 1}))
        ecwid.on("PUT", "/products/2/.*", refusal(400, "WRONG_PARAMETER"))
        ecwid.on("PUT", "/products/3/.*", answer(b"", 503))
        found = session.stock.adjust([change("1", 1), change("2:9", 1), change("3", 1), change("", 1)], "k")
        kinds: list[type[object]] = [Applied, Refused, InDoubt, Refused]
        assert [type(found[key]) for key in ("1", "2:9", "3", "")] == kinds


def write(
    key: str,
    *calls: Mapping[str, object],
    kind: Literal["create", "update", "none"] = "update",
    remote_id: str = "1",
) -> Write:
    return Write(key=key, remote_id=remote_id, kind=kind, changes=(), request={"calls": list(calls)})


def call(method: str, path: str, **more: object) -> dict[str, object]:
    return {"method": method, "path": path, **more}


class TestFulfillments:
    def test_an_order_is_read_planned_written_and_then_true(
        self, ecwid: Ecwid, session: Store, order_document: dict[str, object]
    ) -> None:
        ecwid.on("GET", "/orders/.*", answer(order_document))
        ecwid.on("PUT", "/orders/.*", answer({"updateCount": 1}))
        remote_id = str(order_document["internalId"])
        record = session.fulfillments.read([remote_id])[remote_id]
        assert isinstance(record, RemoteRecord)
        parcel = Parcel(shipped_at=datetime(2026, 11, 20, tzinfo=UTC), tracking_number="1Z999")
        desired = FulfillmentState(ext_order_api_id=remote_id, parcels=(parcel,), complete=True)
        planned = session.fulfillments.plan(record, desired, {})
        assert planned.kind == "update"
        assert session.fulfillments.apply([planned]) == {planned.key: Applied(remote_id=remote_id)}
        put = ecwid.asked[-1]
        assert put.method == "PUT"
        assert isinstance(put.body, dict)
        assert put.body["trackingNumber"] == "1Z999"
        assert put.body["fulfillmentStatus"] == "SHIPPED"
        ecwid.on("GET", "/orders/.*", answer(order_document | put.body))
        again = session.fulfillments.read([remote_id])[remote_id]
        assert isinstance(again, RemoteRecord)
        assert session.fulfillments.plan(again, desired, {}).kind == "none"

    def test_nothing_to_do_sends_nothing(self, ecwid: Ecwid, session: Store) -> None:
        nothing = Write(key="k", remote_id="1", kind="none", changes=(), request={})
        assert session.fulfillments.apply([nothing]) == {"k": Applied(remote_id="1")}
        assert ecwid.asked == []

    def test_many_go_through_a_batch_and_each_has_its_outcome(self, ecwid: Ecwid, session: Store) -> None:
        gone = {"errorCode": "ORDER_NOT_FOUND", "errorMessage": "Order #3 not found"}
        ecwid.on_batch(
            lambda method, path, body: inner(gone, 404) if path.endswith("/3") else inner({"updateCount": 1})
        )
        writes = [
            write(f"k{n}", call("PUT", f"/orders/{n}", body={"trackingNumber": "T"})) for n in range(1, 6)
        ]
        found = session.fulfillments.apply(writes)
        assert [type(found[f"k{n}"]) for n in range(1, 6)] == [Applied, Applied, Gone, Applied, Applied]
        assert len(ecwid.asked) == 2

    def test_equal_writes_on_two_days_are_two_batches(self, ecwid: Ecwid, session: Store) -> None:
        """A status may go back and forth: an earlier batch must not be taken for a later one."""
        ecwid.on_batch(lambda *_: inner({"updateCount": 1}))
        writes = [write(f"k{n}", call("PUT", f"/orders/{n}", body={})) for n in range(1, 6)]
        session.fulfillments.apply(writes)
        session.fulfillments.apply(writes)
        first, second = (asked.query["deduplicationKey"] for asked in ecwid.asked if asked.method == "POST")
        assert first != second

    def test_an_update_of_nothing_is_told(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on("PUT", "/orders/1", answer({"updateCount": 0}))
        outcome = session.fulfillments.apply([write("k", call("PUT", "/orders/1", body={}))])["k"]
        assert isinstance(outcome, Applied)
        assert "nothing was changed" in outcome.warning

    def test_a_dead_token_is_told_at_once(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on("PUT", "/orders/1", answer(b"", 403))
        with pytest.raises(Reconnect):
            session.fulfillments.apply([write("k", call("PUT", "/orders/1", body={}))])


class TestProducts:
    def test_a_product_is_created_with_its_images(
        self, ecwid: Ecwid, session: Store, account: Account
    ) -> None:
        ecwid.on("POST", "/products", answer({"id": 77}))
        ecwid.on("POST", "/products/77/.*", answer({"id": 1}))
        wanted = Product(
            ext_product_id="",
            sku="CHAIR",
            name="Chair",
            stock=Stock(state="unknown"),
            prices=(Price(name="base", value=Decimal("10.50"), currency=account.currency),),
            image_urls=("https://img.test/1.png", "https://img.test/2.png"),
        )
        planned = session.product_target.plan(None, wanted, account)
        assert session.product_target.apply([planned])[planned.key] == Applied(remote_id="77")
        assert ecwid.paths() == ["POST /products", "POST /products/77/image", "POST /products/77/gallery"]
        assert isinstance(ecwid.asked[0].body, dict)
        assert ecwid.asked[0].body["price"] == 10.5

    def test_a_product_that_was_made_stays_made(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on("POST", "/products", answer({"id": 77}))
        ecwid.on("POST", "/products/77/image", refusal(422, "WRONG_URL", "Wrong URL provided"))
        create = write(
            "k",
            call("POST", "/products", body={}),
            call("POST", "/products/{id}/image"),
            call("POST", "/products/{id}/gallery"),
            kind="create",
            remote_id="",
        )
        outcome = session.product_target.apply([create])["k"]
        assert isinstance(outcome, Applied)
        assert outcome.remote_id == "77"
        assert "Wrong URL provided" in outcome.warning
        assert len(ecwid.asked) == 2

    def test_the_steps_of_many_creates_go_in_rounds(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on_batch(
            lambda method, path, body: inner({"id": 900 + body["n"]} if isinstance(body, dict) else {"id": 1})
        )
        creates = [
            write(
                f"k{n}",
                call("POST", "/products", body={"n": n}),
                call("POST", "/products/{id}/image"),
                kind="create",
                remote_id="",
            )
            for n in range(5)
        ]
        found = session.product_target.apply(creates)
        assert found == {f"k{n}": Applied(remote_id=str(900 + n)) for n in range(5)}
        assert ecwid.paths() == ["POST /batch", "GET /batch"] * 2
        assert isinstance(ecwid.asked[2].body, list)
        assert ecwid.asked[2].body[3]["path"] == "/products/903/image"

    @pytest.mark.parametrize(
        "lost",
        [
            httpx2.ReadTimeout("slow"),
            answer(b"", 500),
            answer({}),
            answer({"id": "?"}),
            answer({"updateCount": 1}),
        ],
    )
    def test_a_create_without_a_clear_answer_is_in_doubt(
        self, ecwid: Ecwid, session: Store, lost: httpx2.Response | Exception
    ) -> None:
        ecwid.on("POST", "/products", lost)
        create = write("k", call("POST", "/products", body={}), kind="create", remote_id="")
        assert isinstance(session.product_target.apply([create])["k"], InDoubt)
        assert len(ecwid.asked) == 1

    def test_a_taken_sku_is_refused_by_name(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on("POST", "/products", refusal(409, "SKU_ALREADY_EXISTS"))
        outcome = session.product_target.apply(
            [write("k", call("POST", "/products"), kind="create", remote_id="")]
        )["k"]
        assert isinstance(outcome, Refused)
        assert outcome.code == "skuAlreadyExists"

    def test_a_failed_step_of_an_update_is_its_outcome(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on("PUT", "/products/1", answer({"updateCount": 1}))
        ecwid.on("PUT", "/products/1/combinations/5", refusal(404, "COMBINATION_NOT_FOUND"))
        update = write(
            "k", call("PUT", "/products/1", body={}), call("PUT", "/products/1/combinations/5", body={})
        )
        assert isinstance(session.product_target.apply([update])["k"], Gone)

    @pytest.mark.parametrize(
        "request_",
        [
            {},
            {"calls": 5},
            {"calls": [{"method": "DELETE", "path": "/products/1"}]},
            {"calls": [{"method": "PUT", "path": "/profile"}]},
        ],
    )
    def test_a_plan_that_is_none_is_refused_and_the_others_go_on(
        self, ecwid: Ecwid, session: Store, request_: Mapping[str, object]
    ) -> None:
        ecwid.on("PUT", "/products/2", answer({"updateCount": 1}))
        bad = Write(key="bad", remote_id="1", kind="update", changes=(), request=request_)
        found = session.product_target.apply(
            [bad, write("good", call("PUT", "/products/2", body={}), remote_id="2")]
        )
        assert isinstance(found["bad"], Refused)
        assert found["good"] == Applied(remote_id="2")


class TestFindingALostCreate:
    def find(self, ecwid: Ecwid, session: Store, wanted: Product, *items: object) -> str | None:
        ecwid.on("GET", "/products", answer({"total": len(items), "items": items}))
        return session.product_target.find(wanted)

    def wanted(self, sku: str = "CHAIR", *variants: str) -> Product:
        parts = tuple(
            Product(ext_product_id="", sku=one, name="", stock=Stock(state="unknown")) for one in variants
        )
        return Product(ext_product_id="", sku=sku, name="Chair", stock=Stock(state="unknown"), variants=parts)

    def test_it_is_found_by_its_own_sku(self, ecwid: Ecwid, session: Store) -> None:
        other, ours = {"id": 5, "sku": "chair"}, {"id": 6, "sku": "CHAIR"}
        assert self.find(ecwid, session, self.wanted(), other, ours) == "6"
        assert ecwid.asked[0].query["sku"] == "CHAIR"

    def test_a_product_that_has_it_as_a_variation_is_another(self, ecwid: Ecwid, session: Store) -> None:
        assert (
            self.find(ecwid, session, self.wanted(), {"id": 5, "sku": "SUITE"}, {}, 5, {"sku": "CHAIR"})
            is None
        )

    def test_a_product_without_sku_is_found_by_a_variation_and_its_name(
        self, ecwid: Ecwid, session: Store
    ) -> None:
        found = self.find(
            ecwid, session, self.wanted("", "C-1"), {"id": 5, "name": "Table"}, {"id": 6, "name": "Chair"}
        )
        assert found == "6"
        assert ecwid.asked[0].query["sku"] == "C-1"

    def test_what_cannot_be_told_is_refused(self, ecwid: Ecwid, session: Store) -> None:
        with pytest.raises(Refused, match="SKU"):
            session.product_target.find(self.wanted(" "))
        with pytest.raises(Refused, match="5, 6") as caught:
            self.find(ecwid, session, self.wanted(), {"id": 5, "sku": "CHAIR"}, {"id": 6, "sku": "CHAIR"})
        assert caught.value.code == "duplicateSku"

    def test_no_answer_is_not_none(self, ecwid: Ecwid, session: Store) -> None:
        ecwid.on("GET", "/products", answer({}), answer(b"", 503))
        for _ in range(2):
            with pytest.raises(ConnectorError):
                session.product_target.find(self.wanted())
