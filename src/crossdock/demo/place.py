"""The folder that a demo has to itself, empty at its start and gone at its end."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from crossdock.config import Config
from crossdock.database import DatabaseError
from crossdock.demo.errors import DemoError
from crossdock.embedded import EmbeddedPostgresError
from crossdock.embedded.account import prepare_data_dir, server_account

MOST_DEMOS = 20
LEFTOVER_SECONDS = 20.0
LOOK_SECONDS = 0.05
PORTS_SECONDS = 120.0
PORTS_LOCK = "\0crossdock-demo-ports"
"""An abstract socket: one name for the whole machine, whatever the user or the data folder; freed by the kernel."""


@contextmanager
def claimed_folder(environ: Mapping[str, str]) -> Iterator[Path]:
    """Claim ``demo`` in the data folder (``demo-2`` and so on while others run), emptied of earlier demos.

    The data folder may be one that a real hub uses: nothing in it but ``demo`` and its lock is touched. Raises
    `ConfigError`, `DatabaseError` and `DemoError`.
    """
    base = Config.from_environ(environ).data_dir
    try:
        prepare_data_dir(base, server_account())
    except EmbeddedPostgresError as error:
        raise DatabaseError(str(error)) from error
    for number in range(1, MOST_DEMOS + 1):
        folder = base / ("demo" if number == 1 else f"demo-{number}")
        lock = FileLock(base / f"{folder.name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        try:
            if not _let_go(folder):
                continue
            shutil.rmtree(folder, ignore_errors=True)
            yield folder
            _let_go(folder)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            lock.release()
        return
    raise DemoError(f"{MOST_DEMOS} demos run already in {base}. End one of them first.")


@contextmanager
def claimed_ports() -> Iterator[None]:
    """Let no other demo on this machine choose its ports meanwhile: what one has found free, two would take.

    Raises `DemoError` when another demo has been starting for too long.
    """
    deadline = time.monotonic() + PORTS_SECONDS
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as claim:
        while True:
            try:
                claim.bind(PORTS_LOCK)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                    raise DemoError(
                        "Another demo on this machine is starting and does not finish. End it."
                    ) from error
                time.sleep(LOOK_SECONDS)
            else:
                break
        yield


def _let_go(folder: Path) -> bool:
    """Wait until a database that an earlier, killed demo had in `folder` has been stopped by its keeper."""
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while not all(_free(folder / "locks" / name) for name in ("lease", "keeper")):
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _free(lock: Path) -> bool:
    """Whether nobody holds the lock file, as those of `crossdock.embedded.server` are held."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
