"""``fulfillments``: the proof that parcels left."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from crossdock.cli.context import hub
from crossdock.cli.lists import CursorOption, JsonOption, LimitOption, gathered, show_list
from crossdock.cli.output import show_fields, show_json, show_table
from crossdock.cli.values import moment

app = typer.Typer(help="Fulfillments: the parcels that left.", no_args_is_help=True)


@app.command("list")
def list_fulfillments(
    search: Annotated[str, typer.Argument(help="An order number, tracking number or external id.")] = "",
    order: Annotated[str | None, typer.Option(help="Of this order: its id or number.")] = None,
    location: Annotated[str | None, typer.Option(help="From this location: its id or name.")] = None,
    since: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="DATE", help="Recorded at or after this (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="DATE", help="Recorded before this.")
    ] = None,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    as_json: JsonOption = False,
) -> None:
    """List fulfillments, newest first."""
    with hub() as opened:
        from crossdock.hub import listing
        from crossdock.hub.documents import fulfillment_document

        of_order = listing.find_order(opened.organization, order) if order else None
        at = listing.find_location(opened.organization, location) if location else None
        page = gathered(
            lambda size, start: listing.fulfillments(
                opened.organization, order=of_order, location=at, since=since, until=until, search=search,
                limit=size, cursor=start,
            ),
            limit,
            cursor,
        )  # fmt: skip
        show_list(
            "fulfillments",
            page,
            as_json=as_json,
            documents=lambda rows: [fulfillment_document(row) for row in rows],
            columns=["id", "number", "request", "carrier", "tracking", "lines", "location", "when"],
            row=lambda row: (
                row.key, row.order.ext_order_id, row.request.ext_shipment_id, row.shipping_carrier,
                row.tracking_number if row.fulfillment_type == "shipped" else f"rejected: {row.reason}",
                ", ".join(f"{line.quantity} x {line.sku}" for line in row.lines.all()),
                row.location.name, row.actual_ship_date,
            ),
            empty="Nothing has shipped yet.",
        )  # fmt: skip


@app.command()
def show(
    fulfillment: Annotated[str, typer.Argument(help="The fulfillment's id, external id or tracking number.")],
    as_json: JsonOption = False,
) -> None:
    """Show one fulfillment."""
    with hub() as opened:
        from crossdock.hub.documents import fulfillment_document
        from crossdock.hub.listing import find_fulfillment

        document = fulfillment_document(find_fulfillment(opened.organization, fulfillment))
        if as_json:
            show_json(document)
            return
        lines, tracking = document["lineItems"], document["trackingNumber"]
        fields = dict(document)
        if isinstance(lines, list):
            fields["lineItems"] = ", ".join(f"{line['quantity']} x {line['sku']}" for line in lines)
        if isinstance(tracking, list):
            fields["trackingNumber"] = ", ".join(map(str, tracking))
        show_fields(fields)


@app.command()
def preview(
    order: Annotated[str, typer.Argument(help="The order's id, number or API id.")],
    as_json: JsonOption = False,
) -> None:
    """Show what the store will be told of an order's parcels: planned from its last document, nothing is sent."""
    with hub() as opened:
        from crossdock.flows.preview import preview_fulfillments
        from crossdock.hub.documents import moment as shown
        from crossdock.hub.listing import find_order

        found = preview_fulfillments(find_order(opened.organization, order))
        if as_json:
            show_json(
                {
                    "store": found.store,
                    "changes": [
                        {"field": change.field, "before": change.before, "after": change.after}
                        for change in found.write.changes
                    ],
                    "notes": list(found.write.notes),
                    "flowOn": found.flow_on,
                    "mails": found.mails,
                    "readAt": shown(found.read_at),
                }
            )
            return
        show_table(
            ["field", "is", "will be"],
            [(change.field, change.before, change.after) for change in found.write.changes],
            empty=f"{found.store} will be told nothing.",
        )
        for note in found.write.notes:
            print(f"note: {note}")
        if found.write.changes:
            print(f"note: {found.mails}")
            if not found.flow_on:
                print("note: the flow `fulfillments` is off, so nothing is sent.")
        print(f"As the order was read at {shown(found.read_at)}.")
