"""``orders hold``, ``release``, ``review``, ``reconsider``: a person decides, and no rule overrules that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import hub
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import cell, show_json
from crossdock.cli.values import moment

OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id, number or API id.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it stands in the order's history.")]
LONGEST = 366 * 24 * 60


def hold(
    order: OrderArgument,
    until: Annotated[
        datetime | None,
        typer.Option(
            parser=moment, metavar="TIME", help="Release it by itself then (UTC). Else you have to."
        ),
    ] = None,
    minutes: Annotated[
        int | None, typer.Option("--for", min=1, max=LONGEST, metavar="MINUTES", help="As --until, from now.")
    ] = None,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Keep an order from being routed; what no warehouse has yet of it is called back."""
    if until is not None and minutes is not None:
        raise CommandError("Give --until or --for, not both.", Exit.USAGE)
    with hub() as opened:
        from crossdock.hub.clock import system_clock
        from crossdock.hub.listing import find_order
        from crossdock.hub.orders.release import hold_order

        now = system_clock()
        end = now + timedelta(minutes=minutes) if minutes is not None else until
        found = find_order(opened.organization, order)
        hold_order(found, end, author=opened.author, reason=reason.strip(), now=now)
        _print(found.key, as_json=as_json)


def release(order: OrderArgument, reason: ReasonOption = "", as_json: JsonOption = False) -> None:
    """Let an order through to routing, whatever the rules say."""
    with hub() as opened:
        from crossdock.hub.listing import find_order
        from crossdock.hub.orders.release import release_order

        found = find_order(opened.organization, order)
        release_order(found, author=opened.author, reason=reason.strip())
        _print(found.key, as_json=as_json)


def review(order: OrderArgument, reason: ReasonOption = "", as_json: JsonOption = False) -> None:
    """Keep an order from being routed until somebody has looked at it; it shows among the exceptions."""
    with hub() as opened:
        from crossdock.hub.listing import find_order
        from crossdock.hub.orders.release import require_review

        found = find_order(opened.organization, order)
        require_review(found, author=opened.author, reason=reason.strip())
        _print(found.key, as_json=as_json)


def reconsider(order: OrderArgument, reason: ReasonOption = "", as_json: JsonOption = False) -> None:
    """Have the rules decide on an order afresh, whatever a person decided before."""
    with hub() as opened:
        from crossdock.hub.listing import find_order
        from crossdock.hub.orders.release import give_back

        found = find_order(opened.organization, order)
        give_back(found, author=opened.author, reason=reason.strip())
        _print(found.key, as_json=as_json)


def _print(key: str, *, as_json: bool) -> None:
    from crossdock.cli.context import chosen_organization, organization
    from crossdock.hub.documents import order_document
    from crossdock.hub.listing import find_order

    found = find_order(organization(chosen_organization.get()), key)
    if as_json:
        show_json(order_document(found, full=True))
        return
    note = f": {cell(found.release_note)}" if found.release_note else ""
    print(f"{found.key}  {found.ext_order_id}: {found.get_release_display().lower()}{note}")


def register(app: typer.Typer) -> None:
    """Add these commands to ``orders``."""
    app.command()(hold)
    app.command()(release)
    app.command()(review)
    app.command()(reconsider)
