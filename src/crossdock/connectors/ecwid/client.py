"""The one place that talks to Ecwid's REST API: sends calls, bounds what comes back, sorts what went wrong.

Every request passes the gate before and is recorded after, without host and without credentials. No
redirect is followed, nothing is repeated by itself, and a token that was refused once is not used again:
Ecwid punishes hammering with a dead token per IP (ecwid-api/auth.md §7, conventions.md §10).
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import NamedTuple

import httpx2
import msgspec

from crossdock.connectors.contract import RemoteCall, Services
from crossdock.connectors.ecwid import batch, faults
from crossdock.connectors.ecwid.faults import NotSent, lost
from crossdock.connectors.ecwid.routes import Call, scope_for
from crossdock.connectors.errors import ConnectorError, Reconnect, Refused, Retry

API_URL = "https://app.ecwid.com/api/v3"
TIMEOUT = httpx2.Timeout(60.0, connect=10.0)
LIMITS = httpx2.Limits(max_connections=10, max_keepalive_connections=10)
LARGEST_ANSWER = 64 * 1024 * 1024
LONGEST_ANSWER = 300.0
"""Seconds one answer may take to arrive in full, however steadily it drips."""

LONGEST_PAUSE = 3600.0

_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)
_json = msgspec.json.Decoder(msgspec.Raw)


class Answer(NamedTuple):
    """A raw HTTP answer, its body already decompressed."""

    status: int
    body: bytes
    reason_phrase: str
    retry_after: float | None


class Client:
    """Calls to one store. May be used from several threads. Close it after use."""

    def __init__(self, services: Services, store_id: str, token: str) -> None:
        self.services = services
        self._batch = batch.Queue(self)
        self._lock = threading.Lock()
        self._closed_by: Reconnect | None = None
        self._http = http(services, {"Authorization": f"Bearer {token}"})
        self._base = f"{(services.config.get('api_url') or API_URL).rstrip('/')}/{store_id}"

    @staticmethod
    def allowed(call: Call) -> Call:
        """Return the call if it is one of the connector's. Raises `Refused` otherwise."""
        scope_for(call)
        return call

    def call(self, call: Call) -> bytes:
        """Send one call and return the JSON of a successful answer.

        Raises `Retry` (`InDoubt` for a write that may have arrived), `Reconnect`, `Refused` or `Gone`.
        """
        scope_for(call)
        self._refuse_if_dead()
        answer = self._send(call)
        if 200 <= answer.status < 300:
            return _checked(call, answer)
        raise self.noted(
            faults.sort(
                call,
                answer.status,
                answer.body,
                reason_phrase=answer.reason_phrase,
                retry_after=answer.retry_after,
            )
        )

    def call_many(
        self, calls: Sequence[Call], key: str | None = None, *, chunk: int = batch.LARGEST
    ) -> list[bytes | ConnectorError]:
        """Send calls that do not depend on each other, with the fewest requests; answers in their order.

        One by one costs n requests; a batch costs one to hand in and about two to look after it (see
        `batch.worth_it`). `key` makes a repeat of the same calls with the same key harmless, for those that
        go through a batch. `chunk` is the most calls in one batch. A failure stands in the place of its
        call's answer; `Reconnect` is raised only where not one call succeeded.
        """
        for call in calls:
            scope_for(call)
        if batch.worth_it(len(calls)):
            return _or_reconnect(self._batch.run(calls, key, chunk=chunk))
        return _or_reconnect(self._one_by_one(calls))

    def call_in_queue(
        self, calls: Sequence[Call], *, chunk: int = batch.LARGEST
    ) -> list[bytes | ConnectorError]:
        """Send reads through the batch queue however few they are, so they come after every earlier batch.

        Batches of a store run strictly first in, first out (ecwid-api/batch.md §4).
        """
        for call in calls:
            scope_for(call)
        return _or_reconnect(self._batch.run(calls, None, chunk=chunk))

    def noted(self, error: ConnectorError) -> ConnectorError:
        """Remember what an error means for the calls to come, and return it."""
        if isinstance(error, Reconnect):
            with self._lock:
                self._closed_by = self._closed_by or error
        return error

    def close(self) -> None:
        """Release connections; a transport that was handed in stays open, since it is not ours."""
        if self.services.transport is None:
            self._http.close()

    def _one_by_one(self, calls: Sequence[Call]) -> list[bytes | ConnectorError]:
        answers: list[bytes | ConnectorError] = []
        for call in calls:
            try:
                answers.append(self.call(call))
            except ConnectorError as error:
                answers.append(error)
                if isinstance(error, Reconnect | NotSent) or error.code == "rateLimited":
                    # Whoever is told to stop and knocks again is kept out for longer.
                    return answers + [error] * (len(calls) - len(answers))
        return answers

    def _refuse_if_dead(self) -> None:
        with self._lock:
            dead = self._closed_by
        if dead is not None:
            raise Reconnect(dead.reason, code=dead.code)

    def _send(self, call: Call) -> Answer:
        pass_gate(self.services)
        self._refuse_if_dead()  # another thread may have learned it while this one waited at the gate
        request = self._http.build_request(
            call.method,
            self._base + call.target,
            content=None if call.body is None else msgspec.json.encode(call.body),
            headers=None if call.body is None else {"Content-Type": "application/json"},
        )
        answer = exchange(self.services, self._http, request, call, call.target)
        if answer.status == 429:
            self.services.gate.block(faults.PAUSE if answer.retry_after is None else answer.retry_after)
        return answer


