"""``routing``: the cards that say from where orders ship, and trying them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import hub
from crossdock.cli.explanations import show_explanation
from crossdock.cli.files import content_of
from crossdock.cli.lists import JsonOption, show_list
from crossdock.cli.output import cell, say, show_fields, show_json, show_table

if TYPE_CHECKING:
    from crossdock.hub.documents import Document
    from crossdock.hub.models import RoutingCard

app = typer.Typer(help="Routing cards: which orders ship from where.", no_args_is_help=True)

CardArgument = Annotated[str, typer.Argument(metavar="CARD", help="The card's id or name.")]
MOST_CARDS = 1_000


@app.command("list")
def list_cards(as_json: JsonOption = False) -> None:
    """List the cards in the order in which they are tried."""
    with hub() as opened:
        from crossdock.hub import listing
        from crossdock.hub.documents import card_document

        show_list(
            "cards",
            listing.Page(listing.routing_cards(opened.organization), None),
            as_json=as_json,
            documents=lambda rows: [card_document(row) for row in rows],
            columns=[
                "position", "id", "name", "enabled", "filters", "regions", "locations", "stock", "split", "future",
            ],
            row=lambda card: (
                card.position, card.key, card.name, card.enabled, len(card.filters), _regions(card),
                ", ".join(place.location.name for place in card.places.all()),
                card.check_stock, card.allow_split, card.send_future,
            ),
            empty="No routing cards: the default location ships everything, whether it is in stock or not.",
        )  # fmt: skip


@app.command()
def show(card: CardArgument, as_json: JsonOption = False) -> None:
    """Show one card."""
    with hub() as opened:
        from crossdock.hub.listing import find_card

        _print(find_card(opened.organization, card), as_json=as_json)


@app.command()
def put(
    file: Annotated[str, typer.Argument(help="A JSON file, or - for standard input.")],
    as_json: JsonOption = False,
) -> None:
    """Store cards from JSON: one, a list, or {"cards": […]}; a card with this name is replaced.

    Field names as `routing show --json` prints them; a card needs `name` and `locations`. All are stored, or
    none. Orders that found no place are tried again.
    """
    records = _read(file)
    with hub() as opened:
        from django.db import transaction

        from crossdock.hub.documents import card_document
        from crossdock.routing.card_book import put_card

        with transaction.atomic():
            cards = [put_card(opened.organization, record, author=opened.author) for record in records]
        if as_json:
            documents = [card_document(card) for card in cards]
            show_json(documents[0] if len(documents) == 1 else {"cards": documents})
            return
        for card in cards:
            print(f"{card.key}  {card.position}. {cell(card.name)}")


@app.command()
def move(
    card: CardArgument,
    position: Annotated[int, typer.Argument(help="Its new place in the list; the first is 1.")],
    as_json: JsonOption = False,
) -> None:
    """Try a card earlier or later."""
    with hub() as opened:
        from crossdock.hub.listing import find_card
        from crossdock.routing.card_book import move_card

        moved = move_card(find_card(opened.organization, card), position, author=opened.author)
        _print(moved, as_json=as_json)


@app.command()
def enable(card: CardArgument, as_json: JsonOption = False) -> None:
    """Turn a card on."""
    _switch(card, enabled=True, as_json=as_json)


@app.command()
def disable(card: CardArgument, as_json: JsonOption = False) -> None:
    """Turn a card off: it is passed over until it is turned on again."""
    _switch(card, enabled=False, as_json=as_json)


@app.command()
def remove(card: CardArgument, as_json: JsonOption = False) -> None:
    """Remove a card. What was routed by it stays."""
    with hub() as opened:
        from crossdock.hub.documents import card_document
        from crossdock.hub.listing import find_card
        from crossdock.routing.card_book import remove_card

        found = find_card(opened.organization, card)
        document = card_document(found)
        remove_card(found, author=opened.author)
        if as_json:
            show_json(document)
        else:
            print(f"{cell(document['name'])} is removed.")


@app.command("try")
def try_routing(
    order: Annotated[str | None, typer.Argument(help="The order's id, number or API id.")] = None,
    all_open: Annotated[
        bool, typer.Option("--all-open", help="Every open order that is not routed yet, oldest first.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=2000, help="With --all-open: the most.")
    ] = 200,
    as_json: JsonOption = False,
) -> None:
    """Show what routing would decide now, and why. Changes nothing."""
    if (order is None) != all_open:
        raise CommandError("Name one order, or say --all-open.", Exit.USAGE)
    with hub() as opened:
        from crossdock.hub.listing import find_order
        from crossdock.routing.trying import open_orders, try_orders

        orders = (
            open_orders(opened.organization, limit)
            if order is None
            else [find_order(opened.organization, order)]
        )
        tried = try_orders(opened.organization, orders)
    if as_json:
        show_json(tried[0] if order is not None else {"orders": tried})
    elif order is not None:
        _print_trial(tried[0])
    else:
        show_table(
            ["number", "decision", "ships", "why"],
            [(row["extOrderId"], row["decision"], _ships(row), row["reason"]) for row in tried],
            empty="Every open order is routed.",
        )
        if len(tried) == limit:
            say(f"There may be more: --limit {2 * limit}")


def _switch(text: str, *, enabled: bool, as_json: bool) -> None:
    with hub() as opened:
        from crossdock.hub.listing import find_card
        from crossdock.routing.card_book import enable_card

        card = find_card(opened.organization, text)
        _print(enable_card(card, enabled, author=opened.author), as_json=as_json)


def _read(file: str) -> list[Mapping[str, object]]:
    import msgspec

    name = "standard input" if file == "-" else file
    try:
        document = msgspec.json.decode(content_of(file))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CommandError(f"{name}: not JSON: {error}", Exit.USAGE) from error
    if isinstance(document, dict) and set(document) <= {"cards", "pagination"} and "cards" in document:
        document = document["cards"]
    rows = document if isinstance(document, list) else [document]
    if not rows or len(rows) > MOST_CARDS or not all(isinstance(row, dict) for row in rows):
        raise CommandError(
            f"{name}: give one card, or a list of 1 to {MOST_CARDS}, each an object.", Exit.USAGE
        )
    return rows


def _print(card: RoutingCard, *, as_json: bool) -> None:
    from crossdock.hub.documents import card_document

    document = card_document(card)
    if as_json:
        show_json(document)
        return
    fields = dict(document)
    fields["locations"] = ", ".join(place.location.name for place in card.places.all())
    fields["regions"] = _regions(card)
    fields["filters"] = f" {'and' if card.match == 'all' else 'or'} ".join(
        f"{one['field']} {one['operator']} {cell(one.get('value'))}" for one in card.filters
    )
    show_fields(fields)


def _regions(card: RoutingCard) -> str:
    if not card.regions:
        return "everywhere"
    return ", ".join(dict.fromkeys(str(region["country"]) for region in card.regions))


def _ships(trial: Document) -> str:
    shipments = trial["shipments"]
    parts = []
    for shipment in shipments if isinstance(shipments, list) else []:
        units = ", ".join(f"{line['quantity']} x {cell(line['sku'])}" for line in shipment["lineItems"])
        waits = " (waits for stock on its way)" if shipment["status"] == "pendingInventory" else ""
        parts.append(f"{cell(shipment['location'])}: {units}{waits}")
    return "; ".join(parts)


def _print_trial(trial: Document) -> None:
    show_fields(
        {
            "extOrderId": trial["extOrderId"],
            "decision": trial["decision"],
            "reason": trial["reason"],
            "ships": _ships(trial),
        }
    )
    print()
    show_explanation(trial["explanation"])
