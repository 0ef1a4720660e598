"""Webhooks: signature, request, retries on a moved clock, mischief, scopes, blocking."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.unit.ecwid_twin.conftest import NOW, Caller, make

from ecwid_twin.config import CLIENT_SECRET
from ecwid_twin.webhooks.delivery import STEPS
from ecwid_twin.webhooks.event import Event, signature

SAMPLES = Path(__file__).parents[2] / "fixtures" / "ecwid_api"


class Receiver:
    """An endpoint that keeps what it gets and answers with the next of `statuses`, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], dict[str, object]]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def types(self) -> list[object]:
        return [body["eventType"] for _, _, body in self.got]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def sender(receiver: Receiver) -> Iterator[Caller]:
    call = make(webhook_url=receiver.url)
    call.twin.start()
    yield call
    call.twin.stop()


def test_the_signature_vectors() -> None:
    vectors = json.loads((SAMPLES / "composed/webhooks/signature_vectors.json").read_text())
    assert len(vectors) == 3
    for vector in vectors:
        made = signature(vector["client_secret"], vector["eventCreated"], vector["eventId"])
        assert made == vector["X-Ecwid-Webhook-Signature"]


def test_the_request(sender: Caller, receiver: Receiver) -> None:
    sender.control.configure_webhooks(f"{receiver.url}?key=1", headers={"X-Mine": "yes"})
    made = sender.post("/orders", {"paymentStatus": "PAID"})
    assert sender.control.flush_webhooks()
    path, headers, body = receiver.got[0]
    assert parse_qs(urlsplit(path).query) == {"key": ["1"], "eventtype": ["order.created"]}
    assert headers["Content-Type"] == "application/json; charset=UTF-8"
    assert headers["Cache-Control"] == "no-cache"
    assert headers["X-Mine"] == "yes"
    assert body["entityId"] == made["id"]
    assert body["eventCreated"] == NOW
    assert body["storeId"] == 1003
    assert body["data"] == {
        "orderId": made["orderId"],
        "newPaymentStatus": "PAID",
        "newFulfillmentStatus": "AWAITING_PROCESSING",
    }
    expected = signature(CLIENT_SECRET, NOW, str(body["eventId"]))
    assert headers["X-Ecwid-Webhook-Signature"] == expected


@pytest.mark.parametrize(
    "path",
    sorted((SAMPLES / "webhooks").glob("*.json")),
    ids=lambda path: path.stem,
)
def test_the_bodies_have_the_recorded_shapes(path: Path) -> None:
    sample = json.loads(path.read_text())
    event = Event(
        sample["eventId"],
        sample["eventCreated"],
        sample["storeId"],
        sample["eventType"],
        sample["entityId"],
        sample.get("data"),
    )
    assert json.loads(event.body()) == sample


def test_failures_are_repeated_on_schedule_with_the_same_event(sender: Caller, receiver: Receiver) -> None:
    assert len(STEPS) == 27
    assert (STEPS[1], STEPS[3], STEPS[4], STEPS[-1]) == (900, 2700, 3600, 23 * 3600)
    receiver.statuses = [500, 302, 404]
    sender.post("/products", {"name": "Mug"})
    assert sender.control.flush_webhooks()
    assert len(receiver.got) == 1
    sender.control.advance(899)
    assert sender.control.flush_webhooks()
    assert len(receiver.got) == 1, "not before a quarter of an hour"
    for seconds in (1, 900, 900):
        sender.control.advance(seconds)
        assert sender.control.flush_webhooks()
    assert len(receiver.got) == 4
    assert len({body["eventId"] for _, _, body in receiver.got}) == 1
    assert {body["eventCreated"] for _, _, body in receiver.got} == {NOW}
    attempts = sender.control.webhooks()["attempts"]
    assert [attempt["status"] for attempt in attempts] == [500, 302, 404, 200]
    assert sender.control.webhooks()["waiting"] == 0


def test_the_schedule_can_run_faster(sender: Caller, receiver: Receiver) -> None:
    sender.control.set(webhookSpeed=900.0)
    receiver.statuses = [500]
    sender.post("/products", {"name": "Mug"})
    assert sender.control.flush_webhooks()
    sender.control.advance(1)
    assert sender.control.flush_webhooks()
    assert len(receiver.got) == 2


