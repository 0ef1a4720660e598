"""Call limits: one counter per token, and a watch on addresses that hammer with dead tokens."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from ecwid_twin.settings import Settings
from ecwid_twin.wire.errors import rate_limited

MINUTE = 60.0
LONGEST = 600.0


@dataclass(slots=True)
class _Window:
    times: deque[float] = field(default_factory=deque)
    blocked: float = 0.0
    total: int = 0

    def add(self, now: float) -> int:
        while self.times and self.times[0] <= now - MINUTE:
            self.times.popleft()
        self.times.append(now)
        self.total += 1
        return len(self.times)


class Limits:
    """Counts calls over the last minute and answers 429 above the limit (ecwid-api/conventions.md §10)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tokens: dict[str, _Window] = {}
        self._addresses: dict[str, _Window] = {}

    def reset(self) -> None:
        """Forget all counts and blocks."""
        self._tokens.clear()
        self._addresses.clear()

    def count(self, token: str, now: float) -> None:
        """Count a call of `token`. Raises 429 above the limit; calling on makes the block longer."""
        limit = self._settings.rateLimit
        if limit <= 0:
            return
        window = self._tokens.setdefault(token, _Window())
        self._refuse_blocked(window, now)
        if window.add(now) <= limit:
            return
        window.times.pop()
        window.blocked = window.times[0] + MINUTE if window.times else now + MINUTE
        raise rate_limited(math.ceil(window.blocked - now))

    def admit(self, address: str, now: float) -> None:
        """Raise 429 while `address` is blocked for hammering."""
        window = self._addresses.get(address)
        if window is not None and self._settings.badTokenLimit > 0:
            self._refuse_blocked(window, now)

    def bad_token(self, address: str, now: float) -> None:
        """Note a call with a dead token; the address is blocked when there were too many."""
        window = self._addresses.setdefault(address, _Window())
        recent = window.add(now)
        limit = self._settings.badTokenLimit
        if limit > 0 and (recent > limit or window.total > self._settings.badTokenTotal):
            window.blocked = now + MINUTE

    def _refuse_blocked(self, window: _Window, now: float) -> None:
        if now >= window.blocked:
            return
        window.blocked = min(window.blocked + self._settings.blockPenalty, now + LONGEST)
        raise rate_limited(math.ceil(window.blocked - now))
