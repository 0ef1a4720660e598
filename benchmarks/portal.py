"""The measured process of the portal: an organization of some size, and each page asked for some times.

Run by `benchmarks.pages`: the task as JSON on standard input, the figures as JSON on standard output.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.asking import Asked, pages
from benchmarks.filling import fill
from benchmarks.gauge import measured
from benchmarks.hub import database, started

if TYPE_CHECKING:
    from django.test import Client

ROWS = 50
EXPORTED = "orders, CSV export for 1,000 rows"


def main() -> None:
    """Do the task on standard input."""
    task = json.load(sys.stdin)
    with started():
        from crossdock.hub.clock import system_clock

        now = system_clock()
        began = time.perf_counter()
        filled = fill(task["orders"], now)
        _settle()
        seconds = time.perf_counter() - began
        client = client_of(filled.user)
        asked = [one for one in pages(filled, now) if task["only"] in one.name]
        figures = {one.name: measured_page(client, one, task["repeat"]) for one in asked}
        if task["only"] in EXPORTED:
            figures[EXPORTED] = _export(client, task["orders"])
    print(json.dumps({"orders": task["orders"], "fillSeconds": seconds, "pages": figures}))


def _settle() -> None:
    """Do at once what the database does by itself within minutes: clear up, and count its rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def client_of(user: Any) -> Client:
    """Return a browser in which somebody is logged in."""
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def measured_page(client: Client, asked: Asked, repeat: int) -> dict[str, float]:
    """Ask for a page once to warm up and then `repeat` times, each time with the bare query beside it.

    Processor time is of this process and of the database's; it is what the ratio of two sizes is taken of, because
    others on the machine do not change it.
    """
    content = _asked(client, asked.address)
    whole, inside, bare, cpu, stored, queries = [], [], [], 0.0, 0.0, 0
    for _ in range(repeat):
        with measured() as spent, database() as database_spent, _queries() as took:
            _asked(client, asked.address)
        whole.append(spent.wall)
        inside.append(sum(took))
        queries = len(took)
        cpu, stored = cpu + spent.cpu, stored + database_spent.cpu
        if asked.table:
            bare.append(_bare(asked.table))
    return {
        "milliseconds": 1000 * median(whole),
        "cpuMilliseconds": 1000 * (cpu + stored) / repeat,
        "databaseMilliseconds": 1000 * median(inside),
        "queries": queries,
        "bareMilliseconds": 1000 * median(bare) if bare else 0.0,
        "kilobytes": len(content) / 1000,
        "compressedKilobytes": len(gzip.compress(content, 6)) / 1000,
    }


def _asked(client: Client, address: str) -> bytes:
    answer = client.get(address)
    # A search that finds one thing only leads to it.
    if answer.status_code != 200 and not (answer.status_code == 302 and address.startswith("/search")):
        raise SystemExit(f"{address} was answered with {answer.status_code}.")
    return b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]


def _export(client: Client, orders: int) -> dict[str, float]:
    """Read all orders as a file; the figures are for a thousand rows."""
    thousands = orders / 1000
    with measured() as spent, database() as stored, _queries() as took:
        content = _asked(client, "/orders/export.csv")
    return {
        "milliseconds": 1000 * spent.wall / thousands,
        "cpuMilliseconds": 1000 * (spent.cpu + stored.cpu) / thousands,
        "databaseMilliseconds": 1000 * sum(took) / thousands,
        "queries": len(took) / thousands,
        "bareMilliseconds": 0.0,
        "kilobytes": len(content) / thousands / 1000,
        "compressedKilobytes": len(gzip.compress(content, 6)) / thousands / 1000,
    }


@contextmanager
def _queries() -> Iterator[list[float]]:
    """Give the seconds of each query inside, as the program waited for it."""
    from django.db import connection

    spent: list[float] = []

    def timed(execute: Callable[..., Any], *call: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(*call)
        finally:
            spent.append(time.perf_counter() - began)

    with connection.execute_wrapper(timed):
        yield spent


def _bare(table: str) -> float:
    """The seconds that the newest rows of a table take, fetched as they are, by their numbers."""
    from django.db import connection

    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT {ROWS}")
        cursor.fetchall()
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
