"""Life in a shop: buyers buy, the merchant changes their mind, parcels leave, shelves are counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from crossdock.canon import Price, Stock
from crossdock.canon import Product as CanonProduct
from crossdock.canon.product import ProductOption, VariantOption
from crossdock.demo.errors import DemoError
from crossdock.demo.narrator import Narrator
from crossdock.demo.settling import Settling
from crossdock.demo.store import Doc, Store
from crossdock.hub import inventory, products, shipping
from crossdock.hub.availability import channel_figures
from crossdock.hub.clock import system_clock
from crossdock.hub.models import (
    Fulfillment,
    Integration,
    InventoryRecord,
    Link,
    Order,
    Product,
    ShippingRequest,
)

AUTHOR = "demo"
STREET = "7 Changed Lane"
SIZES = ("M", "L")
BURST = 24
LEAST_STOCK = 12


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
    burst: int = 0


class Life:
    """Plays everybody's part, and waits between the acts until the worker has carried each one over."""

    def __init__(
        self, store: Store, integration: Integration, settling: Settling, narrator: Narrator, seed: int
    ) -> None:
        self._store, self._integration, self._settling = store, integration, settling
        self._organization, self._narrator = integration.organization, narrator
        self._random = Random(seed)  # noqa: S311 - invented data, the same for the same seed
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
        return self.happened

    def _morning(self) -> tuple[str, str, str]:
        goods = self._goods(6)
        big = self._place([(goods[0], 2), (goods[1], 3)])
        small = self._place([(goods[2], 1)])
        double = self._place([(goods[1], 2), (goods[3], 2)])
        doomed = self._place([(goods[4], 2)])
        unpaid = self._place([(goods[5], 1)], paymentStatus="AWAITING_PAYMENT")
        self._settling.until(
            "The new orders are routed", lambda: all(map(self._request, (big, small, double, doomed)))
        )
        person = {**self._order_in_store(small)["shippingPerson"], "street": STREET}
        self._store.edit_order(small, shippingPerson=person)
        self._store.cancel_order(doomed)
        self._store.edit_order(unpaid, paymentStatus="PAID")
        self._settling.until(
            "The change, the cancellation and the payment have come in",
            lambda: (
                self._address(small) == STREET
                and self._status(doomed) == "canceled"
                and bool(self._request(unpaid))
            ),
        )
        self.happened.edited, self.happened.canceled = small, doomed
        return big, small, double

    def _parcels(self, big: str, small: str, double: str) -> None:
        self._ship(big, part=True)
        self._ship(double, part=True)
        self._ship(small)
        self.happened.partly_shipped = big
        self._settling.until(
            "Shipments are reported to the store", lambda: self._reported(big, small, double)
        )

    def _counting(self) -> None:
        """Count three SKUs while one buyer takes some of each: just after, just before, and far below."""
        for place, sku in enumerate(self._goods(3)):
            sold = 1 + place
            before = InventoryRecord.objects.get(
                organization=self._organization, sku=sku, location__is_default=True
            )
            counted = before.on_hand + self._random.choice((-4, 9, 25))
            if place == 1:
                self._place([(sku, sold)])
            inventory.set_on_hand(
                self._organization, sku, counted, author=AUTHOR, reason="count of the shelf"
            )
            if place != 1:
                self._place([(sku, sold)])
            self.happened.counted[sku], self.happened.sold_meanwhile[sku] = counted, sold
        self._settling.until("Counts and sales are on both sides", lambda: self._equal(self.happened.counted))

    def _new_product(self) -> None:
        product = _invented(str(self._integration.account.get("currency") or "EUR"), self._random)
        products.put_product(self._organization, product, author=AUTHOR)
        skus = tuple(variant.sku for variant in product.variants)
        for sku in skus:
            inventory.set_on_hand(self._organization, sku, 20, author=AUTHOR, reason="first delivery")
        self.happened.new_skus = skus
        self._settling.until("The new product is in the store", lambda: self._published(skus))
        self._settling.until("The new product is on sale", lambda: self._equal(skus))
        number = self._place([(skus[0], 2)])
        self._settling.until("The new product's first order is in", lambda: self._request(number) is not None)

    def _rush(self, double: str) -> None:
        self._store.mischief("duplicate", 6)
        self._store.mischief("reorder", 4)
        for _ in range(BURST):
            self.happened.placed.append(str(self._store.place_order()["id"]))
        self.happened.burst = BURST
        self._ship(double)
        self._settling.until_quiet("The rush is carried over")

    # -- hands

    def _place(self, items: list[tuple[str, int]], **more: object) -> str:
        wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in items]
        number = str(self._store.place_order(items=wanted, email="buyer@example.com", **more)["id"])
        self.happened.placed.append(number)
        return number

    def _ship(self, number: str, *, part: bool = False) -> None:
        request = self._request(number)
        if request is None:
            raise DemoError(f"Order {number} has no shipping request, so it cannot be shipped.")
        lines: dict[int | str, int] | None = None
        if part:
            first = request.lines.order_by("pk")[0]
            lines = {first.sku: 1}
        shipping.fulfill(
            request, lines, shipped_at=system_clock(), author=AUTHOR, carrier="UPS",
            tracking_number=f"1Z{self._random.randrange(10**15):015d}",
        )  # fmt: skip

    # -- eyes

    def _goods(self, count: int) -> list[str]:
        """Choose SKUs that are shipped and counted, with enough of each."""
        levels = self._store.stock()
        units = Product.objects.filter(
            organization=self._organization, status="active", kind__in=["simple", "child"]
        ).select_related("parent")
        candidates = sorted(
            unit.sku
            for unit in units
            if _is_shipped(unit) and int(levels.get(unit.sku, {}).get("quantity") or 0) >= LEAST_STOCK
        )
        if len(candidates) < count:
            raise DemoError(f"The store has only {len(candidates)} goods in plenty; {count} are needed.")
        return self._random.sample(candidates, count)

    def _order(self, number: str) -> Order | None:
        return Order.objects.filter(integration=self._integration, ext_order_id=number).first()

    def _order_in_store(self, number: str) -> Doc:
        return self._store.orders()[number]

    def _status(self, number: str) -> str:
        order = self._order(number)
        return order.status if order else ""

    def _address(self, number: str) -> str:
        order = self._order(number)
        address = order.canonical.get("shippingAddress") if order else None
        return str(address.get("address1", "")) if isinstance(address, dict) else ""

    def _request(self, number: str) -> ShippingRequest | None:
        rows = ShippingRequest.objects.filter(
            order__integration=self._integration, order__ext_order_id=number
        )
        return rows.filter(canceled_at=None).order_by("-pk").first()

    def _reported(self, *numbers: str) -> bool:
        """Whether the store's orders have the tracking of every parcel that left."""
        rows = {number: str(row.get("trackingNumber") or "") for number, row in self._store.orders().items()}
        parcels = Fulfillment.objects.filter(
            order__integration=self._integration, order__ext_order_id__in=numbers
        ).values_list("order__ext_order_id", "tracking_number")
        return all(tracking in rows[number] for number, tracking in parcels)

    def _equal(self, skus: Iterable[str]) -> bool:
        """Whether the store has what the hub says it is to show."""
        levels, figures = self._store.stock(), channel_figures(self._integration, skus)
        return all(levels.get(sku, {}).get("quantity") == figure.quantity for sku, figure in figures.items())

    def _published(self, skus: tuple[str, ...]) -> bool:
        ours = Product.objects.filter(organization=self._organization, sku__in=skus)
        links = Link.objects.filter(
            integration=self._integration,
            entity="products",
            record_id__in=ours.values("pk"),
            tombstoned_at=None,
        )
        return links.count() == len(skus)


def _is_shipped(unit: Product) -> bool:
    canonical = [unit.canonical, *([unit.parent.canonical] if unit.parent else [])]
    return all(document.get("requiresShipping", True) for document in canonical)


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
