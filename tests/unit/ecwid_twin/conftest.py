"""A twin whose clock stands still, and a caller that talks to its core without a network."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ecwid_twin.access import scopes
from ecwid_twin.clock import Clock
from ecwid_twin.config import Config
from ecwid_twin.control.control import Control
from ecwid_twin.twin import Twin
from ecwid_twin.wire.message import Call, Reply, decode, encode

NOW = 1_764_000_000
"""2025-11-24 16:00:00 UTC."""


class Answer:
    """A reply, with its JSON decoded when asked for."""

    def __init__(self, reply: Reply) -> None:
        self.status = reply.status
        self.headers = reply.headers
        self.body = reply.body

    @property
    def json(self) -> Any:  # Any: tests look into whatever JSON came back
        """The body as JSON."""
        return decode(self.body)


class Caller:
    """Calls the REST API of a twin as a client with one token would."""

    def __init__(self, twin: Twin, token: str = "") -> None:
        self.twin = twin
        self.token = token or twin.token
        self.control = Control(twin)

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content_type: str = "application/json",
        raw: bytes | None = None,
        token: str | None = None,
        ip: str = "127.0.0.1",
    ) -> Answer:
        parts = urlsplit(path)
        held = self.token if token is None else token
        headers = {"content-type": content_type}
        if held:
            headers["authorization"] = f"Bearer {held}"
        content = raw if raw is not None else (b"" if body is None else encode(body))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        reply, _ = self.twin.handle(Call(method, f"/api/v3/1003{parts.path}", query, headers, content, ip))
        assert reply is not None
        return Answer(reply)

    def get(self, path: str) -> Any:  # Any: JSON
        """The JSON of a GET that must succeed."""
        answer = self("GET", path)
        assert answer.status == 200, answer.body
        return answer.json

    def post(self, path: str, body: object) -> Any:  # Any: JSON
        """The JSON of a POST that must succeed."""
        answer = self("POST", path, body)
        assert answer.status == 200, answer.body
        return answer.json

    def put(self, path: str, body: object) -> Any:  # Any: JSON
        """The JSON of a PUT that must succeed."""
        answer = self("PUT", path, body)
        assert answer.status == 200, answer.body
        return answer.json

    def events(self) -> list[str]:
        """The types of all events so far."""
        return [event.type for event in self.twin.postman.events]


def make(**options: Any) -> Caller:  # Any: the fields of Config
    """A twin with a frozen clock, no lag, and a token that may do everything."""
    settings: dict[str, Any] = {"lag": 0.0, "token_scopes": tuple(sorted(scopes.ALL)), **options}
    return Caller(Twin(Config(clock=Clock(lambda: float(NOW)), **settings)))


@pytest.fixture
def call() -> Caller:
    """An empty store."""
    return make()


@pytest.fixture
def sampled() -> Caller:
    """A store with every sample in it."""
    return make(samples=True)


@pytest.fixture
def shop() -> Caller:
    """A store with an invented catalogue and sixty past orders."""
    return make(orders=60)
