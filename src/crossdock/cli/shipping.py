"""``ship`` and ``requests``: what is to be shipped, and saying that it was."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import hub
from crossdock.cli.explanations import show_explanation
from crossdock.cli.lists import CursorOption, JsonOption, LimitOption, gathered, show_list
from crossdock.cli.output import cell, say, show_fields, show_json, show_table
from crossdock.cli.values import moment, quantities, words

if TYPE_CHECKING:
    from crossdock.hub.models import ShippingRequest

app = typer.Typer(help="Shipping requests: what each location is to ship.", no_args_is_help=True)

RequestArgument = Annotated[
    str, typer.Argument(metavar="REQUEST", help="The shipping request's id, either one.")
]


def ship(
    request: RequestArgument,
    sku: Annotated[
        list[str] | None,
        typer.Option(
            "--sku", metavar="SKU=QTY", help="What is in the parcel; repeat. All that is open if not given."
        ),
    ] = None,
    tracking: Annotated[str, typer.Option(help="The tracking number.")] = "",
    tracking_url: Annotated[
        str, typer.Option("--tracking-url", help="Where the parcel can be followed.")
    ] = "",
    carrier: Annotated[str, typer.Option(help="Who carries it.")] = "",
    service: Annotated[str, typer.Option(help="The carrier's service.")] = "",
    ext_id: Annotated[
        str | None,
        typer.Option("--ext-id", help="Your own id of the parcel: the same one twice is one parcel."),
    ] = None,
    shipped_at: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="TIME", help="When it left; now if not given.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a shipping request, or some of it, has shipped."""
    contents = quantities(sku or [])
    with hub() as opened:
        from crossdock.hub.clock import system_clock
        from crossdock.hub.documents import fulfillment_document
        from crossdock.hub.listing import find_request
        from crossdock.hub.shipping.fulfillments import fulfill

        found = find_request(opened.organization, request)
        parcel = fulfill(
            found, contents or None, shipped_at=shipped_at or system_clock(), author=opened.author,
            tracking_number=tracking.strip(), tracking_url=tracking_url.strip(), carrier=carrier.strip(),
            service=service.strip(), ext_fulfillment_id=ext_id,
        )  # fmt: skip
        if as_json:
            show_json(fulfillment_document(parcel))
            return
        packed = ", ".join(
            f"{line.quantity} x {cell(line.sku)}" + (f" (and {line.extra} too many)" if line.extra else "")
            for line in parcel.lines.order_by("pk")
        )
        found.refresh_from_db()
        print(f"{parcel.key}  {parcel.ext_fulfillment_id}: {packed} shipped; the request is {found.status}.")
        _foretell(found)


def _foretell(request: ShippingRequest) -> None:
    """Print what the store will be told, where that is known."""
    from crossdock.connectors.errors import ConnectorError
    from crossdock.flows.preview import NoPreviewError, preview_fulfillments
    from crossdock.hub.vault import SecretUnreadable

    try:
        print(preview_fulfillments(request.order).sentence())
    except (NoPreviewError, ConnectorError, SecretUnreadable):
        return  # the parcel is recorded; what cannot be foretold shows in the run


@app.command("list")
def list_requests(
    status: Annotated[
        list[str] | None, typer.Option(help="readyForFulfillment, fulfilled …; repeat or use commas.")
    ] = None,
    order: Annotated[str | None, typer.Option(help="Only of this order: its id or number.")] = None,
    location: Annotated[str | None, typer.Option(help="Only at this location: its id or name.")] = None,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    as_json: JsonOption = False,
) -> None:
    """List shipping requests, newest first."""
    with hub() as opened:
        from crossdock.hub import listing
        from crossdock.hub.documents import shipment_document

        of_order = listing.find_order(opened.organization, order) if order else None
        at = listing.find_location(opened.organization, location) if location else None
        page = gathered(
            lambda size, start: listing.shipping_requests(
                opened.organization,
                status=words(status),
                order=of_order,
                location=at,
                limit=size,
                cursor=start,
            ),
            limit,
            cursor,
        )
        show_list(
            "shipments",
            page,
            as_json=as_json,
            documents=lambda rows: [shipment_document(row) for row in rows],
            columns=["id", "request", "order", "status", "location", "lines", "when"],
            row=lambda row: (
                row.key, row.ext_shipment_id, row.order.ext_order_id, row.status, row.location.name,
                ", ".join(f"{line.fulfilled}/{line.quantity} x {line.sku}" for line in row.lines.all()),
                row.created_at,
            ),
            empty="No shipping requests.",
        )  # fmt: skip


@app.command()
def show(request: RequestArgument, as_json: JsonOption = False) -> None:
    """Show one shipping request and its lines."""
    with hub() as opened:
        from crossdock.hub.listing import find_request

        _print(find_request(opened.organization, request), as_json=as_json)


