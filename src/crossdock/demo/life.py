"""Life in a shop: buyers buy, the merchant changes their mind, parcels leave, shelves are counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from crossdock.canon import Price, Stock
from crossdock.canon import Product as CanonProduct
from crossdock.canon.product import ProductOption, VariantOption
from crossdock.demo.narrator import Narrator
from crossdock.demo.processing import Explained, Processing
from crossdock.demo.shop import AUTHOR, Shop
from crossdock.hub.models import InventoryRecord
from crossdock.hub.own_products import put_product
from crossdock.hub.stock import inventory

STREET = "7 Changed Lane"
SIZES = ("M", "L")
BURST = 24


@dataclass
class Happened:
    """What life did, for the report and the proof. Orders by their number in the store."""

    placed: list[str] = field(default_factory=list)
    edited: str = ""
    canceled: str = ""
    partly_shipped: str = ""
    counted: dict[str, int] = field(default_factory=dict)
    sold_meanwhile: dict[str, int] = field(default_factory=dict)
    new_skus: tuple[str, ...] = ()
    explained: list[Explained] = field(default_factory=list)


class Life:
    """Plays everybody's part, and waits between the acts until the worker has carried each one over."""

    def __init__(self, shop: Shop, narrator: Narrator) -> None:
        self._shop, self._narrator = shop, narrator
        self.happened = Happened()

    def go_on(self) -> Happened:
        """Play all acts."""
        with self._narrator.stage("Buyers order, an order is changed, another one canceled"):
            big, small, double = self._morning()
        with self._narrator.stage("Parcels leave, one with a part of its order only"):
            self._parcels(big, small, double)
        with self._narrator.stage("Shelves are counted while the store goes on selling"):
            self._counting()
        with self._narrator.stage("A new product is put into the hub, published, and bought"):
            self._new_product()
        with self._narrator.stage(f"A rush: {BURST} orders at once, webhooks doubled and out of order"):
            self._rush(double)
        processing = Processing(self._shop, self._narrator, untouched=set(self.happened.counted))
        self.happened.explained = processing.go_on()
        self.happened.placed = self._shop.placed
        return self.happened

    def _morning(self) -> tuple[str, str, str]:
        goods = self._shop.goods(6)
        big = self._shop.place([(goods[0], 2), (goods[1], 3)])
        small = self._shop.place([(goods[2], 1)])
        double = self._shop.place([(goods[1], 2), (goods[3], 2)])
        doomed = self._shop.place([(goods[4], 2)])
        unpaid = self._shop.place([(goods[5], 1)], paymentStatus="AWAITING_PAYMENT")
        self._shop.settling.until(
            "The new orders are routed", lambda: all(map(self._shop.request, (big, small, double, doomed)))
        )
        person = {**self._shop.order_in_store(small)["shippingPerson"], "street": STREET}
        self._shop.store.edit_order(small, shippingPerson=person)
        self._shop.store.cancel_order(doomed)
        self._shop.store.edit_order(unpaid, paymentStatus="PAID")
        self._shop.settling.until(
            "The change, the cancellation and the payment have come in",
            lambda: (
                self._shop.address(small) == STREET
                and self._shop.status(doomed) == "canceled"
                and bool(self._shop.request(unpaid))
            ),
        )
        self.happened.edited, self.happened.canceled = small, doomed
        return big, small, double

    def _parcels(self, big: str, small: str, double: str) -> None:
        self._shop.ship(big, part=True)
        self._shop.ship(double, part=True)
        self._shop.ship(small)
        self.happened.partly_shipped = big
        self._shop.settling.until(
            "Shipments are reported to the store", lambda: self._shop.reported(big, small, double)
        )

    def _counting(self) -> None:
        """Count three SKUs while one buyer takes some of each: just after, just before, and far below."""
        for place, sku in enumerate(self._shop.goods(3)):
            sold = 1 + place
            before = InventoryRecord.objects.get(
                organization=self._shop.organization, sku=sku, location__is_default=True
            )
            counted = before.on_hand + self._shop.random.choice((-4, 9, 25))
            if place == 1:
                self._shop.place([(sku, sold)])
            inventory.set_on_hand(
                self._shop.organization, sku, counted, author=AUTHOR, reason="count of the shelf"
            )
            if place != 1:
                self._shop.place([(sku, sold)])
            self.happened.counted[sku], self.happened.sold_meanwhile[sku] = counted, sold
        self._shop.settling.until(
            "Counts and sales are on both sides", lambda: self._shop.equal(self.happened.counted)
        )

    def _new_product(self) -> None:
        product = _invented(str(self._shop.integration.account.get("currency") or "EUR"), self._shop.random)
        put_product(self._shop.organization, product, author=AUTHOR)
        skus = tuple(variant.sku for variant in product.variants)
        for sku in skus:
            inventory.set_on_hand(self._shop.organization, sku, 20, author=AUTHOR, reason="first delivery")
        self.happened.new_skus = skus
        self._shop.settling.until("The new product is in the store", lambda: self._shop.published(skus))
        self._shop.settling.until("The new product is on sale", lambda: self._shop.equal(skus))
        number = self._shop.place([(skus[0], 2)])
        self._shop.settling.until(
            "The new product's first order is in", lambda: self._shop.request(number) is not None
        )

    def _rush(self, double: str) -> None:
        self._shop.store.mischief("duplicate", 6)
        self._shop.store.mischief("reorder", 4)
        for _ in range(BURST):
            self._shop.placed.append(str(self._shop.store.place_order()["id"]))
        self._shop.ship(double)
        self._shop.settling.until_quiet("The rush is carried over")


def _invented(currency: str, random: Random) -> CanonProduct:
    """A product that began in the hub, in two sizes with SKUs of their own."""
    number = random.randrange(1000, 10_000)
    sku = f"HUB-{number}"
    price = (Price(name="base", value=Decimal("34.90"), currency=currency),)
    variants = tuple(
        CanonProduct(
            ext_product_id="", sku=f"{sku}-{size}", name=f"Rain cape {number}", kind="child",
            stock=Stock(state="tracked", quantity=0), variant_options=(VariantOption("Size", size),),
        )
        for size in SIZES
    )  # fmt: skip
    return CanonProduct(
        ext_product_id="", sku=sku, name=f"Rain cape {number}", kind="parent", prices=price,
        description="<p>Keeps the rain out.</p>", weight=Decimal("0.4"), weight_unit="kg",
        stock=Stock(state="tracked", quantity=0), variants=variants,
        options=(ProductOption(name="Size", type="SELECT", required=True, choices=SIZES),),
    )  # fmt: skip
