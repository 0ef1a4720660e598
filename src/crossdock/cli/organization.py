"""``organization``: choices that hold for all of its channels."""

from __future__ import annotations

from typing import Annotated

import typer

from crossdock.cli.context import hub
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import show_fields, show_json
from crossdock.cli.values import pairs

app = typer.Typer(help="The organization, and what it has chosen.", no_args_is_help=True)


@app.command()
def show(as_json: JsonOption = False) -> None:
    """Show the organization and its settings."""
    with hub() as opened:
        from crossdock.hub.organizations import organization_settings

        organization = opened.organization
        settings = organization_settings(organization)
        head = {"orgKey": organization.org_key, "name": organization.name, "timezone": organization.timezone}
        if as_json:
            show_json({**head, "settings": settings})
        else:
            show_fields({**head, **settings})


@app.command("set")
def set_settings(
    values: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...", help="overfulfillPolicy=accept")],
    as_json: JsonOption = False,
) -> None:
    """Change settings, e.g. what becomes of a parcel with more in it than was asked for."""
    chosen = pairs(values, what="a setting", example="overfulfillPolicy=accept")
    with hub() as opened:
        from crossdock.hub.organizations import organization_settings, set_organization

        set_organization(opened.organization, chosen, author=opened.author)
        settings = organization_settings(opened.organization)
        show_json({"settings": settings}) if as_json else show_fields(settings)
