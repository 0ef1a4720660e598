"""Being told to end: by Ctrl-C, by ``kill``, by a terminal that closes."""

from __future__ import annotations

import contextlib
import signal
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN_SECONDS = 0.25


class Endings:
    """Turns the first ending signal into an exception in the main thread, and repeats it until it is heard.

    An exception that a handler raises is lost when it strikes in a finalizer or beside a fork; so it is raised
    again until `heard` is called, which whoever cleans up does first. Signals that were ignored at the start
    (``nohup``, a background job) stay ignored. Use as a context manager.
    """

    def __init__(self) -> None:
        self._number = 0
        self._former: dict[int, object] = {}

    def __enter__(self) -> Endings:
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._end)
        self._former[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._again)
        return self

    def __exit__(self, *_error: object) -> None:
        self.heard()
        for number, handler in self._former.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what `signal` gave us just before

    def heard(self) -> None:
        """Stop repeating: the way out has begun."""
        with contextlib.suppress(KeyboardInterrupt, SystemExit):
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self._number = number
        signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS, AGAIN_SECONDS)
        self._raise()

    def _again(self, _number: int, _frame: FrameType | None) -> None:
        self._raise()

    def _raise(self) -> None:
        if self._number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + self._number)
