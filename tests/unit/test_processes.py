"""The supervisor, run as a process of its own: what it starts, starts again, and takes along when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from crossdock.processes import Child, end, spawn

# Each child says its name and process id in one write, then waits. The one called "final" ends for good on SIGUSR1,
# the one called "stubborn" does not listen to SIGTERM.
SUPERVISOR = r"""
import sys
from crossdock import logs, processes
logs.configure("error", "json")
waits = "import os, sys, time; os.write(1, f'{sys.argv[1]} {os.getpid()}\\n'.encode()); time.sleep(600)"
ends = "import os, signal; signal.signal(signal.SIGUSR1, lambda *_: os._exit(78));" + waits
stubborn = "import signal; signal.signal(15, signal.SIG_IGN);" + waits
code = {"final": ends, "stubborn": stubborn}
children = [
    processes.Child(name, [sys.executable, "-c", code.get(name, waits), name], final=frozenset({78}))
    for name in sys.argv[1:]
]
sys.exit(processes.supervise(children))
"""


class Supervisor:
    """A running supervisor, and the process ids of its children as they report themselves."""

    def __init__(self, *names: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, *names], stdout=subprocess.PIPE, text=True, process_group=0
        )
        self.children: dict[str, psutil.Process] = {}

    def next_child(self) -> tuple[str, psutil.Process]:
        assert self.process.stdout is not None
        name, pid = self.process.stdout.readline().split()
        return name, psutil.Process(int(pid))

    def close(self) -> None:
        end(self.process)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def child(self, name: str) -> psutil.Process:
        return self.children[name]


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervisor]]:
    """Starts supervisors of children with the given names; ends them after the test."""
    started: list[Supervisor] = []

    def start(*names: str) -> Supervisor:
        supervisor = Supervisor(*names)
        started.append(supervisor)
        supervisor.children.update(supervisor.next_child() for _ in names)
        return supervisor

    yield start
    for supervisor in started:
        supervisor.close()


@pytest.fixture
def pair(supervise: Callable[..., Supervisor]) -> Supervisor:
    return supervise("web", "worker")


def gone(process: psutil.Process) -> bool:
    """Wait until `process` has ended; False when it has not after a while."""
    _, alive = psutil.wait_procs([process], timeout=30)
    return not alive


def test_a_child_that_dies_is_started_again(pair: Supervisor) -> None:
    pair.child("worker").kill()

    name, again = pair.next_child()

    assert name == "worker"
    assert again.pid != pair.child("worker").pid
    assert pair.child("web").is_running()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_of_them(pair: Supervisor, number: signal.Signals) -> None:
    pair.process.send_signal(number)

    assert pair.process.wait(30) == 0
    assert gone(pair.child("web"))
    assert gone(pair.child("worker"))


def test_ctrl_c_reaches_the_whole_group_and_ends_it(pair: Supervisor) -> None:
    os.killpg(pair.process.pid, signal.SIGINT)

    assert pair.process.wait(30) == 0
    assert gone(pair.child("web"))


def test_a_killed_supervisor_leaves_no_orphans(pair: Supervisor) -> None:
    pair.process.kill()
    pair.process.wait()

    assert gone(pair.child("web"))
    assert gone(pair.child("worker"))


def test_an_end_for_good_ends_the_others_and_is_passed_on(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise("web", "final")
    supervisor.child("final").send_signal(signal.SIGUSR1)

    assert supervisor.process.wait(30) == 78
    assert gone(supervisor.child("web"))


def test_a_second_signal_kills_what_does_not_end(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise("stubborn", "web")
    supervisor.process.terminate()
    assert gone(supervisor.child("web"))
    supervisor.process.terminate()

    assert supervisor.process.wait(30) == 0
    assert gone(supervisor.child("stubborn"))


def test_the_pauses_between_deaths_grow_and_start_over_after_a_good_time() -> None:
    child = Child("worker", ["true"])

    assert [child.schedule(now) for now in (1.0, 2.0, 3.0)] == [0.5, 1.0, 2.0]
    for _ in range(10):
        child.schedule(4.0)
    assert child.schedule(5.0) == 30.0
    child.started = 100.0
    assert child.schedule(160.0) == 0.5
    assert child.due == 160.5


def test_end_gives_the_exit_code_and_kills_what_does_not_listen(tmp_path: Path) -> None:
    finished = spawn([sys.executable, "-c", "raise SystemExit(3)"])
    finished.wait()
    deaf = spawn(
        [
            sys.executable,
            "-c",
            "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
    )
    assert deaf.stdout is not None
    deaf.stdout.readline()

    assert end(finished) == 3
    assert end(deaf, seconds=0.1) == -signal.SIGKILL
    deaf.stdout.close()
