"""Orders with all that routing must know of them, read for many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import F

from crossdock.hub.models import Fulfillment, Location, Order, OrderLine, RoutingCard
from crossdock.hub.orders.places import named_places
from crossdock.hub.shipping.requests import unrouted
from crossdock.hub.stock.bundles import Part, bundle_parts
from crossdock.routing.allocation import Need
from crossdock.routing.cards import Card, CardFacts
from crossdock.routing.decision import PlaceFacts
from crossdock.routing.facts import order_facts
from crossdock.routing.one_order import RoutingFacts, RoutingSettings


@dataclass(frozen=True)
class Case:
    """An order with its lines, how much of each is to be routed, and who would not ship it before."""

    order: Order
    lines: tuple[OrderLine, ...]
    left: Mapping[int, int]
    parts: Mapping[str, Sequence[Part]] = field(default_factory=dict)
    rejected: frozenset[int] = frozenset()

    @cached_property
    def routable(self) -> dict[int, OrderLine]:
        """The lines that can be routed and are not yet, by id."""
        return {line.pk: line for line in self.lines if line.sku and self.left.get(line.pk, 0) > 0}

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """What is to be shipped, bundles with their parts."""
        return tuple(
            Need(
                line.pk, line.sku, self.left[line.pk],
                tuple((str(part["sku"]), int(part["quantity"])) for part in self.parts.get(line.sku, ())),
            )
            for line in self.routable.values()
        )  # fmt: skip

    @property
    def nameless(self) -> int:
        """How many open units have no SKU."""
        return sum(max(self.left.get(line.pk, 0), 0) for line in self.lines if not line.sku)

    @cached_property
    def skus(self) -> frozenset[str]:
        """Every SKU whose stock may matter: those of the lines, and those of their parts."""
        return frozenset(sku for need in self.needs for sku in (need.sku, *(part for part, _ in need.parts)))


def load_cases(orders: Sequence[Order], *, adopt: bool) -> list[Case]:
    """Return the orders as cases, in their order. `adopt` writes down places that were not known before."""
    ids = [order.pk for order in orders]
    if not ids:
        return []
    _place_homeless(orders, adopt=adopt)
    left = unrouted(ids)
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order_id__in=ids, requires_shipping=True, quantity__gt=0).order_by(
        "position"
    ):
        lines.setdefault(line.order_id, []).append(line)
    parts = bundle_parts(orders[0].organization_id, {line.sku for rows in lines.values() for line in rows})
    rejected = _rejected(ids)
    return [
        Case(order, tuple(lines.get(order.pk, ())), left, parts, frozenset(rejected.get(order.pk, ())))
        for order in orders
    ]


def _place_homeless(orders: Sequence[Order], *, adopt: bool) -> None:
    """Give orders the place their channel named, where its location came in after them."""
    homeless = {
        order.pk: order
        for order in orders
        if order.location_id is None and order.canonical.get("extLocationId")
    }
    found = {order_id: place for order_id, place in named_places(list(homeless)).items() if place is not None}
    places = Location.objects.in_bulk(found.values())
    for order_id, place in found.items():
        homeless[order_id].location = places[place]
        if adopt:
            Order.objects.filter(pk=order_id).update(location_id=place)


def _rejected(order_ids: Sequence[int]) -> dict[int, set[int]]:
    """Return who would not ship which order; to let go of a cancelled request is not to refuse the order."""
    rows = Fulfillment.objects.filter(order_id__in=order_ids, fulfillment_type=Fulfillment.Type.REJECTED)
    rows = rows.exclude(request__canceled_at__isnull=False, created_at__gt=F("request__canceled_at"))
    found: dict[int, set[int]] = {}
    for order_id, location_id in rows.values_list("order_id", "location_id"):
        found.setdefault(order_id, set()).add(location_id)
    return found


def facts_of(case: Case, guide: Guide) -> RoutingFacts:
    """Return what the rule is told of a case."""
    order = case.order
    address = order.canonical.get("shippingAddress")
    document = order_facts(order, given=True) if guide.cards else {}
    goods = CardFacts(case.needs, address if isinstance(address, dict) else None, document, case.rejected)
    return RoutingFacts(
        standing=order.standing, deleted=order.deleted_at is not None, paid=order.paid, method=order.method,
        ships=bool(case.lines), goods=goods, nameless_units=case.nameless, own=place_of(order.location),
    )  # fmt: skip


@dataclass(frozen=True)
class Guide:
    """What an organization says about routing: its cards, its default location, its only one if so."""

    default: PlaceFacts | None
    only: PlaceFacts | None
    cards: tuple[Card, ...]

    @property
    def checks_stock(self) -> bool:
        """Whether any card asks what is free."""
        return any(card.enabled and card.check_stock for card in self.cards)

    def settings(self, order: Order) -> RoutingSettings:
        """Return what holds for one order."""
        accept = order.integration.settings.get("acceptUnpaid") is True
        return RoutingSettings(accept, self.default, self.only, self.cards)


def load_guide(organization_id: int) -> Guide:
    """Read how an organization routes; three queries."""
    stock = [
        location
        for location in Location.objects.filter(organization_id=organization_id, kind=Location.Kind.STOCK)
        if location.status == Location.Status.ACTIVE
    ]
    default = next((location for location in stock if location.is_default), None)
    only = stock[0] if len(stock) == 1 else None
    rows = RoutingCard.objects.filter(organization_id=organization_id).order_by("position", "pk")
    cards = [_card(row) for row in rows.prefetch_related("places__location__merged_into")]
    return Guide(place_of(default), place_of(only), tuple(cards))


def _card(row: RoutingCard) -> Card:
    places = [
        place_of(one.location) for one in sorted(row.places.all(), key=lambda one: (one.position, one.pk))
    ]
    return Card(
        row.name, tuple(dict.fromkeys(place for place in places if place is not None)), enabled=row.enabled,
        match=row.match, filters=row.filters, regions=row.regions, check_stock=row.check_stock,
        allow_split=row.allow_split, send_future=row.send_future,
    )  # fmt: skip


def place_of(location: Location | None) -> PlaceFacts | None:
    """Return a location as routing sees it; a merged one as the one it became part of."""
    if location is not None and location.status == Location.Status.MERGED and location.merged_into:
        location = location.merged_into
    if location is None:
        return None
    ships = location.kind == Location.Kind.STOCK and location.status == Location.Status.ACTIVE
    return PlaceFacts(
        location.pk, location.name, ships=ships, paused=location.pause_location,
        infinite=location.infinite_availability, whole_bundles=location.preserve_bundles,
    )  # fmt: skip
