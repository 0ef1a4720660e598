"""Running a twin: in the foreground for the command line, in a thread for tests."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import uvicorn

from ecwid_twin.app import App
from ecwid_twin.config import Config
from ecwid_twin.control.control import Control
from ecwid_twin.twin import Twin


@dataclass(frozen=True, slots=True)
class Running:
    """A twin that is listening. `url` has no trailing slash; `api_url` lacks the store id."""

    twin: Twin
    control: Control
    url: str

    @property
    def api_url(self) -> str:
        """What `CROSSDOCK_ECWID_API_URL` is set to."""
        return f"{self.url}/api/v3"

    @property
    def oauth_url(self) -> str:
        """What `CROSSDOCK_ECWID_OAUTH_URL` is set to."""
        return f"{self.url}/api/oauth"

    @property
    def control_url(self) -> str:
        """The control API over HTTP."""
        return f"{self.url}/_control"

    @property
    def token(self) -> str:
        """The ready-made custom-app token of the default store."""
        return self.twin.token

    @property
    def store_id(self) -> int:
        """The default store."""
        return self.twin.config.store_id

    def describe(self) -> dict[str, object]:
        """All that a program needs to use this twin."""
        config = self.twin.config
        facts: dict[str, object] = {
            "url": self.url,
            "apiUrl": self.api_url,
            "oauthUrl": self.oauth_url,
            "controlUrl": self.control_url,
            "storeId": config.store_id,
            "token": self.token,
            "clientId": config.client_id,
            "clientSecret": config.client_secret,
            "pid": os.getpid(),
        }
        if config.control_key:
            facts["controlKey"] = config.control_key
        return facts


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: ours also works in threads and ends on SIGTERM at once."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(config: Config) -> socket.socket:
    """The listening socket; port 0 picks a free one. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def _prepare(config: Config) -> tuple[_Server, Running, socket.socket]:
    listener = _listen(config)
    twin = Twin(config)
    settings = uvicorn.Config(
        App(twin),
        log_level="critical",
        access_log=False,
        lifespan="off",
        http="httptools",
        server_header=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=30,
    )
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return _Server(settings), Running(twin, Control(twin), f"http://{shown}:{port}"), listener


@contextlib.contextmanager
def running(config: Config | None = None) -> Iterator[Running]:
    """A twin in a thread of this process, on a free port unless the configuration names one."""
    server, handle, listener = _prepare(config or Config())
    handle.twin.start()
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="ecwid-twin", daemon=True
    )
    thread.start()
    try:
        yield handle
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(timeout=10)
        handle.twin.stop()
        listener.close()


def serve(config: Config, ready: Callable[[Running], None]) -> None:
    """Run a twin until SIGTERM or SIGINT, or, when asked for, until the parent process is gone.

    `ready` is called once the socket is listening.
    """
    server, handle, listener = _prepare(config)

    def stop(*_: object) -> None:
        server.should_exit = True

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    if config.exit_with_parent:
        threading.Thread(
            target=_watch, args=(os.getppid(), stop), name="ecwid-twin-parent", daemon=True
        ).start()
    handle.twin.start()
    ready(handle)
    try:
        server.run(sockets=[listener])
    finally:
        handle.twin.stop()
        listener.close()


def _watch(parent: int, stop: Callable[[], None]) -> None:
    """Poll the parent process twice a second; a changed parent means that ours is gone."""
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(0.5)
    stop()
