"""``keys``: the keys by which programs use the API."""

from __future__ import annotations

from typing import Annotated

import typer

from crossdock.cli.context import hub
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import say, show_json, show_table

app = typer.Typer(help="Keys by which programs use the API.", no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Who uses it: a name of your own.")],
    grant: Annotated[
        list[str],
        typer.Option(help="What it may do, e.g. shipments.read; repeat. `all` grants everything."),
    ],
    integration: Annotated[
        str | None, typer.Option(help="Only what this warehouse ships: its id, account or name.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key. Its secret is shown once, now."""
    with hub() as opened:
        from crossdock.hub.api_keys import GRANTS, create_key
        from crossdock.hub.documents import api_key_document

        grants = list(GRANTS) if "all" in grant else grant
        key, secret = create_key(
            opened.organization, name, grants, author=opened.author,
            integration=opened.optional_integration(integration),
        )  # fmt: skip
        if as_json:
            show_json({**api_key_document(key), "secret": secret})
            return
        say("Keep it now: it is not shown again. Send it in the header X-Crossdock-Key.")
        print(secret)


@app.command("list")
def list_keys(
    revoked: Annotated[bool, typer.Option("--revoked", help="Those that were revoked, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List keys, newest first."""
    with hub() as opened:
        from crossdock.hub.documents import api_key_document
        from crossdock.hub.models import ApiKey

        rows = ApiKey.objects.filter(organization=opened.organization).select_related("organization")
        keys = list(rows.order_by("-pk") if revoked else rows.filter(revoked_at=None).order_by("-pk"))
        if as_json:
            show_json({"apiKeys": [api_key_document(key) for key in keys]})
            return
        show_table(
            ["id", "name", "begins with", "grants", "last used", "revoked"],
            [
                (key.key, key.name, key.prefix, ", ".join(key.grants), key.last_used_at, key.revoked_at)
                for key in keys
            ],
            empty="No keys.",
        )


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id or name.")], as_json: JsonOption = False
) -> None:
    """End a key at once."""
    with hub() as opened:
        from crossdock.hub.api_keys import revoke_key
        from crossdock.hub.documents import api_key_document
        from crossdock.hub.listing import find_api_key

        found = find_api_key(opened.organization, key)
        revoke_key(found, author=opened.author)
        if as_json:
            show_json(api_key_document(found))
            return
        print(f"{found.key}  {found.name} is revoked.")
