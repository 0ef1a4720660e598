"""``orders``: what was bought, and what happened to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import hub
from crossdock.cli.explanations import show_explanation
from crossdock.cli.lists import CursorOption, JsonOption, LimitOption, gathered, show_list
from crossdock.cli.output import cell, money, show_fields, show_json, show_table
from crossdock.cli.values import moment, quantities, words

app = typer.Typer(help="Orders, their lines and their timelines.", no_args_is_help=True)

SinceOption = Annotated[
    datetime | None, typer.Option(parser=moment, metavar="DATE", help="Bought at or after this (UTC).")
]
UntilOption = Annotated[
    datetime | None, typer.Option(parser=moment, metavar="DATE", help="Bought before this.")
]
UpdatedOption = Annotated[
    datetime | None, typer.Option(parser=moment, metavar="DATE", help="Changed here at or after this.")
]
StatusOption = Annotated[list[str] | None, typer.Option(help="Only these; repeat, or separate by commas.")]
IntegrationOption = Annotated[
    str | None, typer.Option(help="Only of this integration: its id, account or name.")
]


@app.command("list")
def list_orders(
    search: Annotated[str, typer.Argument(help="A number, e-mail, name, SKU or tracking number.")] = "",
    status: StatusOption = None,
    routing_status: StatusOption = None,
    integration: IntegrationOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    updated_since: UpdatedOption = None,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    full: Annotated[
        bool, typer.Option("--full", help="With --json: everything, as `show` gives it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List orders, newest purchase first."""
    with hub() as opened:
        from crossdock.hub import listing
        from crossdock.hub.documents import order_document

        chosen = opened.optional_integration(integration)
        page = gathered(
            lambda size, start: listing.orders(
                opened.organization,
                status=words(status),
                routing_status=words(routing_status),
                integration=chosen,
                since=since,
                until=until,
                updated_since=updated_since,
                search=search,
                limit=size,
                cursor=start,
            ),
            limit,
            cursor,
        )
        show_list(
            "orders",
            page,
            as_json=as_json,
            documents=lambda rows: [order_document(row, full) for row in rows],
            columns=["id", "number", "status", "routing", "paid", "total", "lines", "customer", "when"],
            row=lambda order: (
                order.key,
                order.ext_order_id,
                order.status,
                order.routing_status,
                order.payment_status,
                money(order.total_price, order.currency),
                len(order.lines.all()),
                order.customer_name or order.email,
                order.ext_order_created_at,
            ),
            empty="No orders.",
        )


@app.command()
def show(
    order: Annotated[str, typer.Argument(help="The order's id, number or API id.")],
    as_json: JsonOption = False,
) -> None:
    """Show one order with its lines, shipping requests, fulfillments and timeline."""
    with hub() as opened:
        from crossdock.hub.documents import order_document, timeline
        from crossdock.hub.listing import find_order

        found = find_order(opened.organization, order)
        document = order_document(found, full=True)
        history = timeline(found)
        if as_json:
            show_json({**document, "timeline": history})
            return
        _show_head(document)
        _show_parts(document)
        show_explanation(document.get("explanation"))
        show_table(
            ["when", "what", "by", "why"],
            [(entry["at"], entry["what"], entry["author"], entry["reason"]) for entry in history],
            empty="Nothing has happened yet.",
        )


