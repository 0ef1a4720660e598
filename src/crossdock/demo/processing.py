"""Order processing, each act with its explanation: a split, a buffer, a bundle, an edit, a cancellation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crossdock.canon import Price, Stock
from crossdock.canon import Product as CanonProduct
from crossdock.demo.narrator import Narrator
from crossdock.demo.shop import AUTHOR, Shop
from crossdock.hub.documents import timeline
from crossdock.hub.models import InventoryRecord, LedgerEntry, Location, ShippingRequest
from crossdock.hub.orders.canceling import cancel_order
from crossdock.hub.own_products import put_product
from crossdock.hub.places.settings import create_location
from crossdock.hub.stock import inventory
from crossdock.hub.stock.availability import channel_figures, explain
from crossdock.hub.stock.bundle_items import set_bundle_items
from crossdock.hub.stock.channel_limits import set_limits
from crossdock.routing.card_book import put_card, remove_card

HERE, THERE = 3, 5
"""Units of the split SKU that nobody waits for, at the default location and at the depot."""
WANTED = 6
BUFFER = 2
MOVED_TO = "9 New Harbour"


@dataclass(frozen=True)
class Explained:
    """What an act did, and the hub's own explanation of it, line by line."""

    title: str
    subject: str
    lines: tuple[str, ...]


