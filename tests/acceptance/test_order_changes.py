"""Where Ecwid moves its stock by itself, our figures and its still meet, and nothing is doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from crossdock.hub.clock import system_clock
from crossdock.hub.models import (
    ExceptionCase,
    InventoryRecord,
    LedgerEntry,
    Order,
    OrderLine,
    ShippingRequest,
)
from crossdock.hub.orders.attention import subject_of
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock import inventory
from crossdock.hub.stock.availability import channel_figures
from ecwid_twin.config import Config
from ecwid_twin.server import Running, running

from .conftest import LAG, Road

BOUGHT = 4
STAGES = ("unrouted", "routed", "sent", "partly", "shipped")
LEFT = {"partly": 1, "shipped": BOUGHT}
"""How many units of the order have left the house at each stage."""


@pytest.fixture
def twin() -> Iterator[Running]:
    """A stand-in store with few orders: what counts here are those that are placed."""
    with running(Config(orders=6, lag=LAG, rate_limit=100_000)) as handle:
        yield handle


class Shop:
    """A store and a hub that agree, with one order of four units of a SKU of its own for each stage."""

    def __init__(self, road: Road, *stages: str) -> None:
        road.open_for_business()
        self.road = road
        stock = road.remote_stock()
        plenty = sorted(stock, key=stock.__getitem__, reverse=True)
        self.stories = [Story(self, stage, sku) for stage, sku in zip(stages, plenty, strict=False)]
        road.sync()
        for story in self.stories:
            story.advance()
        road.sync()
        for story in self.stories:
            story.check()

    def settle(self) -> None:
        """Let every flow run, and once more: the second time nothing may be left to do."""
        self.road.sync()
        before = LedgerEntry.objects.count(), self.road.remote_stock()
        self.road.sync()
        assert (LedgerEntry.objects.count(), self.road.remote_stock()) == before
        assert inventory.check_ledger(self.road.organization.pk) == []


class Story:
    """One order of a shop."""

    def __init__(self, shop: Shop, stage: str, sku: str) -> None:
        self.road, self.stage, self.sku = shop.road, stage, sku
        self.start = self.remote
        self.payment = "AWAITING_PAYMENT" if stage == "unrouted" else "PAID"
        placed = self.road.control.place_order(
            {"items": [{"sku": sku, "quantity": BOUGHT}], "paymentStatus": self.payment}
        )
        self.number: str = placed["id"]

    def advance(self) -> None:
        """Bring it from routed to its stage."""
        if self.stage in ("sent", "partly", "shipped"):
            mark_sent(self.request, author="warehouse")
        if self.stage in LEFT:
            fulfill(
                self.request, {self.sku: LEFT[self.stage]}, tracking_number="T-1", shipped_at=system_clock(),
                author="warehouse",
            )  # fmt: skip

    def check(self) -> None:
        """It is at its stage, and both sides say that its units are taken."""
        assert self.figures == (self.start - BOUGHT, self.start - BOUGHT)
        assert ShippingRequest.objects.filter(order=self.order).exists() == (self.stage != "unrouted")

    @property
    def order(self) -> Order:
        return self.road.order(self.number)

    @property
    def request(self) -> ShippingRequest:
        return ShippingRequest.objects.filter(order=self.order).latest("version")

    @property
    def left(self) -> int:
        return LEFT.get(self.stage, 0)

    @property
    def remote(self) -> int:
        """What the store says is there."""
        return self.road.remote_stock()[self.sku]

    @property
    def figures(self) -> tuple[int | None, int]:
        """What we say is there, and what the store says is there."""
        return channel_figures(self.road.integration, [self.sku])[self.sku].quantity, self.remote

    @property
    def codes(self) -> set[str]:
        """The exceptions about the order that are open."""
        active = ExceptionCase.objects.filter(status="active", subject=subject_of(self.order))
        return set(active.values_list("code", flat=True))

    def edit(self, **values: object) -> None:
        """Change the order in the store's admin."""
        self.road.control.edit_order(self.number, values)

    def edit_quantity(self, quantity: int) -> None:
        """Change how many are ordered, as the admin's editor does: Ecwid leaves its stock alone."""
        [item] = self.road.control.order(self.number)["items"]
        before = self.remote
        self.edit(items=[{**item, "quantity": quantity}])
        assert self.remote == before


def cancel(story: Story) -> int:
    """Ecwid puts all of it back, shipped or not."""
    story.road.control.cancel_order(story.number)
    return BOUGHT


def refund(story: Story) -> int:
    """The same."""
    story.road.control.refund_order(story.number)
    return BOUGHT


def delete(story: Story) -> int:
    """Ecwid forgets the order and keeps its figure."""
    story.road.control.delete_order(story.number)
    return 0


