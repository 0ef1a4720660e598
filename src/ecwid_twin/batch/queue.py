"""Batches: lists of calls worked off strictly first-in-first-out per store (ecwid-api/batch.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from urllib.parse import parse_qsl, urlsplit

import msgspec

from ecwid_twin.settings import Settings
from ecwid_twin.wire.message import REASONS, Call, Doc, Reply, encode

Perform = Callable[[Call], Reply]
RETRIES = 5


@dataclass(slots=True)
class Inner:
    """One inner call and what became of it."""

    id: str | None
    method: str
    path: str
    body: bytes
    status: str = ""
    code: int = 0
    answer: bytes = b""
    tries: int = 0


@dataclass(slots=True)
class Batch:
    """A posted list of calls. Times are Unix seconds of the twin's clock."""

    ticket: str
    token: str
    inners: list[Inner]
    due: float
    stop_on_failure: bool
    parallel: bool
    key: str
    group: str
    status: str = "QUEUED"
    position: int = 0
    done: list[Inner] = field(default_factory=list)

    @property
    def completed(self) -> int:
        """Inner calls that were carried out."""
        return sum(1 for inner in self.done if inner.status != "NOT_EXECUTED")


class BatchQueue:
    """The batches of one store."""

    def __init__(self, settings: Settings, random: Random, perform: Perform, store: int) -> None:
        self._settings, self._random, self._perform, self._store = settings, random, perform, store
        self.batches: dict[str, Batch] = {}
        self._open: list[Batch] = []
        self._running = False

    def add(self, batch: Batch) -> Batch:
        """Queue a batch; one with a known deduplication key gives the batch that is there already."""
        if batch.key:
            for other in self.batches.values():
                if other.key == batch.key and other.token == batch.token:
                    return other
        self.batches[batch.ticket] = batch
        self._open.append(batch)
        return batch

    def next_due(self) -> float | None:
        """When something can be worked off next."""
        return self._open[0].due if self._open else None

    def cancel(self, group: str) -> int:
        """Drop the waiting batches of a group; how many."""
        waiting = [batch for batch in self._open if batch.group == group and batch.status == "QUEUED"]
        for batch in waiting:
            self._open.remove(batch)
            batch.done = list(batch.inners)
            for inner in batch.inners:
                inner.status = "NOT_EXECUTED"
            batch.status = "COMPLETED"
        return len(waiting)

    def advance(self, now: float) -> None:
        """Carry out everything due by `now`. The first batch must end before the second starts."""
        if self._running:
            return
        self._running = True
        try:
            while self._open and self._open[0].due <= now:
                batch = self._open[0]
                self._step(batch, now)
                if batch.status == "COMPLETED":
                    self._open.pop(0)
                    if self._open:
                        self._open[0].due = max(self._open[0].due, batch.due)
        finally:
            self._running = False

    def _step(self, batch: Batch, now: float) -> None:
        if batch.status == "QUEUED":
            batch.status = "IN_PROGRESS"
            if batch.parallel:
                self._random.shuffle(batch.inners)
        inner = batch.inners[batch.position]
        reply = self._perform(self._call(batch, inner))
        inner.code, inner.answer = reply.status, reply.body
        inner.status = "COMPLETED" if reply.status == 200 else "FAILED"
        inner.tries += 1
        if reply.status >= 500 and not batch.stop_on_failure and inner.tries <= RETRIES:
            batch.due = max(batch.due, now) + self._settings.batchRetrySeconds
            return
        batch.done.append(inner)
        batch.position += 1
        batch.due += self._settings.batchCallSeconds
        if inner.status == "FAILED" and batch.stop_on_failure:
            for skipped in batch.inners[batch.position :]:
                skipped.status = "NOT_EXECUTED"
                batch.done.append(skipped)
            batch.position = len(batch.inners)
        if batch.position >= len(batch.inners):
            batch.status = "COMPLETED"

    def _call(self, batch: Batch, inner: Inner) -> Call:
        parts = urlsplit(inner.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Call(
            inner.method,
            f"/api/v3/{self._store}{parts.path}",
            query,
            {"content-type": "application/json"},
            inner.body,
            ticket=batch.ticket,
            token=batch.token,
        )


def result(inner: Inner, *, escaped: bool) -> Doc:
    """One entry of `responses`."""
    row: Doc = {} if inner.id is None else {"id": inner.id}
    if inner.status != "NOT_EXECUTED":
        if escaped:
            row["escapedHttpBody"] = inner.answer.decode("utf-8", "replace")
        else:
            row["httpBody"] = _json(inner.answer)
        row["httpStatusCode"] = inner.code
        row["httpStatusLine"] = REASONS.get(inner.code, "")
    row["status"] = inner.status
    return row


def _json(raw: bytes) -> object:
    """The inner body embedded as it is; HTML and empty bodies become strings."""
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
    except msgspec.DecodeError:
        return raw.decode("utf-8", "replace")
    return msgspec.Raw(raw)


def encoded(value: object) -> bytes:
    """The request body of an inner call: JSON of an object or list, nothing for "", null or absence."""
    if value is None or value == "":
        return b""
    return value.encode() if isinstance(value, str) else encode(value)