def _or_reconnect(answers: list[bytes | ConnectorError]) -> list[bytes | ConnectorError]:
    """Raise a `Reconnect` unless something succeeded beside it: what was written must not be forgotten."""
    if not any(isinstance(answer, bytes) for answer in answers):
        for answer in answers:
            if isinstance(answer, Reconnect):
                raise answer
    return answers


def http(services: Services, headers: dict[str, str]) -> httpx2.Client:
    """Return an HTTP client with our time limits that follows no redirect."""
    return httpx2.Client(
        transport=services.transport,
        headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "Crossdock"}
        | headers,
        verify=_trusted(),
        timeout=TIMEOUT,
        limits=LIMITS,
        follow_redirects=False,
    )


@cache
def _trusted() -> ssl.SSLContext:
    """Return whom we trust to be a store: loading the machine's certificates takes longer than many a run."""
    return httpx2.create_ssl_context()


def pass_gate(services: Services) -> None:
    """Wait for the gate. Raises `NotSent` where it stays closed for too long."""
    try:
        services.gate.enter()
    except Retry as error:
        raise NotSent(error.reason, after=error.after, code=error.code) from error


def exchange(
    services: Services, client: httpx2.Client, request: httpx2.Request, call: Call, path: str
) -> Answer:
    """Send one request, read the answer within bounds, and record the request under `path`.

    Raises `Retry` where nothing was sent, and what `faults.lost` says where the answer did not come whole.
    """
    began = services.clock()
    status, note = 0, ""
    try:
        response = client.send(request, stream=True)
        status = response.status_code
        try:
            body = _bounded(services, response, call, began)
        finally:
            response.close()
        return Answer(status, body, response.reason_phrase, _retry_after(response, services.clock()))
    except _NOT_SENT as error:
        note = f"{type(error).__name__}: nothing was sent"
        raise NotSent(f"Ecwid cannot be reached ({_short(error)}).", code="unreachable") from error
    except httpx2.HTTPError as error:
        note = f"{type(error).__name__}: the answer did not come whole"
        raise lost(call, f"Ecwid's answer did not come whole ({_short(error)}).") from error
    except ConnectorError as error:
        note = error.reason
        raise
    finally:
        seconds = max((services.clock() - began).total_seconds(), 0.0)
        services.gate.record(
            RemoteCall(method=request.method, path=path, status=status, seconds=seconds, note=note)
        )


def _bounded(services: Services, response: httpx2.Response, call: Call, began: datetime) -> bytes:
    """Read a body up to the bounds of size and time."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > LARGEST_ANSWER:
            megabytes = LARGEST_ANSWER // 1024 // 1024
            reason = f"Ecwid's answer to {call.method} {call.path} is larger than {megabytes} MB."
            if call.writes:
                raise lost(call, reason, code="answerTooLarge")
            raise Refused(reason, code="answerTooLarge")
        if (services.clock() - began).total_seconds() > LONGEST_ANSWER:
            raise lost(call, f"Ecwid's answer to {call.method} {call.path} took too long to arrive.")
        parts.append(part)
    return b"".join(parts)


def _checked(call: Call, answer: Answer) -> bytes:
    """Return the body if it is JSON from end to end; anything else is no answer at all."""
    try:
        _json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError) as error:
        found = "an HTML page" if answer.body.lstrip()[:1] == b"<" else f"no valid JSON ({error})"
        if not answer.body.strip():
            found = "an empty body"
        raise lost(call, f"Ecwid answered {call.method} {call.path} with {found}.") from error
    return answer.body


def _retry_after(response: httpx2.Response, now: datetime) -> float | None:
    """Read Retry-After, in seconds or as a date; None where it is missing or makes no sense."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_PAUSE)


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:200]
