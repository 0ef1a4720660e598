"""Reading a window page by page: the next pages are fetched while one is stored, and drift is noticed.

A list that changes while it is read can show a record twice or hide one. Every page says how many
records the whole window matches; when that figure differs between pages, the window is read again.
"""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Protocol

from crossdock.connectors.contract import Page, Window

AHEAD = 3
MAX_REREADS = 3
TURN = 0.0005
"""Seconds a thread keeps the interpreter while another waits for it."""


class PageReader(Protocol):
    """The part of a `Source` that reads pages."""

    def page(self, window: Window, offset: int) -> Page:
        """Read one page of the window."""


class Drifting(Exception):
    """The window changed each time it was read; what was read is kept, completeness is not claimed."""


def read_window(
    source: PageReader, window: Window, *, page_size: int, offset: int = 0, expected: int | None = None
) -> Iterator[Page]:
    """Yield the pages of `window` in order; re-read from the start when it drifts.

    `offset` resumes a window that was begun when it matched `expected` records. Raises `Drifting` after
    `MAX_REREADS` attempts, with everything read having been yielded.
    """
    start, total = offset, expected
    for _ in range(1 + MAX_REREADS):
        steady = True
        for page in _pass(source, window, page_size, start):
            total = page.total if total is None else total
            steady = steady and page.total == total
            yield page
        if steady:
            return
        start, total = 0, None
    raise Drifting(f"The list changed on each of {1 + MAX_REREADS} readings.")


def _pass(source: PageReader, window: Window, page_size: int, offset: int) -> Iterator[Page]:
    """Yield pages from `offset` to the end, up to `AHEAD` requests in flight beyond the one in use."""
    first = source.page(window, offset)
    yield first
    reached, end = offset + first.count, first.total
    if first.count == 0 or reached >= end:
        return
    _take_quick_turns()
    _spare_the_collector()
    with ThreadPoolExecutor(max_workers=AHEAD, thread_name_prefix="page") as pool:
        pending: deque[Future[Page]] = deque()
        following = offset + page_size
        try:
            while True:
                while len(pending) < AHEAD and following < end:
                    pending.append(pool.submit(source.page, window, following))
                    following += page_size
                if not pending:
                    return
                page = pending.popleft().result()
                end = max(end, page.total)
                yield page
                if page.count == 0:
                    return
        finally:
            for future in pending:
                future.cancel()


def _take_quick_turns() -> None:
    """Let threads take turns often: whoever stores a page comes back from the database many times for it.

    By default it would wait up to 5 ms each time for a thread that reads a page ahead. Left so for the rest of
    the process: runs in other threads may be counting on it.
    """
    if sys.getswitchinterval() > TURN:
        sys.setswitchinterval(TURN)


@cache
def _spare_the_collector() -> None:
    """Once in a process: what is loaded by now stays, so the search for cycles need not go over it again.

    Pages come and go without cycles of their own, but each full search went through the whole program.
    """
    gc.collect()
    gc.freeze()
