"""``deliveries``: the files that came in, and the rows that were not accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.context import hub
from crossdock.cli.lists import CursorOption, JsonOption, LimitOption, gathered, show_list
from crossdock.cli.output import show_fields, show_json, show_table

if TYPE_CHECKING:
    from crossdock.hub.models import Delivery

app = typer.Typer(
    help="Files that came in from warehouses, and what of them was rejected.", no_args_is_help=True
)


@app.command("list")
def list_deliveries(
    integration: Annotated[str | None, typer.Option(help="Only of this integration.")] = None,
    entity: Annotated[str, typer.Option(help="Only these: fulfillments, inventory, products.")] = "",
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Only those refused, or with rows that were rejected.")
    ] = False,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    as_json: JsonOption = False,
) -> None:
    """List deliveries, newest first."""
    with hub() as opened:
        from crossdock.hub import listing
        from crossdock.hub.documents import delivery_document

        chosen = opened.optional_integration(integration)
        page = gathered(
            lambda size, start: listing.deliveries(
                opened.organization, integration=chosen, entity=entity, rejected=rejected, limit=size,
                cursor=start,
            ),
            limit,
            cursor,
        )  # fmt: skip
        show_list(
            "deliveries",
            page,
            as_json=as_json,
            documents=lambda rows: [delivery_document(row) for row in rows],
            columns=["id", "entity", "name", "rows", "accepted", "rejected", "state", "when"],
            row=lambda row: (
                row.key, row.entity, row.name, row.rows, row.accepted, len(row.rejects), _state(row),
                row.taken_at,
            ),
            empty="Nothing has been delivered yet.",
        )  # fmt: skip


@app.command()
def show(
    delivery: Annotated[str, typer.Argument(help="The delivery's id, or its name.")],
    as_json: JsonOption = False,
) -> None:
    """Show one delivery with each row that was not accepted."""
    with hub() as opened:
        from crossdock.hub.documents import delivery_document
        from crossdock.hub.listing import find_delivery

        found = find_delivery(opened.organization, delivery)
        document = delivery_document(found)
        if as_json:
            show_json(document)
            return
        show_fields({name: value for name, value in document.items() if name != "rejects"})
        print()
        rows = [(row["number"], row["field"], row["reason"], row.get("text", "")) for row in found.rejects]
        show_table(["row", "field", "reason", "as it came"], rows, empty="No row was rejected.")


def _state(delivery: Delivery) -> str:
    if delivery.settled_at is None:
        return "taken, not put away yet"
    return "refused" if delivery.refusal else "taken"
