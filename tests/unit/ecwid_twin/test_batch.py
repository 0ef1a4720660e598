"""Batches: order, failure, deduplication, delays, repeats after a 5xx."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.ecwid_twin.conftest import Caller, make


def get(path: str, identity: str | None = None) -> dict[str, object]:
    inner: dict[str, object] = {"method": "GET", "path": path}
    return inner if identity is None else {**inner, "id": identity}


@pytest.fixture
def quick(call: Caller) -> Caller:
    call.control.set(batchDelay=0.0)
    return call


def run(call: Caller, inners: list[Any], query: str = "") -> Any:  # Any: JSON
    ticket = call.post(f"/batch{query}", inners)["ticket"]
    return call.get(f"/batch?ticket={ticket}")


def test_a_batch_waits_works_and_ends(call: Caller) -> None:
    call.control.set(batchDelay=2.0, batchCallSeconds=1.0)
    ticket = call.post("/batch", [get("/profile?responseFields=company(city)", "a"), get("/latest-stats")])[
        "ticket"
    ]
    path = f"/batch?ticket={ticket}"
    assert call.get(path) == {"status": "QUEUED", "totalRequests": 2, "completedRequests": 0}
    call.control.advance(2)
    assert call.get(path)["status"] == "IN_PROGRESS"
    call.control.advance(1)
    done = call.get(path)
    assert (done["status"], done["completedRequests"]) == ("COMPLETED", 2)
    first, second = done["responses"]
    assert first == {
        "id": "a",
        "httpBody": {"company": {"city": "Tbilisi"}},
        "httpStatusCode": 200,
        "httpStatusLine": "OK",
        "status": "COMPLETED",
    }
    assert "id" not in second


def test_it_stops_at_the_first_failure_unless_told_otherwise(quick: Caller) -> None:
    inners = [get("/profile", "a"), get("/products/1", "b"), get("/profile", "c")]
    done = run(quick, inners)
    assert [row["status"] for row in done["responses"]] == ["COMPLETED", "FAILED", "NOT_EXECUTED"]
    assert done["responses"][1]["httpStatusCode"] == 404
    assert done["responses"][1]["httpBody"]["errorCode"] == "PRODUCT_NOT_FOUND"
    assert done["responses"][2] == {"id": "c", "status": "NOT_EXECUTED"}
    assert done["completedRequests"] == 2
    assert done["status"] == "COMPLETED"
    done = run(quick, inners, "?stopOnFirstFailure=false")
    assert [row["status"] for row in done["responses"]] == ["COMPLETED", "FAILED", "COMPLETED"]


def test_bodies_are_json_and_writes_happen(quick: Caller) -> None:
    number = quick.post("/products", {"name": "Mug", "quantity": 5})["id"]
    inners = [
        {"method": "PUT", "path": f"/products/{number}/inventory", "body": {"quantityDelta": -2}},
        {"method": "POST", "path": "/products", "body": {"name": "Cup"}},
        {"method": "GET", "path": f"/products/{number}", "body": None},
    ]
    done = run(quick, inners)
    assert done["responses"][0]["httpBody"] == {"updateCount": 1}
    assert done["responses"][2]["httpBody"]["quantity"] == 3


def test_escaped_bodies(quick: Caller) -> None:
    ticket = quick.post("/batch", [get("/profile?responseFields=company(city)")])["ticket"]
    row = quick.get(f"/batch?ticket={ticket}&escapedJson=true")["responses"][0]
    assert row["escapedHttpBody"] == '{"company":{"city":"Tbilisi"}}'
    assert "httpBody" not in row


def test_the_same_key_is_the_same_batch(quick: Caller) -> None:
    number = quick.post("/products", {"name": "Mug", "quantity": 5})["id"]
    move = [{"method": "PUT", "path": f"/products/{number}/inventory", "body": {"quantityDelta": -1}}]
    first = quick.post("/batch?deduplicationKey=k1", move)["ticket"]
    assert quick.post("/batch?deduplicationKey=k1", move)["ticket"] == first
    assert quick.get(f"/products/{number}")["quantity"] == 4
    quick.post("/batch?deduplicationKey=k2", move)
    assert quick.get(f"/products/{number}")["quantity"] == 3


def test_every_inner_call_needs_its_scope() -> None:
    call = make(token_scopes=("read_catalog",))
    call.control.set(batchDelay=0.0)
    done = run(call, [get("/products"), get("/orders")])
    assert [row["httpStatusCode"] for row in done["responses"]] == [200, 403]


def test_inner_calls_do_not_count_for_the_limit() -> None:
    call = make(rate_limit=3)
    call.control.set(batchDelay=0.0)
    done = run(call, [get("/profile") for _ in range(20)])
    assert {row["httpStatusCode"] for row in done["responses"]} == {200}
    inner = [entry for entry in call.control.calls() if entry["ticket"]]
    assert len(inner) == 20, "they are in the list of calls, marked with their ticket"


def test_a_5xx_is_tried_five_times_more(quick: Caller) -> None:
    quick.control.fault(path="/latest-stats", status=503, times=3)
    ticket = quick.post("/batch?stopOnFirstFailure=false", [get("/latest-stats"), get("/profile")])["ticket"]
    for _ in range(3):
        assert quick.get(f"/batch?ticket={ticket}")["status"] == "IN_PROGRESS"
        quick.control.advance(3)
    done = quick.get(f"/batch?ticket={ticket}")
    assert [row["httpStatusCode"] for row in done["responses"]] == [200, 200]
    quick.control.fault(path="/latest-stats", status=503, times=100)
    ticket = quick.post("/batch?stopOnFirstFailure=false", [get("/latest-stats"), get("/profile")])["ticket"]
    for _ in range(5):
        quick.control.advance(3)
        quick.get(f"/batch?ticket={ticket}")
    done = quick.get(f"/batch?ticket={ticket}")
    assert [row["httpStatusCode"] for row in done["responses"]] == [503, 200]
    assert quick.twin.dial.faults[0].times == 94


def test_batches_run_one_after_the_other(call: Caller) -> None:
    call.control.set(batchDelay=1.0, batchCallSeconds=1.0)
    first = call.post("/batch", [get("/profile")] * 3)["ticket"]
    second = call.post("/batch", [get("/profile")])["ticket"]
    call.control.advance(2)
    states = [call.get(f"/batch?ticket={ticket}")["status"] for ticket in (first, second)]
    assert states == ["IN_PROGRESS", "QUEUED"]
    call.control.advance(2)
    assert call.get(f"/batch?ticket={second}")["status"] == "COMPLETED"


def test_parallel_mode_carries_out_everything(quick: Caller) -> None:
    inners = [get("/profile?responseFields=company(city)", str(number)) for number in range(50)]
    done = run(quick, inners, "?allowParallelMode=true")
    assert sorted(int(row["id"]) for row in done["responses"]) == list(range(50))
    assert [row["id"] for row in done["responses"]] != [str(number) for number in range(50)]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        [{"id": 1, "method": "GET", "path": "/profile"}],
        [{"method": "PATCH", "path": "/profile"}],
        [{"method": "GET", "path": "profile"}],
        [{"method": "GET", "path": "/profile"}] * 501,
    ],
)
def test_wrong_batches(call: Caller, body: object) -> None:
    answer = call("POST", "/batch", body)
    assert answer.status == 400
    assert answer.json["error_message"].startswith("Can't create batch. Batch request body is invalid.")


def test_the_documented_wording_for_a_numeric_id(call: Caller) -> None:
    answer = call("POST", "/batch", [{"id": 1, "method": "GET", "path": "/profile"}])
    assert answer.json == {
        "error_message": "Can't create batch. Batch request body is invalid. Path $[0].id contains bad value"
    }


def test_lists_groups_and_unknown_tickets(call: Caller) -> None:
    call.post("/batch?groupId=g", [get("/profile")])
    call.post("/batch?groupId=g", [get("/profile")])
    assert call.get("/batch?status=QUEUED")["total"] == 2
    assert call("POST", "/batch/cancel-group?groupId=g").json == {"updateCount": 2}
    assert call.get("/batch?status=QUEUED")["total"] == 0
    assert call("GET", "/batch?ticket=nope").status == 404
