"""The measured process: a hub of its own on an embedded database in a folder that is thrown away.

Run by `benchmarks.__main__`: the task as JSON on standard input, the figures as JSON on standard output.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import floor
from benchmarks.gauge import Spent, measured, peak_megabytes
from benchmarks.shop import NO_LIMIT, Shop
from crossdock import runtime
from crossdock.config import Config

if TYPE_CHECKING:
    from crossdock.hub.models import Import, Integration

AUTHOR = "benchmark"
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
CHANGED = 1_000
REAL_LIMIT = 600
"""Calls a minute that the store grants a token (ecwid-api/conventions.md §10)."""

WINDOW = 60


def main() -> None:
    """Do the task on standard input."""
    task = json.load(sys.stdin)
    shop = Shop(*task["shop"])
    with started(shop):
        figures = memory(shop) if task["name"] == "memory" else road(shop, task["repeat"])
    print(json.dumps(figures))


@contextmanager
def started(shop: Shop | None = None) -> Iterator[None]:
    """Bring up an empty hub that knows where `shop` is, if there is one; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="crossdock-bench-"))
    environ = {"CROSSDOCK_DATA_DIR": str(folder), "CROSSDOCK_LOG_LEVEL": "error"}
    if shop is not None:
        environ |= {"CROSSDOCK_ECWID_API_URL": shop.api, "CROSSDOCK_ECWID_OAUTH_URL": shop.oauth}
    assert not Config.from_environ(environ).unknown  # a setting that was renamed would measure something else
    try:
        with runtime.start(environ):
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def memory(shop: Shop) -> dict[str, object]:
    """Import everything once; how much memory that took at most."""
    before = peak_megabytes()
    backfill = import_orders(connected(shop))
    return {"orders": backfill.read, "megabytesBefore": before, "megabytes": peak_megabytes()}


def road(shop: Shop, repeat: int) -> dict[str, object]:
    """Everything but memory: imports, the same again, the floor, a thousand changes, and the real limit."""
    rounds = [_round(shop) for _ in range(repeat)]
    integration = connected(shop)
    changes = _changes(shop, integration)
    return {"rounds": rounds, "changes": changes, "limit": _at_the_limit(shop)}


def connected(shop: Shop) -> Integration:
    """Connect `shop` to a new organization, after letting go of any earlier connection of it."""
    from crossdock.flows import connecting, integration_state, switches
    from crossdock.flows.sync import sync
    from crossdock.hub.clock import system_clock
    from crossdock.hub.models import Integration, Organization

    for earlier in Integration.objects.exclude(state=Integration.State.REMOVED):
        integration_state.remove(earlier, AUTHOR)
    organization = Organization.objects.create(name="Benchmark")
    integration = connecting.add_integration(organization, "ecwid", author=AUTHOR)
    credentials = {"store_id": shop.store_id, "token": shop.token}
    connecting.connect_with_credentials(integration, credentials, author=AUTHOR)
    limits = {"searchLagSeconds": 0, "callsPerMinute": NO_LIMIT}
    switches.set_settings(integration, limits, author=AUTHOR)
    switches.set_flows(integration, {"orders": "pull"}, author=AUTHOR, now=system_clock())
    sync(integration, trigger=AUTHOR)
    return integration


def import_orders(integration: Integration) -> Import:
    """Import every order. Ends the benchmark when that does not come to its end."""
    from crossdock.flows.importing import run_import, start_import

    backfill = run_import(start_import(integration, "orders", since=BEGINNING, author=AUTHOR))
    if backfill.state != backfill.State.COMPLETED or backfill.failed:
        raise SystemExit(f"The import is {backfill.state}, {backfill.failed} failed: {backfill.message}")
    return backfill


