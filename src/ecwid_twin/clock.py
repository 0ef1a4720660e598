"""The time the twin lives in: the real clock plus an offset that tests may move."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Seconds since the epoch (UTC), movable forwards and backwards.

    `source` gives the underlying time; the default is the machine's clock.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:  # noqa: TID251  # its own clock
        self._source = source
        self.offset = 0.0

    def now(self) -> float:
        """Present time of the twin, Unix seconds with fractions."""
        return self._source() + self.offset

    def seconds(self) -> int:
        """Present time of the twin, whole Unix seconds."""
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Move the twin's time by `seconds` (negative moves back)."""
        self.offset += seconds

    def set(self, moment: float) -> None:
        """Make the twin's time `moment` (Unix seconds) now; it runs on from there."""
        self.offset = moment - self._source()
