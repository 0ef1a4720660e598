"""``python -m benchmarks.pages``: how long the portal's pages take with few and with many orders, and the ratio."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.apart import Figures, measured_apart

FLAT = 2.0
"""A page that makes more than so many times the work with many orders as with few is marked."""
ALIKE = 0.8
"""Pages whose weights are to each other as this to one, or nearer, show as much."""
SLOW = 150
"""So is one that takes the processor more milliseconds."""

COLUMNS = ("ms", "ms", "CPU ms", "CPU ms", "ratio", "database ms", "bare query ms", "queries", "kB", "gzip")


def main(
    small: Annotated[int, typer.Option(min=400, help="Orders of the smaller organization.")] = 2_000,
    large: Annotated[int, typer.Option(min=400, help="Orders of the larger one.")] = 100_000,
    repeat: Annotated[
        int, typer.Option(min=1, help="How often each page is asked for; medians are shown.")
    ] = 9,
    only: Annotated[str, typer.Option(help="Only pages whose name has this in it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure the portal's pages at two sizes, beside a bare query of as many rows."""
    began = time.perf_counter()
    sizes = {"small": small, "large": large}
    measured: Figures = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        steps = progress.add_task("", total=len(sizes))
        for name, orders in sizes.items():
            progress.update(steps, description=f"{orders:,} orders")
            measured[name] = measure(orders, repeat, only)
            progress.update(steps, advance=1)
    figures: Figures = {name: one["orders"] for name, one in measured.items()}
    figures["fillSeconds"] = {name: one["fillSeconds"] for name, one in measured.items()}
    figures["pages"] = joined(measured["small"]["pages"], measured["large"]["pages"])
    figures["machine"] = {"cores": os.cpu_count(), "loadAverage": list(os.getloadavg())}
    figures["seconds"] = time.perf_counter() - began
    if as_json:
        print(json.dumps(figures))
    else:
        # Beside a terminal, in a file, the table is as wide as it needs to be.
        show(figures, Console(width=None if sys.stdout.isatty() else 150))


def measure(orders: int, repeat: int, only: str) -> Figures:
    """Measure one size in a fresh process, and return its figures."""
    return measured_apart("benchmarks.portal", {"orders": orders, "repeat": repeat, "only": only})


def joined(small: Figures, large: Figures) -> dict[str, Figures]:
    """Return the figures of each page at both sizes, and how many times as much work the larger one makes.

    There is no such ratio where the smaller organization has too little to fill the page: it shows less.
    """
    return {
        name: {"small": small[name], "large": one, "ratio": _ratio(small[name], one)}
        for name, one in large.items()
    }


def _ratio(small: Figures, large: Figures) -> float | None:
    if small["kilobytes"] < ALIKE * large["kilobytes"]:
        return None
    ratio: float = large["cpuMilliseconds"] / small["cpuMilliseconds"]
    return ratio


def show(figures: Figures, console: Console) -> None:
    """Print the figures as a table."""
    table = Table(title=f"pages with {figures['small']:,} and with {figures['large']:,} orders")
    table.add_column("page")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for name, one in figures["pages"].items():
        small, large, ratio = one["small"], one["large"], one["ratio"]
        steep = (ratio or 0) > FLAT or large["cpuMilliseconds"] > SLOW
        steep = steep or large["queries"] > small["queries"] + 1
        bare = large["bareMilliseconds"]
        table.add_row(
            name, f"{small['milliseconds']:.0f}", f"{large['milliseconds']:.0f}",
            f"{small['cpuMilliseconds']:.0f}", f"{large['cpuMilliseconds']:.0f}", f"{ratio:.2f}" if ratio else "",
            f"{large['databaseMilliseconds']:.1f}", f"{bare:.1f}" if bare else "",
            f"{small['queries']:.0f} {large['queries']:.0f}", f"{large['kilobytes']:.0f}",
            f"{large['compressedKilobytes']:.0f}", style="bold" if steep else "",
        )  # fmt: skip
    table.caption = (
        f"No ratio: the smaller has too little to fill the page. Bold: more than {FLAT:g} times the work, more than "
        f"{SLOW} ms of it, or more queries."
    )
    console.print(table)
    load = ", ".join(f"{value:.1f}" for value in figures["machine"]["loadAverage"])
    console.print(
        f"{figures['machine']['cores']} cores, load average {load}; took {figures['seconds']:.0f} s. "
        "Read the ratios, which are of processor time: others on the machine slow everything alike."
    )


if __name__ == "__main__":
    typer.run(main)
