"""``exceptions``: what needs attention, and setting it aside."""

from __future__ import annotations

from typing import Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import hub
from crossdock.cli.lists import CursorOption, JsonOption, LimitOption, gathered, show_list
from crossdock.cli.output import say, show_fields, show_json
from crossdock.cli.values import words

app = typer.Typer(help="Exceptions: what needs attention.", no_args_is_help=True)


@app.command("list")
def list_exceptions(
    status: Annotated[
        list[str] | None, typer.Option(help="active (the default), resolved, dismissed.")
    ] = None,
    code: Annotated[str, typer.Option(help="Only this cause.")] = "",
    entity: Annotated[str, typer.Option(help="Only about these: orders, products, …")] = "",
    integration: Annotated[str | None, typer.Option(help="Only of this integration.")] = None,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what needs attention, newest first."""
    with hub() as opened:
        from crossdock.hub import listing
        from crossdock.hub.documents import exception_document

        chosen = opened.optional_integration(integration)
        page = gathered(
            lambda size, start: listing.exceptions(
                opened.organization, status=words(status) or ("active",), code=code, entity=entity,
                integration=chosen, limit=size, cursor=start,
            ),
            limit,
            cursor,
        )  # fmt: skip
        show_list(
            "exceptions",
            page,
            as_json=as_json,
            documents=lambda rows: [exception_document(row) for row in rows],
            columns=["id", "code", "about", "field", "message", "times", "status", "when"],
            row=lambda row: (
                row.key,
                row.code,
                row.subject,
                row.field,
                row.message,
                row.count,
                row.status,
                row.last_seen_at,
            ),
            empty="Nothing needs attention.",
        )


@app.command()
def show(
    exception: Annotated[str, typer.Argument(help="The exception's id.")], as_json: JsonOption = False
) -> None:
    """Show one exception."""
    with hub() as opened:
        from crossdock.hub.documents import exception_document
        from crossdock.hub.listing import find_exception

        document = exception_document(find_exception(opened.organization, exception))
        if as_json:
            show_json(document)
        else:
            show_fields(document)


@app.command()
def dismiss(
    exceptions: Annotated[
        list[str], typer.Argument(metavar="EXCEPTION…", help="The exceptions' ids; all of them or none.")
    ],
    reason: Annotated[str, typer.Option(help="Why; it is kept with who set it aside.")],
    as_json: JsonOption = False,
) -> None:
    """Set exceptions aside: dealt with outside, or of no matter.

    One stays aside until its cause says something else, or has gone and comes back.
    """
    if not reason.strip():
        raise CommandError("Give --reason: why it needs no attention any more.", Exit.USAGE)
    with hub() as opened:
        from django.db import transaction

        from crossdock.hub.documents import exception_document
        from crossdock.hub.exceptions import ExceptionClosedError
        from crossdock.hub.exceptions import dismiss as set_aside
        from crossdock.hub.listing import find_exception

        found = {case.pk: case for case in (find_exception(opened.organization, text) for text in exceptions)}
        try:
            with transaction.atomic():
                cases = [
                    set_aside(case, author=opened.author, reason=reason.strip()) for case in found.values()
                ]
        except ExceptionClosedError as error:
            raise CommandError(str(error)) from error
        if as_json:
            show_json({"exceptions": [exception_document(case) for case in cases]})
            return
        for case in cases:
            say(f"{case.key}  {case.code} about {case.subject}: set aside.")
