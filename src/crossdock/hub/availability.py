"""The stock figure a channel is to show, with every term of it.

onHand - committed + future - committedFuture - buffer, over the locations that feed the channel, never below
zero. Tracked, unlimited and unknown are three states; only a tracked SKU has a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Count, Q, Sum

from crossdock.hub.inventory import InventoryError
from crossdock.hub.models import Integration, InventoryRecord, Location, Published

Terms = tuple[tuple[str, int], ...]
_State = InventoryRecord.State


@dataclass(frozen=True)
class ChannelFigure:
    """What one channel is to show for one SKU. `quantity` is set for ``tracked`` only.

    `terms` add up to `quantity`: what is taken away stands there negative, and a ``floor`` makes up for
    what would have gone below zero.
    """

    sku: str
    state: Literal["tracked", "unlimited", "unknown"]
    quantity: int | None
    terms: Terms = ()


def channel_figures(integration: Integration, skus: Iterable[str]) -> dict[str, ChannelFigure]:
    """Return the figure of every SKU in `skus` for `integration`, in two queries.

    Active stock locations that are not excluded from totals feed the channel. A SKU is unlimited if it
    is so anywhere, tracked if it is counted anywhere, otherwise unknown. The buffer is the product's own
    on this channel, else the integration's setting ``buffer``. Raises `InventoryError` for a malformed
    setting.
    """
    wanted = sorted(set(skus))
    standard = _standard_buffer(integration)
    buffers = _buffers(integration, wanted)
    rows = {row["sku"]: row for row in _sums(integration, wanted)}
    figures = {}
    for sku in wanted:
        row = rows.get(sku)
        if row is None:
            figures[sku] = ChannelFigure(sku, "unknown", None)
        elif row["unlimited"]:
            figures[sku] = ChannelFigure(sku, "unlimited", None)
        elif not row["counted"]:
            figures[sku] = ChannelFigure(sku, "unknown", None)
        else:
            figures[sku] = _tracked(sku, row, buffers.get(sku, standard))
    return figures


def explain(figure: ChannelFigure) -> list[str]:
    """Return the figure's sum as lines to print, the result last."""
    if figure.state == "unlimited":
        return [f"{figure.sku} is unlimited: no number is shown"]
    if figure.state == "unknown":
        return [f"{figure.sku} has not been counted at any location that feeds this channel: nothing is sent"]
    width = max(len(name) for name, _ in (*figure.terms, ("available", 0)))
    lines = [f"{name:<{width}} {value:>+8d}" for name, value in figure.terms]
    return [*lines, f"{'available':<{width}} {figure.quantity:>8d}"]


def _sums(integration: Integration, skus: list[str]) -> Iterable[Mapping[str, Any]]:  # a row of sums by name
    feeding = InventoryRecord.objects.filter(
        organization_id=integration.organization_id,
        sku__in=skus,
        location__kind=Location.Kind.STOCK,
        location__status=Location.Status.ACTIVE,
        location__exclude_from_totals=False,
    )
    return feeding.values("sku").annotate(
        unlimited=Count("pk", filter=Q(state=_State.UNLIMITED)),
        counted=Count("pk", filter=Q(state=_State.TRACKED)),
        sum_on_hand=Sum("on_hand"),
        sum_committed=Sum("committed"),
        sum_future=Sum("future"),
        sum_committed_future=Sum("committed_future"),
    )


def _tracked(sku: str, row: Mapping[str, Any], buffer: int) -> ChannelFigure:
    terms = [
        ("onHand", row["sum_on_hand"]),
        ("committed", -row["sum_committed"]),
        ("future", row["sum_future"]),
        ("committedFuture", -row["sum_committed_future"]),
        ("buffer", -buffer),
    ]
    quantity = sum(value for _, value in terms)
    if quantity < 0:
        terms.append(("floor", -quantity))
    return ChannelFigure(sku, "tracked", max(quantity, 0), tuple(terms))


def _buffers(integration: Integration, skus: list[str]) -> dict[str, int]:
    own = Published.objects.filter(
        integration=integration,
        product__organization_id=integration.organization_id,
        product__sku__in=skus,
        buffer_inventory__gt=0,
    )
    return dict(own.values_list("product__sku", "buffer_inventory"))


def _standard_buffer(integration: Integration) -> int:
    value = integration.settings.get("buffer", 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InventoryError(
            "buffer", f"the setting of {integration.name} is {value!r}; give a whole number from 0"
        )
    return value
