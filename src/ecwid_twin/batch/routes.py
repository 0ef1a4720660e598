"""The batch endpoints (ecwid-api/batch.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ecwid_twin.batch.queue import Batch, Inner, encoded, result
from ecwid_twin.wire import paging, params
from ecwid_twin.wire.errors import ApiError, wrong_content_type, wrong_parameter
from ecwid_twin.wire.message import JSON, Call, Doc, Reply, answer, decode
from ecwid_twin.wire.router import Router

if TYPE_CHECKING:
    from ecwid_twin.store import Store

MOST = 500
STATUSES = ("QUEUED", "IN_PROGRESS", "COMPLETED")


def register(router: Router) -> None:
    """Add the endpoints to `router`. A batch needs no scope itself; every inner call needs its own."""
    router.add("POST", "batch", create)
    router.add("GET", "batch", status)
    router.add("POST", "batch/cancel-group", cancel)


def create(store: Store, call: Call, _ids: list[str]) -> Reply:
    """Queue a list of calls; the answer is a ticket."""
    if call.ticket:
        raise _bad("A batch inside a batch is not possible")
    inners = [_inner(position, item) for position, item in enumerate(_list(call))]
    stop = params.flag(call.query, "stopOnFirstFailure")
    batch = Batch(
        store.uuid(),
        call.token,
        inners,
        store.now() + store.settings.batchDelay,
        True if stop is None else stop,
        bool(params.flag(call.query, "allowParallelMode")),
        call.query.get("deduplicationKey", ""),
        call.query.get("groupId", ""),
    )
    queued = store.batches.add(batch)
    store.batches.advance(store.now())
    store.twin.wake()
    return answer({"ticket": queued.ticket})


def _bad(reason: str) -> ApiError:
    error = ApiError(400)
    error.body = {"error_message": f"Can't create batch. Batch request body is invalid. {reason}"}
    return error


def _list(call: Call) -> list[JSON]:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "text/json"):
        raise wrong_content_type()
    try:
        value = decode(call.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _bad(str(error)) from None
    if not isinstance(value, list) or not value:
        raise _bad("A non-empty array is expected")
    if len(value) > MOST:
        raise _bad(f"No more than {MOST} requests are allowed")
    return value


def _inner(position: int, item: JSON) -> Inner:
    if not isinstance(item, dict):
        raise _bad(f"Path $[{position}] contains bad value")
    identity, method, path = item.get("id"), item.get("method"), item.get("path")
    if identity is not None and not isinstance(identity, str):
        raise _bad(f"Path $[{position}].id contains bad value")
    if method not in ("GET", "POST", "PUT", "DELETE"):
        raise _bad(f"Path $[{position}].method contains bad value")
    if not isinstance(path, str) or not path.startswith("/"):
        raise _bad(f"Path $[{position}].path contains bad value")
    return Inner(identity, method, path, encoded(item.get("body")))


def status(store: Store, call: Call, _ids: list[str]) -> Reply:
    """The state of a batch by ticket, or a list of batches by status."""
    store.batches.advance(store.now())
    wanted = call.query.get("status", "")
    if wanted and not call.query.get("ticket"):
        if wanted not in STATUSES:
            raise wrong_parameter("status", wanted, f"one of {', '.join(STATUSES)}")
        rows = [
            {"ticket": b.ticket, "status": b.status}
            for b in store.batches.batches.values()
            if b.status == wanted
        ]
        return paging.page_of(rows, {k: v for k, v in call.query.items() if k != "responseFields"})
    batch = store.batches.batches.get(call.query.get("ticket", ""))
    if batch is None:
        raise ApiError(404, "BATCH_NOT_FOUND", f"Batch #{call.query.get('ticket', '')} not found")
    body: Doc = {
        "status": batch.status,
        "totalRequests": len(batch.inners),
        "completedRequests": batch.completed,
    }
    if batch.status != "QUEUED":
        escaped = bool(params.flag(call.query, "escapedJson"))
        body["responses"] = [result(inner, escaped=escaped) for inner in batch.done]
    return answer(body)


def cancel(store: Store, call: Call, _ids: list[str]) -> Reply:
    """Drop the waiting batches of a group."""
    return answer({"updateCount": store.batches.cancel(call.query.get("groupId", ""))})