class Processing:
    """Plays the merchant's side of order processing. SKUs in `untouched` are left alone."""

    def __init__(self, shop: Shop, narrator: Narrator, *, untouched: Iterable[str]) -> None:
        self._shop, self._narrator = shop, narrator
        self._untouched = set(untouched)
        self._organization = shop.organization

    def go_on(self) -> list[Explained]:
        """Play all acts; returns their explanations."""
        acts = (
            ("An order larger than either shelf is split over two places", self._split),
            ("Some units of a SKU are held back from the store", self._buffer),
            ("A bundle is sold from the stock of its parts", self._bundle),
            ("An order is edited in the store after it was routed", self._edit),
            ("A person cancels an order, and its goods go back on the shelf", self._cancel),
        )
        explained = []
        for title, act in acts:
            with self._narrator.stage(title):
                subject, lines = act()
                explained.append(Explained(title, subject, tuple(lines)))
        with self._narrator.stage("Everything is carried over"):
            self._shop.settling.until_quiet("Order processing is carried over")
        return explained

    def _split(self) -> tuple[str, list[str]]:
        (sku,) = self._goods(1)
        depot = create_location(self._organization, "Depot", author=AUTHOR, reason="a second warehouse")
        main = self._main()
        kept = InventoryRecord.objects.get(location=main, sku=sku).committed
        inventory.set_on_hand(
            self._organization, sku, kept + HERE, location=main, author=AUTHOR, reason="most of it was moved"
        )
        inventory.set_on_hand(
            self._organization, sku, THERE, location=depot, author=AUTHOR, reason="moved here"
        )
        card = put_card(
            self._organization,
            {
                "name": "Wherever it lies", "locations": [main.key, depot.key], "checkStock": True,
                "allowSplit": True,
            },
            author=AUTHOR,
        )  # fmt: skip
        self._shop.settling.until("Both shelves are on sale", lambda: self._shop.equal([sku]))
        number = self._shop.place([(sku, WANTED)])
        self._shop.settling.until(
            "The order is split", lambda: sum(_units(row) for row in self._shop.requests(number)) == WANTED
        )
        requests = self._shop.requests(number)
        lines = [
            f"{row.ext_shipment_id} from {row.location.name}: {_units(row)} of {sku}, {row.routing_reason}"
            for row in requests
        ]
        lines += _considered(requests)
        remove_card(card, author=AUTHOR)
        for request in requests:
            self._shop.ship_request(request)
            self._shop.settling.until(
                "A parcel of the split order is reported", lambda: self._shop.reported(number)
            )
        return f"order {number}", lines

    def _buffer(self) -> tuple[str, list[str]]:
        (sku,) = self._goods(1)
        set_limits(
            self._shop.integration,
            sku,
            {"buffer": BUFFER},
            author=AUTHOR,
            reason="the shop window needs some",
        )
        self._shop.settling.until("The buffer is held back", lambda: self._shop.equal([sku]))
        shown = self._shop.store.stock()[sku]["quantity"]
        return sku, [*self._figure(sku), f"the store shows {shown}"]

    def _bundle(self) -> tuple[str, list[str]]:
        parts = self._goods(2)
        sku = f"SET-{self._shop.random.randrange(1000, 10_000)}"
        currency = str(self._shop.integration.account.get("currency") or "EUR")
        product = CanonProduct(
            ext_product_id="", sku=sku, name="Gift set", stock=Stock(state="tracked", quantity=0),
            prices=(Price(name="base", value=Decimal("49.90"), currency=currency),),
        )  # fmt: skip
        put_product(self._organization, product, author=AUTHOR)
        self._untouched.add(sku)
        set_bundle_items(
            self._organization, sku, {parts[0]: 2, parts[1]: 1}, author=AUTHOR, reason="sold as a set"
        )
        self._shop.settling.until("The bundle is in the store", lambda: self._shop.published([sku]))
        self._shop.settling.until("The bundle is on sale", lambda: self._shop.equal([sku, *parts]))
        before = self._figure(sku)
        number = self._shop.place([(sku, 1)])
        self._shop.settling.until("The bundle's order is routed", lambda: bool(self._shop.request(number)))
        kept = [
            f"order {number} keeps {entry.quantity} of {entry.record.sku} at {entry.record.location.name}"
            for entry in LedgerEntry.objects.filter(
                order_id=self._shop.found(number).pk, event="ship", figure="committed"
            )
            .select_related("record__location")
            .order_by("pk")
        ]
        return f"{sku}, {number}", [*before, *kept]

    def _edit(self) -> tuple[str, list[str]]:
        (sku,) = self._goods(1)
        number = self._shop.place([(sku, 1)])
        self._shop.settling.until("The order is routed", lambda: bool(self._shop.request(number)))
        person = {**self._shop.order_in_store(number)["shippingPerson"], "street": MOVED_TO}
        self._shop.store.edit_order(number, shippingPerson=person)

        def remade() -> bool:
            request = self._shop.request(number)
            address = request.shipping_address if request else None
            return isinstance(address, dict) and address.get("address1") == MOVED_TO

        self._shop.settling.until("The request is made anew for the new address", remade)
        return f"order {number}", self._told(number)

    def _cancel(self) -> tuple[str, list[str]]:
        (sku,) = self._goods(1)
        number = self._shop.place([(sku, 2)])
        self._shop.settling.until("The order is routed", lambda: bool(self._shop.request(number)))
        order = self._shop.found(number)
        cancel_order(order, restock=True, author=AUTHOR, reason="the buyer called")
        self._shop.settling.until("The goods are on sale again", lambda: self._shop.equal([sku]))
        entries = LedgerEntry.objects.filter(order_id=order.pk).select_related("record").order_by("pk")
        return f"order {number}", [
            f"{entry.event}: {entry.figure} of {entry.record.sku} {entry.before} → {entry.after}, {entry.reason}"
            for entry in entries
        ]

    # -- eyes

    def _goods(self, count: int) -> list[str]:
        """Choose SKUs in plenty that no earlier act has used."""
        chosen = self._shop.goods(count, but=self._untouched)
        self._untouched |= set(chosen)
        return chosen

    def _main(self) -> Location:
        return Location.objects.get(organization=self._organization, is_default=True)

    def _figure(self, sku: str) -> list[str]:
        return explain(channel_figures(self._shop.integration, [sku])[sku])

    def _told(self, number: str) -> list[str]:
        """Return what happened to the order and its requests, by whom and why; its stock has other acts."""
        return [
            f"{row['what']} by {row['author']}" + (f": {row['reason']}" if row["reason"] else "")
            for row in timeline(self._shop.found(number))
            if row["kind"] != "ledger"
        ]


def _units(request: ShippingRequest) -> int:
    return sum(row.quantity for row in request.lines.all())


def _considered(requests: Sequence[ShippingRequest]) -> list[str]:
    """Return why each place was chosen or not, once each."""
    lines: dict[str, None] = {}
    for request in requests:
        for trial in request.explanation:
            lines[f"{trial.get('location') or trial.get('card')}: {trial['why']}"] = None
    return list(lines)
