"""Time, processor time and memory of this process."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Spent:
    """What a piece of work took: seconds on the clock, and processor seconds of all threads of this process."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def measured() -> Iterator[Spent]:
    """Measure what happens inside; the figures are filled in at the end."""
    spent = Spent()
    wall, cpu = time.perf_counter(), processor_seconds()
    yield spent
    spent.wall, spent.cpu = time.perf_counter() - wall, processor_seconds() - cpu


def processor_seconds() -> float:
    """Return the processor seconds this process has used, in user and system mode."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_megabytes() -> float:
    """Return the most memory this process ever held (resident, MiB).

    Linux says it for the program that runs now; `getrusage` would also count the process that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / 1024 / (1024 if sys.platform == "darwin" else 1)
