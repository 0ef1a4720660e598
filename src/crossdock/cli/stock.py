"""The commands of ``inventory`` that change stock: counts and figures, arrivals, moves, locks, limits on a channel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import Hub, hub
from crossdock.cli.flows import IntegrationArgument
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import say, show_fields, show_json, show_table
from crossdock.cli.values import moment

if TYPE_CHECKING:
    from crossdock.hub.models import InventoryRecord, Location

COLUMNS = ("id", "sku", "location", "state", "on hand", "committed", "available", "updated")
OTHERS = ("future", "committed_future", "incoming", "unavailable", "hold", "damaged")

SkuArgument = Annotated[str, typer.Argument(help="The SKU.")]
QuantityArgument = Annotated[int, typer.Argument(metavar="QTY", help="How many units.")]
LocationOption = Annotated[
    str | None, typer.Option(help="Where: a location's id or name; the default one if not given.")
]
ReasonOption = Annotated[str, typer.Option(help="Why; it stands in the ledger.")]


def stock_row(record: InventoryRecord) -> tuple[object, ...]:
    """Return a record as a row under `COLUMNS`."""
    return (
        record.key, record.sku, record.location.name, record.state, record.on_hand, record.committed,
        record.available, record.updated_at,
    )  # fmt: skip


def show_records(records: Sequence[InventoryRecord]) -> None:
    """Print records, with those of the other figures that are not zero everywhere, and whether one is locked."""
    others = [name for name in OTHERS if any(getattr(record, name) for record in records)]
    locks = ["locked"] if any(record.locked for record in records) else []
    show_table(
        [*COLUMNS[:-1], *(name.replace("_", " ") for name in others), *locks, COLUMNS[-1]],
        [
            (
                *stock_row(record)[:-1],
                *(getattr(record, name) for name in [*others, *locks]),
                record.updated_at,
            )
            for record in records
        ],
        empty="",
    )


def _show(record: InventoryRecord, *, as_json: bool) -> None:
    if as_json:
        from crossdock.hub.documents import inventory_document

        show_json(inventory_document(record))
    else:
        show_records([record])


def _location(opened: Hub, name: str | None) -> Location | None:
    from crossdock.hub.listing import find_location

    return find_location(opened.organization, name) if name else None


def set_figure(
    sku: SkuArgument,
    quantity: Annotated[
        str, typer.Argument(metavar="QTY", help="How many units; for onHand also: unlimited, unknown.")
    ],
    figure: Annotated[
        str, typer.Option(help="onHand, future, incoming, unavailable, hold or damaged.")
    ] = "onHand",
    location: LocationOption = None,
    at: Annotated[
        datetime | None,
        typer.Option(parser=moment, metavar="DATE", help="When the shelf was counted; now if not given."),
    ] = None,
    reason: ReasonOption = "counted by hand",
    as_json: JsonOption = False,
) -> None:
    """Set what lies on the shelf, or another figure. Every flow that pushes stock carries it on.

    Parcels that left after the count are taken off; parcels that left before lower it no more when they are reported.
    """
    with hub() as opened:
        from crossdock.hub.stock.inventory import sku_is_known

        known = sku_is_known(opened.organization.pk, sku.strip())
        why = reason.strip() or "counted by hand"
        if figure == "onHand":
            record = _count(opened, sku, quantity.strip(), location, at, why)
        elif at is not None:
            raise CommandError("--at goes with a count of what is on hand only.", Exit.USAGE)
        else:
            from crossdock.hub.stock import figures

            record = figures.set_figure(
                opened.organization, sku, figure, _units(quantity.strip()),
                location=_location(opened, location), author=opened.author, reason=why,
            )  # fmt: skip
        if not known:
            say(f"Note: no product, order or count had the SKU {record.sku!r} until now.")
        _show(record, as_json=as_json)


def _count(
    opened: Hub, sku: str, quantity: str, location: str | None, at: datetime | None, reason: str
) -> InventoryRecord:
    from crossdock.hub.clock import system_clock
    from crossdock.hub.models import InventoryRecord
    from crossdock.hub.stock.counts import take_count
    from crossdock.hub.stock.inventory import InventoryError, place_of, set_state

    where = _location(opened, location)
    if quantity in (InventoryRecord.State.UNLIMITED, InventoryRecord.State.UNKNOWN):
        return set_state(
            opened.organization, sku, quantity, location=where, author=opened.author, reason=reason
        )
    result = take_count(
        opened.organization, where, sku, _units(quantity), at=at or system_clock(), author=opened.author,
        reason=reason, by_person=True,
    )  # fmt: skip
    if result.outcome == "refused":
        raise InventoryError(result.field, result.message)
    if result.on_hand != result.count.quantity:
        say(f"Note: {result.message}.")
    place = place_of(opened.organization, sku, result.count.location)
    return InventoryRecord.objects.select_related("organization", "location").get(
        organization=opened.organization, sku=place.sku, location_id=place.location_id
    )


def _units(text: str) -> int:
    digits = text.removeprefix("-").removeprefix("+")
    if not digits.isascii() or not digits.isdigit():
        raise CommandError(f"QTY: {text!r} is neither a whole number nor unlimited or unknown.", Exit.USAGE)
    if len(digits) > 12:
        raise CommandError("QTY: that is more than can be kept.", Exit.USAGE)
    return int(text)


def receive(
    sku: SkuArgument,
    quantity: QuantityArgument,
    source: Annotated[
        str | None,
        typer.Option("--from", help="Which figure expected them: future or incoming; both, in this order."),
    ] = None,
    location: LocationOption = None,
    reason: ReasonOption = "received",
    as_json: JsonOption = False,
) -> None:
    """Put units that have arrived on hand, and take them off what was expected."""
    with hub() as opened:
        from crossdock.hub.stock.figures import receive_units

        record = receive_units(
            opened.organization, sku, quantity, source=source, location=_location(opened, location),
            author=opened.author, reason=reason.strip() or "received",
        )  # fmt: skip
        _show(record, as_json=as_json)


def move(
    sku: SkuArgument,
    quantity: QuantityArgument,
    source: Annotated[str, typer.Option("--from", help="onHand, unavailable, hold or damaged.")] = "onHand",
    target: Annotated[
        str, typer.Option("--to", help="onHand, unavailable, hold or damaged.")
    ] = "unavailable",
    location: LocationOption = None,
    reason: ReasonOption = "moved",
    as_json: JsonOption = False,
) -> None:
    """Move units between the shelf and what may not be sold: unavailable, on hold, damaged; or back."""
    with hub() as opened:
        from crossdock.hub.stock.figures import move_units

        record = move_units(
            opened.organization, sku, quantity, source, target, location=_location(opened, location),
            author=opened.author, reason=reason.strip() or "moved",
        )  # fmt: skip
        _show(record, as_json=as_json)


def transfer(
    sku: SkuArgument,
    quantity: QuantityArgument,
    source: Annotated[str, typer.Option("--from", help="Where the units lie: a location's id or name.")],
    target: Annotated[str, typer.Option("--to", help="Where they go: a location's id or name.")],
    arrives: Annotated[
        str,
        typer.Option(
            "--as", help="onHand: they are there; future or incoming: on their way, to be received there."
        ),
    ] = "onHand",
    reason: ReasonOption = "moved",
    as_json: JsonOption = False,
) -> None:
    """Move units from the shelf of one location to another."""
    with hub() as opened:
        from crossdock.hub.documents import inventory_document
        from crossdock.hub.listing import find_location
        from crossdock.hub.stock.figures import transfer_units

        records = transfer_units(
            opened.organization, sku, quantity, find_location(opened.organization, source),
            find_location(opened.organization, target), arrives=arrives, author=opened.author,
            reason=reason.strip() or "moved",
        )  # fmt: skip
        if as_json:
            show_json({"inventory": [inventory_document(record) for record in records]})
        else:
            show_records(records)


def write_off(
    sku: SkuArgument,
    quantity: QuantityArgument,
    reason: Annotated[str, typer.Option(help="What became of them; it stands in the ledger.")],
    source: Annotated[str, typer.Option("--from", help="onHand, unavailable, hold or damaged.")] = "onHand",
    location: LocationOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take units that are gone off the figures: broken, lost, given away."""
    with hub() as opened:
        from crossdock.hub.stock.figures import write_off_units

        record = write_off_units(
            opened.organization, sku, quantity, source=source, location=_location(opened, location),
            author=opened.author, reason=reason.strip() or "written off",
        )  # fmt: skip
        _show(record, as_json=as_json)


