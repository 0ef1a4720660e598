"""The command line of the stand-in store."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ecwid_twin.access import scopes
from ecwid_twin.config import CLIENT_SECRET, Config
from ecwid_twin.server import Running
from ecwid_twin.server import serve as run

app = typer.Typer(help="A stand-in Ecwid store.", no_args_is_help=True, add_completion=False)


@app.callback()
def about() -> None:
    """A stand-in Ecwid store: REST API v3, OAuth and webhooks, with invented orders and products."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 0,
    store_id: Annotated[int, typer.Option(help="Id of the store.", min=1)] = 1003,
    orders: Annotated[int, typer.Option(help="How many past orders to invent.", min=0)] = 0,
    products: Annotated[
        int | None, typer.Option(help="How many products to invent (about 40 with orders).")
    ] = None,
    days: Annotated[float, typer.Option(help="The orders were placed over this many days up to now.")] = 90,
    seed: Annotated[int, typer.Option(help="Seed of everything invented.")] = 1,
    samples: Annotated[bool, typer.Option(help="Load the recorded sample orders and products too.")] = False,
    currency: Annotated[str, typer.Option(help="ISO 4217 code; empty keeps the sample profile's EUR.")] = "",
    lag: Annotated[float, typer.Option(help="Seconds the search index runs behind writes.", min=0)] = 1.0,
    rate_limit: Annotated[int, typer.Option(help="Calls a minute and token; 0 is no limit.", min=0)] = 600,
    gzip: Annotated[bool, typer.Option(help="Compress answers when asked for.")] = True,
    client_id: Annotated[str, typer.Option(help="The app's client_id.")] = "crossdock-dev",
    client_secret: Annotated[str, typer.Option(help="The app's client_secret.")] = CLIENT_SECRET,
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Registered return URL (a prefix); repeatable.")
    ] = None,
    webhook_url: Annotated[str, typer.Option(help="Where events are sent.")] = "",
    webhook_speed: Annotated[
        float, typer.Option(help="Webhook retries run this many times faster.", min=0.001)
    ] = 1.0,
    scope: Annotated[str, typer.Option(help="Scopes of the printed token, space-separated.")] = " ".join(
        scopes.CUSTOM_APP
    ),
    control_key: Annotated[str, typer.Option(help="Ask for this X-Control-Key on the control API.")] = "",
    exit_with_parent: Annotated[bool, typer.Option(help="End when the parent process ends.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready.")] = False,
) -> None:
    """Serve a store until SIGTERM or Ctrl-C."""
    wanted = scopes.split(scope)
    unknown = sorted(set(wanted) - scopes.ALL)
    if unknown:
        raise typer.BadParameter(f"unknown scope: {', '.join(unknown)}", param_hint="--scope")
    config = Config(
        store_id=store_id,
        host=host,
        port=port,
        seed=seed,
        orders=orders,
        days=days,
        products=products,
        samples=samples,
        currency=currency.upper(),
        lag=lag,
        rate_limit=rate_limit,
        gzip=gzip,
        client_id=client_id,
        client_secret=client_secret,
        redirect_uris=redirect_uri or [],
        webhook_url=webhook_url,
        webhook_speed=webhook_speed,
        token_scopes=wanted,
        control_key=control_key,
        exit_with_parent=exit_with_parent,
    )
    try:
        run(config, _announce_json if as_json else _announce)
    except OSError as error:
        typer.echo(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port, or 0.", err=True
        )
        raise typer.Exit(1) from None


def _announce_json(running: Running) -> None:
    typer.echo(json.dumps(running.describe()))


def _announce(running: Running) -> None:
    for name, value in running.describe().items():
        typer.echo(f"{name:13} {value}")


def main() -> None:
    """Entry point of `ecwid-twin`."""
    app()


if __name__ == "__main__":
    main()
