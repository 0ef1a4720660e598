"""What the client sends, what it makes of answers, and what it can never send."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Literal

import httpx2
import pytest
from scripted_ecwid import STORE, TOKEN, Ecwid, answer, refusal

from crossdock.canon import Product, Stock
from crossdock.connectors.contract import StockChange, Write
from crossdock.connectors.ecwid import ECWID, client, routes
from crossdock.connectors.ecwid.client import Client
from crossdock.connectors.ecwid.routes import Call
from crossdock.connectors.errors import ConnectorError, Gone, InDoubt, Reconnect, Refused, Retry

READ = Call(method="GET", path="/products/1")
WRITE = Call(method="PUT", path="/products/1", body={"name": "Chair"})


@pytest.fixture
def ecwid() -> Ecwid:
    return Ecwid()


class TestSending:
    def test_the_token_travels_in_the_header_only(self, ecwid: Ecwid) -> None:
        ecwid.on("GET", "/products/1", answer({"id": 1}))
        assert ecwid.client.call(READ) == b'{"id": 1}'
        (asked,) = ecwid.asked
        assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
        assert "gzip" in asked.headers["Accept-Encoding"]
        assert "Content-Type" not in asked.headers
        assert TOKEN not in repr(ecwid.gate.calls)

    def test_a_body_is_json_and_says_so(self, ecwid: Ecwid) -> None:
        ecwid.on("PUT", "/products/1", answer({"updateCount": 1}))
        ecwid.client.call(WRITE)
        assert ecwid.asked[0].headers["Content-Type"] == "application/json"
        assert ecwid.asked[0].body == {"name": "Chair"}

    def test_each_request_passes_the_gate_and_is_recorded_without_host(self, ecwid: Ecwid) -> None:
        ecwid.on("GET", "/orders", answer({"items": []}))
        ecwid.client.call(Call(method="GET", path="/orders", query={"ids": "A B,C", "limit": "100"}))
        assert ecwid.gate.entered == 1
        (call,) = ecwid.gate.calls
        assert (call.method, call.path, call.status) == ("GET", "/orders?ids=A%20B%2CC&limit=100", 200)
        assert call.seconds > 0

    def test_a_closed_gate_sends_nothing(self, ecwid: Ecwid) -> None:
        ecwid.gate.closed = Retry("The budget is used up.", after=30, code="budget")
        with pytest.raises(Retry) as caught:
            ecwid.client.call(WRITE)
        assert not isinstance(caught.value, InDoubt)
        assert (caught.value.after, caught.value.code) == (30, "budget")
        assert ecwid.asked == []

    def test_compressed_answers_are_read(self, ecwid: Ecwid) -> None:
        packed = gzip.compress(b'{"id": 1}')
        ecwid.on(
            "GET",
            "/products/1",
            lambda _: httpx2.Response(200, content=packed, headers={"Content-Encoding": "gzip"}),
        )
        assert ecwid.client.call(READ) == b'{"id": 1}'


class TestAnswers:
    def test_a_rate_limit_closes_the_gate_for_all_and_is_not_repeated(self, ecwid: Ecwid) -> None:
        ecwid.on("GET", "/products/1", answer({"errorCode": "RATE_LIMITED"}, 429, {"Retry-After": "5"}))
        with pytest.raises(Retry) as caught:
            ecwid.client.call(READ)
        assert caught.value.after == 5
        assert ecwid.gate.blocked == [5]
        assert len(ecwid.asked) == 1

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("", 10), ("soon", 10), ("-5", 10), ("9" * 30, 3600), ("Fri, 20 Nov 2026 12:01:00 GMT", 60),
         ("Fri, 20 Nov 2020 12:01:00 GMT", 0)],
    )  # fmt: skip
    def test_retry_after_is_read_in_all_its_forms(self, ecwid: Ecwid, text: str, seconds: float) -> None:
        ecwid.on("GET", "/products/1", answer({}, 429, {"Retry-After": text}))
        with pytest.raises(Retry):
            ecwid.client.call(READ)
        assert ecwid.gate.blocked[0] == pytest.approx(seconds, abs=1)

    @pytest.mark.parametrize(
        "content", [b"", b"<html>busy</html>", b'{"id": 1', b"[1,", b"nonsense", b"[" * 200_000]
    )
    def test_an_answer_that_is_no_json_is_no_answer(self, ecwid: Ecwid, content: bytes) -> None:
        ecwid.on("GET", "/products/1", answer(content))
        ecwid.on("PUT", "/products/1", answer(content))
        with pytest.raises(Retry) as read:
            ecwid.client.call(READ)
        assert not isinstance(read.value, InDoubt)
        with pytest.raises(InDoubt):
            ecwid.client.call(WRITE)

    @pytest.mark.parametrize(
        "error", [httpx2.ConnectError("refused"), httpx2.ConnectTimeout("slow"), httpx2.PoolTimeout("")]
    )
    def test_nothing_sent_is_known_not_to_have_happened(self, ecwid: Ecwid, error: Exception) -> None:
        ecwid.on("PUT", "/products/1", error)
        with pytest.raises(Retry) as caught:
            ecwid.client.call(WRITE)
        assert not isinstance(caught.value, InDoubt)
        assert caught.value.code == "unreachable"
        assert ecwid.gate.calls[0].status == 0

    @pytest.mark.parametrize(
        "error",
        [
            httpx2.ReadTimeout("slow"),
            httpx2.ReadError("reset"),
            httpx2.RemoteProtocolError("gone"),
            httpx2.WriteError(""),
        ],
    )
    def test_a_lost_answer_leaves_a_write_in_doubt(self, ecwid: Ecwid, error: Exception) -> None:
        ecwid.on("PUT", "/products/1", error)
        ecwid.on("GET", "/products/1", error)
        with pytest.raises(InDoubt):
            ecwid.client.call(WRITE)
        with pytest.raises(Retry) as caught:
            ecwid.client.call(READ)
        assert type(caught.value) is Retry

    def test_an_oversized_answer_is_cut(self, ecwid: Ecwid, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client, "LARGEST_ANSWER", 1000)
        read: list[int] = []

        def drip() -> Iterator[bytes]:
            for number in range(100):
                read.append(number)
                yield b" " * 300

        ecwid.on("GET", "/products/1", lambda _: httpx2.Response(200, content=drip()))
        with pytest.raises(Refused) as caught:
            ecwid.client.call(READ)
        assert caught.value.code == "answerTooLarge"
        assert len(read) < 10
        ecwid.on("PUT", "/products/1", lambda _: httpx2.Response(200, content=b"1" * 2000))
        with pytest.raises(InDoubt):
            ecwid.client.call(WRITE)

    def test_an_answer_that_drips_for_ever_is_left(
        self, ecwid: Ecwid, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "LONGEST_ANSWER", 1.0)  # the clock moves by 10 ms at each look
        endless = itertools.repeat(b" ")
        ecwid.on("GET", "/products/1", lambda _: httpx2.Response(200, content=endless))
        with pytest.raises(Retry, match="too long"):
            ecwid.client.call(READ)

    def test_no_redirect_is_followed(self, ecwid: Ecwid) -> None:
        ecwid.on("GET", "/products/1", answer({}, 302, {"Location": "https://elsewhere.test/"}))
        with pytest.raises(Retry):
            ecwid.client.call(READ)
        assert len(ecwid.asked) == 1

    def test_a_dead_token_is_used_once(self, ecwid: Ecwid) -> None:
        ecwid.on("GET", "/products/1", answer(b"", 403))
        one = ecwid.client
        for _ in range(3):
            with pytest.raises(Reconnect):
                one.call(READ)
        with pytest.raises(Reconnect):
            one.call_many([READ] * 10)
        assert len(ecwid.asked) == 1

    def test_a_missing_scope_does_not_stop_other_calls(self, ecwid: Ecwid) -> None:
        ecwid.on("GET", "/products/1", refusal(403, "INSUFFICIENT_APP_SCOPE"))
        ecwid.on("GET", "/orders", answer({"items": []}))
        one = ecwid.client
        with pytest.raises(Refused, match="read_catalog"):
            one.call(READ)
        one.call(Call(method="GET", path="/orders"))

    def test_no_error_shows_the_token(self, ecwid: Ecwid) -> None:
        ecwid.on("GET", "/products/1", httpx2.ReadError("reset"))
        with pytest.raises(Retry) as caught:
            ecwid.client.call(READ)
        assert TOKEN not in f"{caught.value!r}{caught.value.reason}{ecwid.gate.calls!r}"


class TestFewestRequests:
    @pytest.mark.parametrize(("calls", "requests"), [(1, 1), (2, 2), (3, 3), (4, 2), (500, 2), (501, 4)])
    def test_the_cheaper_way_is_taken(self, ecwid: Ecwid, calls: int, requests: int) -> None:
        ecwid.on("GET", r"/products/\d+", answer({"ok": True}))
        ecwid.on_batch(
            lambda method, path, body: {"status": "COMPLETED", "httpStatusCode": 200, "httpBody": {}}
        )
        many = [Call(method="GET", path=f"/products/{number}") for number in range(1, calls + 1)]
        answers = ecwid.client.call_many(many)
        assert len(answers) == calls
        assert all(isinstance(one, bytes) for one in answers)
        assert len(ecwid.asked) == requests == len(ecwid.gate.calls) == ecwid.gate.entered

    def test_failures_stand_in_their_places(self, ecwid: Ecwid) -> None:
        ecwid.on("GET", "/products/1", answer({"id": 1}))
        ecwid.on("GET", "/products/2", refusal(404, "PRODUCT_NOT_FOUND"))
        first, second = ecwid.client.call_many([READ, Call(method="GET", path="/products/2")])
        assert first == b'{"id": 1}'
        assert isinstance(second, Gone)

    def test_after_a_rate_limit_the_rest_is_not_sent(self, ecwid: Ecwid) -> None:
        ecwid.on("GET", "/products/1", answer({}, 429))
        answers = ecwid.client.call_many([READ] * 3)
        assert [type(one) for one in answers] == [Retry] * 3
        assert len(ecwid.asked) == 1

    def test_what_was_written_before_a_token_died_is_not_forgotten(self, ecwid: Ecwid) -> None:
        ecwid.on("PUT", "/products/1", answer({"updateCount": 1}), answer(b"", 403))
        first, second, third = ecwid.client.call_many([WRITE] * 3)
        assert isinstance(first, bytes)
        assert isinstance(second, Reconnect)
        assert isinstance(third, Reconnect)
        assert len(ecwid.asked) == 2


EVIL_IDS: tuple[object, ...] = (
    "", " ", ".", "..", "/", "//", "1/..", "../products", "..%2Fproducts", "%2e%2e", "?", "#", "1?", "1#",
    "1/../", "0", "-1", "00", "1:", ":1", "1:0", "1:2:3", "1 ", " 1", "1\n", "\n", "\x00", "1;2", "*", "null",
    None, 0, 5, True, [], {}, "\uff11", "products", "deleted", "last",
)  # fmt: skip


class TestTheCatalogueCannotBeWiped:
    def test_the_connector_has_no_delete(self) -> None:
        assert {route.method for route in routes.ROUTES} == {"GET", "POST", "PUT"}

    @pytest.mark.parametrize(
        "path", ["/products", "/products/1", "/products/", "/orders/1", "/products/1/combinations"]
    )
    def test_a_delete_is_not_sent(self, ecwid: Ecwid, path: str) -> None:
        delete = Call(method="DELETE", path=path)  # type: ignore[arg-type]  # what the types already forbid
        one = ecwid.client
        for attempt in (
            lambda: one.call(delete),
            lambda: one.call_many([delete] * 9),
            lambda: one.call_in_queue([delete]),
        ):
            with pytest.raises(Refused):
                attempt()
        assert ecwid.asked == []

    @pytest.mark.parametrize("given", EVIL_IDS, ids=repr)
    def test_no_id_whatsoever_leads_to_the_bare_collection(self, ecwid: Ecwid, given: object) -> None:
        """Every public method that takes an id, with every odd id, and every plan made with one."""
        ecwid.on("GET", ".*", answer({"items": [], "total": 0}))
        ecwid.on_batch(
            lambda method, path, body: {"status": "COMPLETED", "httpStatusCode": 200, "httpBody": {}}
        )
        session = ECWID.open({"store_id": STORE, "token": TOKEN}, {}, None, ecwid.services)
        odd: str = given  # type: ignore[assignment]  # what the types already forbid
        writes = planned_with(odd)
        attempts: list[Callable[[], object]] = [
            lambda: session.orders.by_id([odd]),
            lambda: session.products.by_id([odd]),
            lambda: session.fulfillments.read([odd]),
            lambda: session.product_target.read([odd]),
            lambda: session.stock.read([odd]),
            lambda: session.stock.adjust([StockChange(remote_id=odd, delta=1, before=0)], "key"),
            lambda: session.stock.adjust(
                [StockChange(remote_id=odd, delta=n, before=0) for n in range(9)], "key"
            ),
            lambda: session.fulfillments.apply(writes),
            lambda: session.product_target.apply(writes),
            lambda: session.product_target.find(chair(odd)),
        ]
        for attempt in attempts:
            with contextlib.suppress(TypeError, AttributeError, ConnectorError):
                attempt()
        for method, path in sent(ecwid):
            assert method in {"GET", "PUT", "POST"}
            assert not {".", ".."} & set(path.split("/"))
            assert method == "GET" or re.fullmatch(r"/batch|/products/[1-9][0-9]*(/[a-z]+)?", path), (
                method,
                path,
            )


def planned_with(odd: object) -> list[Write]:
    """Plans as nobody makes them: an odd id in the path, and as the record that ``{id}`` stands for."""
    calls: list[dict[str, object]] = [
        {"method": method, "path": f"/products{path}", "body": {}}
        for method in ("DELETE", "PUT", "POST")
        for path in (f"/{odd}", f"/{odd}/inventory", f"/{odd}/combinations", "/{id}", "/{id}/combinations")
    ]
    calls += [{"method": "DELETE", "path": "/products"}, {"method": "PUT", "path": "/products"}]
    remote_id: str = odd  # type: ignore[assignment]  # what the types already forbid
    kinds: tuple[Literal["create", "update", "archive"], ...] = ("create", "update", "archive")
    return [
        Write(key=f"{kind}-{n}", remote_id=remote_id, kind=kind, changes=(), request={"calls": [call]})
        for kind in kinds
        for n, call in enumerate(calls)
    ]


def sent(ecwid: Ecwid) -> list[tuple[str, str]]:
    """Return method and path of all that was sent, also inside batches."""
    found = [(asked.method, asked.raw_path) for asked in ecwid.asked]
    for asked in ecwid.asked:
        if asked.path == "/batch" and isinstance(asked.body, list):
            found += [(call["method"], call["path"].partition("?")[0]) for call in asked.body]
    return found


def chair(sku: str) -> Product:
    return Product(ext_product_id="", sku=sku, name="Chair", stock=Stock(state="unknown"))


class TestPaths:
    def test_order_ids_are_encoded(self, ecwid: Ecwid) -> None:
        assert routes.order_path("№ 12/7") == "/orders/%E2%84%96%2012%2F7"
        ecwid.on("GET", "/orders/№ 12/7", answer({"id": 1}))
        ecwid.client.call(Call(method="GET", path=routes.order_path("№ 12/7")))
        assert ecwid.asked[0].raw_path == "/orders/%E2%84%96%2012%2F7"

    def test_units(self) -> None:
        assert routes.unit_path("12") == "/products/12"
        assert routes.unit_path("12:34") == "/products/12/combinations/34"
        assert routes.product_path("12:34") == "/products/12"

    @pytest.mark.parametrize("given", EVIL_IDS, ids=repr)
    def test_what_is_no_unit_has_no_path(self, given: object) -> None:
        with pytest.raises(Refused):
            routes.unit_path(given)  # type: ignore[arg-type]  # what the types already forbid

    @pytest.mark.parametrize(
        "call", ["/products/1/../", "/products/..", "/orders/..", "/orders/.", "/orders/", "/products/1/"]
    )
    def test_paths_that_lead_elsewhere_are_no_route(self, call: str) -> None:
        for method in ("GET", "PUT", "POST"):
            with pytest.raises(Refused):
                routes.scope_for(Call(method=method, path=call))

    def test_a_plan_of_another_form_is_refused(self) -> None:
        for plan in (
            {},
            {"calls": 5},
            {"calls": [{"method": "DELETE", "path": "/products"}]},
            {"calls": [{"path": "/x"}]},
        ):
            with pytest.raises(Refused):
                routes.planned_calls(plan)


def test_a_client_may_be_closed_twice(ecwid: Ecwid) -> None:
    one = Client(ecwid.services, STORE, TOKEN)
    one.close()
    one.close()