def test_an_event_is_dropped_after_twenty_seven_attempts(sender: Caller, receiver: Receiver) -> None:
    receiver.statuses = [500] * 100
    sender.post("/products", {"name": "Mug"})
    for _ in range(30):
        assert sender.control.flush_webhooks(everything=True)
    assert len(receiver.got) == 27


def test_a_url_that_fails_for_two_weeks_is_blocked(sender: Caller, receiver: Receiver) -> None:
    receiver.statuses = [500] * 100
    sender.post("/products", {"name": "Mug"})
    assert sender.control.flush_webhooks()
    sender.control.advance(14 * 86400)
    assert sender.control.flush_webhooks()
    assert sender.control.webhooks()["blocked"] is True
    before = len(receiver.got)
    sender.post("/products", {"name": "Cup"})
    assert sender.control.flush_webhooks()
    assert len(receiver.got) == before
    receiver.statuses = []
    sender.control.unblock_webhooks()
    sender.post("/products", {"name": "Jug"})
    assert sender.control.flush_webhooks()
    assert len(receiver.got) == before + 1


def test_drop_duplicate_reorder_delay_forge(sender: Caller, receiver: Receiver) -> None:
    control = sender.control
    control.mischief("drop", "product.created")
    number = sender.post("/products", {"name": "Mug"})["id"]
    control.mischief("duplicate")
    sender.put(f"/products/{number}", {"price": 1})
    assert control.flush_webhooks()
    assert receiver.types() == ["product.updated", "product.updated"]
    assert receiver.got[0][2]["eventId"] == receiver.got[1][2]["eventId"]
    receiver.got.clear()
    control.mischief("reorder", "product.updated")
    sender.put(f"/products/{number}", {"price": 2})
    sender("DELETE", f"/products/{number}")
    assert control.flush_webhooks()
    assert receiver.types() == ["product.deleted", "product.updated"]
    receiver.got.clear()
    control.mischief("delay", delay=60)
    sender.post("/products", {"name": "Late"})
    assert control.flush_webhooks()
    assert receiver.got == []
    control.advance(60)
    control.mischief("forge")
    sender.post("/products", {"name": "Forged"})
    assert control.flush_webhooks()
    good = [
        headers["X-Ecwid-Webhook-Signature"]
        == signature(CLIENT_SECRET, int(str(body["eventCreated"])), str(body["eventId"]))
        for _, headers, body in receiver.got
    ]
    assert sorted(good) == [False, True]
    with pytest.raises(ValueError, match="action must be one of"):
        control.mischief("eat")


def test_redelivery(sender: Caller, receiver: Receiver) -> None:
    sender.post("/products", {"name": "Mug"})
    assert sender.control.flush_webhooks()
    event = str(receiver.got[0][2]["eventId"])
    assert sender.control.redeliver(event)
    assert sender.control.flush_webhooks()
    assert len(receiver.got) == 2
    assert not sender.control.redeliver("nope")


def test_events_need_the_matching_scope_and_type(receiver: Receiver) -> None:
    call = make(webhook_url=receiver.url, token_scopes=("read_orders", "create_orders", "create_catalog"))
    call.post("/products", {"name": "Mug"})
    assert call.events() == []
    call.post("/orders", {})
    assert call.events() == ["order.created"]
    call.control.configure_webhooks(receiver.url, types=["product.created"])
    call.post("/orders", {})
    assert call.control.webhooks()["waiting"] == 1, "only the one from before the types were chosen"


def test_without_an_installed_app_nothing_is_told(call: Caller) -> None:
    call.control.revoke_token(call.token)
    for token in call.control.tokens():
        call.control.revoke_token(token.value)
    call.control.create_product({"name": "Mug"})
    assert call.events() == []


def test_profile_and_application_events_name_the_store(call: Caller) -> None:
    call.put("/profile", {"settings": {"closed": True}})
    call.control.uninstall()
    by_type = {event.type: event.entity for event in call.twin.postman.events}
    assert by_type == {"profile.updated": 1003, "application.uninstalled": "1003"}
