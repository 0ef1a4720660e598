"""What turning a flow on would bring or change: read from both sides, written on neither.

It looks at a bounded part, so that it answers while somebody waits, and says how much more there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from crossdock.canon import Order, Product
from crossdock.connectors import connector_for
from crossdock.connectors.contract import Change, Direction, Window
from crossdock.connectors.errors import Unreadable
from crossdock.flows.context import RunContext
from crossdock.flows.foresight import Reading, readings, translated
from crossdock.flows.pull import LEAST_OVERLAP, Pulled, store_page
from crossdock.flows.pulled import pulled_orders, pulled_products
from crossdock.flows.runs import RunReport, rehearse_flow
from crossdock.flows.starting import CATCH_UP, foreseen_marks
from crossdock.flows.switches import as_switched_on, chosen_directions
from crossdock.hub.intake import Incoming, known_links
from crossdock.hub.models import Flow, Integration, Run

T = TypeVar("T")

LIMITS = {"products": 25, "inventory": 1_000, "fulfillments": 100, "shipments": 200, "orders": 200}
"""At how many records of a push a rehearsal looks: products are read one by one, stock in batches."""
SHOWN = 25


@dataclass
class Rehearsal:
    """What one flow would do.

    `in_all` records are concerned (None where that is not known beforehand), of which `looked_at` were looked at;
    `new`, `changed`, `same`, `left_out` and `failed` are of those. `lines` are the first of what would be written,
    `line_count` how many there are. `remarks` are whole sentences. `failure` says in plain words why nothing can be
    told, and is empty otherwise.
    """

    entity: str
    direction: str
    in_all: int | None = None
    looked_at: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    left_out: int = 0
    failed: int = 0
    lines: Sequence[Change] = ()
    line_count: int = 0
    remarks: list[str] = field(default_factory=list)
    failure: str = ""
    run_key: str = ""

    @property
    def partial(self) -> bool:
        """Whether there is more than was looked at."""
        return self.in_all is not None and self.looked_at < self.in_all


def rehearse(
    integration: Integration,
    entity: str,
    choice: str,
    *,
    now: datetime,
    gap: str = CATCH_UP,
    since: datetime | None = None,
) -> list[Rehearsal]:
    """Return what choosing `choice` for `entity` would do, one for each flow that would be turned on.

    `since` asks for history from that moment, too. Raises `SwitchError` for a choice that there is not. What the
    outside system does is told in `failure`, never raised.
    """
    wanted = [direction for direction, on in chosen_directions(integration, entity, choice).items() if on]
    flows = Flow.objects.filter(
        integration=integration, entity=entity, direction__in=wanted, enabled=False
    ).order_by("direction")
    return [
        _rehearse_one(flow, now, gap, since) for flow in flows.select_related("integration__organization")
    ]


def rehearse_next(flow: Flow) -> Rehearsal:
    """Return what the next run of a flow that is on would write, e.g. of one that stopped and asks."""
    return _told(flow, rehearse_flow(flow), None, 0)


def _rehearse_one(flow: Flow, now: datetime, gap: str, since: datetime | None) -> Rehearsal:
    as_switched_on(flow, now, gap=gap)
    store = connector_for(flow.integration.connector).manifest.role == "store"
    if flow.direction == Direction.PUSH:
        marks, in_all = foreseen_marks(flow, now, gap=gap, limit=LIMITS[flow.entity])
        return _told(flow, rehearse_flow(flow, marks), in_all, len(marks))
    if store and flow.entity in ("orders", "products"):
        looked = Rehearsal(flow.entity, flow.direction)
        report = rehearse_flow(flow, work=lambda ctx: _look(ctx, looked, since))
        return _finished(looked, report)
    return _told(flow, rehearse_flow(flow, []), None, 0)


def _told(flow: Flow, report: RunReport, in_all: int | None, looked_at: int) -> Rehearsal:
    """Put what a dry run reports as a rehearsal."""
    told = Rehearsal(
        flow.entity, flow.direction, in_all=in_all, looked_at=looked_at or report.read, new=report.created,
        changed=report.changed, same=report.unchanged, left_out=report.skipped, failed=report.failed,
        lines=report.plan[:SHOWN], line_count=len(report.plan), remarks=_sentences(report.remarks),
    )  # fmt: skip
    return _finished(told, report)


def _finished(told: Rehearsal, report: RunReport) -> Rehearsal:
    told.run_key = report.run_key
    if report.outcome in (Run.Outcome.FAILED, "skipped"):
        told.failure = report.message
    return told


def _sentences(remarks: Mapping[str, int]) -> list[str]:
    return [
        f"{count:,} times: {text}." if count > 1 else f"{text[:1].upper()}{text[1:]}."
        for text, count in remarks.items()
    ]


def _look(ctx: RunContext, looked: Rehearsal, since: datetime | None) -> None:
    """Look at the first page of what a pull of a store would read."""
    if ctx.flow.entity == "products":
        _look_through(ctx, looked, pulled_products(ctx), _window(ctx))
        return
    if since is not None:
        ctx.flow.start_from = since  # history brings in what is older, too
        _look_through(ctx, looked, pulled_orders(ctx), Window(field="created", start=since))
    elif ctx.flow.cursor is not None:
        _look_through(ctx, looked, pulled_orders(ctx), _window(ctx))
    else:
        # What it would read from now on is asked for once: that the account answers other questions is no proof.
        _look_through(ctx, looked, pulled_orders(ctx), Window(field="created", start=ctx.flow.start_from))


def _window(ctx: RunContext) -> Window:
    start = ctx.flow.cursor - max(LEAST_OVERLAP, 4 * ctx.lag) if ctx.flow.cursor else None
    return Window(field="updated", start=start)


def _look_through(ctx: RunContext, looked: Rehearsal, pulled: Pulled[T], window: Window) -> None:
    page = pulled.source.page(window, 0)
    tally = store_page(ctx, pulled, page)  # a dry run only weighs
    looked.in_all, looked.looked_at = page.total, page.count
    looked.new, looked.changed, looked.same = tally.created, tally.changed, tally.unchanged
    looked.left_out, looked.failed = tally.skipped, tally.failed
    known = known_links(ctx.integration, pulled.entity, [record.remote_id for record in page.records])
    lines = []
    found: Sequence[Reading[T]] = readings(page)
    for read in found:
        link = known.get(read.record.remote_id)
        if link is not None and link.outdates(read.record.updated_at, read.hash):
            continue
        outcome = translated(pulled.source, ctx.account, read)
        if isinstance(outcome, Incoming) and (link is not None or pulled.admit(outcome.record)):
            lines.append(_line(outcome, here=link is not None))
        elif isinstance(outcome, Unreadable) and len(looked.remarks) < SHOWN:
            looked.remarks.append(f"{pulled.entity} {outcome.remote_id} cannot be read: {outcome.reason}")
    looked.lines, looked.line_count = lines[:SHOWN], len(lines)


def _line(found: Incoming[T], *, here: bool) -> Change:
    record = found.record
    if isinstance(record, Order):
        placed = f"{record.ext_order_created_at:%Y-%m-%d %H:%M} UTC"
        lines = len(record.line_items)
        text = f"placed {placed}, {lines} {'line' if lines == 1 else 'lines'}, {record.total_price} {record.currency}"
        return Change(
            found.remote_id, f"order {record.ext_order_id}", "an older version" if here else "", text
        )
    if not isinstance(record, Product):
        return Change(found.remote_id, "record", "", "")
    name = f"{record.name} ({len(record.variants)} variants)" if record.variants else record.name
    return Change(found.remote_id, f"product {record.sku}".strip(), "an older version" if here else "", name)
