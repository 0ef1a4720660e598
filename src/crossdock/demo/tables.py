"""The result as tables for people and as a document for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossdock.demo.narrator import sign
from crossdock.demo.play import Result

if TYPE_CHECKING:
    from crossdock.flows.health import FlowHealth

COLUMNS = ("flow", "in", "out", "calls", "least", "lag", "exceptions")
PIPED_WIDTH = 4000


def show(result: Result, stream: TextIO, *, stays: bool) -> None:
    """Print the flows, a line for each promise, and where all of it `stays` up, the way to the portal."""
    terminal = stream.isatty()
    console = Console(
        file=stream, width=None if terminal else PIPED_WIDTH, markup=False, highlight=False, emoji=False
    )
    table = Table(box=SIMPLE_HEAD if terminal else None, pad_edge=False, header_style="bold")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "flow" else "right", no_wrap=True)
    for flow in result.flows:
        table.add_row(*_row(flow))
    console.print()
    console.print(table)
    console.print()
    for promise in result.promises:
        numbers = ", ".join(f"{_spaced(name)} {count}" for name, count in promise.compared.items())
        mark = Text(sign(stream, good=promise.kept), style="green" if promise.kept else "bold red")
        console.print(mark, Text(f"{promise.sentence}: {numbers}"))
        for difference in promise.differences:
            console.print(Text(f"    {difference}", style="red"))
    for act in result.happened.explained if result.happened else ():
        console.print()
        console.print(Text(f"{act.title} ({act.subject})", style="bold"))
        for line in act.lines:
            console.print(Text(f"    {line}"))
    for nudged in result.nudged:
        console.print(Text(f"! the worker was given a hand: {nudged}", style="yellow"))
    _farewell(result, console, stays=stays)


def _farewell(result: Result, console: Console, *, stays: bool) -> None:
    kept = sum(promise.kept for promise in result.promises)
    console.print()
    console.print(
        Text(f"{kept} of {len(result.promises)} promises kept, in {result.seconds:.1f} s.", style="bold")
    )
    if stays:
        console.print(Text(f"Portal    {result.portal_url}"))
        console.print(Text(f"Log in    {result.email} / {result.password}"))
        console.print(Text(f"One more  curl -X POST {result.control_url}/orders"))
        console.print(Text("Ctrl-C ends it all.", style="dim"))


def document(result: Result) -> dict[str, object]:
    """Return the result as a document: times in seconds, names as the other commands have them."""
    happened = result.happened
    return {
        "kept": result.kept,
        "seconds": round(result.seconds, 1),
        "flows": [
            {
                "entity": flow.entity,
                "direction": flow.direction,
                "enabled": flow.enabled,
                "recordsIn": flow.records,
                "recordsOut": flow.written,
                "remoteCalls": flow.remote_calls,
                "leastCalls": flow.least_calls,
                "lagSeconds": None if flow.lag_seconds is None else round(flow.lag_seconds, 1),
                "exceptions": flow.exceptions,
            }
            for flow in result.flows
        ],
        "promises": [
            {
                "promise": promise.sentence,
                "kept": promise.kept,
                "compared": dict(promise.compared),
                "differences": list(promise.differences),
            }
            for promise in result.promises
        ],
        "happened": {
            "ordersImported": result.imported,
            "skusCounted": result.adopted,
            "ordersPlaced": len(happened.placed) if happened else 0,
            "edited": happened.edited if happened else "",
            "canceled": happened.canceled if happened else "",
            "partlyShipped": happened.partly_shipped if happened else "",
            "newSkus": list(happened.new_skus) if happened else [],
        },
        "explained": [
            {"title": act.title, "subject": act.subject, "lines": list(act.lines)}
            for act in (happened.explained if happened else [])
        ],
        "workerHelped": list(result.nudged),
        "portal": {"url": result.portal_url, "email": result.email, "password": result.password},
        "store": {"url": result.store_url, "storeId": result.store_id, "controlUrl": result.control_url},
    }


def _row(flow: FlowHealth) -> tuple[str, ...]:
    pulls = flow.direction == "pull"
    return (
        f"{flow.entity} {flow.direction}",
        str(flow.records) if pulls else "",
        "" if pulls else str(flow.written),
        str(flow.remote_calls),
        str(flow.least_calls),
        "never ran" if flow.lag_seconds is None else f"{flow.lag_seconds:.1f} s",
        str(flow.exceptions),
    )


def _spaced(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
