"""``inventory``: stock figures, what changed them, and why a store shows what it shows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from crossdock.cli import stock
from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import hub
from crossdock.cli.flows import IntegrationArgument
from crossdock.cli.lists import CursorOption, JsonOption, LimitOption, gathered, show_list
from crossdock.cli.output import show_json, show_table
from crossdock.cli.progress import watched
from crossdock.cli.stock import COLUMNS, show_records, stock_row
from crossdock.cli.values import moment, words

app = typer.Typer(help="Stock figures, and what changed them.", no_args_is_help=True)


@app.command("list")
def list_inventory(
    sku: Annotated[str, typer.Argument(help="Only this SKU.")] = "",
    location: Annotated[str | None, typer.Option(help="Only at this location: its id or name.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="tracked, unlimited, unknown.")] = None,
    below: Annotated[int | None, typer.Option(help="Only with fewer than this available.")] = None,
    updated_since: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="DATE", help="Changed here at or after this.")
    ] = None,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    as_json: JsonOption = False,
) -> None:
    """List stock figures by SKU and location."""
    with hub() as opened:
        from crossdock.hub import listing
        from crossdock.hub.documents import inventory_document

        at = listing.find_location(opened.organization, location) if location else None
        page = gathered(
            lambda size, start: listing.inventory(
                opened.organization, sku=sku, location=at, state=words(state), available_below=below,
                updated_since=updated_since, limit=size, cursor=start,
            ),
            limit,
            cursor,
        )  # fmt: skip
        show_list(
            "inventory",
            page,
            as_json=as_json,
            documents=lambda rows: [inventory_document(row) for row in rows],
            columns=COLUMNS,
            row=stock_row,
            empty="No stock figures.",
        )


@app.command()
def show(
    sku: Annotated[str, typer.Argument(help="The SKU.")],
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=500, help="The most ledger entries.")
    ] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show a SKU's figures at every location, and the newest entries of the ledger that explains them."""
    with hub() as opened:
        from crossdock.hub import listing
        from crossdock.hub.documents import inventory_document, ledger_document

        page = gathered(
            lambda size, start: listing.inventory(opened.organization, sku=sku, limit=size, cursor=start),
            500,
            None,
        )
        if not page.rows:
            raise CommandError(
                f"No stock figure has the SKU {sku!r}. See `crossdock inventory list`.", Exit.NOT_FOUND
            )
        ledger = listing.ledger(opened.organization, sku, limit=limit).rows
        if as_json:
            figures = [inventory_document(row) for row in page.rows]
            show_json({"inventory": figures, "ledger": [ledger_document(entry) for entry in ledger]})
            return
        show_records(page.rows)
        print()
        show_table(
            ["when", "location", "event", "figure", "quantity", "before", "after", "by", "why"],
            [
                (
                    entry.created_at, entry.record.location.name, entry.event, entry.figure.replace("_", " "),
                    entry.quantity, entry.before, entry.after, entry.author, entry.reason,
                )
                for entry in ledger
            ],
            empty="Nothing has changed it yet.",
        )  # fmt: skip


@app.command()
def adopt(
    integration: IntegrationArgument,
    sku: Annotated[list[str] | None, typer.Option("--sku", help="Only these SKUs; repeat.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Take a store's own figures as the first count of what nobody has counted here.

    Before or after history is imported: what the store's orders have taken off its figures is allowed for.
    """
    with hub() as opened:
        from crossdock.flows.adoption import adopt_stock

        found = opened.integration(integration)
        with watched(quiet=as_json) as watcher:
            adopted = adopt_stock(found, sku or None, author=opened.author, observer=watcher)
        if as_json:
            show_json({"integrationId": found.key, "adopted": adopted})
        else:
            print(f"{adopted} SKUs counted as {found.name} counts them.")


@app.command()
def why(
    sku: Annotated[str, typer.Argument(help="The SKU.")],
    integration: IntegrationArgument,
    as_json: JsonOption = False,
) -> None:
    """Explain the figure that a store is to show for a SKU, term by term."""
    with hub() as opened:
        from crossdock.hub.documents import figure_document
        from crossdock.hub.stock.availability import channel_figures, explain
        from crossdock.hub.stock.inventory import sku_is_known

        found = opened.integration(integration)
        if not sku_is_known(opened.organization.pk, sku):
            raise CommandError(f"Nothing here has the SKU {sku!r}.", Exit.NOT_FOUND)
        figure = channel_figures(found, [sku])[sku]
        if as_json:
            show_json({"integrationId": found.key, **figure_document(figure)})
        else:
            print("\n".join(explain(figure)))


# A negative number is a wrong quantity, not an unknown option.
app.command("set", context_settings={"ignore_unknown_options": True})(stock.set_figure)
for command in (
    stock.receive,
    stock.move,
    stock.transfer,
    stock.write_off,
    stock.lock,
    stock.unlock,
    stock.limits,
):
    app.command()(command)