@pytest.mark.parametrize("end", [cancel, refund, delete])
def test_what_is_called_off_is_for_sale_again_and_what_has_left_is_not(
    road: Road, end: Callable[[Story], int]
) -> None:
    shop = Shop(road, *STAGES)
    for story in shop.stories:
        before = story.remote
        back = end(story)
        assert story.remote == before + back
    shop.settle()
    for story in shop.stories:
        there = story.start - story.left
        assert story.figures == (there, there), story.stage
        line = OrderLine.objects.get(order=story.order)
        assert (line.fulfilled, line.canceled) == (story.left, BOUGHT - story.left), story.stage


def test_goods_that_are_with_the_buyer_are_taken_off_the_stores_figure_again(road: Road) -> None:
    shop = Shop(road, "shipped", "shipped")
    cancel(shop.stories[0])
    refund(shop.stories[1])
    for story in shop.stories:
        assert story.figures == (story.start - BOUGHT, story.start), "for a moment the store offers too many"
    road.sync()
    for story in shop.stories:
        assert story.figures == (story.start - BOUGHT, story.start - BOUGHT)
        assert "canceledAfterShipping" in story.codes
        record = InventoryRecord.objects.get(sku=story.sku)
        inventory.set_on_hand(
            road.organization, story.sku, record.on_hand + BOUGHT, author="anna", reason="return"
        )
    shop.settle()
    for story in shop.stories:
        assert story.figures == (story.start, story.start), "counted in, they are for sale again"


@pytest.mark.parametrize("seen", [True, False])
def test_cancelled_and_paid_again_takes_the_goods_once(road: Road, *, seen: bool) -> None:
    shop = Shop(road, *STAGES)
    entries = LedgerEntry.objects.count()
    for story in shop.stories:
        cancel(story)
    if seen:
        shop.settle()
    for story in shop.stories:
        before = story.remote
        story.edit(paymentStatus=story.payment)
        assert story.remote == before - BOUGHT
    shop.settle()
    for story in shop.stories:
        assert story.figures == (story.start - BOUGHT, story.start - BOUGHT), story.stage
    assert seen or LedgerEntry.objects.count() == entries


@pytest.mark.parametrize("quantity", [2, 6])
def test_an_edited_quantity_that_ecwid_leaves_alone_reaches_its_figure(road: Road, quantity: int) -> None:
    shop = Shop(road, *STAGES)
    for story in shop.stories:
        story.edit_quantity(quantity)
    shop.settle()
    # What a warehouse was told to ship stays committed until a person has decided; what has left stays gone.
    asked = {"sent": max(quantity, BOUGHT), "partly": max(quantity, BOUGHT), "shipped": BOUGHT}
    for story in shop.stories:
        kept = asked.get(story.stage, quantity)
        assert story.figures == (story.start - kept, story.start - kept), story.stage
        told = story.codes & {"editedAfterSending", "editedAfterShipping"}
        if story.stage == "shipped":
            assert told == {"editedAfterShipping"}
        else:
            assert told == ({"editedAfterSending"} if kept > quantity else set()), story.stage
        if "editedAfterSending" in told:
            cancel_request(story.request, True, author="anna", reason="stopped there", route_again=True)
            assert "editedAfterSending" not in story.codes
    shop.settle()
    for story in shop.stories:
        kept = BOUGHT if story.stage == "shipped" else quantity
        assert story.figures == (story.start - kept, story.start - kept), story.stage


def test_edited_to_less_and_then_cancelled_meets_what_ecwid_puts_back(road: Road) -> None:
    shop = Shop(road, "unrouted", "routed")
    for story in shop.stories:
        story.edit_quantity(1)
    shop.settle()
    for story in shop.stories:
        cancel(story)
    shop.settle()
    assert [story.figures for story in shop.stories] == [(story.start, story.start) for story in shop.stories]


def test_a_partial_refund_moves_nothing(road: Road) -> None:
    shop = Shop(road, *STAGES)
    for story in shop.stories:
        road.control.refund_order(story.number, 0.5)
    shop.settle()
    for story in shop.stories:
        assert story.figures == (story.start - BOUGHT, story.start - BOUGHT), story.stage
        assert ("partlyRefunded" in story.codes) == (story.stage != "shipped"), story.stage


@pytest.mark.parametrize("seen", [True, False])
def test_cancelled_by_mistake_and_shipped_by_the_merchant_takes_the_goods_once(
    road: Road, *, seen: bool
) -> None:
    shop = Shop(road, "unrouted", "routed")
    for story in shop.stories:
        cancel(story)
    shop.settle()
    for story in shop.stories:
        story.edit(paymentStatus="PAID")
    if seen:
        shop.settle()
    for story in shop.stories:
        story.edit(fulfillmentStatus="SHIPPED")
    shop.settle()
    for story in shop.stories:
        assert story.figures == (story.start - BOUGHT, story.start - BOUGHT)
        assert OrderLine.objects.get(order=story.order).fulfilled == BOUGHT
