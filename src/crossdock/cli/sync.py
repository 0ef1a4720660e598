"""``sync``: run flows now, in the foreground, until nothing is left; or print what they would write."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import Hub, hub
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import cell, console, say, show_json, show_table
from crossdock.cli.progress import watched
from crossdock.cli.values import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossdock.flows.observer import Observer
    from crossdock.flows.runs import RunReport
    from crossdock.flows.sync import SyncReport
    from crossdock.hub.documents import Document
    from crossdock.hub.models import Integration

ELSEWHERE = "Another run of this flow"
PATIENCE = 60
ROUNDS = 5
COUNTS = ("read", "created", "changed", "unchanged", "deleted", "written", "skipped", "failed")


def sync(
    integration: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only this integration.")] = None,
    flow: Annotated[
        list[str] | None,
        typer.Option("--flow", help="Only these: orders, inventory …; repeat or use commas."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; print what would be written.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the flows that are on, now, again and again until nothing is left.

    Exit code 1 when a run failed, left exceptions or something is left; 4 when an account must be
    connected again.
    """
    with hub() as opened:
        chosen = _integrations(opened, integration)
        entities = _entities(words(flow))
        with watched(quiet=as_json) as watcher:
            done = _all_synced(chosen, entities, dry_run=dry_run, watcher=watcher)
        if as_json:
            show_json(_document(done))
        else:
            _show(done, dry_run=dry_run)
        _judge(done)


def _integrations(opened: Hub, text: str | None) -> list[Integration]:
    """The integration that was named, or all that are connected; those that need attention are said."""
    from crossdock.hub.models import Integration

    if text is not None:
        found = opened.integration(text)
        if not found.usable:
            code = Exit.REMOTE if found.state == Integration.State.ERROR else Exit.ATTENTION
            raise CommandError(_unusable(found), code)
        return [found]
    query = Integration.objects.filter(organization=opened.organization).select_related("organization")
    living = list(query.exclude(state=Integration.State.REMOVED).order_by("pk"))
    for one in living:
        if not one.usable:
            say(_unusable(one))
    usable = [one for one in living if one.usable]
    if not usable:
        raise CommandError("No integration is connected, so there is nothing to run.", Exit.ATTENTION)
    return usable


def _unusable(integration: Integration) -> str:
    remedies = {
        "error": f"Connect it again: crossdock integrations connect {integration.key}",
        "disabled": f"Enable it: crossdock integrations enable {integration.key}",
        "removed": "Add it anew: crossdock integrations add",
    }
    remedy = remedies.get(integration.state, f"Connect it: crossdock integrations connect {integration.key}")
    state = integration.get_state_display().lower()
    reason = f" ({integration.state_reason})" if integration.state_reason else ""
    return f"{integration.name} is not connected: {state}{reason}. {remedy}"


def _entities(names: Sequence[str]) -> list[str] | None:
    from crossdock.flows.sync import ORDER

    for name in names:
        if name not in ORDER:
            raise CommandError(
                f"--flow: there is no flow called {name!r}; there is: {', '.join(ORDER)}.", Exit.USAGE
            )
    return list(names) or None


def _all_synced(
    chosen: Sequence[Integration], entities: Sequence[str] | None, *, dry_run: bool, watcher: Observer
) -> list[tuple[Integration, SyncReport]]:
    """Sync one after the other, and again those for which another has left work: a warehouse's parcel for a store."""
    from crossdock.flows.sync import waiting

    done = [(one, _synced(one, entities, dry_run=dry_run, watcher=watcher)) for one in chosen]
    for _ in range(0 if dry_run else ROUNDS):
        left = [(one, total) for one, total in done if total.complete and waiting(one, entities)]
        for one, total in left:
            report = _synced(one, entities, dry_run=False, watcher=watcher)
            total.runs += report.runs
            total.routed += report.routed
            total.kept_back += report.kept_back
            total.complete = report.complete
        if not left:
            break
    return done


def _synced(
    integration: Integration, entities: Sequence[str] | None, *, dry_run: bool, watcher: Observer
) -> SyncReport:
    """Sync, and once more as long as a worker was at one of the flows: what it left is still ours to do."""
    from crossdock.flows.sync import SyncReport
    from crossdock.flows.sync import sync as run_sync

    total = SyncReport()
    for _ in range(PATIENCE):
        report = run_sync(integration, entities, trigger="manual", dry_run=dry_run, observer=watcher)
        elsewhere = [run for run in report.runs if run.message.startswith(ELSEWHERE)]
        total.runs += [run for run in report.runs if run not in elsewhere]
        total.routed += report.routed
        total.kept_back += report.kept_back
        total.complete = report.complete and not elsewhere
        if not elsewhere:
            break
        time.sleep(1.0)
    return total


