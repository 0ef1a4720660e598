"""Being told to end: by Ctrl-C, by ``kill``, by a terminal that closes."""

from __future__ import annotations

import signal
from types import CodeType, FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN_SECONDS = 0.25


class Endings:
    """Turns the first ending signal into an exception in the main thread, and repeats it until it is heard.

    An exception that a handler raises is lost when it strikes in a finalizer or beside a fork; so it is raised
    again until `heard` is called, which whoever cleans up does first. Nothing is raised within `ways_out`, the
    code that cleans up: on a slow machine it would strike there before they have come to say so. Signals that
    were ignored at the start (``nohup``, a background job) stay ignored. Use as a context manager.
    """

    def __init__(self, *ways_out: CodeType) -> None:
        self._deaf = {Endings.heard.__code__, *ways_out}
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
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _end(self, number: int, frame: FrameType | None) -> None:
        if self._on_the_way_out(frame):
            return
        self._number = number
        signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS, AGAIN_SECONDS)
        self._raise()

    def _again(self, _number: int, frame: FrameType | None) -> None:
        if not self._on_the_way_out(frame):
            self._raise()

    def _on_the_way_out(self, frame: FrameType | None) -> bool:
        while frame is not None:
            if frame.f_code in self._deaf:
                return True
            frame = frame.f_back
        return False

    def _raise(self) -> None:
        if self._number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + self._number)
