"""Many calls for the price of three requests: Ecwid's batch queue (ecwid-api/batch.md).

A batch is handed in (one request), waits in the store's queue, and is looked after with growing pauses.
It keeps going after a failed call (`stopOnFirstFailure=false`) and each answer is read on its own. Writes
carry a deduplication key, so handing the same batch in again after a lost answer does not run it twice.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from crossdock.connectors.contract import Services
from crossdock.connectors.ecwid import faults
from crossdock.connectors.ecwid.routes import Call
from crossdock.connectors.errors import ConnectorError, InDoubt, Reconnect, Retry

LARGEST = 500
"""The most calls in one batch."""

REQUESTS = 3
"""What a batch usually costs: one request to hand it in and two to look after it."""

FIRST_PAUSE, PAUSE_STEP, LONGEST_PAUSE = 0.5, 0.5, 10.0
LONGEST_ASKED = 60.0
PATIENCE = 300.0
"""Seconds of pauses after which a batch is no longer waited for."""

REPEATS = 3
"""How often a batch is handed in, or looked for, in a row without an answer before giving up."""

_NAMESPACE = uuid.UUID("6f0f5c6e-6f3d-5b0a-9d0e-5a1f6f1f3a10")


def worth_it(calls: int) -> bool:
    """True when a batch needs fewer requests than sending `calls` calls one by one (more than three)."""
    return calls > REQUESTS


class Sender(Protocol):
    """What the queue needs of the client."""

    services: Services

    def call(self, call: Call) -> bytes:
        """Send one call."""

    def noted(self, error: ConnectorError) -> ConnectorError:
        """Remember what an error means for later calls."""


class _Ticket(Struct):
    ticket: str


class _Response(Struct):
    id: str | int | None = None
    status: str = ""
    code: int | str | None = msgspec.field(default=None, name="httpStatusCode")
    other_code: int | str | None = msgspec.field(default=None, name="httpCode")
    line: str | None = msgspec.field(default=None, name="httpStatusLine")
    body: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name="httpBody")
    escaped: str | None = msgspec.field(default=None, name="escapedHttpBody")


class _Progress(Struct):
    status: str
    responses: list[msgspec.Raw] | None = None


class Queue:
    """The batch queue of one store."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def run(
        self, calls: Sequence[Call], key: str | None, *, chunk: int = LARGEST
    ) -> list[bytes | ConnectorError]:
        """Run the calls in as few batches as they fit; a failure stands in its calls' places."""
        answers: list[bytes | ConnectorError] = []
        size = max(1, min(chunk, LARGEST))
        for start in range(0, len(calls), size):
            part = calls[start : start + size]
            try:
                answers += self._run_one(part, f"{key}/{start}" if key else None)
            except ConnectorError as error:
                # Not one of this part's calls was run; the parts after it would meet the same end.
                return answers + [error] * (len(calls) - len(answers))
        return answers

    def _run_one(self, calls: Sequence[Call], key: str | None) -> list[bytes | ConnectorError]:
        writes = any(call.writes for call in calls)
        body = [
            {"id": str(number), "method": call.method, "path": call.target, "body": call.body}
            for number, call in enumerate(calls)
        ]
        query = {"stopOnFirstFailure": "false"}
        if writes:
            query["deduplicationKey"] = self._deduplication_key(key, msgspec.json.encode(body))
        else:
            query["allowParallelMode"] = "true"
        try:
            ticket = self._hand_in(Call(method="POST", path="/batch", query=query, body=body), repeat=writes)
        except InDoubt as error:
            return [_unknown(call, error.reason) for call in calls]
        return self._await(ticket, calls)

    def _hand_in(self, call: Call, *, repeat: bool) -> str:
        """Hand a batch in and return its ticket. Raises `InDoubt` when writes may be in the queue unseen."""
        for attempt in range(1, REPEATS + 1):
            try:
                body = self._sender.call(call)
                return msgspec.json.decode(body, type=_Ticket).ticket
            except msgspec.DecodeError:
                error = Retry("Ecwid took a batch but gave no ticket for it.")
            except Retry as retry:
                if attempt == 1 and (isinstance(retry, faults.NotSent) or retry.code == "rateLimited"):
                    raise  # turned away at the door, or never sent: known not to have happened
                error = retry
            if not repeat:
                raise Retry(error.reason, after=error.after, code=error.code)
            if attempt < REPEATS:
                self._sender.services.sleep(_pause(FIRST_PAUSE * attempt, error))
        raise InDoubt(f"A batch may or may not have been taken: {error.reason}")

    def _await(self, ticket: str, calls: Sequence[Call]) -> list[bytes | ConnectorError]:
        """Look after a batch until it is done, or patience is."""
        look = Call(method="GET", path="/batch", query={"ticket": ticket, "escapedJson": "true"})
        pause, waited, failures, reason = FIRST_PAUSE, 0.0, 0, "Ecwid has not finished the batch in time."
        while waited < PATIENCE and failures < REPEATS:
            self._sender.services.sleep(pause)
            waited += pause
            pause = min(pause + PAUSE_STEP, LONGEST_PAUSE)
            try:
                progress = msgspec.json.decode(self._sender.call(look), type=_Progress)
            except Reconnect:
                raise
            except Retry as error:
                failures += 1
                pause, reason = _pause(pause, error), error.reason
            except (ConnectorError, msgspec.DecodeError, RecursionError) as error:
                failures += 1
                reason = f"The state of the batch cannot be read ({error})."
            else:
                failures = 0
                if progress.status.upper() == "COMPLETED":
                    return self._answers(calls, [_response(raw) for raw in progress.responses or []])
        return [_unknown(call, reason) for call in calls]

    def _answers(self, calls: Sequence[Call], responses: Sequence[_Response]) -> list[bytes | ConnectorError]:
        """Sort a finished batch's answers to its calls: by id, or by place where none came back."""
        by_id = {str(item.id): item for item in responses if item.id not in (None, "")}
        if not by_id and len(responses) == len(calls):
            by_id = {str(number): item for number, item in enumerate(responses)}
        return [self._answer(call, by_id.get(str(number))) for number, call in enumerate(calls)]

    def _answer(self, call: Call, response: _Response | None) -> bytes | ConnectorError:
        if response is None:
            return _unknown(call, "Ecwid's batch holds no answer to this call.")
        if response.status.upper() == "NOT_EXECUTED":
            return _unknown(call, "Ecwid did not get to this call of the batch.")
        status, body = _status(response), _body(response)
        if status is None:
            status = 200 if response.status.upper() == "COMPLETED" else 500
        if 200 <= status < 300:
            try:
                msgspec.json.decode(body, type=msgspec.Raw)
            except (msgspec.DecodeError, RecursionError):
                return _unknown(call, "Ecwid's answer inside the batch is not valid JSON.")
            return body
        return self._sender.noted(faults.sort(call, status, body, reason_phrase=response.line or ""))

    def _deduplication_key(self, key: str | None, body: bytes) -> str:
        """A UUID for this batch: the same for the same key and calls, another for any other calls."""
        if key is None:
            return str(uuid.UUID(int=self._sender.services.random.getrandbits(128), version=4))
        return str(uuid.uuid5(_NAMESPACE, f"{key}/{hashlib.sha256(body).hexdigest()}"))


def _pause(seconds: float, error: Retry) -> float:
    """As long as asked for, within reason: the gate keeps longer pauses for everybody."""
    return max(seconds, min(error.after or 0.0, LONGEST_ASKED))


def _unknown(call: Call, reason: str) -> ConnectorError:
    return faults.lost(call, reason)


def _response(raw: msgspec.Raw) -> _Response:
    """Read one answer; one that cannot be read must not hide the others, and belongs to no call."""
    try:
        return msgspec.json.decode(raw, type=_Response)
    except (msgspec.DecodeError, RecursionError):
        return _Response()


def _status(response: _Response) -> int | None:
    text = str(response.code or response.other_code or "")
    return int(text) if text.isascii() and text.isdigit() else None


def _body(response: _Response) -> bytes:
    """The inner answer's exact bytes; the escaped form is what Ecwid sent, the other may be written anew."""
    if response.escaped is not None:
        return response.escaped.encode()
    return bytes(response.body)
