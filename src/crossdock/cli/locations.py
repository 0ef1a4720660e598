"""``locations``: where goods are kept and picked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import hub
from crossdock.cli.lists import CursorOption, JsonOption, LimitOption, gathered, show_list
from crossdock.cli.output import say, show_fields, show_json
from crossdock.cli.values import words

if TYPE_CHECKING:
    from crossdock.hub.models import Location

app = typer.Typer(help="Locations: where goods are kept and picked up.", no_args_is_help=True)


@app.command("list")
def list_locations(
    kind: Annotated[list[str] | None, typer.Option(help="stock, pickup.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="active, inactive, merged.")] = None,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    as_json: JsonOption = False,
) -> None:
    """List locations."""
    with hub() as opened:
        from crossdock.hub import listing
        from crossdock.hub.documents import links_of, location_document

        page = gathered(
            lambda size, start: listing.locations(
                opened.organization, kind=words(kind), status=words(status), limit=size, cursor=start
            ),
            limit,
            cursor,
        )
        links = links_of("locations", [row.pk for row in page.rows])
        show_list(
            "locations",
            page,
            as_json=as_json,
            documents=lambda rows: [location_document(row, links=links) for row in rows],
            columns=["id", "name", "kind", "status", "default", "shipped by", "outside ids"],
            row=lambda row: (
                row.key, row.name, row.kind,
                f"merged into {row.merged_into.name}" if row.merged_into else row.status, row.is_default,
                row.fulfillment_integration.name if row.fulfillment_integration else "",
                ", ".join(link.remote_id for link in links[row.pk]),
            ),
            empty="No locations yet: they come with the first sync of a connected store.",
        )  # fmt: skip


LocationArgument = Annotated[str, typer.Argument(help="The location's id or name.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it stands in the location's history.")]


@app.command()
def show(location: LocationArgument, as_json: JsonOption = False) -> None:
    """Show one location."""
    with hub() as opened:
        from crossdock.hub.listing import find_location

        _print(find_location(opened.organization, location), as_json=as_json)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    kind: Annotated[str, typer.Option(help="stock (holds goods and ships) or pickup.")] = "stock",
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make a location of your own, that no connected store reports."""
    with hub() as opened:
        from crossdock.hub.listing import find_location
        from crossdock.hub.places.settings import create_location

        made = create_location(
            opened.organization, name, kind=kind, author=opened.author, reason=reason.strip()
        )
        _print(find_location(opened.organization, made.key), as_json=as_json)


@app.command("set")
def set_location(
    location: LocationArgument,
    name: Annotated[str | None, typer.Option(help="A name of your own.")] = None,
    status: Annotated[str | None, typer.Option(help="active or inactive.")] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Orders ship from here unless a routing card says otherwise.")
    ] = False,
    pause: Annotated[
        bool | None, typer.Option("--pause/--resume", help="Nothing new is routed here.")
    ] = None,
    totals: Annotated[
        bool | None,
        typer.Option("--in-totals/--not-in-totals", help="Whether its stock feeds the stores' figures."),
    ] = None,
    exclude_for: Annotated[
        list[str] | None,
        typer.Option(help="Its stock does not feed this integration's figures; repeat. Replaces the list."),
    ] = None,
    exclude_for_none: Annotated[
        bool, typer.Option("--exclude-for-none", help="Its stock feeds every integration again.")
    ] = False,
    infinite: Annotated[
        bool | None, typer.Option("--infinite/--finite", help="Routing finds everything here.")
    ] = None,
    bundles: Annotated[
        bool | None,
        typer.Option("--whole-bundles/--bundle-parts", help="Bundles lie here packed, or as their parts."),
    ] = None,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Change a location: name, status, default, and what it takes part in."""
    values: dict[str, object] = {
        "name": name, "status": status, "isDefault": default or None, "pauseLocation": pause,
        "excludeFromTotals": None if totals is None else not totals, "infiniteAvailability": infinite,
        "preserveBundles": bundles,
    }  # fmt: skip
    changes = {field: value for field, value in values.items() if value is not None}
    with hub() as opened:
        from crossdock.hub.listing import find_location
        from crossdock.hub.places.settings import change_location

        if exclude_for or exclude_for_none:
            changes["excludeFromTotalsByIntegration"] = [
                opened.integration(text) for text in exclude_for or []
            ]
        if not changes:
            raise CommandError("Say what to change; `crossdock locations set --help` lists it.", Exit.USAGE)
        found = find_location(opened.organization, location)
        change_location(found, changes, author=opened.author, reason=reason.strip())
        _print(find_location(opened.organization, found.key), as_json=as_json)


@app.command()
def merge(
    location: LocationArgument,
    into: Annotated[str, typer.Option("--into", help="The location that stays: its id or name.")],
    add_stock: Annotated[
        bool,
        typer.Option(
            "--add-stock", help="Add the counts of both. Otherwise the count of the one that stays is kept."
        ),
    ] = False,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make a location part of another: a store's own place and the warehouse that holds its goods."""
    with hub() as opened:
        from crossdock.hub.listing import find_location
        from crossdock.hub.places.merging import merge_location

        source = find_location(opened.organization, location)
        target = find_location(opened.organization, into)
        merge_location(source, target, author=opened.author, reason=reason.strip(), add_stock=add_stock)
        _print(find_location(opened.organization, target.key), as_json=as_json)


@app.command()
def assign(
    location: LocationArgument,
    integration: Annotated[
        str | None,
        typer.Argument(metavar="[INTEGRATION]", help="The warehouse that ships from here: its id or name."),
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="People ship from here by hand.")] = False,
    known_as: Annotated[
        str, typer.Option("--as", metavar="ID", help="What the warehouse calls it, if it has several places.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Say which warehouse is sent what is routed to a location; what waits there goes to it as well."""
    if (integration is None) != none:
        raise CommandError("Name the warehouse that ships from here, or give --none.", Exit.USAGE)
    with hub() as opened:
        from crossdock.hub.listing import find_location
        from crossdock.hub.places.locations import assign_warehouse

        found = find_location(opened.organization, location)
        warehouse = opened.optional_integration(integration)
        assign_warehouse(found, warehouse, author=opened.author, ext_location_id=known_as.strip())
        if warehouse and not warehouse.flows.filter(entity="shipments", enabled=True).exists():
            say(
                f"Nothing goes there yet: push shipping requests to {warehouse.name} is off. Turn it on: "
                f"crossdock flows set {warehouse.key} shipments=push"
            )
        _print(find_location(opened.organization, found.key), as_json=as_json)


def _print(location: Location, *, as_json: bool) -> None:
    from crossdock.hub.documents import location_document

    document = location_document(location)
    if as_json:
        show_json(document)
        return
    fields = dict(document)
    address, systems = document["address"], document["externalSystems"]
    if isinstance(address, dict):
        fields["address"] = ", ".join(str(part) for part in address.values() if part)
    if isinstance(systems, list):
        fields["externalSystems"] = ", ".join(
            f"{row['integrationId']}: {row['extLocationId']}" for row in systems
        )
    excluded = document["excludeFromTotalsByIntegration"]
    fields["excludeFromTotalsByIntegration"] = ", ".join(excluded) if isinstance(excluded, list) else ""
    show_fields(fields)
