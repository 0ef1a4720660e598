"""``runs``: what ran, when, why, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from crossdock.cli.context import hub
from crossdock.cli.lists import CursorOption, JsonOption, LimitOption, gathered, show_list
from crossdock.cli.output import show_fields, show_json, show_table
from crossdock.cli.values import moment, words

app = typer.Typer(help="Runs of flows, and the calls they made.", no_args_is_help=True)


@app.command("list")
def list_runs(
    integration: Annotated[str | None, typer.Option(help="Only of this integration.")] = None,
    flow: Annotated[str, typer.Option(help="Only of this flow: orders, products, …")] = "",
    outcome: Annotated[
        list[str] | None, typer.Option(help="running, completed, partial, failed, abandoned.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="DATE", help="Begun at or after this (UTC).")
    ] = None,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    as_json: JsonOption = False,
) -> None:
    """List runs, newest first."""
    with hub() as opened:
        from crossdock.hub import listing
        from crossdock.hub.documents import run_document

        chosen = opened.optional_integration(integration)
        page = gathered(
            lambda size, start: listing.runs(
                opened.organization,
                integration=chosen,
                entity=flow,
                outcome=words(outcome),
                since=since,
                limit=size,
                cursor=start,
            ),
            limit,
            cursor,
        )
        show_list(
            "runs",
            page,
            as_json=as_json,
            documents=lambda rows: [run_document(row) for row in rows],
            columns=[
                "id",
                "flow",
                "why",
                "outcome",
                "read",
                "created",
                "changed",
                "written",
                "failed",
                "calls",
                "when",
            ],
            row=lambda row: (
                row.key,
                f"{row.flow.direction} {row.flow.entity}",
                row.trigger,
                row.outcome,
                row.read,
                row.created,
                row.changed,
                row.written,
                row.failed,
                row.remote_calls,
                row.created_at,
            ),
            empty="Nothing has run yet.",
        )


@app.command()
def show(run: Annotated[str, typer.Argument(help="The run's id.")], as_json: JsonOption = False) -> None:
    """Show one run with the remote calls it made."""
    with hub() as opened:
        from crossdock.hub.documents import moment as iso
        from crossdock.hub.documents import run_document
        from crossdock.hub.listing import find_run

        found = find_run(opened.organization, run)
        calls = list(found.calls.order_by("pk")[:500])
        document = run_document(found)
        if as_json:
            document["calls"] = [
                {
                    "method": call.method,
                    "path": call.path,
                    "status": call.status,
                    "milliseconds": call.milliseconds,
                    "note": call.note,
                    "createdAt": iso(call.created_at),
                }
                for call in calls
            ]
            show_json(document)
            return
        show_fields(document)
        print()
        rows = [(call.method, call.path, call.status, call.milliseconds, call.note) for call in calls]
        show_table(["method", "path", "answer", "ms", "note"], rows, empty="It made no remote calls.")
