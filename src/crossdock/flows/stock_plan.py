"""Planning a stock push: desired against read, as differences. Pure.

A difference that would *raise* a figure waits when the remote figure fell without our knowing why: a
sale may have taken place whose order the search does not show yet. Lowering is always safe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crossdock.connectors.contract import Change, StockChange, StockReading
from crossdock.hub.stock.availability import ChannelFigure


@dataclass(frozen=True)
class Listing:
    """One sellable unit of a SKU on the channel, with what its link remembers."""

    link_id: int
    remote_id: str
    sku: str
    known: Mapping[str, object] | None


@dataclass
class StockPlan:
    """What a push would do: `changes` to send, `waiting` listings to look at again, the rest with reasons."""

    changes: list[StockChange] = field(default_factory=list)
    desired: dict[str, int] = field(default_factory=dict)
    diff: list[Change] = field(default_factory=list)
    unchanged: list[Listing] = field(default_factory=list)
    waiting: list[Listing] = field(default_factory=list)
    refused: list[tuple[Listing, str, str]] = field(default_factory=list)
    skipped: list[tuple[Listing, str]] = field(default_factory=list)
    zeroed: int = 0


def plan_stock(
    listings: Sequence[Listing],
    figures: Mapping[str, ChannelFigure],
    readings: Mapping[str, StockReading],
    *,
    now: datetime,
    lag: timedelta,
) -> StockPlan:
    """Return the plan for `listings`, from the channel figures and what was just read by id.

    `now` and the times in `Listing.known` are ours; `lag` is how far the channel's search may trail.
    """
    plan = StockPlan()
    for listing in listings:
        figure, reading = figures.get(listing.sku), readings.get(listing.remote_id)
        if reading is None:
            continue
        if figure is not None and figure.hold:
            plan.skipped.append((listing, "its figure is held back from this channel by hand"))
        elif figure is None or figure.state == "unknown":
            plan.skipped.append((listing, "nobody has counted this SKU yet"))
        elif not reading.writable:
            plan.skipped.append((listing, reading.reason))
        elif figure.state == "unlimited":
            _plan_unlimited(plan, listing, reading)
        elif reading.stock.state == "unlimited":
            plan.refused.append(
                (
                    listing,
                    "remoteUnlimited",
                    (
                        f"{listing.sku} is counted here but sold without limit on the channel; "
                        "switch stock tracking on there, or set it to unlimited here."
                    ),
                )
            )
        elif reading.stock.quantity is None or figure.quantity is None:
            plan.refused.append(
                (listing, "remoteStockUnknown", f"The channel gives no figure for {listing.sku}.")
            )
        else:
            _plan_tracked(plan, listing, figure.quantity, reading.stock.quantity, now, lag)
    return plan


def _plan_unlimited(plan: StockPlan, listing: Listing, reading: StockReading) -> None:
    if reading.stock.state == "unlimited":
        plan.unchanged.append(listing)
    else:
        plan.skipped.append((listing, "unlimited here, counted on the channel: left as it is"))


def _plan_tracked(
    plan: StockPlan, listing: Listing, desired: int, quantity: int, now: datetime, lag: timedelta
) -> None:
    delta = desired - quantity
    if delta == 0:
        plan.unchanged.append(listing)
        return
    if delta > 0 and not _explained(listing.known, quantity, now, lag):
        plan.waiting.append(listing)
        return
    plan.changes.append(StockChange(remote_id=listing.remote_id, delta=delta, before=quantity))
    plan.desired[listing.remote_id] = desired
    plan.diff.append(Change(listing.remote_id, f"stock of {listing.sku}", str(quantity), str(desired)))
    plan.zeroed += desired == 0


def _explained(known: Mapping[str, object] | None, quantity: int, now: datetime, lag: timedelta) -> bool:
    """Whether `quantity` is what we left there, or has been standing still for longer than the lag."""
    if not known:
        return False
    if known.get("quantity") == quantity:
        return True
    observed, since = known.get("observed"), known.get("observedAt")
    return observed == quantity and isinstance(since, str) and now - datetime.fromisoformat(since) >= lag


def observation(known: Mapping[str, object] | None, quantity: int, now: datetime) -> dict[str, object]:
    """Return what the link must remember of a figure that waits: the figure and since when it stands."""
    kept = dict(known or {})
    if kept.get("observed") != quantity:
        kept.update(observed=quantity, observedAt=now.isoformat())
    return kept


def exceeds_guard(plan: StockPlan, catalogue: int, *, share: float, least: int) -> str:
    """Return why the plan is too large to go ahead unasked; empty when it is not.

    More than `share` of `catalogue` listings changed, or zeroed, and at least `least` of them.
    """
    if len(plan.changes) >= least and len(plan.changes) > share * catalogue:
        return f"it would change {len(plan.changes)} of {catalogue} listings"
    if plan.zeroed >= least and plan.zeroed > share * catalogue:
        return f"it would set {plan.zeroed} of {catalogue} listings to zero"
    return ""
