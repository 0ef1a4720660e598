"""When what last changed, and what was deleted (ecwid-api/conventions.md §14)."""

from __future__ import annotations

from collections.abc import Mapping

from ecwid_twin.wire import dates, params
from ecwid_twin.wire.message import Doc, Reply
from ecwid_twin.wire.paging import page_of


class Stats:
    """Last-change times by key of `GET /latest-stats`, Unix seconds."""

    KEYS = ("products", "orders", "profile", "categories", "discountCoupons", "abandonedSales", "customers")

    def __init__(self, start: int) -> None:
        self.times = dict.fromkeys(self.KEYS, start)

    def touch(self, kind: str, now: int) -> None:
        """Something of `kind` changed; a category counts as a change of the catalogue too."""
        self.times[kind] = max(now, self.times[kind])
        if kind == "categories":
            self.touch("products", now)

    def show(self, kinds: tuple[str, ...]) -> Doc:
        """The times of some kinds as the endpoint prints them."""
        return {f"{kind}Updated": dates.show(self.times[kind]) for kind in kinds}


class Graveyard:
    """Deleted records of one kind, oldest first."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, Doc]] = []

    def bury(self, now: int, identity: int, **more: str) -> None:
        """Note that a record was deleted at `now`."""
        self._rows.append((now, {"id": identity, **more, "date": dates.show(now)}))

    def page(self, query: Mapping[str, str]) -> Reply:
        """Deletions between `from_date` and `to_date`, both inclusive."""
        low = params.moment(query, "from_date")
        high = params.moment(query, "to_date")
        rows = [
            row
            for moment, row in self._rows
            if (low is None or moment >= low) and (high is None or moment <= high)
        ]
        return page_of(rows, query)
