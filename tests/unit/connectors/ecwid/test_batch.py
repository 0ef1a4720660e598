"""The batch queue: handing in, looking after, and reading each answer on its own."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable

import httpx2
import pytest
from scripted_ecwid import Ecwid, answer, inner, refusal

from crossdock.connectors.ecwid import batch
from crossdock.connectors.ecwid.routes import Call
from crossdock.connectors.errors import ConnectorError, Gone, InDoubt, Reconnect, Refused, Retry

READS = [Call(method="GET", path=f"/products/{n}", query={"responseFields": "id,sku"}) for n in range(1, 6)]
WRITES = [
    Call(method="PUT", path=f"/products/{n}/inventory", body={"quantityDelta": -n}) for n in range(1, 6)
]
UPDATED = inner({"updateCount": 1})


@pytest.fixture
def ecwid() -> Ecwid:
    return Ecwid()


def kinds(answers: list[bytes | ConnectorError]) -> list[type[object]]:
    return [type(one) for one in answers]


def scripted_answers(ecwid: Ecwid, *responses: object) -> None:
    ecwid.on("POST", "/batch", answer({"ticket": "t"}))
    ecwid.on("GET", "/batch", answer({"status": "COMPLETED", "responses": list(responses)}))


class TestHandingIn:
    def test_a_batch_goes_on_after_a_failure_and_names_its_calls(self, ecwid: Ecwid) -> None:
        ecwid.on_batch(lambda *_: UPDATED)
        ecwid.client.call_many(WRITES)
        post = ecwid.asked[0]
        assert post.query["stopOnFirstFailure"] == "false"
        assert "allowParallelMode" not in post.query
        assert isinstance(post.body, list)
        assert post.body[0] == {
            "id": "0",
            "method": "PUT",
            "path": "/products/1/inventory",
            "body": {"quantityDelta": -1},
        }

    def test_reads_may_run_side_by_side_and_keep_their_fields(self, ecwid: Ecwid) -> None:
        ecwid.on_batch(lambda *_: inner({"id": 1}))
        ecwid.client.call_many(READS)
        post = ecwid.asked[0]
        assert post.query["allowParallelMode"] == "true"
        assert "deduplicationKey" not in post.query
        assert isinstance(post.body, list)
        assert post.body[0]["path"] == "/products/1?responseFields=id%2Csku"

    def test_the_same_key_and_calls_are_the_same_batch_and_others_are_not(self, ecwid: Ecwid) -> None:
        ecwid.on_batch(lambda *_: UPDATED)
        one = ecwid.client
        one.call_many(WRITES, "push-7")
        one.call_many(WRITES, "push-7")
        one.call_many(WRITES[:4], "push-7")
        one.call_many(WRITES, "push-8")
        one.call_many(WRITES)
        one.call_many(WRITES)
        keys = [asked.query["deduplicationKey"] for asked in ecwid.asked if asked.method == "POST"]
        assert keys[0] == keys[1]
        assert len(set(keys)) == 5
        assert all(str(uuid.UUID(key)) == key for key in keys)

    def test_a_lost_ticket_is_asked_for_again_under_the_same_key(self, ecwid: Ecwid) -> None:
        ecwid.on_batch(lambda *_: UPDATED)
        ecwid.on(
            "POST",
            "/batch",
            httpx2.ReadTimeout("slow"),
            answer(b"<html>", 502),
            answer({"ticket": "ticket-0"}),
        )
        ecwid.on(
            "GET",
            "/batch",
            answer({"status": "COMPLETED", "responses": [{"id": str(n), **UPDATED} for n in range(5)]}),
        )
        assert kinds(ecwid.client.call_many(WRITES)) == [bytes] * 5
        keys = [asked.query["deduplicationKey"] for asked in ecwid.asked if asked.method == "POST"]
        assert len(keys) == 3
        assert len(set(keys)) == 1

    def test_writes_that_may_have_been_taken_are_in_doubt(self, ecwid: Ecwid) -> None:
        ecwid.on("POST", "/batch", httpx2.ReadTimeout("slow"))
        assert kinds(ecwid.client.call_many(WRITES)) == [InDoubt] * 5
        assert len(ecwid.asked) == batch.REPEATS

    def test_reads_are_not_handed_in_again(self, ecwid: Ecwid) -> None:
        ecwid.on("POST", "/batch", httpx2.ReadTimeout("slow"))
        assert kinds(ecwid.client.call_many(READS)) == [Retry] * 5
        assert len(ecwid.asked) == 1

    @pytest.mark.parametrize("turned_away", [answer({}, 429), httpx2.ConnectError("refused")])
    def test_writes_turned_away_at_the_door_did_not_happen(
        self, ecwid: Ecwid, turned_away: httpx2.Response | Exception
    ) -> None:
        ecwid.on("POST", "/batch", turned_away)
        answers = ecwid.client.call_many(WRITES)
        assert all(isinstance(one, Retry) and not isinstance(one, InDoubt) for one in answers)
        assert len(ecwid.asked) == 1

    def test_a_refused_batch_refuses_its_calls(self, ecwid: Ecwid, sample: Callable[[str], bytes]) -> None:
        ecwid.on("POST", "/batch", answer(sample("batch/batch_error_bad_body_2020.json"), 400))
        answers = ecwid.client.call_many(WRITES)
        assert kinds(answers) == [Refused] * 5
        assert "Can't create batch" in str(answers[0])

    def test_a_dead_token_raises(self, ecwid: Ecwid) -> None:
        ecwid.on("POST", "/batch", answer(b"", 403))
        with pytest.raises(Reconnect):
            ecwid.client.call_many(WRITES)

    def test_chunks_are_kept_apart(self, ecwid: Ecwid) -> None:
        ecwid.on_batch(lambda method, path, body: inner({"path": path}))
        answers = ecwid.client.call_many(READS, chunk=2)
        assert [json.loads(one)["path"][:11] for one in answers if isinstance(one, bytes)] == [
            f"/products/{n}" for n in range(1, 6)
        ]
        assert ecwid.paths() == ["POST /batch", "GET /batch"] * 3


class TestLookingAfter:
    def test_the_pauses_grow(self, ecwid: Ecwid) -> None:
        ecwid.on_batch(lambda *_: UPDATED, looks=4)
        assert kinds(ecwid.client.call_many(WRITES)) == [bytes] * 5
        assert ecwid.slept == [0.5, 1.0, 1.5, 2.0]
        assert len(ecwid.gate.calls) == 5

    def test_patience_ends(self, ecwid: Ecwid) -> None:
        ecwid.on_batch(lambda *_: UPDATED, looks=10_000)
        assert kinds(ecwid.client.call_many(WRITES)) == [InDoubt] * 5
        assert kinds(ecwid.client.call_many(READS)) == [Retry] * 5
        assert sum(ecwid.slept) <= 2 * (batch.PATIENCE + batch.LONGEST_PAUSE)
        assert max(ecwid.slept) == batch.LONGEST_PAUSE

    def test_a_failed_look_is_no_failed_batch(self, ecwid: Ecwid) -> None:
        done = answer({"status": "COMPLETED", "responses": [{"id": str(n), **UPDATED} for n in range(5)]})
        ecwid.on("POST", "/batch", answer({"ticket": "t"}))
        ecwid.on("GET", "/batch", answer(b"<html>", 503), answer({}, 429, {"Retry-After": "20"}), done)
        assert kinds(ecwid.client.call_many(WRITES)) == [bytes] * 5
        assert ecwid.slept[-1] == 20
        assert ecwid.gate.blocked == [20]

    def test_a_lost_batch_leaves_its_writes_in_doubt(self, ecwid: Ecwid) -> None:
        ecwid.on("POST", "/batch", answer({"ticket": "t"}))
        ecwid.on("GET", "/batch", refusal(404, "SOMETHING_NOT_FOUND"))
        assert kinds(ecwid.client.call_many(WRITES)) == [InDoubt] * 5
        assert len(ecwid.asked) == 1 + batch.REPEATS

    def test_a_long_pause_is_left_to_the_gate(self, ecwid: Ecwid) -> None:
        ecwid.on("POST", "/batch", answer({"ticket": "t"}))
        ecwid.on("GET", "/batch", answer({}, 429, {"Retry-After": "3600"}))
        ecwid.client.call_many(WRITES)
        assert max(ecwid.slept) == batch.LONGEST_ASKED


class TestReadingAnswers:
    def test_each_answer_is_sorted_on_its_own(self, ecwid: Ecwid) -> None:
        scripted_answers(
            ecwid,
            {"id": "0", **UPDATED},
            {"id": "1", **inner({"errorCode": "PRODUCT_NOT_FOUND", "errorMessage": "gone"}, 404)},
            {"id": "2", **inner({"errorCode": "RATE_LIMITED"}, 429)},
            {"id": "3", **inner({}, 503)},
            {"id": "4", "status": "NOT_EXECUTED"},
        )
        answers = ecwid.client.call_many(WRITES)
        assert kinds(answers) == [bytes, Gone, Retry, InDoubt, InDoubt]
        assert kinds(ecwid.client.call_many(READS)) == [bytes, Gone, Retry, Retry, Retry]

    def test_the_order_of_answers_does_not_matter(self, ecwid: Ecwid) -> None:
        scripted_answers(ecwid, *[{"id": str(n), **inner({"n": n})} for n in (3, 0, 4, 1, 2)])
        answers = ecwid.client.call_many(READS)
        assert [json.loads(one)["n"] for one in answers if isinstance(one, bytes)] == [0, 1, 2, 3, 4]

    def test_answers_without_ids_count_by_place(self, ecwid: Ecwid) -> None:
        scripted_answers(
            ecwid, *[{"httpBody": {"n": n}, "httpCode": "200", "status": "COMPLETED"} for n in range(5)]
        )
        answers = ecwid.client.call_many(READS)
        assert [json.loads(one)["n"] for one in answers if isinstance(one, bytes)] == [0, 1, 2, 3, 4]

    def test_a_missing_or_malformed_answer_hides_no_other(self, ecwid: Ecwid) -> None:
        scripted_answers(
            ecwid,
            {"id": "0", **UPDATED},
            5,
            {"id": "2", "status": ["?"]},
            {"id": 4, **UPDATED},
            {"id": "3", "status": "COMPLETED", "httpStatusCode": 200, "escapedHttpBody": "<html>"},
        )
        assert kinds(ecwid.client.call_many(WRITES)) == [bytes, InDoubt, InDoubt, InDoubt, bytes]

    def test_the_exact_bytes_are_kept(self, ecwid: Ecwid) -> None:
        exact = '{"price": 10.10, "name": "\\u00e9/\\/"}'
        raw = (
            b'{"status":"COMPLETED","responses":['
            + b",".join(
                b'{"id":"%d","status":"COMPLETED","httpStatusCode":200,%s}'
                % (
                    n,
                    (b'"escapedHttpBody":' + json.dumps(exact).encode())
                    if n % 2
                    else b'"httpBody":' + exact.encode(),
                )
                for n in range(5)
            )
            + b"]}"
        )
        ecwid.on("POST", "/batch", answer({"ticket": "t"}))
        ecwid.on("GET", "/batch", answer(raw))
        assert ecwid.client.call_many(READS) == [exact.encode()] * 5
        assert ecwid.asked[1].query == {"ticket": "t", "escapedJson": "true"}

    def test_a_token_that_died_inside_is_not_used_again(self, ecwid: Ecwid) -> None:
        responses = [
            {"id": "0", **UPDATED},
            *({"id": str(n), **inner({"errorCode": "INVALID_API_TOKEN"}, 403)} for n in range(1, 5)),
        ]
        scripted_answers(ecwid, *responses)
        one = ecwid.client
        assert kinds(one.call_many(WRITES)) == [bytes, *[Reconnect] * 4]
        with pytest.raises(Reconnect):
            one.call(READS[0])
        assert len(ecwid.asked) == 2

    @pytest.mark.parametrize(
        "name",
        [
            "composed/batch/batch_status_escaped.json",
            "composed/batch/batch_status_failed_and_not_executed.json",
            "batch/batch_status_completed_2020.json",
        ],
    )
    def test_the_samples_are_read(self, ecwid: Ecwid, sample: Callable[[str], bytes], name: str) -> None:
        status = json.loads(sample(name))
        for place, response in enumerate(status["responses"]):
            response["id"] = str(place)
        ecwid.on("POST", "/batch", answer(sample("batch/batch_create_response_2020.json")))
        ecwid.on("GET", "/batch", answer(sample("composed/batch/batch_status_queued.json")), answer(status))
        answers = ecwid.client.call_in_queue(READS[: len(status["responses"])])
        wanted = {"COMPLETED": bytes, "FAILED": Gone, "NOT_EXECUTED": Retry}
        assert kinds(answers) == [wanted[response["status"]] for response in status["responses"]]


def test_batches_do_not_go_beyond_what_ecwid_takes(ecwid: Ecwid) -> None:
    ecwid.on_batch(lambda *_: UPDATED)
    ecwid.client.call_many(WRITES * 201, "k", chunk=5000)
    sizes = [len(asked.body) for asked in ecwid.asked if isinstance(asked.body, list)]
    assert sizes == [500, 500, 5]
    assert not re.search("DELETE", repr(ecwid.asked))
