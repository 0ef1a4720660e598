"""The hands and eyes of whoever plays in the demo's shop: buying, shipping, and seeing what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from crossdock.demo.errors import DemoError
from crossdock.demo.settling import Settling
from crossdock.demo.store import Doc, Store
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Fulfillment, Integration, Link, Order, Product, ShippingRequest
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.stock.availability import channel_figures

AUTHOR = "demo"
LEAST_STOCK = 12


class Shop:
    """One store and the hub behind it, with what is invented for them. `placed` are the orders placed so far."""

    def __init__(self, store: Store, integration: Integration, settling: Settling, seed: int) -> None:
        self.store, self.integration, self.settling = store, integration, settling
        self.organization = integration.organization
        self.random = Random(seed)  # noqa: S311 - invented data, the same for the same seed
        self.placed: list[str] = []

    # -- hands

    def place(self, items: list[tuple[str, int]], **more: object) -> str:
        """Have a buyer order units of these SKUs; returns the order's number in the store."""
        wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in items]
        number = str(self.store.place_order(items=wanted, email="buyer@example.com", **more)["id"])
        self.placed.append(number)
        return number

    def ship(self, number: str, *, part: bool = False) -> None:
        """Ship the order's newest request, or one unit of it (`part`)."""
        request = self.request(number)
        if request is None:
            raise DemoError(f"Order {number} has no shipping request, so it cannot be shipped.")
        self.ship_request(request, part=part)

    def ship_request(self, request: ShippingRequest, *, part: bool = False) -> None:
        """Say that what is open of a request has left, or one unit of its first line (`part`)."""
        lines: dict[int | str, int] | None = None
        if part:
            first = request.lines.order_by("pk")[0]
            lines = {first.sku: 1}
        fulfill(
            request, lines, shipped_at=system_clock(), author=AUTHOR, carrier="UPS",
            tracking_number=f"1Z{self.random.randrange(10**15):015d}",
        )  # fmt: skip

    # -- eyes

    def goods(self, count: int, *, but: Iterable[str] = ()) -> list[str]:
        """Choose SKUs that are shipped and counted, with enough of each; none of `but`."""
        levels, left_out = self.store.stock(), set(but)
        units = Product.objects.filter(
            organization=self.organization, status="active", kind__in=["simple", "child"]
        ).select_related("parent")
        candidates = sorted(
            unit.sku
            for unit in units
            if unit.sku not in left_out
            and _is_shipped(unit)
            and int(levels.get(unit.sku, {}).get("quantity") or 0) >= LEAST_STOCK
        )
        if len(candidates) < count:
            raise DemoError(f"The store has only {len(candidates)} goods in plenty; {count} are needed.")
        return self.random.sample(candidates, count)

    def order(self, number: str) -> Order | None:
        """Return the hub's order, None until it has come in."""
        return Order.objects.filter(integration=self.integration, ext_order_id=number).first()

    def found(self, number: str) -> Order:
        """Return the hub's order, which must have come in. Raises `DemoError`."""
        order = self.order(number)
        if order is None:
            raise DemoError(f"Order {number} has not come in.")
        return order

    def order_in_store(self, number: str) -> Doc:
        """Return the order as the store has it."""
        return self.store.order(number)

    def status(self, number: str) -> str:
        """Return the order's status here, empty until it has come in."""
        order = self.order(number)
        return order.status if order else ""

    def address(self, number: str) -> str:
        """Return the street the order goes to, as the hub has it."""
        order = self.order(number)
        address = order.canonical.get("shippingAddress") if order else None
        return str(address.get("address1", "")) if isinstance(address, dict) else ""

    def request(self, number: str) -> ShippingRequest | None:
        """Return the order's newest shipping request that is not cancelled."""
        requests = self.requests(number)
        return requests[-1] if requests else None

    def requests(self, number: str) -> list[ShippingRequest]:
        """Return the order's shipping requests that are not cancelled, oldest first."""
        rows = ShippingRequest.objects.filter(
            order__integration=self.integration, order__ext_order_id=number, canceled_at=None
        )
        return list(rows.select_related("location", "order").order_by("pk"))

    def reported(self, *numbers: str) -> bool:
        """Whether the store's orders have the tracking of every parcel that left."""
        rows = {number: str(row.get("trackingNumber") or "") for number, row in self.store.orders().items()}
        parcels = Fulfillment.objects.filter(
            order__integration=self.integration, order__ext_order_id__in=numbers
        ).values_list("order__ext_order_id", "tracking_number")
        return all(tracking in rows[number] for number, tracking in parcels)

    def equal(self, skus: Iterable[str]) -> bool:
        """Whether the store has what the hub says it is to show."""
        levels, figures = self.store.stock(), channel_figures(self.integration, skus)
        return all(levels.get(sku, {}).get("quantity") == figure.quantity for sku, figure in figures.items())

    def published(self, skus: Iterable[str]) -> bool:
        """Whether each of these SKUs is in the store."""
        wanted = set(skus)
        ours = Product.objects.filter(organization=self.organization, sku__in=wanted)
        links = Link.objects.filter(
            integration=self.integration,
            entity="products",
            record_id__in=ours.values("pk"),
            tombstoned_at=None,
        )
        return links.count() == len(wanted)


def _is_shipped(unit: Product) -> bool:
    canonical = [unit.canonical, *([unit.parent.canonical] if unit.parent else [])]
    return all(document.get("requiresShipping", True) for document in canonical)
