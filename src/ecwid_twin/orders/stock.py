"""How orders move stock (ecwid-api/orders.md §8): placed takes, cancelled or refunded gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecwid_twin.orders.statuses import GIVES_STOCK_BACK
from ecwid_twin.wire.message import Doc

if TYPE_CHECKING:
    from ecwid_twin.products.catalogue import Catalogue


def holds(payment: str) -> bool:
    """Whether an order in this payment status has its goods taken from stock."""
    return payment not in GIVES_STOCK_BACK


def take(catalogue: Catalogue, items: list[Doc], sign: int = -1) -> None:
    """Lower (or with `sign` 1 raise) the stock of every line's product, where it is tracked."""
    for item in items:
        if item.get("productId"):
            catalogue.shift(
                int(item["productId"]),
                int(item.get("combinationId") or 0),
                sign * int(item.get("quantity") or 0),
            )


def follow(catalogue: Catalogue, before: str, after: str, items: list[Doc]) -> None:
    """Move stock when the payment status crosses the line between holding and not holding."""
    if holds(before) and not holds(after):
        take(catalogue, items, 1)
    elif holds(after) and not holds(before):
        take(catalogue, items)
