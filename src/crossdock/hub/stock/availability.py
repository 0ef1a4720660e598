"""The stock figure a channel is to show, with every term of it.

onHand - committed + future - committedFuture, over the locations that feed the channel, or what the parts of a
bundle make; less the buffer, at least the floor (zero unless set), at most the cap. Tracked, unlimited and unknown
are three states; only a tracked SKU has a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from crossdock.hub.models import Integration, InventoryRecord
from crossdock.hub.stock.bundle_figures import BundleShare, Shelf, explain_share, share_of
from crossdock.hub.stock.bundles import bundle_parts
from crossdock.hub.stock.channel_limits import Limits, limits_of
from crossdock.hub.stock.feeding import feeding_locations

Terms = tuple[tuple[str, int], ...]
_State = InventoryRecord.State


@dataclass(frozen=True)
class ChannelFigure:
    """What one channel is to show for one SKU. `quantity` is set for ``tracked`` only.

    `terms` add up to `quantity`: what is taken away stands there negative, a ``floor`` makes up for what would
    have gone below it, a ``cap`` takes off what would have gone above. With `hold` nothing is to be sent. `bundle`
    is how the number of bundles came about, `notes` say what does not count although it is there.
    """

    sku: str
    state: Literal["tracked", "unlimited", "unknown"]
    quantity: int | None
    terms: Terms = ()
    hold: bool = False
    bundle: BundleShare | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    """One inventory record that feeds the channel."""

    sku: str
    location_id: int
    location: str
    keeps_bundles: bool
    state: str
    on_hand: int
    committed: int
    future: int
    committed_future: int

    @property
    def shelf(self) -> Shelf:
        raw = self.on_hand - self.committed + self.future - self.committed_future
        return Shelf(
            self.sku, self.location_id, self.location, None if self.state == _State.UNLIMITED else raw,
            self.state == _State.TRACKED, self.keeps_bundles,
        )  # fmt: skip


def channel_figures(integration: Integration, skus: Iterable[str]) -> dict[str, ChannelFigure]:
    """Return the figure of every SKU in `skus` for `integration`, in a few queries however many there are.

    Active stock locations that are excluded neither from totals nor for this channel feed it (`feeding`). A SKU is
    unlimited if it is so anywhere, tracked if it is counted anywhere, otherwise unknown. A bundle is what its parts
    make, and what lies whole where bundles are kept so. Raises `InventoryError` for a malformed setting.
    """
    wanted = sorted(set(skus))
    limits = limits_of(integration, wanted)
    parts = {
        sku: {str(part["sku"]): int(part["quantity"]) for part in items}
        for sku, items in bundle_parts(integration.organization_id, wanted).items()
    }
    rows = _rows(integration, {*wanted, *(part for items in parts.values() for part in items)})
    by_sku: dict[str, list[_Row]] = {}
    for row in rows:
        by_sku.setdefault(row.sku, []).append(row)
    figures = {}
    for sku in wanted:
        own = by_sku.get(sku, [])
        if sku in parts:
            shelves = [row.shelf for part in parts[sku] for row in by_sku.get(part, [])]
            share = share_of(parts[sku], shelves)
            whole = [row for row in own if row.keeps_bundles]
            figures[sku] = replace(_bundle(sku, whole, share, limits[sku]), notes=_notes(own))
        else:
            figures[sku] = _plain(sku, own, limits[sku])
    return figures


def explain(figure: ChannelFigure) -> list[str]:
    """Return the figure's sum as lines to print, the result last."""
    lines = explain_share(figure.sku, figure.bundle) if figure.bundle else []
    if figure.state == "unlimited":
        lines.append(f"{figure.sku} is unlimited: no number is shown")
    elif figure.state == "unknown" and figure.bundle:
        lines.append(
            f"nobody has counted {', '.join(figure.bundle.unknown)} where it feeds this channel: nothing is sent"
        )
    elif figure.state == "unknown":
        lines.append(
            f"{figure.sku} has not been counted at any location that feeds this channel: nothing is sent"
        )
    else:
        width = max(len(name) for name, _ in (*figure.terms, ("available", 0)))
        lines += [f"{name:<{width}} {value:>+8d}" for name, value in figure.terms]
        lines.append(f"{'available':<{width}} {figure.quantity:>8d}")
    lines += figure.notes
    if figure.hold:
        lines.append("held: no figure of this SKU is sent to this channel")
    return lines


def _plain(sku: str, rows: Sequence[_Row], limits: Limits) -> ChannelFigure:
    if any(row.state == _State.UNLIMITED for row in rows):
        return ChannelFigure(sku, "unlimited", None, hold=limits.hold)
    if not any(row.state == _State.TRACKED for row in rows):
        return ChannelFigure(sku, "unknown", None, hold=limits.hold)
    return _limited(sku, _terms(rows), limits)


def _bundle(sku: str, kept: Sequence[_Row], share: BundleShare, limits: Limits) -> ChannelFigure:
    """A bundle's figure: what lies whole (`kept`), and what the parts make."""
    whole = _plain(sku, kept, limits)
    parts_unknown = set(share.unknown) == set(share.parts)
    if whole.state == "unlimited":
        return ChannelFigure(sku, "unlimited", None, hold=limits.hold, bundle=share)
    if share.unknown and not (parts_unknown and whole.state == "tracked"):
        return ChannelFigure(sku, "unknown", None, hold=limits.hold, bundle=share)
    if not share.unknown and share.bundles is None:
        return ChannelFigure(sku, "unlimited", None, hold=limits.hold, bundle=share)
    packed = 0 if share.unknown else share.bundles or 0
    terms = [*(_terms(kept) if kept else ()), ("fromParts", packed)]
    return _limited(sku, terms, limits, share)


def _notes(rows: Sequence[_Row]) -> tuple[str, ...]:
    return tuple(
        f"{row.on_hand} of {row.sku} at {row.location} do not count: bundles are kept as their parts there"
        for row in rows
        if row.on_hand and not row.keeps_bundles
    )


def _terms(rows: Sequence[_Row]) -> list[tuple[str, int]]:
    return [
        ("onHand", sum(row.on_hand for row in rows)),
        ("committed", -sum(row.committed for row in rows)),
        ("future", sum(row.future for row in rows)),
        ("committedFuture", -sum(row.committed_future for row in rows)),
    ]


def _limited(
    sku: str, raw: Sequence[tuple[str, int]], limits: Limits, bundle: BundleShare | None = None
) -> ChannelFigure:
    """Apply buffer, floor and cap, each as a term of its own."""
    terms = [*raw, ("buffer", -limits.buffer)]
    quantity = sum(value for _, value in terms)
    if quantity < limits.floor:
        terms.append(("floor", limits.floor - quantity))
        quantity = limits.floor
    if limits.cap is not None and quantity > limits.cap:
        terms.append(("cap", limits.cap - quantity))
        quantity = limits.cap
    return ChannelFigure(sku, "tracked", quantity, tuple(terms), limits.hold, bundle)


def _rows(integration: Integration, skus: Iterable[str]) -> list[_Row]:
    feeding = InventoryRecord.objects.filter(
        organization_id=integration.organization_id,
        sku__in=list(skus),
        location__in=feeding_locations(integration),
    )
    columns = (
        "sku", "location_id", "location__name", "location__preserve_bundles", "state", "on_hand", "committed",
        "future", "committed_future",
    )  # fmt: skip
    return [_Row(*row) for row in feeding.order_by("location_id", "sku").values_list(*columns)]
