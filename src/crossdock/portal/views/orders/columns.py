"""The columns that the list of orders may have. The number of the order always stands first."""

from __future__ import annotations

from collections.abc import Iterable

COLUMNS: dict[str, str] = {
    "placed": "Placed",
    "customer": "Customer",
    "status": "Status",
    "payment": "Paid",
    "lines": "Lines",
    "total": "Total",
    "source": "Source",
    "location": "Ships from",
    "tags": "Tags",
    "method": "Method",
    "fulfilled": "Fulfilled",
    "changed": "Changed here",
}
USUAL = ("placed", "customer", "status", "payment", "lines", "total", "source")


def chosen(names: object) -> tuple[str, ...]:
    """Return the known ones of some names in the order in which they are shown; the usual ones for none."""
    wanted = (
        {str(name) for name in names} if isinstance(names, Iterable) and not isinstance(names, str) else set()
    )
    return tuple(name for name in COLUMNS if name in wanted) or USUAL