@app.command()
def cancel(
    request: RequestArgument,
    restock: Annotated[
        bool | None,
        typer.Option(
            "--restock/--no-restock", help="Whether its goods are on the shelf still.", show_default=False
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands in the order's history.")] = "",
    route_again: Annotated[
        bool, typer.Option("--route-again", help="Have what is open routed anew at once.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Cancel what a shipping request has not shipped yet."""
    if restock is None:
        raise CommandError(
            "Say --restock (the goods are on the shelf) or --no-restock (they are gone).", Exit.USAGE
        )
    with hub() as opened:
        from crossdock.hub.listing import find_request
        from crossdock.hub.shipping.withdrawing import cancel_request

        found = find_request(opened.organization, request)
        cancel_request(
            found, restock, author=opened.author, reason=reason.strip() or "canceled by hand",
            route_again=route_again,
        )  # fmt: skip
        if found.cancellation_status and found.fulfillment_integration_id is None:
            say("It was sent by hand: tell the warehouse, then note with `requests answer` what it said.")
        if route_again:
            from crossdock.routing.router import route_pending

            route_pending(opened.organization.pk)
        _print(find_request(opened.organization, found.key), as_json=as_json)


@app.command()
def create(
    order: Annotated[str, typer.Argument(help="The order's id, number or API id.")],
    location: Annotated[str, typer.Option(help="Where it ships from: the location's id or name.")],
    sku: Annotated[
        list[str] | None,
        typer.Option("--sku", metavar="SKU=QTY", help="What to ship; repeat. All that is open if not given."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands in the order's history.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make a shipping request by hand, for units that are in no other request."""
    wanted = quantities(sku or [])
    with hub() as opened:
        from crossdock.hub.listing import find_location, find_order, find_request
        from crossdock.hub.shipping.drafting import create_request
        from crossdock.hub.shipping.requests import open_lines

        found = find_order(opened.organization, order)
        made = create_request(
            found, find_location(opened.organization, location), open_lines(found, wanted or None),
            reason=reason.strip() or "by hand", author=opened.author,
        )  # fmt: skip
        _print(find_request(opened.organization, made.key), as_json=as_json)


@app.command()
def send(
    request: RequestArgument,
    reference: Annotated[str, typer.Option(help="The warehouse's own number of it.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Note that a shipping request has gone to its warehouse; from then on nothing of it changes."""
    with hub() as opened:
        from crossdock.hub.listing import find_request
        from crossdock.hub.shipping.sending import mark_sent, refuse_canceled

        found = find_request(opened.organization, request)
        refuse_canceled(found)
        mark_sent(found, author=opened.author, reason="sent by hand", ext_reference_id=reference.strip())
        _print(find_request(opened.organization, found.key), as_json=as_json)


@app.command()
def answer(
    request: RequestArgument,
    stopped: Annotated[
        bool | None,
        typer.Option("--stopped/--too-late", help="Whether the warehouse could stop it.", show_default=False),
    ] = None,
    reason: Annotated[str, typer.Option(help="What it said; it stands in the request's history.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Note what a warehouse answered when a request that it has was cancelled."""
    if stopped is None:
        raise CommandError("Say --stopped (it does not ship) or --too-late (it ships).", Exit.USAGE)
    with hub() as opened:
        from crossdock.hub.listing import find_request
        from crossdock.hub.shipping.cancellations import answer_cancellation

        found = find_request(opened.organization, request)
        answer_cancellation(found, stopped=stopped, author=opened.author, reason=reason.strip())
        _print(find_request(opened.organization, found.key), as_json=as_json)


@app.command()
def reject(
    request: RequestArgument,
    reason: Annotated[str, typer.Option(help="What the warehouse said.")],
    sku: Annotated[
        list[str] | None,
        typer.Option("--sku", metavar="SKU=QTY", help="What it will not ship; repeat. All if not given."),
    ] = None,
    ext_id: Annotated[
        str | None,
        typer.Option("--ext-id", help="Your own id of it: the same one twice is one rejection."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a warehouse will not ship a request, or some of it; the order is routed again."""
    contents = quantities(sku or [])
    with hub() as opened:
        from crossdock.hub.clock import system_clock
        from crossdock.hub.listing import find_request
        from crossdock.hub.shipping.rejections import reject as record_rejection

        found = find_request(opened.organization, request)
        record_rejection(
            found, contents or None, at=system_clock(), author=opened.author, reason=reason.strip(),
            ext_fulfillment_id=ext_id,
        )  # fmt: skip
        _print(find_request(opened.organization, found.key), as_json=as_json)


def _print(request: ShippingRequest, *, as_json: bool) -> None:
    from crossdock.hub.documents import shipment_document

    document = shipment_document(request, full=True)
    if as_json:
        show_json(document)
        return
    lines, history = document.pop("lineItems"), document.pop("timeline")
    address = document.pop("shippingAddress")
    explanation = document.pop("explanation")
    if isinstance(address, dict):
        document["shippingAddress"] = ", ".join(str(part) for part in address.values() if part)
    show_fields(document)
    print()
    show_explanation(explanation)
    columns = ["sku", "name", "quantity", "fulfilled", "rejected", "open"]
    rows = [[line[column] for column in columns] for line in lines] if isinstance(lines, list) else []
    show_table(columns, rows, empty="It has no lines.")
    print()
    events = [event for event in history if isinstance(event, dict)] if isinstance(history, list) else []
    show_table(
        ["when", "what", "by", "why"],
        [
            tuple(event.get(name) for name in ("createdAt", "operation", "author", "reason"))
            for event in events
        ],
        empty="Nothing has happened to it yet.",
    )


def register(app: typer.Typer) -> None:
    """Add ``ship`` to the root."""
    app.command()(ship)
