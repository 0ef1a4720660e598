"""Stock of one sellable unit in an outside system: tracked, unlimited, inherited or unknown."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

StockState = Literal["tracked", "unlimited", "inherited", "unknown"]


class Stock(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What an outside system says of a unit's stock; the states are never folded into one integer.

    `quantity` is set for ``tracked`` only and may be negative. ``inherited`` units have no stock of
    their own: their parent's counts. `by_location` is set where the system splits the figure.
    """

    state: StockState
    quantity: int | None = None
    by_location: dict[str, int] | None = None
