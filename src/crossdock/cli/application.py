"""The `crossdock` command: its parts put together, and errors turned into lines and exit codes."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from crossdock.cli import (
    deliveries,
    diagnosis,
    exceptions,
    flows,
    fulfillments,
    imports,
    integrations,
    inventory,
    keys,
    locations,
    mappings,
    orders,
    processes,
    products,
    release,
    routing,
    rules,
    runs,
    shipping,
    status,
    sync,
    users,
    webhooks,
)
from crossdock.cli import (
    organization as organization_commands,
)
from crossdock.cli.codes import Exit, table
from crossdock.cli.context import chosen_organization
from crossdock.cli.errors import failure_of
from crossdock.cli.output import say
from crossdock.rooms import present

DEMO = "crossdock.demo.command"


class Root(TyperGroup):
    """The root command: whatever a command raises passes here, and becomes one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:  # the context class is private to Typer
        """Run the command. An expected error ends it with one line; a bug keeps its traceback."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            say("Interrupted.")
            raise typer.Exit(Exit.INTERRUPTED) from None
        except Exception as error:
            failure = failure_of(error)
            if failure is None:
                raise
            say(f"Error: {failure.message}")
            raise typer.Exit(failure.code) from error


app = typer.Typer(
    name="crossdock",
    cls=Root,
    help="A self-hosted hub for order operations: connect a store, ship its orders, keep its stock true.",
    epilog=table(),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"crossdock {version('crossdock')}")
        raise typer.Exit


@app.callback()
def root(
    organization: Annotated[
        str,
        typer.Option("--organization", "-o", help="Key or name of the organization, if there are several."),
    ] = "",
    version: Annotated[  # noqa: ARG001 - the callback does the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Keep what was said before the command's name."""
    chosen_organization.set(organization)


def _assemble() -> None:
    processes.register(app)
    diagnosis.register(app)
    status.register(app)
    sync.register(app)
    imports.register(app)
    shipping.register(app)
    release.register(orders.app)
    for name, part in (
        ("users", users.app),
        ("integrations", integrations.app),
        ("flows", flows.app),
        ("organization", organization_commands.app),
        ("orders", orders.app),
        ("products", products.app),
        ("inventory", inventory.app),
        ("requests", shipping.app),
        ("fulfillments", fulfillments.app),
        ("locations", locations.app),
        ("mappings", mappings.app),
        ("routing", routing.app),
        ("exceptions", exceptions.app),
        ("deliveries", deliveries.app),
        ("keys", keys.app),
        ("runs", runs.app),
        ("rules", rules.app),
        ("webhooks", webhooks.app),
    ):
        app.add_typer(part, name=name)
    if present(DEMO):
        app.command("demo")(import_module(DEMO).command)


_assemble()


def main() -> None:
    """Run the command line; the entry point of the `crossdock` script."""
    app(prog_name="crossdock")
