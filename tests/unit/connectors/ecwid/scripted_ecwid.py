"""A scripted Ecwid behind `MockTransport`: answers by method and path, and keeps what was asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import parse_qsl, unquote

import httpx2

from crossdock.connectors.contract import RemoteCall, Services
from crossdock.connectors.ecwid.client import Client

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STORE, TOKEN = "1003", "secret_" + "a1B2" * 8
BASE = f"/api/v3/{STORE}"

Answer = httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]


def answer(
    document: object = None, status: int = 200, headers: Mapping[str, str] | None = None
) -> httpx2.Response:
    """Return an answer with a JSON body, or with these very bytes."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return httpx2.Response(status, content=body, headers=dict(headers or {}))


def refusal(status: int, code: str, message: str = "No") -> httpx2.Response:
    """Return an error as Ecwid words it."""
    return answer({"errorCode": code, "errorMessage": message}, status)


class Gate:
    """A gate that is open unless told otherwise, and remembers."""

    def __init__(self) -> None:
        self.entered = 0
        self.blocked: list[float] = []
        self.calls: list[RemoteCall] = []
        self.closed: Exception | None = None

    def enter(self, calls: int = 1) -> None:
        if self.closed is not None:
            raise self.closed
        self.entered += calls

    def block(self, seconds: float) -> None:
        self.blocked.append(seconds)

    def record(self, call: RemoteCall) -> None:
        self.calls.append(call)


class Asked:
    """One request as it arrived."""

    def __init__(self, request: httpx2.Request) -> None:
        raw, _, query = request.url.raw_path.decode().partition("?")
        self.method = request.method
        self.raw_path = raw.removeprefix(BASE)
        self.path = unquote(self.raw_path)
        self.query = dict(parse_qsl(query, keep_blank_values=True))
        self.headers = request.headers
        self.body: object = (
            json.loads(request.content) if request.content[:1] in {b"{", b"["} else request.content
        )

    def __repr__(self) -> str:
        return f"{self.method} {self.path}"


class Ecwid:
    """Answers from a script: the answers of a route are used in order, the last one again and again."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.asked: list[Asked] = []
        self.slept: list[float] = []
        self.now = NOW
        self._script: list[tuple[str, re.Pattern[str], list[Answer]]] = []
        self.config: dict[str, str] = {
            "client_id": "app-1",
            "client_secret": "s3cr3t-of-the-app",
            "api_url": "https://ecwid.test/api/v3",
            "oauth_url": "https://ecwid.test/api/oauth",
        }

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Answer requests of this method whose whole decoded path matches; later scripts win."""
        self._script.insert(0, (method, re.compile(path, re.DOTALL), list(answers)))

    def on_batch(
        self, respond: Callable[[str, str, object], Mapping[str, object]], *, looks: int = 1
    ) -> None:
        """Take batches; answer each inner call by `respond(method, path, body)` at the last of `looks`."""
        state: dict[str, int] = {}
        batches: dict[str, list[dict[str, object]]] = {}

        def take(request: httpx2.Request) -> httpx2.Response:
            ticket = f"ticket-{len(batches)}"
            batches[ticket] = json.loads(request.content)
            return answer({"ticket": ticket})

        def look(request: httpx2.Request) -> httpx2.Response:
            ticket = request.url.params["ticket"]
            state[ticket] = state.get(ticket, 0) + 1
            calls = batches[ticket]
            if state[ticket] < looks:
                return answer({"status": "QUEUED", "totalRequests": len(calls), "completedRequests": 0})
            responses = [
                {"id": call["id"], **respond(str(call["method"]), str(call["path"]), call.get("body"))}
                for call in calls
            ]
            return answer({"status": "COMPLETED", "responses": responses})

        self.on("POST", "/batch", take)
        self.on("GET", "/batch", look)

    @property
    def services(self) -> Services:
        """What a session is handed, with this Ecwid as its network."""
        return Services(
            gate=self.gate,
            clock=self._clock,
            random=Random(7),
            sleep=self.slept.append,
            config=self.config,
            transport=httpx2.MockTransport(self._handle),
        )

    @property
    def client(self) -> Client:
        """A client of this store."""
        return Client(self.services, STORE, TOKEN)

    def paths(self) -> list[str]:
        """The requests so far, as ``GET /orders``."""
        return [repr(asked) for asked in self.asked]

    def _clock(self) -> datetime:
        self.now += timedelta(milliseconds=10)
        return self.now

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        asked = Asked(request)
        self.asked.append(asked)
        for method, pattern, answers in self._script:
            if method == asked.method and pattern.fullmatch(asked.path):
                given = answers.pop(0) if len(answers) > 1 else answers[0]
                if isinstance(given, Exception):
                    raise given
                if isinstance(given, httpx2.Response):
                    return httpx2.Response(given.status_code, headers=given.headers, content=given.content)
                return given(request)
        raise AssertionError(f"No answer is scripted for {asked}")


def inner(document: object, status: int = 200) -> dict[str, object]:
    """Return one answer inside a batch."""
    return {
        "status": "COMPLETED" if status == 200 else "FAILED",
        "httpStatusCode": status,
        "httpStatusLine": "OK" if status == 200 else "Refused",
        "escapedHttpBody": json.dumps(document),
    }
