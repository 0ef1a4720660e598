"""The storefront's till: a shopper's order with everything a real checkout does."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from ecwid_twin.generator.goods import Sellable, sellable, sellables
from ecwid_twin.generator.shop import Maker
from ecwid_twin.orders import stock
from ecwid_twin.orders.entry import Entry
from ecwid_twin.wire.errors import ApiError
from ecwid_twin.wire.message import Doc

if TYPE_CHECKING:
    from ecwid_twin.store import Store


class Till:
    """Sells what is in the catalogue of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._maker = Maker(store, Random(store.random.getrandbits(64)))  # noqa: S311  # invented data

    def sell(self, wanted: Doc) -> Entry:
        """Place an order. Fields of `wanted`, all optional:

        `items` [{sku, quantity}] (about three random lines otherwise), `kind` (shipping, pickup, delivery,
        digital), `oversell` true to go below nought; any other key overwrites a field of the order, such as
        `paymentStatus` (default PAID) or `email`. A 409 when the stock does not suffice.
        """
        rest = dict(wanted)
        items, kind = rest.pop("items", None), str(rest.pop("kind", "") or "")
        oversell = bool(rest.pop("oversell", False))
        lines = self._random(kind) if items is None else [self._line(item) for item in items]
        made = self._maker.basket(kind or ("shipping" if items else ""), lines)
        holding = stock.holds(str(rest.get("paymentStatus", "PAID")))
        if holding and items is not None and not oversell:
            self._check(lines or [])
        doc = self._maker.order(made)
        doc.pop("customerId", None)
        doc.update({"paymentStatus": "PAID", "fulfillmentStatus": "AWAITING_PROCESSING", **rest})
        return self._store.orders.place_finished(doc)

    def _random(self, kind: str) -> list[tuple[Sellable, int]] | None:
        """Random lines of goods that are there; None lets the basket choose when nothing is tracked."""
        pool = [
            item
            for item in self._maker.items
            if (item.digital if kind == "digital" else True) and self._left(item) >= 3
        ]
        if not pool:
            raise ApiError(409, "OUT_OF_STOCK", "Nothing suitable is in stock")
        random = self._store.random
        return [
            (item, random.randrange(1, 4))
            for item in random.sample(pool, min(len(pool), random.randrange(1, 6)))
        ]

    def _line(self, item: Doc) -> tuple[Sellable, int]:
        sku = str(item.get("sku", ""))
        places = sorted(self._store.catalogue.by_sku(sku))
        if not places:
            raise ValueError(f"nothing in the catalogue has the SKU {sku!r}")
        product = self._store.catalogue.find(places[-1][0])
        wanted = int(item.get("combinationId") or places[-1][1])
        quantity = int(item.get("quantity", 1))
        offered = sellables([product.doc], self._maker.precision)
        if not offered:
            raise ValueError(f"{sku!r} cannot be bought: its product is disabled or a demo product")
        for found in offered:
            if found.variation == wanted or (not wanted and found.sku == sku):
                return found, quantity
        return sellable(product.doc, None, self._maker.precision), quantity

    def _left(self, item: Sellable) -> int:
        product = self._store.catalogue.find(item.product)
        holder = self._store.catalogue.holder(product.doc, item.variation)
        return 1_000_000 if holder.get("unlimited") else int(holder.get("quantity") or 0)

    def _check(self, lines: list[tuple[Sellable, int]]) -> None:
        for item, count in lines:
            if self._left(item) < count:
                raise ApiError(409, "OUT_OF_STOCK", f"Only {self._left(item)} of {item.sku!r} are left")
