"""Filling a store with an invented catalogue and an order history, from a seed."""

from __future__ import annotations

import string
from random import Random
from typing import TYPE_CHECKING

from ecwid_twin.generator import basket, goods
from ecwid_twin.generator.basket import Basket, Money
from ecwid_twin.generator.goods import Sellable
from ecwid_twin.orders.entry import Entry, entry_of
from ecwid_twin.wire import dates
from ecwid_twin.wire.message import Doc

if TYPE_CHECKING:
    from ecwid_twin.store import Store

PRODUCTS = 40
_LETTERS = string.ascii_uppercase + string.digits
_PAYMENTS = (
    ("PAID",) * 80
    + ("AWAITING_PAYMENT",) * 8
    + ("CANCELLED",) * 5
    + ("REFUNDED",) * 2
    + ("PARTIALLY_REFUNDED",) * 2
    + ("INCOMPLETE",) * 3
)
_KINDS = ("shipping",) * 76 + ("pickup",) * 10 + ("delivery",) * 8 + ("digital",) * 6


def fill(store: Store, random: Random, orders: int, days: float, products: int | None) -> None:
    """Add `products` products (None: forty) and `orders` orders placed over the last `days` days."""
    now = store.seconds()
    goods.load_categories(store)
    docs = goods.products(store, random, PRODUCTS if products is None else products, now)
    store.catalogue.load(docs)
    maker = Maker(store, random)
    if orders and maker.items:
        moments = sorted(now - random.randrange(1, max(2, int(days * 86400))) for _ in range(orders))
        store.orders.load(maker.past(moment, now) for moment in moments)


def money_of(store: Store) -> Money:
    """The money of a store's currency."""
    units = store.profile.doc["formatsAndUnits"]
    return Money(int(units.get("currencyPrecision", 2)), float(units.get("currencyRate", 1.0)))


class Maker:
    """Makes realistic orders for one store."""

    def __init__(self, store: Store, random: Random) -> None:
        self._store, self._random = store, random
        self._money = money_of(store)
        self.precision = self._money.precision
        live = [product.doc for product in store.catalogue.shelf.live.values()]
        self.items = goods.sellables(live, self._money.precision)
        self._digital = [item for item in self.items if item.digital]
        self._gross = bool(store.profile.doc.get("taxSettings", {}).get("pricesIncludeTax"))
        self._key = max([2_150_000_000, *store.orders.shelf.live])
        self._publics: set[str] = set()

    def basket(self, kind: str = "", lines: list[tuple[Sellable, int]] | None = None) -> Basket:
        """A basket of about three lines; `lines` fixes what is bought."""
        random = self._random
        kind = kind or random.choice(_KINDS)
        pool = self._digital if kind == "digital" and self._digital else self.items
        if lines is None:
            count = min(len(pool), random.choice((1, 2, 2, 3, 3, 3, 4, 4, 5)))
            lines = [(item, random.choice((1, 1, 1, 2, 3))) for item in random.sample(pool, count)]
        scale, luck = self._money.scale, random.random
        made = Basket(lines, kind, gross=self._gross if luck() < 0.85 else not self._gross)
        made.tax_rate = random.choice((0, 7, 10, 19, 20))
        made.person = random.randrange(5000)
        made.guest = luck() < 0.3
        if luck() < 0.2:
            made.discount = sum(item.price * count for item, count in lines) // 10
        if luck() < 0.15:
            made.coupon = scale(500)
        if luck() < 0.1:
            made.handling = scale(250)
        if not made.digital and kind not in ("pickup", "digital"):
            made.shipping = scale(random.choice((0, 490, 690, 1290)))
        return made

    def order(self, made: Basket) -> Doc:
        """An order document for a basket, without ids, statuses and dates."""
        ids = [self._store.orders.line_id() for _ in made.lines]
        return basket.order(made, self._money, self._random, ids)

    def past(self, created: int, now: int) -> Entry:
        """An order of the past with the statuses and traces its age makes likely."""
        random = self._random
        made = self.basket()
        doc = self.order(made)
        self._key += 1 + int(random.random() * 9)
        updated = min(now, created + int(random.random() * min(now - created + 1, 6 * 86400)))
        basket.stamp(doc, self._key, self._public(), created, updated)
        doc["paymentStatus"] = random.choice(_PAYMENTS)
        doc["fulfillmentStatus"] = self._progress(made, doc["paymentStatus"], now - created)
        self._trace(doc, made, created, updated)
        return entry_of(doc)

    def _public(self) -> str:
        while True:
            public = "".join(self._random.choices(_LETTERS, k=5))
            if public not in self._publics:
                self._publics.add(public)
                return public

    def _progress(self, made: Basket, payment: str, age: int) -> str:
        if payment == "CANCELLED":
            return "WILL_NOT_DELIVER"
        if payment == "REFUNDED":
            return "RETURNED"
        if payment in ("INCOMPLETE", "AWAITING_PAYMENT") or age < 86400:
            return "AWAITING_PROCESSING"
        if made.digital:
            return "DELIVERED"
        late = age > 4 * 86400
        if made.kind == "pickup":
            return "DELIVERED" if late else "READY_FOR_PICKUP"
        if made.kind == "delivery":
            return "DELIVERED" if late else "OUT_FOR_DELIVERY"
        if late:
            return self._random.choice(("SHIPPED", "SHIPPED", "DELIVERED"))
        return self._random.choice(("AWAITING_PROCESSING", "PROCESSING", "SHIPPED"))

    def _trace(self, doc: Doc, made: Basket, created: int, updated: int) -> None:
        random = self._random
        if doc["fulfillmentStatus"] == "SHIPPED":
            doc["trackingNumber"] = f"9400{random.randrange(10**15, 10**16)}"
        if made.kind == "pickup" and not made.digital:
            doc["pickupTime"] = dates.show(created + 86400)
        if doc["paymentStatus"] in ("REFUNDED", "PARTIALLY_REFUNDED"):
            whole = doc["paymentStatus"] == "REFUNDED"
            amount = doc["total"] if whole else doc["items"][0]["price"]
            doc["refundedAmount"] = amount
            doc["refunds"] = [
                {"date": dates.show(updated), "source": "CP", "reason": "Returned", "amount": amount}
            ]
        luck = random.random()
        if luck < 0.01:
            doc["email"] = ""
        elif luck < 0.02:
            _age(doc)


def _age(doc: Doc) -> None:
    """The shape of an order from before 2020: no `id`, no `internalId`, plain options."""
    for name in ("id", "internalId", "publicUid", "customSurcharges"):
        doc.pop(name, None)
    for item in doc["items"]:
        item["isGiftCard"] = item.pop("giftCard")
        for option in item.get("selectedOptions") or ():
            for name in (
                "valuesArray",
                "valuesArrayTranslated",
                "selections",
                "nameTranslated",
                "valueTranslated",
            ):
                option.pop(name, None)
