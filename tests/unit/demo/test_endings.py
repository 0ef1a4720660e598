"""Being told to end: heard for certain, and the way out is not disturbed."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import pytest

from crossdock.demo import endings
from crossdock.demo.endings import Endings

SLOW = 0.05


class Slow:
    """Something that takes its time before it says that it has heard."""

    def __init__(self) -> None:
        self.left: list[str] = []

    def __enter__(self) -> Slow:
        self._endings = Endings(Slow.__exit__.__code__)
        self._endings.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        spin(SLOW)
        self._endings.heard()
        self.left.append("whole")
        self._endings.__exit__()


def spin(seconds: float) -> None:
    """Be busy, so that a signal is handled at any step."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def told(slow: Slow, number: signal.Signals) -> None:
    """Be told to end in the midst of something."""
    with slow:
        os.kill(os.getpid(), number)
        spin(10.0)


def told_twice(slow: Slow) -> None:
    """Lose the first exception, and go on."""
    with slow:
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            spin(10.0)
        spin(10.0)


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_the_way_out_is_gone_to_its_end(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals, raised: type[BaseException]
) -> None:
    monkeypatch.setattr(endings, "AGAIN_SECONDS", 0.001)
    slow = Slow()
    former = signal.getsignal(number)
    with pytest.raises(raised):
        told(slow, number)
    assert slow.left == ["whole"]
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(number) == former


def test_an_exception_that_was_lost_is_raised_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endings, "AGAIN_SECONDS", 0.01)
    slow = Slow()
    with pytest.raises(KeyboardInterrupt):
        told_twice(slow)
    assert slow.left == ["whole"]
