"""The web face of a twin: an ASGI application around its framework-free core."""

from __future__ import annotations

import asyncio
import gzip
import time
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from ecwid_twin.access import oauth
from ecwid_twin.control.api import ControlApi
from ecwid_twin.faults import Fault
from ecwid_twin.twin import PREFIX, Twin
from ecwid_twin.wire.message import Call, Reply, answer

OAUTH = "/api/oauth/"
CONTROL = "/_control"
_SMALLEST = 1400
"""Answers shorter than one packet are not worth compressing."""


class App:
    """Sends each request to the REST API, the OAuth pages or the control API of one twin."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self._control = ControlApi(twin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection event."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        call = await _call(scope, receive)
        reply, fault = self._reply(call)
        if fault is not None and fault.delay > 0:
            await asyncio.sleep(fault.delay)
        if reply is None:
            await _drop(send)
            return
        truncate = None if fault is None else fault.truncate
        accepts = "gzip" in call.headers.get("accept-encoding", "")
        await _send(send, reply, compress=accepts and self.twin.settings.gzip, truncate=truncate)

    def _reply(self, call: Call) -> tuple[Reply | None, Fault | None]:
        if call.path.startswith(PREFIX):
            return self.twin.handle(call)
        if call.path.startswith(OAUTH):
            return self._oauth(call)
        if call.path == CONTROL or call.path.startswith(f"{CONTROL}/"):
            return self._control.handle(call), None
        if call.path == "/":
            return answer({"ecwidTwin": True, "stores": list(self.twin.stores)}), None
        return answer({"errorMessage": f"Nothing lives at {call.path}"}, 404), None

    def _oauth(self, call: Call) -> tuple[Reply | None, Fault | None]:
        started = time.perf_counter()
        with self.twin.lock:
            fault = self.twin.dial.strike(call.method, call.path)
            reply = oauth.handle(self.twin, call) if fault is None or fault.applies else None
            if fault is not None:
                reply = None if fault.drop else fault.spoil(reply)
            self.twin.note(call, 0 if reply is None else reply.status, started)
        return reply, fault


async def _call(scope: Scope, receive: Receive) -> Call:
    request = Request(scope, receive)
    path = scope.get("raw_path") or scope["path"].encode()
    return Call(
        request.method,
        path.partition(b"?")[0].decode("latin-1"),
        dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        await request.body(),
        request.client.host if request.client else "127.0.0.1",
    )


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _send(send: Send, reply: Reply, *, compress: bool, truncate: int | None) -> None:
    body = reply.body
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    if body or reply.status == 200:
        headers.append((b"content-type", reply.content_type.encode()))
    if compress and len(body) >= _SMALLEST:
        body = gzip.compress(body, compresslevel=1)
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", str(len(body)).encode()))
    start: Message = {"type": "http.response.start", "status": reply.status, "headers": headers}
    await send(start)
    if truncate is None or truncate >= len(body):
        await send({"type": "http.response.body", "body": body})
        return
    await send({"type": "http.response.body", "body": body[:truncate], "more_body": True})
    _transport_of(send).close()
    await asyncio.sleep(0.01)


async def _drop(send: Send) -> None:
    """Close the connection without an answer."""
    _transport_of(send).abort()
    await asyncio.sleep(0.01)  # lets the server notice the end before it would answer 500


def _transport_of(send: Send) -> asyncio.Transport:
    """The connection below uvicorn's `send`; in-process test transports have none."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if not isinstance(transport, asyncio.Transport):
        raise ConnectionResetError("the twin dropped the connection")
    return transport
