"""Child processes that live and die with their parent.

`supervise` runs several commands as one: it starts again what dies, ends all on SIGINT or SIGTERM, and on
Linux the kernel ends them when the supervisor itself is killed. All stay in the supervisor's process group.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from crossdock.logs import get_logger

PR_SET_PDEATHSIG = 1
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# A child that has lived this long was well: its next death starts the pauses over.
WELL_AFTER = 60.0
STOP_SECONDS = 20.0

_log = get_logger(__name__)
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int | None = None, signal_number: int = signal.SIGTERM) -> None:
    """Have the kernel send `signal_number` to this process when its parent ends (Linux; elsewhere nothing).

    `parent` is the parent's process id, taken before the fork: if it is gone already, this process ends here.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal_number)
    if parent is not None and os.getppid() != parent:
        os._exit(0)


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdout: int | IO[str] | None = None,
    stderr: int | IO[str] | None = None,
) -> subprocess.Popen[str]:
    """Start `command` so that it does not outlive this process. `env` replaces the environment when given."""
    parent = os.getpid()

    def bound() -> None:
        die_with_parent(parent)

    return subprocess.Popen(
        list(command),
        env=dict(env) if env is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        # Safe: the processes that spawn have one thread, and the function only makes two system calls.
        preexec_fn=bound,  # noqa: PLW1509
    )


def end(process: subprocess.Popen[str], seconds: float = STOP_SECONDS) -> int:
    """Ask `process` to end, kill it after `seconds`, and give its exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


@dataclass
class Child:
    """One command to keep running. Exit codes in `final` mean that starting it again is of no use."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] | None = None
    final: frozenset[int] = frozenset()
    process: subprocess.Popen[str] | None = field(default=None, repr=False)
    started: float = field(default=0.0, repr=False)
    due: float = field(default=0.0, repr=False)
    pause: float = field(default=FIRST_PAUSE, repr=False)

    def start(self, now: float) -> None:
        """Start the command; `now` is a monotonic time in seconds."""
        self.process = spawn(self.command, env=self.env)
        self.started = now

    def schedule(self, now: float) -> float:
        """After a death at `now`: set when to start again, and give the pause until then in seconds."""
        if now - self.started >= WELL_AFTER:
            self.pause = FIRST_PAUSE
        self.process, self.due = None, now + self.pause
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        return pause


def supervise(
    children: Sequence[Child],
    *,
    clock: Callable[[], float] = time.monotonic,
    on_started: Callable[[Child], None] | None = None,
) -> int:
    """Run `children` until SIGINT or SIGTERM, then end them all. Call it from the main thread.

    Gives the exit code for this process: 0 after a signal, or the code of a child that ended for good.
    A second signal kills at once what has not ended yet.
    """
    with _signals() as received:
        try:
            while True:
                final = _look_after(children, clock(), on_started)
                if final is not None:
                    return final
                if received(_next_due(children, clock())):
                    return 0
        finally:
            _end_all(children, clock, received)


def _look_after(
    children: Sequence[Child], now: float, on_started: Callable[[Child], None] | None
) -> int | None:
    """Start what is due and notice what has died. Gives an exit code when a child has ended for good."""
    for child in children:
        code = child.process.poll() if child.process is not None else None
        if code is not None:
            if code in child.final:
                _log.error("process ended for good", process=child.name, code=code)
                return code
            pause = child.schedule(now)
            _log.warning("process ended, starting it again", process=child.name, code=code, seconds=pause)
        if child.process is None and child.due <= now:
            child.start(now)
            if on_started is not None:
                on_started(child)
    return None


def _next_due(children: Sequence[Child], now: float) -> float | None:
    """Seconds until the next start, or None to wait for a signal only (the death of a child is one)."""
    waits = [max(0.0, child.due - now) for child in children if child.process is None]
    return min(waits) if waits else None


def _end_all(
    children: Sequence[Child], clock: Callable[[], float], received: Callable[[float | None], bool]
) -> None:
    running = [
        child.process for child in children if child.process is not None and child.process.poll() is None
    ]
    for process in running:
        process.terminate()
    deadline = clock() + STOP_SECONDS
    # A list, so that every one is looked at: a look is what clears a dead child out of the process table.
    while any([process.poll() is None for process in running]):  # noqa: C419
        left = deadline - clock()
        if left <= 0 or received(left):
            break
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


@contextlib.contextmanager
def _signals() -> Iterator[Callable[[float | None], bool]]:
    """Turn signals into something to wait for: gives a function that waits some seconds (None: for ever).

    It returns at the next signal, True when that is a request to stop, False for the death of a child.
    """
    stops = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    former = {number: signal.signal(number, _ignore) for number in (*stops, signal.SIGCHLD)}
    former_descriptor = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    selector = selectors.DefaultSelector()
    selector.register(reader, selectors.EVENT_READ)

    def received(seconds: float | None) -> bool:
        if not selector.select(seconds):
            return False
        return any(number in stops for number in reader.recv(4096))

    try:
        yield received
    finally:
        signal.set_wakeup_fd(former_descriptor)
        for number, handler in former.items():
            signal.signal(number, handler)
        selector.close()
        reader.close()
        writer.close()


def _ignore(_number: int, _frame: object) -> None:
    """A handler that does nothing: the number of the signal arrives through the wake-up descriptor."""
