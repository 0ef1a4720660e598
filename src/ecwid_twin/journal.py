"""The list of every call received, for tests and for the demo's arithmetic."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass

from ecwid_twin.wire.message import Doc


@dataclass(slots=True)
class Entry:
    """One call. `at` is the twin's time in Unix seconds, `token` the last four characters, `ticket` the batch
    an inner call belongs to."""

    method: str
    path: str
    query: dict[str, str]
    status: int
    at: float
    ms: float
    token: str
    ticket: str
    body: str


class Journal:
    """The last 200,000 calls, oldest first, and how many there were in all."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=200_000)
        self.count = 0

    def add(self, entry: Entry) -> None:
        """Write a call down."""
        self.entries.append(entry)
        self.count += 1

    def clear(self) -> None:
        """Start with an empty list and a count of nought."""
        self.entries.clear()
        self.count = 0

    def show(self, offset: int = 0, limit: int = 1000) -> list[Doc]:
        """Calls as JSON objects, oldest first."""
        return [asdict(entry) for entry in list(self.entries)[offset : offset + limit]]