def _round(shop: Shop) -> dict[str, object]:
    """One import into an empty integration, the same again, and the floor, one after the other."""
    integration = connected(shop)
    shop.forget_calls()
    with measured() as first, database() as stored:
        backfill = import_orders(integration)
    calls = shop.calls()
    with measured() as again:
        unchanged = import_orders(integration)
    if backfill.created != backfill.read or unchanged.created or unchanged.changed:
        raise SystemExit("The second import of the same orders found something new.")
    with measured() as bare:
        copied = floor.run(shop, runtime.current().database.url)
    if copied != backfill.read:
        raise SystemExit(f"The bare script stored {copied} orders, the hub {backfill.read}.")
    return {
        "orders": backfill.read,
        "import": _spent(first, backfill.read) | {"databaseCpuPer10000": stored.cpu / backfill.read * 10_000},
        "again": _spent(again, backfill.read),
        "floor": _spent(bare, backfill.read),
        "calls": calls,
        "leastCalls": -(-backfill.read // floor.PAGE),
    }


def _spent(spent: Spent, orders: int) -> dict[str, float]:
    return {"perSecond": orders / spent.wall, "cpuPer10000": spent.cpu / orders * 10_000}


def _changes(shop: Shop, integration: Integration) -> dict[str, object]:
    """Change orders in the store, then sync until nothing is left; the store counts the calls."""
    from crossdock.flows.sync import sync

    import_orders(integration)
    sync(integration, ["orders"], trigger=AUTHOR)
    changed = shop.change_orders(CHANGED)
    shop.forget_calls()
    with measured() as spent:
        report = sync(integration, ["orders"], trigger=AUTHOR)
    seen = sum(run.changed for run in report.runs)
    if not report.complete or seen != changed:
        raise SystemExit(f"The sync brought in {seen} of {changed} changed orders.")
    # One call tells that something changed, one for each hundred reads it.
    least = 1 + -(-changed // floor.PAGE)
    return {"orders": changed, "calls": shop.calls(), "leastCalls": least, "seconds": spent.wall}


def _at_the_limit(shop: Shop) -> dict[str, object]:
    """An import in the midst of a longer one: the minute before has used up what a back-fill may use.

    From then on the limit gives `rate` calls a second. What the import takes longer than without a limit
    is time spent waiting for it.
    """
    from crossdock.flows.gate import BACKFILL_SHARE

    integration = connected(shop)
    with measured() as free:
        backfill = import_orders(integration)
    integration = connected(shop)
    rate = REAL_LIMIT * BACKFILL_SHARE / WINDOW
    _use_up(integration, int(rate))
    shop.forget_calls()
    with measured() as held:
        import_orders(integration)
    calls = shop.calls()
    return {
        "orders": backfill.read,
        "perSecond": backfill.read / held.wall,
        "perSecondAllowed": rate * floor.PAGE,
        "callsPerSecond": calls / held.wall,
        "callsPerSecondAllowed": rate,
        "limitUsed": calls / held.wall / rate,
        "waiting": max(0.0, 1 - free.wall / held.wall),
    }


def _use_up(integration: Integration, per_second: int) -> None:
    """Set the real limit, and book the minute up to now as a steady back-fill would have."""
    from django.db import connection

    from crossdock.flows import switches

    switches.set_settings(integration, {"callsPerMinute": REAL_LIMIT}, author=AUTHOR)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM hub_budgetsecond WHERE integration_id = %s", [integration.pk])
        cursor.execute(
            """
            INSERT INTO hub_budgetsecond (integration_id, second, calls)
            SELECT %s, floor(extract(epoch FROM clock_timestamp())) - back, %s FROM generate_series(1, %s) AS back
            """,
            [integration.pk, per_second, WINDOW],
        )


@contextmanager
def database() -> Iterator[Spent]:
    """Measure the processor seconds of the database process that serves this one's main connection."""
    import psutil
    from django.db import connection

    spent = Spent()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])
    before = backend.cpu_times()
    yield spent
    after = backend.cpu_times()
    spent.cpu = after.user + after.system - before.user - before.system


if __name__ == "__main__":
    main()
