"""The request budget of one integration: one sliding minute, shared by every process.

Kept in the database in the database's own time, so that two machines with different clocks still
share one minute. A back-fill may use only part of the minute: orders and stock go ahead of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
from django.db import connections

from crossdock.connectors.contract import RemoteCall
from crossdock.connectors.errors import Refused, Retry

WINDOW_SECONDS = 60
BACKFILL_SHARE = 0.8
LONGEST_WAIT = 90.0


class RequestGate:
    """A `Gate` for one integration. Use as a context manager; may be entered from several threads.

    `calls_per_minute` is the account's limit. With `backfill` only four fifths of it are used.
    """

    def __init__(
        self,
        integration_id: int,
        calls_per_minute: int,
        *,
        backfill: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._integration_id = integration_id
        self._limit = max(1, int(calls_per_minute * (BACKFILL_SHARE if backfill else 1)))
        self._sleep = sleep
        self._lock = threading.Lock()
        self._calls: list[RemoteCall] = []
        self._sent = 0
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def __enter__(self) -> RequestGate:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @property
    def sent(self) -> int:
        """How many requests were sent through this gate."""
        return self._sent

    def enter(self, calls: int = 1) -> None:
        """Wait until `calls` requests may be sent. Raises `Retry` when that would take too long."""
        waited = 0.0
        while True:
            with self._lock:
                wait = self._admit(calls)
            if wait <= 0:
                return
            if waited + wait > LONGEST_WAIT:
                raise Retry(
                    "The request budget is used up or the store asked for a pause.", after=wait, code="budget"
                )
            self._sleep(wait)
            waited += wait

    def block(self, seconds: float) -> None:
        """Close the gate for every process for `seconds`, as the outside system asked."""
        with self._lock:
            self._database().execute(
                """
                INSERT INTO hub_budget (integration_id, blocked_until, blocks)
                VALUES (%s, clock_timestamp() + make_interval(secs => %s), 1)
                ON CONFLICT (integration_id) DO UPDATE SET blocks = hub_budget.blocks + 1,
                    blocked_until = greatest(hub_budget.blocked_until, excluded.blocked_until)
                """,
                [self._integration_id, seconds],
            )

    def record(self, call: RemoteCall) -> None:
        """Note one request that was sent."""
        with self._lock:
            self._calls.append(call)
            self._sent += 1

    def take_calls(self) -> list[RemoteCall]:
        """Return the requests noted since the last take."""
        with self._lock:
            calls, self._calls = self._calls, []
            return calls

    def _admit(self, calls: int) -> float:
        """Book `calls` if they fit; otherwise return the seconds to wait."""
        database = self._database()
        with database.transaction():
            row = database.execute(
                _STATE, {"integration": self._integration_id, "window": WINDOW_SECONDS}
            ).fetchone()
            if row is None:  # the row was made when the connection was: only a removed integration has none
                raise Refused("The integration no longer exists.", code="integrationGone")
            blocked, used, oldest, second = (
                float(str(row[0])),
                int(str(row[1])),
                float(str(row[2])),
                int(str(row[3])),
            )
            if blocked > 0:
                return blocked
            if used and used + calls > self._limit:
                return max(oldest, 0.05)
            database.execute(
                """
                INSERT INTO hub_budgetsecond (integration_id, second, calls) VALUES (%s, %s, %s)
                ON CONFLICT (integration_id, second) DO UPDATE SET calls = hub_budgetsecond.calls + excluded.calls
                """,
                [self._integration_id, second, calls],
            )
            return 0.0

    def _database(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the gate's own: it books in the midst of other transactions and other threads."""
        if self._connection is None or self._connection.closed:
            params = connections["default"].get_connection_params()
            kept = {
                name: params[name]
                for name in ("dbname", "user", "password", "host", "port")
                if params.get(name)
            }
            self._connection = psycopg.connect(**kept, autocommit=True)
            # A booking that a crash of the database loses is of a request made moments before: not worth a wait
            # for the disk with every request.
            self._connection.execute("SET synchronous_commit = off")
            self._connection.execute(
                "INSERT INTO hub_budget (integration_id, blocks) VALUES (%s, 0) ON CONFLICT DO NOTHING",
                [self._integration_id],
            )
        return self._connection


_STATE = """
WITH held AS (
    SELECT blocked_until FROM hub_budget WHERE integration_id = %(integration)s FOR UPDATE
), clock AS (
    SELECT clock_timestamp() AS now FROM held
), dropped AS (
    DELETE FROM hub_budgetsecond USING clock
     WHERE integration_id = %(integration)s AND second < extract(epoch FROM clock.now) - %(window)s - 1
)
SELECT coalesce(extract(epoch FROM held.blocked_until - clock.now), 0), used.calls,
       coalesce(used.first + %(window)s + 1 - extract(epoch FROM clock.now), 0), floor(extract(epoch FROM clock.now))
  FROM held, clock, LATERAL (
        SELECT coalesce(sum(calls), 0) AS calls, min(second) AS first FROM hub_budgetsecond
         WHERE integration_id = %(integration)s AND second >= floor(extract(epoch FROM clock.now)) - %(window)s) AS used
"""
