"""Kinds of records the twin keeps simply: customers, coupons, product types.

They have pages, reads, writes and deletions, but none of the finer rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecwid_twin.stats import Graveyard
from ecwid_twin.wire import dates, paging, params
from ecwid_twin.wire.errors import ApiError
from ecwid_twin.wire.message import Call, Doc, Reply, answer

if TYPE_CHECKING:
    from ecwid_twin.store import Store


class Records:
    """All records of one kind. `event` is the webhook kind, `stat` the key of the update statistics."""

    def __init__(self, store: Store, kind: str, event: str, stat: str, first: int) -> None:
        self._store = store
        self._kind, self._event, self._stat = kind, event, stat
        self._next = first
        self.rows: dict[int, Doc] = {}
        self.deleted = Graveyard()

    def load(self, docs: list[Doc]) -> None:
        """Add existing records without side effects."""
        for doc in docs:
            self.rows[int(doc["id"])] = doc
            self._next = max(self._next, int(doc["id"]) + 1)

    def get(self, identity: str | int) -> Doc:
        """One record. Raises a 404."""
        text = str(identity)
        row = self.rows.get(int(text)) if text.isdecimal() else None
        if row is None:
            raise ApiError(404, f"{self._kind.upper()}_NOT_FOUND", f"{self._kind} #{identity} not found")
        return row

    def create(self, values: Doc) -> int:
        """A new record; its id."""
        key, self._next = self._next, self._next + 1
        now = self._store.seconds()
        self.rows[key] = {
            "id": key,
            **{k: v for k, v in values.items() if k != "id"},
            "registered": dates.show(now),
        }
        self._note("created", key)
        return key

    def change(self, identity: str, values: Doc) -> None:
        """A partial update."""
        row = self.get(identity)
        row.update({name: value for name, value in values.items() if name != "id" and value is not None})
        row["updated"] = dates.show(self._store.seconds())
        self._note("updated", int(row["id"]))

    def remove(self, identity: str) -> int:
        """Delete a record; how many there were."""
        row = self.get(identity)
        key = int(row["id"])
        self.deleted.bury(self._store.seconds(), key)
        self._note("deleted", key)
        del self.rows[key]
        return 1

    def _note(self, what: str, key: int) -> None:
        self._store.stats.touch(self._stat, self._store.seconds())
        data = {"customerEmail": self.rows[key].get("email", "")} if self._event == "customer" else None
        self._store.emit(f"{self._event}.{what}", key, data)

    def list(self, call: Call, matching: tuple[str, ...] = ()) -> Reply:
        """A page, newest first, filtered by equal fields."""
        rows = [
            row
            for row in reversed(list(self.rows.values()))
            if all(name not in call.query or str(row.get(name)) == call.query[name] for name in matching)
        ]
        keyword = call.query.get("keyword", "").lower()
        if keyword:
            rows = [row for row in rows if keyword in str(row).lower()]
        return paging.page_of(rows, call.query)

    def read(self, call: Call, identity: str) -> Reply:
        """One record as a reply."""
        return paging.select(self.get(identity), call.query)

    def write(self, call: Call, identity: str) -> Reply:
        """A partial update as a reply."""
        self.get(identity)
        self.change(identity, params.body(call))
        return answer({"updateCount": 1})


class Customers(Records):
    """Customers, attached to orders by e-mail."""

    def attach(self, order: Doc) -> None:
        """Set an order's `customerId`: 404 when a sent one does not exist, else found by e-mail."""
        if order.get("customerId"):
            self.get(order["customerId"])
            return
        email = str(order.get("email") or "").lower()
        for key, row in self.rows.items():
            if email and str(row.get("email", "")).lower() == email:
                order["customerId"] = key
                return
