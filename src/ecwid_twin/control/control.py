"""Playing shopper, merchant and bad weather: the operations of the control API as plain methods.

Everything here takes effect at once and sees the truth, without the search index's lag.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from ecwid_twin.access import oauth, scopes
from ecwid_twin.access.tokens import Token
from ecwid_twin.control.till import Till
from ecwid_twin.generator import shop
from ecwid_twin.orders.entry import Entry, entry_of
from ecwid_twin.orders.statuses import GIVES_STOCK_BACK
from ecwid_twin.products import variations
from ecwid_twin.samples import load as load_samples
from ecwid_twin.samples import set_currency
from ecwid_twin.webhooks.delivery import Mischief, Postman
from ecwid_twin.wire import dates, fields
from ecwid_twin.wire.message import Doc, decode

if TYPE_CHECKING:
    from ecwid_twin.store import Store
    from ecwid_twin.twin import Twin


class Control:
    """The control of a twin. Every method takes the twin's lock; `store_id` None is the default store.

    Methods raise ValueError for input that makes no sense and `ApiError` where the store itself would refuse.
    """

    def __init__(self, twin: Twin) -> None:
        self._twin = twin

    def store(self, store_id: int | None = None) -> Store:
        """A store of the twin."""
        if store_id is None:
            return self._twin.store
        if store_id not in self._twin.stores:
            raise ValueError(f"there is no store {store_id}")
        return self._twin.stores[store_id]

    def add_store(self, store_id: int, *, currency: str = "", orders: int = 0, samples: bool = False) -> str:
        """A further store; its custom-app token."""
        with self._twin.lock:
            store = self._twin.add_store(store_id, currency)
            if samples:
                load_samples(store)
            if orders:
                shop.fill(store, self._seeded(store_id), orders, 90, None)
            return self.issue_token(store_id=store_id).value

    def _seeded(self, store_id: int) -> Random:
        return Random(self._twin.config.seed + store_id)  # noqa: S311  # invented data, repeatable by seed

    # calls

    def calls(self, offset: int = 0, limit: int = 1000) -> list[Doc]:
        """Calls received, oldest first; inner calls of batches have a `ticket`."""
        with self._twin.lock:
            return self._twin.journal.show(offset, limit)

    def call_count(self) -> int:
        """How many calls were received since the list was cleared, inner calls of batches included."""
        return self._twin.journal.count

    def clear_calls(self) -> None:
        """Empty the list of calls."""
        with self._twin.lock:
            self._twin.journal.clear()

    # orders

    def place_order(self, body: Doc | None = None, *, store_id: int | None = None) -> Doc:
        """A shopper buys; see `Till.sell` for the body. Stock goes down, `order.created` fires."""
        with self._twin.lock:
            store = self.store(store_id)
            return Till(store).sell(body or {}).doc()

    def edit_order(self, identity: str, values: Doc, *, store_id: int | None = None) -> Doc:
        """The merchant edits an order in the admin: any field, read-only ones too."""
        with self._twin.lock:
            return self.store(store_id).orders.change(identity, values, anything=True).doc()

    def cancel_order(self, identity: str, *, store_id: int | None = None) -> Doc:
        """The merchant cancels an order: the goods go back to stock."""
        return self.edit_order(identity, {"paymentStatus": "CANCELLED"}, store_id=store_id)

    def refund_order(self, identity: str, amount: float | None = None, *, store_id: int | None = None) -> Doc:
        """The merchant records a refund: all of it, or `amount` (currency of the store)."""
        with self._twin.lock:
            store = self.store(store_id)
            doc = store.orders.find(identity).doc()
            paid = doc.get("total") or 0
            sum_ = paid if amount is None else amount
            row = {"date": _now(store), "source": "CP", "reason": "Refunded in the admin", "amount": sum_}
            refunds = [*(doc.get("refunds") or []), row]
            refunded = round(sum(item["amount"] for item in refunds), 4)
            status = "REFUNDED" if refunded >= paid else "PARTIALLY_REFUNDED"
            values = {"refunds": refunds, "refundedAmount": refunded, "paymentStatus": status}
            return store.orders.change(identity, values, anything=True).doc()

    def delete_order(self, identity: str, *, store_id: int | None = None) -> None:
        """The merchant deletes an order; an unfinished one is only hidden."""
        with self._twin.lock:
            book = self.store(store_id).orders
            if book.find(identity).payment == "INCOMPLETE":
                book.change(identity, {"hidden": True}, anything=True)
            else:
                book.remove(identity)

    def put_order(self, doc: Doc, *, quiet: bool = True, store_id: int | None = None) -> None:
        """Store an order document exactly as it is, old shapes included; visible to searches at once.

        With `quiet` false an `order.updated` event follows.
        """
        with self._twin.lock:
            store = self.store(store_id)
            entry = entry_of(doc)
            if not entry.key:
                raise ValueError("the order needs internalId or orderNumber")
            store.orders.shelf.drop(entry.key, store.now(), 0)
            store.orders.load([entry])
            store.stats.touch("orders", store.seconds())
            if not quiet:
                store.emit("order.updated", entry.key, {"orderId": entry.public})

    def order(self, identity: str, *, store_id: int | None = None) -> Doc:
        """One order."""
        with self._twin.lock:
            return self.store(store_id).orders.find(identity).doc()

    def orders(self, selection: str = "", *, store_id: int | None = None) -> list[Doc]:
        """Every order, unfinished ones too, newest first; `selection` as in `responseFields`."""
        with self._twin.lock:
            live = list(self.store(store_id).orders.shelf.live.values())
        live.sort(key=_newest, reverse=True)
        if not selection:
            return [entry.doc() for entry in live]
        chosen = fields.parse(selection)
        return [fields.keep(entry.doc(), chosen) for entry in live]

    def holding(self, *, store_id: int | None = None) -> int:
        """How many orders hold goods (neither unfinished nor cancelled nor refunded)."""
        live = self.store(store_id).orders.shelf.live
        return sum(1 for entry in live.values() if entry.payment not in GIVES_STOCK_BACK)

    # products

    def create_product(self, values: Doc, *, store_id: int | None = None) -> Doc:
        """The merchant adds a product; `combinations` may be given inline."""
        with self._twin.lock:
            catalogue = self.store(store_id).catalogue
            product = catalogue.create(values)
            if values.get("combinations"):
                doc = catalogue.copy(product.key)
                variations.replace(catalogue, doc, values["combinations"])
                product = catalogue.edit(doc)
            return _plain(product.body)

    def edit_product(self, identity: str | int, values: Doc, *, store_id: int | None = None) -> Doc:
        """The merchant edits a product."""
        with self._twin.lock:
            catalogue = self.store(store_id).catalogue
            product = catalogue.change(identity, {**values, "_rebuild": True})
            if values.get("combinations") is not None:
                doc = catalogue.copy(identity)
                variations.replace(catalogue, doc, values["combinations"])
                product = catalogue.edit(doc)
            return _plain(product.body)

    def delete_product(self, identity: str | int, *, store_id: int | None = None) -> int:
        """The merchant deletes a product; how many there were."""
        with self._twin.lock:
            return self.store(store_id).catalogue.remove(identity)

    def put_product(self, doc: Doc, *, store_id: int | None = None) -> None:
        """Store a product document exactly as it is; visible to searches at once."""
        with self._twin.lock:
            store = self.store(store_id)
            store.catalogue.replace_raw(doc)
            store.stats.touch("products", store.seconds())

    def product(self, identity: str | int, *, store_id: int | None = None) -> Doc:
        """One product."""
        with self._twin.lock:
            return _plain(self.store(store_id).catalogue.find(identity).body)

    def products(self, selection: str = "", *, store_id: int | None = None) -> list[Doc]:
        """Every product, by id."""
        with self._twin.lock:
            live = sorted(self.store(store_id).catalogue.shelf.live.values(), key=lambda item: item.key)
        chosen = fields.parse(selection) if selection else None
        return [fields.keep(_plain(item.body), chosen) for item in live]

    def set_stock(self, sku: str, quantity: int | None, *, store_id: int | None = None) -> None:
        """The merchant sets stock in the admin; `quantity` None means unlimited."""
        with self._twin.lock:
            catalogue = self.store(store_id).catalogue
            places = catalogue.by_sku(sku)
            if not places:
                raise ValueError(f"nothing has the SKU {sku!r}")
            for product, variation in sorted(places):
                doc = catalogue.copy(product)
                target = catalogue.holder(doc, variation)
                target["unlimited"] = quantity is None
                target.pop("quantity", None)
                if quantity is not None:
                    target["quantity"] = quantity
                catalogue.edit(doc)

    def stock(self, *, store_id: int | None = None) -> Doc:
        """What each SKU has: `{sku: {productId, combinationId?, quantity?, unlimited}}`."""
        with self._twin.lock:
            live = list(self.store(store_id).catalogue.shelf.live.values())
        found: Doc = {}
        for product in live:
            for part in (product.doc, *product.doc["combinations"]):
                if part.get("sku"):
                    found[part["sku"]] = _level(product.key, part, product.doc)
        return found

    # bad weather

    def fault(self, **values: object) -> None:
        """Make coming calls fail; the fields are those of `ecwid_twin.faults.Fault`."""
        with self._twin.lock:
            self._twin.dial.set(dict(values))

    def clear_faults(self) -> None:
        """No more faults."""
        with self._twin.lock:
            self._twin.dial.clear()

    def mischief(self, action: str, event: str = "", times: int = 1, delay: float = 0.0) -> None:
        """`drop`, `duplicate`, `delay` (seconds), `reorder` or `forge` the next webhooks of a type."""
        if action not in Postman.ACTIONS:
            raise ValueError(f"action must be one of {', '.join(Postman.ACTIONS)}")
        self._twin.postman.mischief.append(Mischief(action, event, times, delay))

    # access

    def issue_token(
        self, granted: tuple[str, ...] | None = None, *, store_id: int | None = None, client: str = ""
    ) -> Token:
        """A fresh secret token of a custom app; `granted` None means the default scopes."""
        with self._twin.lock:
            store = self.store(store_id)
            held = self._twin.config.token_scopes if granted is None else granted
            unknown = set(held) - scopes.ALL
            if unknown:
                raise ValueError(f"unknown scope: {', '.join(sorted(unknown))}")
            return self._twin.tokens.issue(store.id, client or f"custom-app-{store.id}-1", held)[0]

    def revoke_token(self, value: str = "", *, store_id: int | None = None) -> int:
        """Kill one token, or without a value every token of the store; how many died."""
        with self._twin.lock:
            store = self.store(store_id)
            doomed = [
                token
                for token in self._twin.tokens.all()
                if token.alive and (token.value == value if value else token.store == store.id)
            ]
            for token in doomed:
                token.alive = False
            return len(doomed)

    def set_scopes(self, value: str, granted: tuple[str, ...]) -> None:
        """Change what a living token may do."""
        with self._twin.lock:
            token = self._twin.tokens.get(value)
            if token is None:
                raise ValueError("there is no such living token")
            token.granted = frozenset(granted) | {scopes.ALWAYS}

    def tokens(self, *, store_id: int | None = None) -> list[Token]:
        """Every token of a store, dead ones too."""
        store = self.store(store_id)
        return [token for token in self._twin.tokens.all() if token.store == store.id]

    def market_install(
        self,
        granted: tuple[str, ...] = scopes.CUSTOM_APP,
        redirect_uri: str = "",
        *,
        store_id: int | None = None,
    ) -> str:
        """The app is installed from the market: the address the merchant's browser is sent to."""
        with self._twin.lock:
            return oauth.market_install(self._twin, self.store(store_id).id, granted, redirect_uri)

    def uninstall(self, *, store_id: int | None = None) -> int:
        """The merchant uninstalls the app; how many tokens died."""
        with self._twin.lock:
            return self.store(store_id).uninstall(self._twin.config.client_id)

    def register_redirect(self, uri: str) -> None:
        """Register one more return URL of the app."""
        with self._twin.lock:
            if uri not in self._twin.redirect_uris:
                self._twin.redirect_uris.append(uri)

    # the twin itself

    def set(self, **values: object) -> None:
        """Change settings by name; see `ecwid_twin.settings.Settings`."""
        with self._twin.lock:
            self._twin.settings.change(dict(values))
        self._twin.wake()

    def set_currency(self, currency: str, *, store_id: int | None = None) -> None:
        """Make the store's money another currency (ISO 4217); amounts are not converted."""
        with self._twin.lock:
            store = self.store(store_id)
            set_currency(store.profile.doc, currency)
            store.profile_changed()

    def set_toggle(self, name: str, *, enabled: bool, store_id: int | None = None) -> None:
        """Switch a feature toggle of the profile, such as ALLOW_EMPTY_AND_NON_UNIQUE_SKU."""
        with self._twin.lock:
            store = self.store(store_id)
            store.profile.set_toggle(name, enabled=enabled)
            store.profile_changed()

    def advance(self, seconds: float) -> None:
        """Move the twin's clock."""
        with self._twin.lock:
            self._twin.clock.advance(seconds)
        self._twin.wake()

    def settle(self) -> None:
        """Let the search index catch up with every write, now."""
        with self._twin.lock:
            for store in self._twin.stores.values():
                store.orders.shelf.settle(float("inf"))
                store.catalogue.shelf.settle(float("inf"))

    def reset_limits(self) -> None:
        """Forget call counts and blocks."""
        with self._twin.lock:
            self._twin.limits.reset()

    def configure_webhooks(
        self, url: str, *, types: list[str] | None = None, headers: dict[str, str] | None = None
    ) -> None:
        """Where events are sent, which types (None: all), and the app's own headers."""
        postman = self._twin.postman
        postman.url = url
        postman.types = None if types is None else frozenset(types)
        postman.headers = dict(headers or {})

    def webhooks(self) -> Doc:
        """Webhook state, events and attempts."""
        return self._twin.postman.show()

    def flush_webhooks(self, *, everything: bool = False, timeout: float = 30.0) -> bool:
        """Wait until what is due has been sent; with `everything` retries are not waited for but sent."""
        return self._twin.postman.flush(everything=everything, timeout=timeout)

    def redeliver(self, event_id: str) -> bool:
        """Send an event once more."""
        return self._twin.postman.redeliver(event_id)

    def unblock_webhooks(self) -> None:
        """What support does for a blocked webhook URL."""
        self._twin.postman.unblock()

    def mails(self, *, store_id: int | None = None) -> list[Doc]:
        """The e-mails that would have been sent."""
        with self._twin.lock:
            return self.store(store_id).mails.show()


def _now(store: Store) -> str:
    return dates.show(store.seconds())


def _newest(entry: Entry) -> tuple[int, int]:
    return entry.created, entry.key


def _plain(body: bytes) -> Doc:
    doc: Doc = decode(body)
    return doc


def _level(product: int, part: Doc, whole: Doc) -> Doc:
    level: Doc = {"productId": product, "unlimited": bool(part.get("unlimited"))}
    if part is not whole:
        level["combinationId"] = part["id"]
    if not level["unlimited"]:
        level["quantity"] = int(part.get("quantity") or 0)
    return level
