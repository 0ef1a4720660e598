"""Records with a search index that lags behind writes.

Reads by id see a write at once; a search sees it `lag` seconds later (ecwid-api/conventions.md §13): until
then a changed record is found in its previous state and a new one not at all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar


class Record(Protocol):
    """What a shelf needs to know of a record: a numeric id and two times in Unix seconds."""

    key: int
    created: int
    updated: int


R = TypeVar("R", bound=Record)
_CACHED = 16


class Shelf(Generic[R]):
    """Records by numeric id, plus the lagging index that searches use."""

    def __init__(self) -> None:
        self.live: dict[int, R] = {}
        self._shown: dict[int, R] = {}
        self._waiting: deque[tuple[float, int, R | None]] = deque()
        self._by_created: list[tuple[int, int]] = []
        self._by_updated: list[tuple[int, int]] = []
        self._cache: OrderedDict[str, list[R]] = OrderedDict()

    def load(self, records: Iterable[R]) -> None:
        """Add many new records at once, visible to searches immediately."""
        for record in records:
            self.live[record.key] = record
            self._shown[record.key] = record
            self._by_created.append((record.created, record.key))
            self._by_updated.append((record.updated, record.key))
        self._by_created.sort()
        self._by_updated.sort()
        self._cache.clear()

    def put(self, record: R, now: float, lag: float) -> None:
        """Add or replace a record; searches see it from `now + lag` on."""
        self.live[record.key] = record
        self._later(now, lag, record.key, record)

    def drop(self, key: int, now: float, lag: float) -> None:
        """Remove a record; searches find it until `now + lag`."""
        self.live.pop(key, None)
        self._later(now, lag, key, None)

    def _later(self, now: float, lag: float, key: int, record: R | None) -> None:
        if lag <= 0:
            self.settle(float("inf"))
            self._show(key, record)
        else:
            self._waiting.append((now + lag, key, record))

    def settle(self, now: float) -> None:
        """Let the index catch up with everything due by `now`."""
        while self._waiting and self._waiting[0][0] <= now:
            _, key, record = self._waiting.popleft()
            self._show(key, record)

    def _show(self, key: int, record: R | None) -> None:
        old = self._shown.pop(key, None)
        if old is not None:
            _remove(self._by_created, (old.created, key))
            _remove(self._by_updated, (old.updated, key))
        if record is not None:
            self._shown[key] = record
            insort(self._by_created, (record.created, key))
            insort(self._by_updated, (record.updated, key))
        self._cache.clear()

    def search(
        self,
        cache_key: str,
        now: float,
        *,
        created: tuple[int | None, int | None] = (None, None),
        updated: tuple[int | None, int | None] = (None, None),
        accept: Callable[[R], bool] | None = None,
    ) -> list[R]:
        """Indexed records inside both (inclusive) windows that `accept` takes, newest created first.

        The list is kept under `cache_key` until the index changes, so the next page costs nothing.
        """
        self.settle(now)
        found = self._cache.get(cache_key)
        if found is not None:
            self._cache.move_to_end(cache_key)
            return found
        keys = self._candidates(created, updated)
        shown = self._shown
        found = [shown[key] for _, key in reversed(keys)]
        if accept is not None:
            found = [record for record in found if accept(record)]
        self._cache[cache_key] = found
        if len(self._cache) > _CACHED:
            self._cache.popitem(last=False)
        return found

    def _candidates(
        self, created: tuple[int | None, int | None], updated: tuple[int | None, int | None]
    ) -> list[tuple[int, int]]:
        if updated == (None, None):
            return _between(self._by_created, created)
        shown = self._shown
        low, high = created
        return sorted(
            (moment, key)
            for moment, key in ((shown[key].created, key) for _, key in _between(self._by_updated, updated))
            if (low is None or moment >= low) and (high is None or moment <= high)
        )


def _between(rows: list[tuple[int, int]], window: tuple[int | None, int | None]) -> list[tuple[int, int]]:
    low, high = window
    start = 0 if low is None else bisect_left(rows, (low,))
    end = len(rows) if high is None else bisect_right(rows, (high, 1 << 62))
    return rows[start:end]


def _remove(rows: list[tuple[int, int]], row: tuple[int, int]) -> None:
    place = bisect_left(rows, row)
    if place < len(rows) and rows[place] == row:
        del rows[place]
