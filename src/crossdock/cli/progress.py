"""Progress of long work on standard error: a live bar on a terminal, a line now and then otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from crossdock.cli.output import console, duration, say

EVERY_SECONDS = 5.0


class Watcher(Protocol):
    """What long work reports to; the shape of `crossdock.flows.observer.Observer`."""

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """`done` of `total` (None: unknown) records of `stage`."""


@contextmanager
def watched(*, quiet: bool = False) -> Iterator[Watcher]:
    """Yield a watcher that shows count, rate and estimate for as long as the block lasts."""
    if quiet or not sys.stderr.isatty():
        yield Lines(quiet=quiet)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(sys.stderr), transient=True) as bars:
        tasks: dict[str, tuple[int, Pace]] = {}

        class Bars:
            def progress(self, stage: str, done: int, total: int | None) -> None:
                if stage not in tasks:
                    tasks[stage] = (
                        int(bars.add_task(stage, total=total, rate="")),
                        Pace(time.monotonic(), done),
                    )
                number, pace = tasks[stage]
                speed = pace.rate(time.monotonic(), done)
                bars.tasks[number].completed = done
                bars.tasks[number].total = total
                bars.tasks[number].fields["rate"] = f"{speed:.0f}/s" if speed else ""

        yield Bars()


class Pace:
    """How fast a stage goes since it was first seen; `begun` is a monotonic time, `first` the count then."""

    def __init__(self, begun: float, first: int) -> None:
        self.begun = begun
        self.first = first

    def rate(self, now: float, done: int) -> float:
        """Records a second; 0 while that cannot be told."""
        elapsed = now - self.begun
        return (done - self.first) / elapsed if elapsed > 0 and done > self.first else 0.0

    def left(self, now: float, done: int, total: int | None) -> float | None:
        """Seconds that remain at this pace; None while that cannot be told."""
        rate = self.rate(now, done)
        return None if total is None or rate == 0 else max(total - done, 0) / rate


class Lines:
    """A line on standard error at the first report of a stage, then every few seconds, and at its end."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.paces: dict[str, Pace] = {}
        self.last: dict[str, float] = {}

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Print where `stage` stands, if it is time to."""
        now = time.monotonic()
        pace = self.paces.setdefault(stage, Pace(now, done))
        if self.quiet or (now - self.last.get(stage, -EVERY_SECONDS) < EVERY_SECONDS and done != total):
            return
        self.last[stage] = now
        say(described(stage, done, total, pace.rate(now, done), pace.left(now, done, total)))


def described(stage: str, done: int, total: int | None, rate: float, left: float | None) -> str:
    """Return a line such as ``import orders: 1,200 of 10,000, 850/s, 10 s left``."""
    parts = [f"{stage}: {done:,}" + (f" of {total:,}" if total is not None else "")]
    if rate:
        parts.append(f"{rate:,.0f}/s")
    if left is not None and done != total:
        parts.append(f"{duration(left)} left")
    return ", ".join(parts)
