"""``python -m benchmarks``: start what is needed, measure, and print a table or JSON."""

from __future__ import annotations

import json
import os
import time
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import shop as shops
from benchmarks.apart import Figures, measured_apart

AIMS = {"perSecond": 2_500, "cpuPer10000": 1.4, "megabytes": 150}


def main(
    orders: Annotated[int, typer.Option(min=100, help="Orders in the store that is imported.")] = 5_000,
    repeat: Annotated[int, typer.Option(min=1, help="Rounds; medians are shown.")] = 3,
    memory: Annotated[bool, typer.Option(help="Measure memory, each size in a process of its own.")] = True,
    large: Annotated[
        bool, typer.Option("--large", help="Measure memory at 10,000 and 100,000 orders (minutes).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Measure imports, calls and memory against a bare script, the least possible, and the aims."""
    began = time.perf_counter()
    sizes = ((10_000, 100_000) if large else (2_000, 10_000)) if memory else ()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        steps = progress.add_task("importing", total=1 + len(sizes))
        with shops.opened(orders) as shop:
            figures = summed(measure("road", shop, repeat=repeat))
        figures["memory"] = []
        for size in sizes:
            progress.update(steps, advance=1, description=f"memory at {size:,} orders")
            with shops.opened(size) as shop:
                figures["memory"].append(measure("memory", shop))
    figures["machine"] = {"cores": os.cpu_count(), "loadAverage": list(os.getloadavg())}
    figures["seconds"] = time.perf_counter() - began
    if as_json:
        print(json.dumps(figures))
    else:
        show(figures, Console())


def measure(name: str, shop: shops.Shop, **options: int) -> Figures:
    """Run one task in a fresh process, and return its figures."""
    return measured_apart("benchmarks.hub", {"name": name, "shop": list(shop), **options})


def summed(road: Figures) -> Figures:
    """Return the medians of all rounds; ratios are of figures of the same round."""
    rounds = road["rounds"]
    figures: Figures = {
        work: {name: median(one[work][name] for one in rounds) for name in rounds[0][work]}
        for work in ("import", "again", "floor")
    }
    for work in ("import", "again"):
        figures[work]["ratioToFloor"] = median(
            one[work]["perSecond"] / one["floor"]["perSecond"] for one in rounds
        )
        figures[work]["cpuRatioToFloor"] = median(
            one[work]["cpuPer10000"] / one["floor"]["cpuPer10000"] for one in rounds
        )
    figures["orders"], figures["rounds"] = rounds[0]["orders"], len(rounds)
    figures["importCalls"] = {name: rounds[0][name] for name in ("calls", "leastCalls")}
    return figures | {"changes": road["changes"], "limit": road["limit"]}


def show(figures: Figures, console: Console) -> None:
    """Print the figures as tables."""
    console.print(_speed(figures))
    console.print(_calls(figures))
    if figures["memory"]:
        console.print(_memory(figures))
    load = ", ".join(f"{value:.1f}" for value in figures["machine"]["loadAverage"])
    console.print(
        f"{figures['machine']['cores']} cores, load average {load}; took {figures['seconds']:.0f} s. "
        "Read the ratios: others on the machine slow everything alike."
    )


def _speed(figures: Figures) -> Table:
    table = Table(title=f"{figures['orders']:,} orders, 100 a page, median of {figures['rounds']}")
    table.add_column("")
    for column in ("orders/s", "to floor", "CPU s per 10,000", "to floor", "database CPU s"):
        table.add_column(column, justify="right")
    rows = (("import", "history import"), ("again", "the same, unchanged"), ("floor", "floor: bare script"))
    for work, title in rows:
        one = figures[work]
        stored = one.get("databaseCpuPer10000")
        table.add_row(
            title, f"{one['perSecond']:,.0f}", f"{one.get('ratioToFloor', 1):.2f}", f"{one['cpuPer10000']:.2f}",
            f"{one.get('cpuRatioToFloor', 1):.2f}", "" if stored is None else f"{stored:.2f}",
        )  # fmt: skip
    table.add_row("aim for the import", f"{AIMS['perSecond']:,}", "", f"{AIMS['cpuPer10000']}", "", "")
    return table


def _calls(figures: Figures) -> Table:
    table = Table(title="remote calls")
    for column in ("", "calls", "least", "ratio"):
        table.add_column(column, justify="right" if column else "left")
    changes, limit = figures["changes"], figures["limit"]
    rows = (
        (f"import of {figures['orders']:,} orders", figures["importCalls"]),
        (f"{changes['orders']:,} changed orders", changes),
    )
    for title, one in rows:
        ratio = one["calls"] / one["leastCalls"]
        table.add_row(title, str(one["calls"]), str(one["leastCalls"]), f"{ratio:.2f}")
    table.add_row(
        "import at 600 a minute, calls/s", f"{limit['callsPerSecond']:.2f}",
        f"{limit['callsPerSecondAllowed']:.2f} allowed", f"{limit['limitUsed']:.2f}",
    )  # fmt: skip
    table.caption = f"At 600 a minute {limit['waiting']:.0%} of the time was spent waiting for the limit."
    return table


def _memory(figures: Figures) -> Table:
    table = Table(title=f"peak memory (aim {AIMS['megabytes']} MB, flat)")
    for column in ("orders", "MB", "MB before the import"):
        table.add_column(column, justify="right")
    for one in figures["memory"]:
        table.add_row(f"{one['orders']:,}", f"{one['megabytes']:.0f}", f"{one['megabytesBefore']:.0f}")
    return table


if __name__ == "__main__":
    typer.run(main)
