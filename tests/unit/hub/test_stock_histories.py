"""Long random histories with bundles, counts of other times, locks, future stock and all figures: all is explained."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.conftest import World
from tests.unit.hub.test_histories import ACTIONS, NOON, SKUS, History

from crossdock.hub.models import (
    InventoryRecord,
    Location,
    OrderLine,
    Product,
    Reservation,
    ShippingRequest,
    ShippingRequestLine,
)
from crossdock.hub.stock.availability import channel_figures, explain
from crossdock.hub.stock.bundle_items import set_bundle_items
from crossdock.hub.stock.bundles import bundle_parts
from crossdock.hub.stock.counts import take_count
from crossdock.hub.stock.figures import SETTABLE, SHELVES, move_units, receive_units, set_figure, set_lock
from crossdock.hub.stock.inventory import InventoryError, settle_reservations
from crossdock.hub.stock.ledger import Cause
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS
from crossdock.hub.stock.pending import ready_requests

STOCK_ACTIONS = (
    *ACTIONS, "place", "place", "define", "define", "clear", "counted", "counted", "lock", "figure", "figure",
    "receive", "receive", "shift", "wait", "wait", "ready", "ready", "whole",
)  # fmt: skip
Kept = tuple[str, int, int, int | None, bool]
"""What a reservation is about: SKU, location, line, request line, and whether it is of future stock."""


class StockHistory(History):
    """A shop that also sells a box, of which the parts change."""

    def __init__(self, world: World, dice: Random) -> None:
        super().__init__(world, dice)
        Product.objects.create(organization=world.organization, sku="box", name="Box")

    def place(self) -> None:
        lines = {self.dice.choice((*SKUS, "box", "box")): self.dice.randint(1, 4) for _ in range(2)}
        order = self.world.order(lines, location=self.dice.choice([None, *self.places]))
        settle_reservations([order.pk], author="dice", reason="placed")

    def define(self) -> None:
        parts: dict[str, object] = {sku: self.dice.randint(1, 3) for sku in SKUS if self.dice.random() < 0.6}
        set_bundle_items(self.world.organization, "box", parts, author="dice")

    def clear(self) -> None:
        set_bundle_items(self.world.organization, "box", {}, author="dice")

    def whole(self) -> None:
        from crossdock.hub.places.settings import change_location

        place = self.dice.choice(self.places)
        change_location(place, {"preserveBundles": self.dice.random() < 0.5}, author="dice")

    def spot(self) -> tuple[str, Location]:
        return self.dice.choice((*SKUS, "box")), self.dice.choice(self.places)

    def counted(self) -> None:
        sku, place = self.spot()
        at = NOON + timedelta(hours=self.dice.randint(-3, 3))
        before = InventoryRecord.objects.filter(sku=sku, location=place).first()
        result = take_count(
            self.world.organization, place, sku, self.dice.randint(0, 30), at=at, author="dice", reason="",
            means=self.dice.choice(["onHand", "available"]), by_person=self.dice.random() < 0.2,
        )  # fmt: skip
        after = InventoryRecord.objects.get(sku=sku, location=place)
        assert after.on_hand == result.on_hand
        if result.outcome == "refused":
            assert before is None or before.on_hand == after.on_hand

    def lock(self) -> None:
        sku, place = self.spot()
        locked = self.dice.random() < 0.5
        set_lock(self.world.organization, sku, locked=locked, location=place, author="dice", reason="")

    def figure(self) -> None:
        sku, place = self.spot()
        name, quantity = self.dice.choice(SETTABLE), self.dice.randint(0, 9)
        set_figure(self.world.organization, sku, name, quantity, location=place, author="dice", reason="")

    def receive(self) -> None:
        sku, place = self.spot()
        with suppress(InventoryError):  # nobody has counted it
            receive_units(
                self.world.organization,
                sku,
                self.dice.randint(1, 9),
                location=place,
                author="dice",
                reason="",
            )

    def shift(self) -> None:
        sku, place = self.spot()
        source, target = self.dice.sample(sorted(SHELVES), 2)
        with suppress(InventoryError):  # nobody has counted it, or there is none
            move_units(
                self.world.organization, sku, 1, source, target, location=place, author="dice", reason=""
            )

    def wait(self) -> None:
        rows = ShippingRequest.objects.filter(status="readyForFulfillment", sent_to_fulfillment_at=None)
        if request := self.dice.choice([None, *rows.order_by("pk")]):
            ShippingRequest.objects.filter(pk=request.pk).update(status="pendingInventory")
            settle_reservations([request.order_id], author="dice", reason="waits")

    def ready(self) -> None:
        for request in ready_requests(self.world.organization.pk, Cause("dice")):
            assert not Reservation.objects.filter(request_line__request=request, future=True).exists()

    def check(self) -> None:
        super().check()
        assert not InventoryRecord.objects.filter(committed_future__lt=0).exists()
        for figure in channel_figures(self.world.integration, (*SKUS, "box")).values():
            assert explain(figure)
            if figure.bundle is not None and figure.bundle.bundles is not None:
                assert figure.bundle.bundles >= 0
                for part in figure.bundle.total.parts:
                    if part.available is not None:
                        assert figure.bundle.bundles * part.each <= max(part.available, 0), (
                            "never promised twice"
                        )

    def check_reservations(self) -> None:
        """Every reservation is what its line or its request asks for, part by part, and nothing else is kept."""
        expected = Counter(self._asked_by_requests())
        expected.update(self._asked_by_lines())
        found = {
            (
                row.record.sku,
                row.record.location_id,
                row.line_id,
                row.request_line_id,
                row.future,
            ): row.quantity
            for row in Reservation.objects.select_related("record")
        }
        assert found == {key: quantity for key, quantity in expected.items() if quantity}

    def _asked_by_requests(self) -> dict[Kept, int]:
        live = ShippingRequestLine.objects.exclude(request__status__in=CANCELED_REQUESTS)
        return {
            (sku, row.request.location_id, row.line_id, row.pk, row.request.status == "pendingInventory"): (
                row.open * each
            )
            for row in live.select_related("request")
            for sku, each in row.parts()
        }

    def _asked_by_lines(self) -> dict[Kept, int]:
        live = ShippingRequestLine.objects.exclude(request__status__in=CANCELED_REQUESTS)
        inside = Counter[int]()
        for row in live:
            inside[row.line_id] += row.open
        bundles = bundle_parts(self.world.organization.pk, ["box"])
        asked: dict[Kept, int] = {}
        for line in OrderLine.objects.select_related("order__location"):
            if line.order.standing != "open" or line.order.deleted_at is not None:
                continue
            place = line.order.location or Location.objects.get(is_default=True)
            parts = [] if place.preserve_bundles else bundles.get(line.sku, [])
            for part in parts or [{"sku": line.sku, "quantity": 1}]:
                key = (str(part["sku"]), place.pk, line.pk, None, False)
                asked[key] = max(line.open - inside[line.pk], 0) * int(part["quantity"])
        return asked


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), actions=st.lists(st.sampled_from(STOCK_ACTIONS), min_size=5, max_size=30))
def test_every_unit_is_explained_whatever_happens(seed: int, actions: list[str]) -> None:
    with transaction.atomic():
        world = World()
        history = StockHistory(world, Random(seed))
        history.place()
        for action in actions:
            history.happen(action)
        transaction.set_rollback(True)
