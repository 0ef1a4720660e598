"""``up``, ``web``, ``worker`` and ``migrate``: the processes of an installation."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

import typer

from crossdock.cli import schema
from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import prepared, started
from crossdock.cli.output import say, show_json

HOST = "127.0.0.1"
# What starting a child again cannot mend: it was given wrong input, or its settings or database are unusable.
FINAL = frozenset({int(Exit.USAGE), int(Exit.SETUP)})

HostOption = Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")]
PortOption = Annotated[
    int | None,
    typer.Option(min=1, max=65535, help="The port to listen on; that of CROSSDOCK_PUBLIC_URL if not given."),
]
ThreadsOption = Annotated[int, typer.Option(min=1, max=64, help="Requests handled at a time.")]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Jobs run at a time.")]


def up(host: HostOption = HOST, port: PortOption = None, jobs: JobsOption = 4) -> None:
    """Run everything: the web server and a worker, ended together by Ctrl-C.

    Prepares the database and makes the first organization where there is none yet.
    """
    from crossdock.processes import Child, supervise
    from crossdock.server import check_port

    environ = dict(os.environ)
    with prepared() as running:
        listening = port or default_port(running.config.public_url)
        check_port(host, listening)
        address = running.config.public_url
        if port is not None and not environ.get("CROSSDOCK_PUBLIC_URL"):
            address = environ["CROSSDOCK_PUBLIC_URL"] = f"http://{_dialable(host)}:{listening}"
        print(f"Crossdock runs at {address}", flush=True)
        if not _has_users():
            say("Nobody has an account yet: open it in a browser, and create the first administrator.")
        code = supervise(
            [
                Child("web", command("web", "--host", host, "--port", str(listening)), environ, FINAL),
                Child("worker", command("worker", "--jobs", str(jobs)), environ, FINAL),
            ]
        )
    if code:
        raise typer.Exit(code)


def web(
    host: HostOption = HOST,
    port: PortOption = None,
    threads: ThreadsOption = 4,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
) -> None:
    """Run the web server: portal, API and webhooks."""
    from crossdock.server import serve

    with prepared(quiet=False) as running:
        # The server forks; a connection to the database must not be shared by two processes.
        from django.db import connections

        connections.close_all()
        serve(host, port or default_port(running.config.public_url), threads=threads, workers=workers)


def worker(jobs: JobsOption = 4) -> None:
    """Run a worker: it carries the flows. As many as are wanted may run, on any machine."""
    with prepared(quiet=False):
        from crossdock.flows.jobs import run_worker

        run_worker(concurrency=jobs)


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Only say what is pending; exit 1 if anything is.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print data instead of text.")] = False,
) -> None:
    """Prepare the database for this version. If several processes try, one does it and the others wait.

    Stored tokens are put under the newest key of CROSSDOCK_SECRET_KEY, too; then older keys can go.
    """
    with started():
        names = schema.pending() if check else schema.migrate(say)
        if not check:
            from crossdock.hub.vault import renew_seals

            renew_seals()
    if as_json:
        show_json({"pending" if check else "applied": names})
    elif check:
        print("\n".join(names) if names else "Nothing is pending.")
    else:
        print(f"{len(names)} migrations applied." if names else "The database is up to date.")
    if check and names:
        raise typer.Exit(Exit.ATTENTION)


def register(app: typer.Typer) -> None:
    """Add these commands to the root."""
    app.command()(up)
    app.command()(web)
    app.command()(worker)
    app.command()(migrate)


def command(*arguments: str) -> tuple[str, ...]:
    """Return how to run one of our own commands with the Python that runs this one."""
    return (sys.executable, "-m", "crossdock", *arguments)


def default_port(public_url: str) -> int:
    """Return the port to listen on for a public address. Raises `CommandError` where it cannot tell.

    Behind a proxy the public address has the proxy's port, and then our own must be named.
    """
    parts = urlsplit(public_url)
    if parts.scheme == "http" and parts.port is not None:
        return parts.port
    raise CommandError(
        f"CROSSDOCK_PUBLIC_URL is {public_url}, which a proxy in front must answer. "
        "Say with --port on which port Crossdock itself listens, e.g. --port 8017.",
        Exit.USAGE,
    )


def _dialable(host: str) -> str:
    everywhere: Mapping[str, str] = {"0.0.0.0": HOST, "::": "[::1]"}  # noqa: S104 - compared with, not bound
    return everywhere.get(host, f"[{host}]" if ":" in host else host)


def _has_users() -> bool:
    from crossdock.hub.models import Membership

    return Membership.objects.exists()
