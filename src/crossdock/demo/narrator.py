"""Telling what goes on: one line a stage on standard error, with a moving one on a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

QUIET_SECONDS = 3.0
"""How often a stage that takes long says how far it is, where lines cannot be overwritten."""


def sign(stream: TextIO, *, good: bool) -> str:
    """Return a tick or a cross that `stream` can print."""
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
    if encoding.startswith("utf"):
        return "✓" if good else "✗"
    return "ok" if good else "FAILED"


class Narrator:
    """Says on `stream` what goes on. Also an observer of flows: give it to whatever reports progress.

    Starts no thread, because processes are started while it speaks.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        width = None if self._terminal else 4000
        self._console = Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
        self._live: Live | None = None
        self._stage, self._detail = "", ""
        self._said_at = self._begun_at = time.monotonic()

    @contextmanager
    def stage(self, text: str) -> Iterator[None]:
        """Announce a stage, and say at its end how long it took. A failure leaves the line unticked."""
        self._stage, self._detail = text, ""
        self._begun_at = self._said_at = time.monotonic()
        if self._terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
            self._draw()
        try:
            yield
        finally:
            if self._live is not None:
                self._live.stop()
                self._live = None
        seconds = time.monotonic() - self._begun_at
        detail = f": {self._detail}" if self._detail else ""
        tick = Text(sign(self._stream, good=True), style="green")
        self._console.print(tick, Text(f"{text}{detail}"), Text(f"({seconds:.1f} s)", style="dim"))

    def detail(self, text: str) -> None:
        """Say more about the stage that goes on; the last detail stands in its line at the end."""
        self._detail = text
        self._draw()

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Say how far the stage is (`crossdock.flows.observer.Observer`)."""
        text = f"{stage} {done}" + (f" of {total}" if total else "")
        if text == self._detail:
            return
        self.detail(text)
        if not self._terminal and time.monotonic() - self._said_at >= QUIET_SECONDS:
            self._said_at = time.monotonic()
            self.note(text)

    def note(self, text: str) -> None:
        """Say something worth a line of its own."""
        self._console.print(Text(f"  {text}"))

    def _draw(self) -> None:
        if self._live is not None:
            line = f"… {self._stage}" + (f": {self._detail}" if self._detail else "")
            self._live.update(Text(line, overflow="ellipsis", no_wrap=True), refresh=True)
