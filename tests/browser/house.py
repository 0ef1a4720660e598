"""A hub and a stand-in store as processes of their own, as somebody who installs Crossdock has them."""

from __future__ import annotations

import select
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx2
import msgspec
import psycopg

from crossdock.demo.store import Doc, Store
from crossdock.processes import end, spawn
from crossdock.server import free_port

HOST = "127.0.0.1"
PATIENCE = 120.0
"""Seconds that a start may take on a machine that many share."""
LAST_LINES = 25
CLIENT_SECRET = "a-secret-of-an-invented-app"
SECRET_KEY = "a key for browser tests only, never for anything else"


@dataclass
class House:
    """Hub and store, running. `address` is the portal's, `store` plays shopper and merchant.

    `token` is that of the store's custom app; `prepared` is what the preparing command printed.
    """

    address: str
    store: Store
    token: str
    logs: Path
    environ: Mapping[str, str]
    prepared: str = ""
    _processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict, repr=False)

    def check(self) -> None:
        """Fail with its last words when a process has ended."""
        for name, process in self._processes.items():
            assert process.poll() is None, f"The {name} ended with {process.returncode}.\n{self.said(name)}"

    def said(self, name: str = "hub") -> str:
        """The last lines that a process wrote."""
        lines = (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LAST_LINES:])

    def wait_for(self, what: str, ready: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until `ready`; fails when a process ends meanwhile, or it takes too long."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s.\n{self.said()}"
            select.select([], [], [], 0.1)

    def ask_store(self, method: str, path: str, body: object = None) -> Doc:
        """Turn one of the stand-in store's knobs."""
        answer = httpx2.request(
            method, f"{self.store.control_url}/{path}", json=body, trust_env=False, timeout=60.0
        )
        assert answer.status_code == 200, f"{method} {path}: {answer.text[:300]}"
        reply: Doc = answer.json()
        return reply

    def run(self, *arguments: str) -> str:
        """Run one command with the hub's settings, and return what it printed."""
        return _ran([sys.executable, *arguments], self.environ)


@contextmanager
def open_house(
    database_url: str,
    folder: Path,
    environ: Mapping[str, str],
    *,
    orders: int = 40,
    prepare: Sequence[str] = (),
) -> Iterator[House]:
    """Start a store with `orders` past orders, and an empty hub beside it; everything ends with the block.

    `prepare` is a command of Python, run with the hub's settings before the hub starts. What it made up stays
    as it is: then there is no worker, which would try to reach invented stores.
    """
    with ExitStack() as stack:
        processes: dict[str, subprocess.Popen[str]] = {}
        stack.callback(_end, processes)
        facts = _start_store(processes, folder, environ, orders)
        store = stack.enter_context(Store(facts))
        address = f"http://{HOST}:{free_port(HOST, 0)}"
        settings = {
            **environ,
            "CROSSDOCK_DATABASE_URL": stack.enter_context(_database(database_url)),
            "CROSSDOCK_DATA_DIR": str(folder),
            "CROSSDOCK_SECRET_KEY": SECRET_KEY,
            "CROSSDOCK_PUBLIC_URL": address,
            "CROSSDOCK_LOG_LEVEL": "warning",
            "CROSSDOCK_ECWID_CLIENT_ID": "crossdock-test",
            "CROSSDOCK_ECWID_CLIENT_SECRET": CLIENT_SECRET,
            "CROSSDOCK_ECWID_API_URL": str(facts["apiUrl"]),
            "CROSSDOCK_ECWID_OAUTH_URL": str(facts["oauthUrl"]),
        }
        house = House(address, store, str(facts["token"]), folder, settings, _processes=processes)
        house.ask_store("PATCH", "settings", {"redirectUris": [f"{address}/connect/ecwid/callback"]})
        house.ask_store("PUT", "webhooks", {"url": f"{address}/webhooks/ecwid"})
        house.run("-m", "crossdock", "migrate")
        if prepare:
            house.prepared = house.run(*prepare)
        # Its processes must let go of the database before that is dropped.
        stack.callback(_end, processes)
        with (folder / "hub.log").open("w", encoding="utf-8") as log:
            command = [sys.executable, "-m", "crossdock", "web" if prepare else "up"]
            processes["hub"] = spawn(command, env=settings, stdout=log, stderr=log)
        house.wait_for("The hub answers", lambda: _answers(address))
        yield house


def _start_store(
    processes: dict[str, subprocess.Popen[str]], folder: Path, environ: Mapping[str, str], orders: int
) -> Doc:
    command = [
        sys.executable, "-m", "ecwid_twin.cli", "serve", "--json", "--exit-with-parent", "--orders", str(orders),
        "--lag", "0", "--client-id", "crossdock-test", "--client-secret", CLIENT_SECRET,
    ]  # fmt: skip
    with (folder / "store.log").open("w", encoding="utf-8") as log:
        process = processes["store"] = spawn(command, env=environ, stdout=subprocess.PIPE, stderr=log)
    assert process.stdout is not None
    ready = select.select([process.stdout], [], [], PATIENCE)[0]
    line = process.stdout.readline() if ready else ""
    assert line, f"The stand-in store did not start:\n{(folder / 'store.log').read_text()}"
    facts: Doc = msgspec.json.decode(line)
    return facts


@contextmanager
def _database(url: str) -> Iterator[str]:
    """An empty database of its own on the session's server."""
    name = f"browser_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/login", trust_env=False).status_code < 400
    except httpx2.HTTPError:
        return False


def _ran(command: list[str], environ: Mapping[str, str]) -> str:
    done = subprocess.run(command, env=dict(environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}"
    return done.stdout


def _end(processes: dict[str, subprocess.Popen[str]]) -> None:
    for name in reversed(list(processes)):
        process = processes.pop(name)
        end(process)
        if process.stdout is not None:
            process.stdout.close()
