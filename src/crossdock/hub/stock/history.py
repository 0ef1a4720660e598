"""How the figures of a SKU went up and down, told by the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crossdock.hub.models import InventoryRecord, LedgerEntry, Organization

LONGEST = 400
"""How many changes are told at most; older ones are in the ledger."""


@dataclass(frozen=True)
class Standing:
    """What stood from `at` on, in units: over all counted locations, or at one."""

    at: datetime
    on_hand: int
    committed: int

    @property
    def available(self) -> int:
        """What could be sold of it."""
        return self.on_hand - self.committed


def stock_history(
    organization: Organization, sku: str, *, record: InventoryRecord | None = None, until: datetime
) -> list[Standing]:
    """Return the newest changes of onHand and committed of `sku`, oldest first, and what stands at `until` (now).

    Reckoned backwards from what stands now, since each figure is the sum of its entries; entries of one moment are
    one change. At most `LONGEST` entries are looked at, in two queries. `record` keeps it to one location.
    """
    records = InventoryRecord.objects.filter(organization=organization, sku=sku)
    if record is not None:
        records = records.filter(pk=record.pk)
    figures = list(records.values_list("pk", "on_hand", "committed"))
    on_hand, committed = sum(row[1] for row in figures), sum(row[2] for row in figures)
    entries = (
        LedgerEntry.objects.filter(
            record_id__in=[row[0] for row in figures], figure__in=("on_hand", "committed")
        )
        .exclude(quantity=0)
        .order_by("-pk")
        .values_list("created_at", "figure", "quantity")[:LONGEST]
    )
    newest: list[Standing] = []
    for at, figure, quantity in entries:
        if not newest or newest[-1].at != at:
            newest.append(Standing(at, on_hand, committed))
        if figure == "on_hand":
            on_hand -= quantity
        else:
            committed -= quantity
    if newest and newest[0].at < until:
        newest.insert(0, Standing(until, newest[0].on_hand, newest[0].committed))
    return newest[::-1]
