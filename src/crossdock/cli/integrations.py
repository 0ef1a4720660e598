"""``integrations``: the connected accounts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.accounts import offer_consent, show_integration
from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.connectors import ConnectorCommands
from crossdock.cli.context import hub
from crossdock.cli.flows import IntegrationArgument
from crossdock.cli.lists import JsonOption, gathered, show_list
from crossdock.cli.output import show_fields, show_json
from crossdock.cli.values import pairs, secret_file, secret_line, setting_values

if TYPE_CHECKING:
    from crossdock.hub.models import Integration

app = typer.Typer(help="Connected accounts.", no_args_is_help=True)
add = typer.Typer(
    cls=ConnectorCommands, no_args_is_help=True,
    help="Add an account: with its credentials, or without to connect it by its consent page.",
)  # fmt: skip
app.add_typer(add, name="add")

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@add.callback()
def _add() -> None:
    """Add an account: with its credentials, or without to connect it by its consent page."""


@app.command("list")
def list_integrations(
    removed: Annotated[bool, typer.Option("--removed", help="Those removed as well.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the integrations of this organization."""
    with hub() as opened:
        from crossdock.hub import listing
        from crossdock.hub.documents import integration_document

        page = gathered(
            lambda size, start: listing.integrations(
                opened.organization, removed=removed, limit=size, cursor=start
            ),
            10_000,
            None,
        )
        show_list(
            "integrations",
            page,
            as_json=as_json,
            documents=lambda rows: [integration_document(row) for row in rows],
            columns=["id", "connector", "name", "account", "status", "flows"],
            row=lambda row: (
                row.key, row.connector, row.name, row.account_id, row.get_state_display(),
                ", ".join(str(flow) for flow in row.flows.all() if flow.enabled),
            ),
            empty="Nothing is connected. Add one: crossdock integrations add ecwid --store-id N",
        )  # fmt: skip


@app.command()
def show(integration: IntegrationArgument, as_json: JsonOption = False) -> None:
    """Show one integration: its account, its flows, its settings."""
    with hub() as opened:
        show_integration(opened.integration(integration), as_json=as_json)


@app.command()
def connect(
    integration: IntegrationArgument,
    credential: Annotated[
        list[str] | None,
        typer.Option(help="A credential as NAME=VALUE; repeat for more.", metavar="NAME=VALUE"),
    ] = None,
    secret_stdin: Annotated[
        bool,
        typer.Option(
            "--token-stdin", "--secret-stdin", help="Read the (first) secret one from standard input."
        ),
    ] = False,
    credential_file: Annotated[
        list[str] | None,
        typer.Option(help="A credential in a file, as NAME=PATH; repeat for more.", metavar="NAME=PATH"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Connect again, with new credentials or by the consent page; nothing that was stored is lost."""
    with hub() as opened:
        from crossdock.flows import connecting

        found = opened.integration(integration)
        given = pairs(credential or [], what="a credential", example="token=secret_…")
        manifest = next(row for row in connecting.connectors() if row.key == found.connector)
        if secret_stdin:
            secret = next((field for field in manifest.credentials if field.secret), None)
            if secret is None:
                raise CommandError(f"{manifest.name} has no secret credential.", Exit.USAGE)
            given[secret.name] = secret_line(secret.label)
        paths = pairs(credential_file or [], what="a credential", example="private_key=id_ed25519")
        given |= {name: secret_file(name, Path(path)) for name, path in paths.items()}
        if not given and manifest.oauth:
            offer_consent(found, as_json=as_json)
            return
        # Only what has changed has to be given anew.
        given = connecting.known_credentials(found, manifest, given) | given
        connecting.connect_with_credentials(found, given, author=opened.author)
        show_integration(found, as_json=as_json)


@app.command("set")
def set_values(
    integration: IntegrationArgument,
    values: Annotated[
        list[str],
        typer.Argument(metavar="NAME=VALUE…", help="E.g. acceptUnpaid=true buffer=2; NAME= empties it."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Change settings of an integration, all of those named or none."""
    texts = pairs(values, what="a setting with its value", example="buffer=2", may_be_empty=True)
    with hub() as opened:
        from crossdock.connectors import connector_for
        from crossdock.flows.switches import set_settings

        found = opened.integration(integration)
        manifest = connector_for(found.connector).manifest
        set_settings(found, setting_values(texts, manifest), author=opened.author)
        if as_json:
            show_json({"integrationId": found.key, "settings": found.settings})
        else:
            show_fields(found.settings)


@app.command()
def disable(integration: IntegrationArgument, as_json: JsonOption = False) -> None:
    """Stop all flows of an integration; where they stood is kept."""
    _move("disable", integration, as_json=as_json)


@app.command()
def enable(integration: IntegrationArgument, as_json: JsonOption = False) -> None:
    """Let the flows of a disabled integration go on where they stood."""
    _move("enable", integration, as_json=as_json)


@app.command()
def remove(integration: IntegrationArgument, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Disconnect for good: the credentials are erased, orders and history stay."""

    def confirmed(found: Integration) -> None:
        if not yes and not typer.confirm(f"Disconnect {found.name} for good?", err=True):
            raise CommandError("Nothing was removed.")

    _move("remove", integration, as_json=as_json, before=confirmed)


def _move(
    verb: str, text: str, *, as_json: bool, before: Callable[[Integration], None] | None = None
) -> None:
    """Disable, enable or remove one integration, and show it."""
    with hub() as opened:
        from crossdock.flows import integration_state

        found = opened.integration(text)
        if found.state == found.State.REMOVED:
            raise CommandError(f"{found.name} was removed; add the account again.")
        if before is not None:
            before(found)
        verbs: dict[str, Callable[[Integration, str], None]] = {
            "disable": integration_state.disable,
            "enable": integration_state.enable,
            "remove": integration_state.remove,
        }
        verbs[verb](found, opened.author)
        found.refresh_from_db()
        show_integration(found, as_json=as_json)
