"""``doctor``: is everything sound, and what to do where it is not."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from crossdock.cli.codes import Exit
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import cell, console


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Call no outside system.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check database, migrations, keys, data folder, accounts, clock, worker, ledger and runs.

    Each line is ok, warn or fail, with what to do. Exits with 1 if anything failed.
    """
    import msgspec

    from crossdock.doctor import FAIL, examine

    findings = examine(os.environ, offline=offline)
    failed = sum(finding.status == FAIL for finding in findings)
    if as_json:
        documents = [
            {"check": row.check, "status": row.status, "message": row.message, "remedy": row.remedy}
            for row in findings
        ]
        # Not as other commands print: their documents need the database, which may be what is wrong.
        text = msgspec.json.encode({"ok": failed == 0, "checks": documents})
        print(msgspec.json.format(text, indent=2).decode())
    else:
        out = console(sys.stdout)
        styles = {"ok": "green", "warn": "yellow", "fail": "bold red"}
        for row in findings:
            out.print(row.status.ljust(5), style=styles[row.status], end="")
            out.print(f"{row.check}: {cell(row.message)}", soft_wrap=True)
            if row.remedy:
                out.print(f"      → {cell(row.remedy)}", soft_wrap=True)
    if failed:
        raise typer.Exit(Exit.ATTENTION)


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command()(doctor)
