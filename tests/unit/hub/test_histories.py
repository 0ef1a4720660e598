"""Long random histories of orders, edits, cancellations, counts and parcels: the books always balance."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.conftest import World

from crossdock.hub.models import (
    FulfillmentLine,
    InventoryRecord,
    Location,
    Order,
    OrderLine,
    Reservation,
    ShippingRequest,
    ShippingRequestLine,
)
from crossdock.hub.orders.canceling import cancel_order
from crossdock.hub.orders.lifecycle import apply_standing
from crossdock.hub.shipping.cancellations import answer_cancellation
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.shipping.rejections import reject
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock.availability import channel_figures
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, set_state, settle_reservations
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS
from crossdock.routing.router import route_again, route_pending

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SKUS = ("tea", "cup", "pot")
ACTIONS = (
    "place", "place", "route", "route", "route", "ship", "ship", "ship", "send", "cancel", "again", "split",
    "count", "unlimited", "standing", "standing", "pay", "edit", "delete", "move", "reject", "reject",
    "call_off", "strike", "answer", "late", "too_many",
)  # fmt: skip


class History:
    """One shop to which things happen, chosen by a seeded dice."""

    def __init__(self, world: World, dice: Random) -> None:
        self.world = world
        self.dice = dice
        self.places = [world.main, world.location("Depot")]
        world.organization.settings = {"overfulfillPolicy": "accept"}
        world.organization.save()

    def happen(self, action: str) -> None:
        """Let one thing happen, then check the books."""
        getattr(self, action)()
        self.check()

    def order(self) -> Order | None:
        return self.dice.choice([None, *Order.objects.order_by("pk")])

    def request(self) -> ShippingRequest | None:
        live = ShippingRequest.objects.exclude(
            status__in=[*CANCELED_REQUESTS, "fulfilled", "failed"]
        ).order_by("pk")
        return self.dice.choice([*live]) if live else None

    def place(self) -> None:
        lines = {self.dice.choice(SKUS) + "?" * number: self.dice.randint(1, 4) for number in range(3)}
        order = self.world.order(
            lines, paid=self.dice.random() < 0.8, location=self.dice.choice([None, *self.places])
        )
        settle_reservations([order.pk], author="dice", reason="placed")

    def route(self) -> None:
        route_pending(self.world.organization.pk)

    def again(self) -> None:
        if order := self.order():
            route_again(order, author="dice", reason="again")

    def split(self) -> None:
        order = self.order()
        if order is None:
            return
        wanted = [(line, self.dice.randint(1, 3)) for line in order.lines.all() if self.dice.random() < 0.5]
        try:
            with transaction.atomic():
                create_request(order, self.dice.choice(self.places), wanted, reason="split", author="dice")
        except ShippingError:
            pass

    def ship(self) -> None:
        if (request := self.request()) is None:
            return
        rows: list[ShippingRequestLine] = [row for row in request.lines.all() if row.open]
        some: dict[int | str, int] = {row.pk: self.dice.randint(1, row.open) for row in rows}
        fulfill(request, self.dice.choice([some, None]), shipped_at=NOON, author="dice")

    def send(self) -> None:
        if request := self.request():
            mark_sent(request, author="dice")

    def cancel(self) -> None:
        if request := self.request():
            cancel_request(
                request,
                self.dice.random() < 0.5,
                author="dice",
                reason="",
                route_again=self.dice.random() < 0.5,
            )

    def reject(self) -> None:
        if (request := self.request()) and (rows := [row for row in request.lines.all() if row.open]):
            some: dict[int | str, int] = {row.pk: self.dice.randint(1, row.open) for row in rows}
            reject(request, self.dice.choice([some, None]), at=NOON, author="dice", reason="lacking")

    def call_off(self) -> None:
        if order := self.order():
            cancel_order(order, self.dice.random() < 0.5, author="dice", reason="called off")
            assert cancel_order(order, True, author="dice", reason="again") == 0

    def strike(self) -> None:
        if (order := self.order()) and (rows := [line for line in order.lines.all() if line.open]):
            line = self.dice.choice(rows)
            units = self.dice.randint(1, line.open)
            restock = self.dice.random() < 0.5
            assert cancel_order(order, restock, author="dice", reason="", lines={line.pk: units}) == units

    def stopped_too_late(self) -> ShippingRequest | None:
        sent = ShippingRequest.objects.filter(sent_to_fulfillment_at__isnull=False).order_by("pk")
        rows = [*sent.filter(status__in=CANCELED_REQUESTS)]
        return self.dice.choice(rows) if rows else None

    def answer(self) -> None:
        if request := self.stopped_too_late():
            answer_cancellation(request, stopped=self.dice.random() < 0.5, author="dice")

    def late(self) -> None:
        """A parcel leaves although its request was cancelled."""
        if (request := self.stopped_too_late()) and any(row.open for row in request.lines.all()):
            fulfill(request, shipped_at=NOON, author="dice")
            assert request.cancellation_status == "refused"

    def too_many(self) -> None:
        """More is in a parcel than was asked for."""
        if (request := self.request()) is None:
            return
        row = self.dice.choice([*request.lines.all()])
        fulfill(request, {row.pk: row.open + self.dice.randint(1, 2)}, shipped_at=NOON, author="dice")

    def count(self) -> None:
        set_on_hand(
            self.world.organization, self.dice.choice(SKUS), self.dice.randint(0, 20),
            location=self.dice.choice(self.places), author="dice", reason="counted",
        )  # fmt: skip

    def unlimited(self) -> None:
        set_state(
            self.world.organization, self.dice.choice(SKUS), self.dice.choice(["unlimited", "unknown"]),
            location=self.dice.choice(self.places), author="dice", reason="",
        )  # fmt: skip

    def change(self, **fields: object) -> None:
        if order := self.order():
            Order.objects.filter(pk=order.pk).update(**fields)
            apply_standing(order, author="pull", reason="changed")

    def standing(self) -> None:
        self.change(
            standing=self.dice.choice(["open", "open", "canceled", "refunded", "fulfilled", "returned"])
        )

    def pay(self) -> None:
        self.change(paid=True)

    def delete(self) -> None:
        self.change(deleted_at=self.dice.choice([None, NOON]))

    def move(self) -> None:
        self.change(location=self.dice.choice([None, *self.places]))

    def edit(self) -> None:
        if order := self.order():
            line = self.dice.choice([*order.lines.all()])
            OrderLine.objects.filter(pk=line.pk).update(quantity=self.dice.randint(0, 5))
            apply_standing(order, author="pull", reason="edited")

    def check(self) -> None:
        """What must always hold."""
        assert check_ledger(self.world.organization.pk) == []
        assert not InventoryRecord.objects.filter(committed__lt=0).exists()
        for line in OrderLine.objects.all():
            own = ShippingRequestLine.objects.filter(line=line).aggregate(n=Sum("fulfilled"))["n"] or 0
            assert line.fulfilled >= own, "every parcel is counted"
            if own <= line.quantity:
                assert line.quantity == line.fulfilled + line.canceled + line.open
        for row in ShippingRequestLine.objects.all():
            proved = FulfillmentLine.objects.filter(request_line=row).values_list(
                "fulfillment__fulfillment_type"
            )
            units = dict(proved.annotate(n=Sum("quantity")))
            assert row.fulfilled == units.get("shipped", 0), "no parcel without a request"
            assert row.rejected == units.get("rejected", 0)
            assert row.fulfilled + row.rejected <= row.quantity
        self.check_reservations()
        for figure in channel_figures(self.world.integration, SKUS).values():
            if figure.quantity is not None:
                assert figure.quantity == sum(value for _, value in figure.terms) >= 0

    def check_reservations(self) -> None:
        live = ShippingRequestLine.objects.exclude(request__status__in=CANCELED_REQUESTS)
        held = dict(live.values_list("pk").annotate(n=F("quantity") - F("fulfilled") - F("rejected")))
        kept = dict(Reservation.objects.exclude(request_line=None).values_list("request_line_id", "quantity"))
        assert kept == {pk: quantity for pk, quantity in held.items() if quantity}
        for line in OrderLine.objects.select_related("order"):
            own = (
                Reservation.objects.filter(line=line, request_line=None).aggregate(n=Sum("quantity"))["n"]
                or 0
            )
            inside = (
                live.filter(line=line).aggregate(n=Sum(F("quantity") - F("fulfilled") - F("rejected")))["n"]
                or 0
            )
            wanted = line.order.standing == "open" and line.order.deleted_at is None
            assert own == (max(line.open - inside, 0) if wanted else 0)


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), actions=st.lists(st.sampled_from(ACTIONS), min_size=5, max_size=30))
def test_the_books_balance_whatever_happens(seed: int, actions: list[str]) -> None:
    with transaction.atomic():
        world = World()
        history = History(world, Random(seed))
        history.place()
        for action in actions:
            history.happen(action)
        assert Location.objects.count() == 2
        transaction.set_rollback(True)