def _document(done: Sequence[tuple[Integration, SyncReport]]) -> Document:
    return {
        "complete": all(report.complete for _, report in done),
        "failed": any(report.failed for _, report in done),
        "routed": sum(report.routed for _, report in done),
        "keptBack": sum(report.kept_back for _, report in done),
        "runs": [run_document(run, one) for one, report in done for run in report.runs],
    }


def run_document(run: RunReport, integration: Integration) -> Document:
    """Return what one run did as a document; `plan` is what a dry run would write."""
    from crossdock.hub.documents import plain

    return {
        "runId": run.run_key or None,
        "integrationId": integration.key,
        "entity": run.entity,
        "direction": run.direction,
        "outcome": run.outcome,
        "message": run.message,
        **{name: getattr(run, name) for name in COUNTS},
        "remoteCalls": run.remote_calls,
        "leastCalls": run.least_calls,
        "seconds": round(run.seconds, 3),
        "plan": [plain(change) for change in run.plan],
    }


def _show(done: Sequence[tuple[Integration, SyncReport]], *, dry_run: bool) -> None:
    if dry_run:
        for one, report in done:
            _show_plans(one, report)
        return
    rows = [
        (
            one.name,
            f"{run.direction} {run.entity}",
            run.outcome,
            run.read,
            run.created,
            run.changed,
            run.deleted,
            run.written,
            run.failed,
            f"{run.remote_calls} ({run.least_calls})",
            run.message,
        )
        for one, report in done
        for run in merged(report.runs)
    ]
    columns = ["integration", "flow", "outcome", "read", "created", "changed", "deleted", "written", "failed"]
    show_table(
        [*columns, "calls (least)", "message"], rows, empty="No flow is on. See `crossdock flows set`."
    )
    routed = sum(report.routed for _, report in done)
    if routed:
        print(f"{routed} orders routed.")
    kept_back = sum(report.kept_back for _, report in done)
    if kept_back:
        print(f"{kept_back} orders kept back by a rule: on hold, or for a person to look at.")


def merged(runs: Sequence[RunReport]) -> list[RunReport]:
    """Return one report per flow with the sums of its runs, its worst outcome and its last message."""
    worst = ("completed", "skipped", "partial", "failed")
    found: dict[tuple[str, str], RunReport] = {}
    for run in runs:
        total = found.setdefault((run.entity, run.direction), replace(run))
        if total.run_key == run.run_key:
            continue
        for name in (*COUNTS, "remote_calls", "least_calls"):
            setattr(total, name, getattr(total, name) + getattr(run, name))
        total.outcome = max(
            total.outcome, run.outcome, key=lambda one: worst.index(one) if one in worst else 0
        )
        total.message = run.message or total.message
    return list(found.values())


def _show_plans(integration: Integration, report: SyncReport) -> None:
    """Print what each push would write, as a diff; a pull's plan is only how much it would read."""
    printer = console(sys.stdout)
    for run in report.runs:
        title = f"{integration.name}: {run.direction} {run.entity}"
        if run.message:
            title += f" ({run.message})"
        if run.direction == "pull":
            counts = (
                f"{run.created} new, {run.changed} changed, {run.deleted} deleted, {run.unchanged} unchanged"
            )
            print(f"{title}: {counts}")
            continue
        print(f"{title}: {len(run.plan)} changes" if run.plan else f"{title}: nothing to write")
        for change in run.plan:
            print(f"  {cell(change.remote_id or '(new)')} {cell(change.field)}")
            if change.before != "":
                printer.print(f"  - {cell(change.before)}", style="red")
            if change.after != "":
                printer.print(f"  + {cell(change.after)}", style="green")


def _judge(done: Sequence[tuple[Integration, SyncReport]]) -> None:
    """End with the exit code that says what came of it."""
    for one, _ in done:
        one.refresh_from_db()
        if not one.usable:
            raise CommandError(_unusable(one), Exit.REMOTE)
    if any(report.failed for _, report in done):
        raise CommandError(
            "A run failed or left exceptions; `crossdock exceptions list` names them.", Exit.ATTENTION
        )
    if not all(report.complete for _, report in done):
        raise CommandError(
            "Something is left to do; a worker goes on with it, or run this again.", Exit.ATTENTION
        )


def register(app: typer.Typer) -> None:
    """Add this command to the root."""
    app.command()(sync)
