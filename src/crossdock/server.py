"""The web server: granian, serving WSGI with threads (Django keeps one connection per thread)."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import Any

from crossdock.processes import die_with_parent

DEFAULT_THREADS = 4
PORTS_TO_TRY = 100
# Granian's messages go where all the others go, through `crossdock.logs`.
_LOGGING = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}


class PortError(Exception):
    """The address cannot be listened on; the text says why and what to do."""


def serve(host: str, port: int, *, threads: int = DEFAULT_THREADS, workers: int = 1) -> None:
    """Serve Crossdock on `host`:`port` until SIGINT or SIGTERM, `threads` requests at a time in each worker.

    Call `runtime.start` first: the workers are forked from this process and share what it has loaded.
    Raises `PortError` when the port is taken or not allowed.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    check_port(host, port)
    Granian(
        "crossdock.server:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        # Requests beyond what the threads soon get to wait in the socket's backlog.
        backpressure=threads * 16,
        websockets=False,
        factory=True,
        log_level=LogLevels.warning,
        log_dictconfig=_LOGGING,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=10,
    ).serve()


def application() -> Callable[..., Any]:  # WSGI's own signature
    """Granian's way in, called in the worker: the worker ends with its parent, and starts its own runtime."""
    die_with_parent()
    from crossdock.wsgi import application as wsgi

    return wsgi


def check_port(host: str, port: int) -> None:
    """Raise `PortError` when nobody could listen on `host`:`port` now."""
    try:
        _probe(host, port)
    except OSError as error:
        raise PortError(_why(host, port, error)) from error


def free_port(host: str, first: int) -> int:
    """The first port from `first` upwards that is free on `host`; 0 asks the system for any.

    Raises `PortError` when none of the next hundred is, or the host is not ours.
    """
    if first == 0:
        return _probe(host, 0)
    for port in range(first, min(first + PORTS_TO_TRY, 65536)):
        try:
            return _probe(host, port)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise PortError(_why(host, port, error)) from error
    raise PortError(f"No port from {first} to {first + PORTS_TO_TRY - 1} is free on {host}.")


def _probe(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # A connection of a former server that is still closing does not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen(1)
        return int(probe.getsockname()[1])


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use. Stop the program that uses it, or choose another with --port."
        )
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}. Choose one above 1023 with --port."
    return f"{host} port {port} cannot be listened on: {error.strerror or error}. Choose another --host."
