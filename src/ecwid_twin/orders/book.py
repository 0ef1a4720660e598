"""The order book of a store: placing, changing and deleting orders with everything that follows from it."""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ecwid_twin import mails
from ecwid_twin.orders import shape, stock
from ecwid_twin.orders.entry import Entry, entry_of
from ecwid_twin.orders.statuses import StatusSettings
from ecwid_twin.shelf import Shelf
from ecwid_twin.stats import Graveyard
from ecwid_twin.wire import dates
from ecwid_twin.wire.errors import not_found
from ecwid_twin.wire.message import Doc

if TYPE_CHECKING:
    from ecwid_twin.store import Store

_PUBLIC = string.ascii_uppercase + string.digits


class OrderBook:
    """All orders of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.shelf: Shelf[Entry] = Shelf()
        self.deleted = Graveyard()
        self.statuses = StatusSettings()
        self._public: dict[str, int] = {}
        self._next_key = 2_150_000_000
        self._next_line = 3_000_000_000
        self._consecutive = 1000

    def load(self, entries: Iterable[Entry]) -> None:
        """Add existing orders without any side effect."""
        fresh = list(entries)
        self.shelf.load(fresh)
        for entry in fresh:
            self._public[entry.public] = entry.key
        self._next_key = max([self._next_key, *(entry.key + 1 for entry in fresh)])

    def reserve(self) -> tuple[int, str]:
        """A new internal number and a new public id, prefix and suffix included."""
        self._next_key += 1 + self._store.random.randrange(9)
        units = self._store.profile.doc.get("formatsAndUnits", {})
        while True:
            core = self._core(units)
            public = f"{units.get('orderNumberPrefix', '')}{core}{units.get('orderNumberSuffix', '')}"
            if public not in self._public:
                return self._next_key, public

    def _core(self, units: Doc) -> str:
        if self._store.profile.toggle("CONSECUTIVE_ORDER_IDS"):
            self._consecutive = max(self._consecutive + 1, int(units.get("orderNumberNextNumber") or 0))
            return str(self._consecutive).zfill(int(units.get("orderNumberMinDigitsAmount") or 0))
        return "".join(self._store.random.choices(_PUBLIC, k=5))

    def line_id(self) -> int:
        """A new order line id; larger than 32 bits, as in live stores."""
        self._next_line += 1
        return self._next_line

    def find(self, identity: str) -> Entry:
        """The order with this public id, or else this internal number. Raises a 404."""
        key = self._public.get(identity)
        if key is None and identity.isdecimal():
            key = int(identity)
        entry = self.shelf.live.get(key) if key is not None else None
        if entry is None:
            raise not_found("Order", identity)
        return entry

    def place(self, values: Doc, *, take_stock: bool) -> Entry:
        """A new order from what a client sent. Fires events and mails, and takes stock if told to."""
        store = self._store
        now = store.seconds()
        doc = shape.blank(now)
        doc.update(shape.accept(values, new=True, languages=store.profile.languages()))
        key, public = self.reserve()
        created = dates.read(doc["createDate"])
        doc.update(id=public, internalId=key, orderNumber=key, vendorOrderNumber=public)
        units = store.profile.doc.get("formatsAndUnits", {})
        core = public.removeprefix(units.get("orderNumberPrefix", "")).removesuffix(
            units.get("orderNumberSuffix", "")
        )
        doc.update(publicUid=core, createTimestamp=created, ticket=store.random.randrange(-(2**31), 2**31))
        doc["items"] = [shape.line(item, self.line_id()) for item in doc["items"]]
        return self._placed(doc, now, take_stock=take_stock)

    def place_finished(self, doc: Doc) -> Entry:
        """A shopper's order, complete but for ids and dates: stock is taken, events and mails follow."""
        now = self._store.seconds()
        key, public = self.reserve()
        doc.update(id=public, internalId=key, orderNumber=key, vendorOrderNumber=public, publicUid=public)
        created = dates.read(doc.get("createDate") or now)
        doc.update(createDate=dates.show(created), createTimestamp=created)
        return self._placed(doc, now, take_stock=True)

    def _placed(self, doc: Doc, now: int, *, take_stock: bool) -> Entry:
        store = self._store
        store.customers.attach(doc)
        self._finish(doc, now)
        entry = self._keep(doc, now)
        if take_stock and stock.holds(entry.payment):
            stock.take(store.catalogue, doc["items"])
        if entry.payment == "INCOMPLETE":
            store.stats.touch("abandonedSales", now)
            store.emit(
                "unfinished_order.created",
                entry.key,
                {"orderId": entry.public, "cartId": store.uuid().upper()},
            )
        else:
            data = {"orderId": entry.public, "newPaymentStatus": entry.payment}
            store.emit("order.created", entry.key, {**data, "newFulfillmentStatus": entry.fulfillment})
        self._mail(None, doc, now)
        return entry

    def change(self, identity: str, values: Doc, *, anything: bool = False) -> Entry:
        """A partial update; `anything` (the merchant's admin) may write read-only fields too.

        Objects and arrays replace the stored value whole; totals are not recalculated; stock follows the
        payment status only (ecwid-api/orders.md §8, §11).
        """
        store = self._store
        now = store.seconds()
        entry = self.find(identity)
        old = entry.doc()
        sent = (
            dict(values) if anything else shape.accept(values, new=False, languages=store.profile.languages())
        )
        if not anything:
            self._external(old, sent)
        if "items" in sent and not anything:
            sent["items"] = self._lines(old, sent["items"])
        doc = {**old, **sent}
        self._finish(doc, now)
        fresh = self._keep(doc, now)
        stock.follow(store.catalogue, entry.payment, fresh.payment, doc.get("items") or [])
        self._tell(entry, fresh)
        self._mail(old, doc, now)
        return fresh

    def _external(self, old: Doc, sent: Doc) -> None:
        if "externalOrderId" in sent and not sent.get("externalFulfillment", old.get("externalFulfillment")):
            del sent["externalOrderId"]

    def _lines(self, old: Doc, items: list[Doc]) -> list[Doc]:
        known = {item.get("id"): item for item in old.get("items") or ()}
        lines = []
        for item in items:
            before = known.get(item.get("id"))
            lines.append({**before, **item} if before is not None else shape.line(item, self.line_id()))
        return lines

    def remove(self, identity: str) -> Entry:
        """Delete an order for good; stock stays as it is."""
        store = self._store
        now = store.seconds()
        entry = self.find(identity)
        self.shelf.drop(entry.key, store.now(), store.settings.lag)
        self._public.pop(entry.public, None)
        self.deleted.bury(now, entry.key, orderId=entry.public)
        unfinished = entry.payment == "INCOMPLETE"
        store.stats.touch("abandonedSales" if unfinished else "orders", now)
        store.emit(
            "unfinished_order.deleted" if unfinished else "order.deleted",
            entry.key,
            {"orderId": entry.public},
        )
        return entry

    def _finish(self, doc: Doc, now: int) -> None:
        doc["updateDate"] = dates.show(now)
        doc["updateTimestamp"] = now
        shape.derive(doc)

    def _keep(self, doc: Doc, now: int) -> Entry:
        entry = entry_of(doc)
        self._public[entry.public] = entry.key
        self.shelf.put(entry, self._store.now(), self._store.settings.lag)
        self._store.stats.touch("orders", now)
        return entry

    def _tell(self, old: Entry, new: Entry) -> None:
        if new.payment == "INCOMPLETE":
            self._store.emit("unfinished_order.updated", new.key, {"orderId": new.public})
            return
        data = {
            "orderId": new.public,
            "newPaymentStatus": new.payment,
            "newFulfillmentStatus": new.fulfillment,
        }
        if old.payment == "INCOMPLETE":
            self._store.emit("order.created", new.key, data)
            return
        data["oldPaymentStatus"] = old.payment
        data["oldFulfillmentStatus"] = old.fulfillment
        self._store.emit("order.updated", new.key, data)

    def _mail(self, old: Doc | None, new: Doc, now: int) -> None:
        store = self._store
        identity = str(new.get("id") or new.get("vendorOrderNumber"))
        for kind in mails.customer_mails(old, new, self.statuses.mailing()):
            if store.profile.mails(kind):
                store.mails.add(kind, identity, str(new.get("email") or ""), now)
