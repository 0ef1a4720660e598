"""The processes of the demo: started together, watched, and ended together."""

from __future__ import annotations

import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from crossdock.demo.endings import SIGNALS
from crossdock.demo.errors import DemoError
from crossdock.processes import end, spawn

LAST_LINES = 15
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.05


@dataclass
class Household:
    """The demo's child processes. Each writes its log into `folder`; the kernel ends them with their parent."""

    folder: Path
    _processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Start `command` under `name`, with what it says in a log of its own."""
        with self._log(name).open("w", encoding="utf-8") as log:
            self._processes[name] = spawn(command, env=env, stdout=log, stderr=log)

    def start_talking(self, name: str, command: Sequence[str], env: Mapping[str, str], seconds: float) -> str:
        """Start `command` and return the first line it prints, at most `seconds` later."""
        with self._log(name).open("w", encoding="utf-8") as log:
            process = self._processes[name] = spawn(command, env=env, stdout=subprocess.PIPE, stderr=log)
        stream = process.stdout
        ready = select.select([stream], [], [], seconds)[0] if stream else []
        line = stream.readline() if stream and ready else ""
        if not line:
            end(process, 1.0)
            raise DemoError(self._obituary(name, f"did not start within {seconds:.0f} s"))
        return line

    def wait_for(self, what: str, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready`; raises `DemoError` when a process ends meanwhile, or it takes too long."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise DemoError(f"{what} was not ready within {seconds:.0f} s.")
            time.sleep(LOOK_SECONDS)

    def check(self) -> None:
        """Raise `DemoError` with its last words when one of the processes has ended."""
        for name, process in self._processes.items():
            code = process.poll()
            if code is not None:
                raise DemoError(self._obituary(name, f"ended with {code}"))

    def end(self) -> None:
        """End all, and wait for it. A signal that comes meanwhile ends them the hard way."""
        former = {number: signal.signal(number, self._kill) for number in SIGNALS}
        try:
            for process in self._processes.values():
                if process.poll() is None:
                    process.terminate()
            for process in self._processes.values():
                end(process, STOP_SECONDS)
                if process.stdout is not None:
                    process.stdout.close()
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _kill(self, _number: int, _frame: FrameType | None) -> None:
        for process in self._processes.values():
            process.kill()

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _obituary(self, name: str, what: str) -> str:
        lines = self._log(name).read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        said = "\n  ".join(lines) or "nothing"
        return f"The demo's {name} {what}. It said:\n  {said}"
