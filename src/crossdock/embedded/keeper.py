"""The process that stops an embedded PostgreSQL when nobody uses it any more.

It waits for the exclusive lock on the lease file. Every user of the server holds that lock shared, and the
kernel releases it however the user ends, so the wait is over exactly when the last one is gone, `kill -9`
included.

Run as a script by `crossdock.embedded.server`; imports the standard library only, so that it starts at once
and stays small.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

STOP_SECONDS = 60
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class AccountArguments(TypedDict, total=False):
    """The arguments of `subprocess.run` that switch to the account of the server; empty to stay as we are."""

    user: int
    group: int
    extra_groups: Sequence[int]


def socket_path(folder: Path) -> Path | None:
    """The socket that the server of data folder `folder` listens on, from its pid file; None without one."""
    try:
        lines = (folder / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(lines) < 5 or not lines[4]:
        return None
    return Path(lines[4]) / f".s.PGSQL.{lines[3].strip()}"


def listens(folder: Path) -> bool:
    """True when a server of `folder` takes connections; a process id alone may be somebody else's."""
    path = socket_path(folder)
    if path is None:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(path))
        except BlockingIOError:
            return True
        except OSError:
            return False
    return True


def stop(folder: Path, pg_ctl: Path, account: AccountArguments) -> None:
    """Stop the server of `folder` in good order, at the latest after `STOP_SECONDS` the hard way."""
    sockets = socket_path(folder)
    for mode in ("fast", "immediate"):
        if not listens(folder):
            break
        subprocess.run(
            [pg_ctl, "stop", "-s", "-w", "-t", str(STOP_SECONDS), "-m", mode, "-D", folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=ENVIRONMENT,
            check=False,
            **account,
        )
    if sockets is not None and sockets.parent != folder:
        with contextlib.suppress(OSError):
            sockets.parent.rmdir()


def keep(locks: Path, folder: Path, pg_ctl: Path, account: AccountArguments) -> None:
    """Wait until nobody holds the lease in `locks`, then stop the server of `folder`.

    Returns at once where another keeper is on duty already. Otherwise the caller's process ends here as
    soon as the duty is taken, and a child of nobody goes on waiting.
    """
    duty = os.open(locks / "keeper", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(duty, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    lease = os.open(locks / "lease", os.O_RDWR | os.O_CREAT, 0o600)
    if os.fork() > 0:
        os._exit(0)
    fcntl.flock(lease, fcntl.LOCK_EX)
    stop(folder, pg_ctl, account)


def main(arguments: list[str]) -> None:
    """Entry of the script: `locks folder pg_ctl account`, the last as JSON."""
    locks, folder, pg_ctl, account = arguments
    keep(Path(locks), Path(folder), Path(pg_ctl), json.loads(account))


if __name__ == "__main__":
    main(sys.argv[1:])
