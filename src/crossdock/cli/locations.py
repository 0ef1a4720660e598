"""``locations``: where goods are kept and picked up."""

from __future__ import annotations

from typing import Annotated

import typer

from crossdock.cli.context import hub
from crossdock.cli.lists import CursorOption, JsonOption, LimitOption, gathered, show_list
from crossdock.cli.output import show_fields, show_json
from crossdock.cli.values import words

app = typer.Typer(help="Locations: where goods are kept and picked up.", no_args_is_help=True)


@app.command("list")
def list_locations(
    kind: Annotated[list[str] | None, typer.Option(help="stock, pickup.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="active, inactive.")] = None,
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
            columns=["id", "name", "kind", "status", "default", "outside ids"],
            row=lambda row: (
                row.key, row.name, row.kind, row.status, row.is_default,
                ", ".join(link.remote_id for link in links[row.pk]),
            ),
            empty="No locations yet: they come with the first sync of a connected store.",
        )  # fmt: skip


@app.command()
def show(
    location: Annotated[str, typer.Argument(help="The location's id or name.")], as_json: JsonOption = False
) -> None:
    """Show one location."""
    with hub() as opened:
        from crossdock.hub.documents import location_document
        from crossdock.hub.listing import find_location

        document = location_document(find_location(opened.organization, location))
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
        show_fields(fields)
