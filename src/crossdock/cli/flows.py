"""``flows``: what is carried, which way, and how it is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import hub
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import duration, show_json, show_table
from crossdock.cli.values import pairs

if TYPE_CHECKING:
    from crossdock.flows.health import FlowHealth
    from crossdock.hub.documents import Document
    from crossdock.hub.models import Integration

app = typer.Typer(help="Turn flows on and off, and see how they are doing.", no_args_is_help=True)

IntegrationArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="The integration's id, account, name, or its connector if the only one."
    ),
]


@app.command("set")
def set_choices(
    integration: IntegrationArgument,
    choices: Annotated[
        list[str],
        typer.Argument(
            metavar="FLOW=CHOICE…",
            help="A store: orders=pull, products=pull|push|both, inventory=push, fulfillments=push. "
            "A warehouse: shipments=push, fulfillments=pull, inventory=pull, orders=push. Or =disabled.",
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Turn flows on and off: all that are named, or none if one of them cannot be."""
    wanted = pairs(choices, what="a flow with its choice", example="orders=pull")
    with hub() as opened:
        from crossdock.flows.switches import set_flows
        from crossdock.hub.clock import system_clock

        found = opened.integration(integration)
        set_flows(found, wanted, author=opened.author, now=system_clock())
        _print(found, as_json=as_json)


@app.command()
def show(integration: IntegrationArgument, as_json: JsonOption = False) -> None:
    """Show an integration's flows: on or off, how fresh, what waits, what they cost."""
    with hub() as opened:
        _print(opened.integration(integration), as_json=as_json)


@app.command()
def approve(
    integration: IntegrationArgument,
    entity: Annotated[str, typer.Argument(metavar="FLOW", help="The flow that waits, e.g. inventory.")],
    as_json: JsonOption = False,
) -> None:
    """Let the next push go ahead although it would change a large share of the catalogue."""
    with hub() as opened:
        from crossdock.flows.switches import approve_plan

        found = opened.integration(integration)
        flow = found.flows.filter(entity=entity, direction="push").first()
        if flow is None:
            raise CommandError(f"FLOW: {found.name} has no flow that pushes {entity!r}.", Exit.USAGE)
        if not flow.enabled:
            raise CommandError(
                f"FLOW: push {entity} is off; turn it on with `crossdock flows set`.", Exit.USAGE
            )
        approve_plan(flow, author=opened.author)
        if as_json:
            from crossdock.hub.documents import flow_document

            show_json(flow_document(flow))
        else:
            print(f"The next run of push {entity} goes ahead.")


def health_document(health: FlowHealth) -> Document:
    """Return a flow with its figures as a document."""
    from crossdock.hub.documents import flow_document, run_document

    return {
        **flow_document(health.flow),
        "obstacle": health.obstacle,
        "lagSeconds": None if health.lag_seconds is None else round(health.lag_seconds, 3),
        "backlog": health.backlog,
        "records": health.records,
        "written": health.written,
        "remoteCalls": health.remote_calls,
        "leastCalls": health.least_calls,
        "exceptions": health.exceptions,
        "lastRun": run_document(health.last_run) if health.last_run else None,
    }


def health_row(health: FlowHealth) -> tuple[object, ...]:
    """Return a flow's figures as a table row under `HEALTH_COLUMNS`."""
    from crossdock.hub.clock import system_clock

    what = f"{health.direction} {health.entity}"
    if not health.enabled:
        return (what, "off", *[""] * (len(HEALTH_COLUMNS) - 2))
    state = health.obstacle or health.flow.paused_reason or "on"
    last = health.last_success_at
    fresh = f"{duration((system_clock() - last).total_seconds())} ago" if last is not None else "never"
    lag = duration(health.lag_seconds)
    calls = f"{health.remote_calls} ({health.least_calls})"
    counts = (health.backlog, health.records, health.written, calls, health.exceptions)
    return (what, state, fresh, lag, *counts)


HEALTH_COLUMNS = (
    "flow", "state", "last success", "lag", "waiting", "in", "out", "calls (least)", "exceptions",
)  # fmt: skip
"""In, out and calls are summed over the runs of the last days (`flows.health.SUMMED_OVER`)."""


def _print(integration: Integration, *, as_json: bool) -> None:
    from crossdock.flows.health import flow_health
    from crossdock.flows.switches import flow_choices

    health = flow_health(integration)
    if as_json:
        show_json(
            {
                "integrationId": integration.key,
                "choices": flow_choices(integration),
                "flows": [health_document(one) for one in health],
            }
        )
        return
    show_table(HEALTH_COLUMNS, [health_row(one) for one in health], empty="No flows.")