@app.command()
def cancel(
    order: Annotated[str, typer.Argument(help="The order's id, number or API id.")],
    sku: Annotated[
        list[str] | None,
        typer.Option(
            "--sku", metavar="SKU=QTY", help="What to cancel; repeat. All that is open if not given."
        ),
    ] = None,
    restock: Annotated[
        bool | None,
        typer.Option(
            "--restock/--no-restock", help="Whether its goods are on the shelf still.", show_default=False
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands in the order's history.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Cancel what is open of an order, here. The store is not told: cancel it there, too."""
    if restock is None:
        raise CommandError(
            "Say --restock (the goods are on the shelf) or --no-restock (they are gone).", Exit.USAGE
        )
    wanted = quantities(sku or [])
    with hub() as opened:
        from crossdock.hub.documents import order_document
        from crossdock.hub.listing import find_order
        from crossdock.hub.orders.canceling import NOT_TOLD, cancel_order

        found = find_order(opened.organization, order)
        units = cancel_order(
            found, restock, author=opened.author, reason=reason.strip() or "canceled by hand",
            lines=wanted or None,
        )  # fmt: skip
        found = find_order(opened.organization, found.key)
        if as_json:
            show_json(order_document(found, full=True))
        elif units:
            print(
                f"{found.key}  {found.ext_order_id}: {units} units cancelled; the order is {found.status}. "
                f"Note: {NOT_TOLD}."
            )
        else:
            print(f"{found.key}  {found.ext_order_id}: nothing of it is open; it is {found.status}.")


@app.command()
def route(
    order: Annotated[str, typer.Argument(help="The order's id, number or API id.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the order's history.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Have an order routed again now, whatever became of it before."""
    with hub() as opened:
        from crossdock.hub.documents import order_document
        from crossdock.hub.listing import find_order
        from crossdock.routing.router import route_again, route_pending

        found = find_order(opened.organization, order)
        route_again(found, author=opened.author, reason=reason.strip() or "routed again by hand")
        route_pending(opened.organization.pk)
        document = order_document(find_order(opened.organization, found.key), full=True)
        if as_json:
            show_json(document)
            return
        _show_head(document)
        _show_parts(document)


HEAD = (
    "orderId",
    "extOrderId",
    "extOrderApiId",
    "extOrderUrl",
    "orderSource",
    "status",
    "release",
    "releaseNote",
    "holdUntil",
    "routingStatus",
    "routingNote",
    "disposition",
    "paymentStatus",
    "fulfillmentStatus",
    "customerName",
    "email",
    "subTotalPrice",
    "orderDiscount",
    "orderTax",
    "shippingPrice",
    "totalPrice",
    "currency",
    "extOrderCreatedAt",
    "extOrderUpdatedAt",
    "deletedAt",
    "tags",
    "orderNote",
    "exceptions",
)


def _show_head(document: dict[str, object]) -> None:
    fields = {name: document.get(name) for name in HEAD}
    address = document.get("shippingAddress")
    if isinstance(address, dict):
        fields["shippingAddress"] = ", ".join(str(part) for part in address.values() if part)
    for name in ("tags", "exceptions", "disposition"):
        listed = fields.get(name)
        fields[name] = ", ".join(map(str, listed)) if isinstance(listed, list) else listed
    show_fields(fields)
    print()


def _show_parts(document: dict[str, object]) -> None:
    lines = _records(document, "lineItems")
    show_table(
        ["sku", "name", "quantity", "price", "fulfilled", "canceled"],
        [
            (row["sku"], row["name"], row["quantity"], row["itemPrice"], row["fulfilled"], row["canceled"])
            for row in lines
        ],
        empty="The order has no lines.",
    )
    print()
    requests = _records(document, "shipments")
    if requests:
        rows = [(row["shipmentId"], row["extShipmentId"], row["status"], _contents(row)) for row in requests]
        show_table(["id", "shipping request", "status", "lines"], rows, empty="")
        print()
    parcels = _records(document, "fulfillments")
    if parcels:
        rows = [
            (
                row["fulfillmentId"],
                row["shippingCarrier"],
                f"rejected: {row['reason']}"
                if row["fulfillmentType"] == "rejected"
                else ", ".join(_texts(row["trackingNumber"])),
                _contents(row),
            )
            for row in parcels
        ]
        show_table(["id", "carrier", "tracking", "lines"], rows, empty="")
        print()


def _records(document: dict[str, object], name: str) -> list[dict[str, object]]:
    found = document.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _texts(value: object) -> list[str]:
    return [str(part) for part in value] if isinstance(value, list) else []


def _contents(document: dict[str, object]) -> str:
    return ", ".join(
        f"{cell(row['quantity'])} x {cell(row['sku'])}" for row in _records(document, "lineItems")
    )