def lock(
    sku: SkuArgument,
    location: LocationOption = None,
    reason: ReasonOption = "locked by hand",
    as_json: JsonOption = False,
) -> None:
    """Let only people and fulfillments change a figure: counts of warehouses and stores are refused."""
    _lock(sku, location, reason, locked=True, as_json=as_json)


def unlock(
    sku: SkuArgument,
    location: LocationOption = None,
    reason: ReasonOption = "unlocked by hand",
    as_json: JsonOption = False,
) -> None:
    """Let counts of warehouses and stores change a figure again."""
    _lock(sku, location, reason, locked=False, as_json=as_json)


def _lock(sku: str, location: str | None, reason: str, *, locked: bool, as_json: bool) -> None:
    with hub() as opened:
        from crossdock.hub.stock.figures import set_lock

        record = set_lock(
            opened.organization, sku, locked=locked, location=_location(opened, location),
            author=opened.author, reason=reason,
        )  # fmt: skip
        _show(record, as_json=as_json)


def limits(
    sku: SkuArgument,
    integration: IntegrationArgument,
    buffer: Annotated[str | None, typer.Option(help="Units to hold back.", metavar="QTY|default")] = None,
    floor: Annotated[
        str | None, typer.Option(help="Show at least so many, to take orders ahead.", metavar="QTY|default")
    ] = None,
    cap: Annotated[str | None, typer.Option(help="Show at most so many.", metavar="QTY|default")] = None,
    hold: Annotated[
        bool | None, typer.Option("--hold/--no-hold", help="Send no figure of this SKU there at all.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands in the product's timeline.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Show or change what one store is shown of a SKU beyond what there is; `default` leaves it to its settings."""
    given: dict[str, object] = {
        name: None if text.strip() == "default" else _units(text.strip())
        for name, text in (("buffer", buffer), ("floor", floor), ("cap", cap))
        if text is not None
    }
    if hold is not None:
        given["hold"] = hold
    with hub() as opened:
        from crossdock.hub.listing import find_product
        from crossdock.hub.stock.channel_limits import limits_of, set_limits

        found = opened.integration(integration)
        product = find_product(opened.organization, sku)
        if given:
            set_limits(found, product.sku, given, author=opened.author, reason=reason.strip())
        applied = limits_of(found, [product.sku])[product.sku]
        fields: dict[str, object] = {
            "sku": product.sku, "integrationId": found.key, "buffer": applied.buffer, "floor": applied.floor,
            "cap": applied.cap, "hold": applied.hold,
        }  # fmt: skip
        if as_json:
            show_json(fields)
        else:
            show_fields(fields)
