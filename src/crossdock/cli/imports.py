"""``import``: history from a date, in the foreground, resumable."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import Hub, hub
from crossdock.cli.flows import IntegrationArgument
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import say, show_json
from crossdock.cli.progress import watched
from crossdock.cli.sync import ELSEWHERE
from crossdock.cli.values import moment

if TYPE_CHECKING:
    from crossdock.flows.observer import Observer
    from crossdock.hub.models import Import, Integration


def import_history(
    integration: IntegrationArgument,
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="orders or products.")],
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=moment, metavar="DATE", help="From when (UTC unless it says otherwise); inclusive."
        ),
    ] = None,
    until: Annotated[datetime | None, typer.Option(parser=moment, metavar="DATE", help="Up to when.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring in what was created at or after a date. Ctrl-C pauses after the page it is at.

    The same command goes on where it stood; without --since an unfinished import goes on.
    """
    if since is not None and until is not None and until < since:
        raise CommandError("--until lies before --since.", Exit.USAGE)
    with hub() as opened:
        from crossdock.hub.documents import import_document
        from crossdock.hub.models import Import

        found = opened.integration(integration)
        backfill = _begun(opened, found, entity, since, until)
        with watched(quiet=as_json) as watcher, _pausable(backfill, watcher) as pausing:
            _locate(found, pausing)
            _run(backfill, pausing)
        backfill = Import.objects.select_related("flow").get(pk=backfill.pk)
        if as_json:
            show_json(import_document(backfill))
        else:
            _show(backfill)
        _judge(found, backfill)


def _begun(
    opened: Hub, integration: Integration, entity: str, since: datetime | None, until: datetime | None
) -> Import:
    from crossdock.flows.importing import current_import, start_import

    if entity not in ("orders", "products"):
        raise CommandError(f"ENTITY: orders and products can be imported, not {entity!r}.", Exit.USAGE)
    unfinished = current_import(integration, entity)
    if since is None:
        if unfinished is None:
            raise CommandError("--since: say from when, e.g. --since 2026-01-31.", Exit.USAGE)
        return unfinished
    if unfinished is not None and unfinished.since != since:
        raise CommandError(
            f"--since: one since {unfinished.since:%Y-%m-%d %H:%M}Z is unfinished; let it finish first: "
            f"{_again(integration, entity)}",
            Exit.USAGE,
        )
    return start_import(integration, entity, since=since, until=until, author=opened.author)


def _locate(integration: Integration, watcher: Observer) -> None:
    """Pull the locations if they never were: orders wait for them."""
    from crossdock.flows.sync import sync

    if integration.flows.filter(entity="locations", last_success_at=None, enabled=True).exists():
        sync(integration, ["locations"], trigger="import", observer=watcher)


def _run(backfill: Import, pausing: Pausing) -> None:
    """Run the import; while a worker has it or its flow in hand, follow instead."""
    from crossdock.flows.importing import run_import
    from crossdock.hub.models import Import

    while True:
        run_import(backfill, observer=pausing)
        backfill.refresh_from_db()
        if backfill.state != Import.State.RUNNING or not backfill.message.startswith(ELSEWHERE):
            return
        if pausing.asked.wait(0.5):
            return
        backfill.refresh_from_db()
        pausing.progress(f"import {backfill.flow.entity}", backfill.read, backfill.total)
        if backfill.state == Import.State.PAUSED:
            return


class Pausing:
    """Passes progress on; once it is `asked` to, it has the import stop after the page it is at."""

    def __init__(self, watcher: Observer, backfill: Import) -> None:
        self.asked = threading.Event()
        self._watcher, self._backfill = watcher, backfill

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Show how far the import is, between two of its pages."""
        self._watcher.progress(stage, done, total)
        self.pause()

    def pause(self) -> None:
        """Pause the import if that was asked for."""
        from crossdock.flows.importing import pause_import

        if self.asked.is_set():
            pause_import(self._backfill)


@contextmanager
def _pausable(backfill: Import, watcher: Observer) -> Iterator[Pausing]:
    """Have the first Ctrl-C pause the import after its page, and a second one interrupt it."""
    pausing = Pausing(watcher, backfill)

    def ask(_number: int, _frame: object) -> None:
        if pausing.asked.is_set():
            raise KeyboardInterrupt
        pausing.asked.set()
        say("Pausing after this page … (Ctrl-C again to stop at once)")

    main = threading.current_thread() is threading.main_thread()
    former = signal.signal(signal.SIGINT, ask) if main else None
    try:
        yield pausing
    finally:
        if main:
            signal.signal(signal.SIGINT, former)
        # Asked for between two pages, or twice: a worker must not go on with it by itself.
        pausing.pause()


def _show(backfill: Import) -> None:
    total = f" of {backfill.total:,}" if backfill.total else ""
    print(
        f"{backfill.state}: {backfill.read:,}{total} {backfill.flow.entity} read, {backfill.created:,} new, "
        f"{backfill.changed:,} changed, {backfill.failed:,} failed, {backfill.excluded:,} left out"
    )


def _judge(integration: Integration, backfill: Import) -> None:
    from crossdock.hub.models import Import

    entity = backfill.flow.entity
    integration.refresh_from_db()
    if backfill.state == Import.State.COMPLETED:
        if backfill.failed:
            raise CommandError(
                f"{backfill.failed} {entity} could not be read; `crossdock exceptions list` names them.",
                Exit.ATTENTION,
            )
        return
    if backfill.state == Import.State.PAUSED:
        raise CommandError(f"Paused. Go on with: {_again(integration, entity)}", Exit.INTERRUPTED)
    why = backfill.message or "it did not finish"
    code = Exit.ATTENTION if integration.usable else Exit.REMOTE
    raise CommandError(f"The import stopped: {why} Go on with: {_again(integration, entity)}", code)


def _again(integration: Integration, entity: str) -> str:
    return f"crossdock import {integration.key} {entity}"


def register(app: typer.Typer) -> None:
    """Add this command to the root."""
    app.command("import")(import_history)
