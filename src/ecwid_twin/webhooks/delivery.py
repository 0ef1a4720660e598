"""Sending events to the app from a thread of its own, with the documented retries.

Success is 200, 201, 202, 204 or 209; anything else is tried again after 15, 30, 45 minutes, 1 hour, then
hourly until 24 hours after the event: 27 attempts in all (ecwid-api/webhooks.md §5, §6). A URL that fails for
two weeks is blocked.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from dataclasses import dataclass

import httpx2

from ecwid_twin.clock import Clock
from ecwid_twin.settings import Settings
from ecwid_twin.webhooks.event import Event, signature
from ecwid_twin.wire.message import Doc

GOOD = frozenset((200, 201, 202, 204, 209))
STEPS = (0, 900, 1800, 2700, *(3600 * hour for hour in range(1, 24)))
"""Seconds after the event at which it is sent, first attempt included."""
TWO_WEEKS = 14 * 86400
_LONGEST_NAP = 5.0


@dataclass(slots=True)
class Mischief:
    """What happens to the next `times` events of a type (empty: any): see `Postman.mischief`."""

    action: str
    type: str = ""
    times: int = 1
    delay: float = 0.0


@dataclass(slots=True)
class Attempt:
    """One sending of an event. `status` is 0 when no answer came, `error` says why."""

    event: str
    type: str
    at: float
    number: int
    status: int
    error: str


@dataclass(slots=True)
class Parcel:
    """An event on its way: which attempt is next and whether its signature is spoilt."""

    event: Event
    number: int = 0
    forged: bool = False
    base: float = 0.0


class Postman:
    """The queue of events to send, the log of attempts, and the thread that works it off."""

    ACTIONS = ("drop", "duplicate", "delay", "reorder", "forge")

    def __init__(self, clock: Clock, settings: Settings, secret: str) -> None:
        self.url = ""
        self.secret = secret
        self.headers: dict[str, str] = {}
        self.types: frozenset[str] | None = None
        self.attempts: deque[Attempt] = deque(maxlen=50_000)
        self.events: deque[Event] = deque(maxlen=50_000)
        self.blocked = False
        self.mischief: list[Mischief] = []
        self._failing_since: float | None = None
        self._clock, self._settings = clock, settings
        self._queue: list[tuple[float, int, Parcel]] = []
        self._counter = 0
        self._held: Parcel | None = None
        self._busy = 0
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin sending."""
        self._thread = threading.Thread(target=self._work, name="ecwid-twin-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End sending; what is queued is dropped."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=15)

    def tell(self, event: Event) -> None:
        """Record an event and queue it for sending, with whatever mischief is set for it."""
        with self._wake:
            self.events.append(event)
            if not self.url or not self._settings.webhooksOn or self.blocked:
                return
            if self.types is not None and event.type not in self.types:
                return
            self._enqueue(Parcel(event), self._clock.now())
            self._wake.notify_all()

    def _enqueue(self, parcel: Parcel, now: float) -> None:
        trick = next((item for item in self.mischief if item.type in ("", parcel.event.type)), None)
        delay = 0.0
        if trick is not None:
            trick.times -= 1
            if trick.times <= 0:
                self.mischief.remove(trick)
            if trick.action == "drop":
                return
            if trick.action == "reorder" and self._held is None:
                self._held = parcel
                return
            delay = trick.delay if trick.action == "delay" else 0.0
            parcel.forged = trick.action == "forge"
            if trick.action == "duplicate":
                self._push(Parcel(parcel.event), now)
        self._push(parcel, now + delay)
        if self._held is not None:
            held, self._held = self._held, None
            self._push(held, now + delay)

    def _push(self, parcel: Parcel, due: float) -> None:
        self._counter += 1
        parcel.base = parcel.base or due
        heapq.heappush(self._queue, (due, self._counter, parcel))

    def wake(self) -> None:
        """Look at the queue again: the clock or the settings were changed."""
        with self._wake:
            self._wake.notify_all()

    def redeliver(self, event_id: str) -> bool:
        """Send a recorded event once more, now; False when it is unknown."""
        with self._wake:
            event = next((item for item in self.events if item.id == event_id), None)
            if event is None or not self.url:
                return False
            self._push(Parcel(event), self._clock.now())
            self._wake.notify_all()
            return True

    def flush(self, *, everything: bool = False, timeout: float = 30.0) -> bool:
        """Wait until nothing that is due remains to be sent; with `everything` retries are sent now too.

        False when that took longer than `timeout` seconds.
        """
        with self._wake:
            if self._held is not None:
                held, self._held = self._held, None
                self._push(held, self._clock.now())
            if everything:
                self._queue = [(self._clock.now(), number, parcel) for _, number, parcel in self._queue]
                heapq.heapify(self._queue)
            self._wake.notify_all()
            return self._wake.wait_for(lambda: not self._busy and not self._due(), timeout)

    def waiting(self) -> int:
        """How many sendings are queued, retries included."""
        with self._wake:
            return len(self._queue)

    def unblock(self) -> None:
        """What support does after two weeks of failures."""
        with self._wake:
            self.blocked = False
            self._failing_since = None

    def show(self) -> Doc:
        """State and attempt log as a JSON object."""
        with self._wake:
            return {
                "url": self.url,
                "blocked": self.blocked,
                "waiting": len(self._queue),
                "events": [
                    {"eventId": e.id, "eventType": e.type, "entityId": e.entity, "eventCreated": e.created}
                    for e in self.events
                ],
                "attempts": [
                    {
                        "eventId": a.event,
                        "eventType": a.type,
                        "at": a.at,
                        "number": a.number,
                        "status": a.status,
                        "error": a.error,
                    }
                    for a in self.attempts
                ],
            }

    def _due(self) -> bool:
        return bool(self._queue) and self._queue[0][0] <= self._clock.now()

    def _work(self) -> None:
        timeout = httpx2.Timeout(10.0, connect=3.0)
        with httpx2.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client:
            while True:
                with self._wake:
                    while not self._stopping and not self._due():
                        nap = _LONGEST_NAP
                        if self._queue:
                            nap = min(nap, max(0.005, self._queue[0][0] - self._clock.now()))
                        self._wake.wait(nap)
                    if self._stopping:
                        return
                    parcel = heapq.heappop(self._queue)[2]
                    self._busy += 1
                    url, secret, more = self.url, self.secret, dict(self.headers)
                status, error = self._send(client, parcel, url, secret, more)
                with self._wake:
                    self._busy -= 1
                    self._settle(parcel, status, error)
                    self._wake.notify_all()

    def _send(
        self, client: httpx2.Client, parcel: Parcel, url: str, secret: str, more: dict[str, str]
    ) -> tuple[int, str]:
        event = parcel.event
        key = secret + "-forged" if parcel.forged else secret
        headers = [
            ("Content-Type", "application/json; charset=UTF-8"),
            ("Cache-Control", "no-cache"),
            ("X-Ecwid-Webhook-Signature", signature(key, event.created, event.id)),
            *more.items(),
        ]
        try:
            answer = client.post(event.address(url), content=event.body(), headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return 0, f"{type(error).__name__}: {error}"
        return answer.status_code, ""

    def _settle(self, parcel: Parcel, status: int, error: str) -> None:
        now = self._clock.now()
        parcel.number += 1
        event = parcel.event
        self.attempts.append(Attempt(event.id, event.type, now, parcel.number, status, error))
        if status in GOOD:
            self._failing_since = None
            return
        self._failing_since = now if self._failing_since is None else self._failing_since
        if now - self._failing_since >= TWO_WEEKS:
            self.blocked = True
            self._queue.clear()
        elif parcel.number < len(STEPS):
            self._push(parcel, parcel.base + STEPS[parcel.number] / max(self._settings.webhookSpeed, 1e-9))
