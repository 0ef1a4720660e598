"""``crossdock demo``: the options, and what comes of them as output and exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def command(
    once: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--once", help="End after the proof, also on a terminal.")
    ] = False,
    as_json: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--json", help="Print data instead of tables.")
    ] = False,
    orders: Annotated[
        int, typer.Option(min=20, max=100_000, help="How many past orders the store has.")
    ] = 300,
    seed: Annotated[int, typer.Option(help="Seed of everything that is invented.")] = 1,
) -> None:
    """Bring up a hub and a stand-in store, connect them, carry orders all the way round, and prove it.

    On a terminal it keeps running until Ctrl-C, so that the portal can be looked at; otherwise it ends by
    itself. The exit code is 1 when a promise was not kept. All it makes lives in a folder of its own, which is
    removed at the end.
    """
    from crossdock.cli.codes import CommandError, Exit
    from crossdock.cli.output import show_json
    from crossdock.demo.errors import DemoError
    from crossdock.demo.narrator import Narrator
    from crossdock.demo.play import Play
    from crossdock.demo.tables import document, show

    narrator = Narrator(sys.stderr)
    stays = not once and sys.stdout.isatty()
    try:
        with Play(narrator, orders=orders, seed=seed) as play:
            result = play.run()
            if as_json:
                show_json(document(result))
                sys.stdout.flush()
            else:
                show(result, sys.stdout, stays=stays)
            if stays:
                play.stay()
    except DemoError as error:
        raise CommandError(str(error)) from error
    if not result.kept:
        raise typer.Exit(Exit.ATTENTION)
