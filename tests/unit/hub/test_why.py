"""Why a store shows its number: who feeds it, who keeps what, what was sent and read back, and what is waited for."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crossdock.canon.stock import Stock
from crossdock.connectors.contract import StockReading
from crossdock.flows.push_inventory import remember_agreed
from crossdock.flows.stock_plan import Listing, plan_stock
from crossdock.hub.marks import leave_marks
from crossdock.hub.models import Attempt, BundleItem, ExceptionCase, InventoryRecord, Link, Mark, Product, Run
from crossdock.hub.stock.availability import channel_figures
from crossdock.hub.stock.inventory import set_on_hand, set_state, settle_reservations
from crossdock.hub.stock.why import ChannelReason, channel_reasons, reserving

if TYPE_CHECKING:
    from tests.unit.conftest import World

AT = "2026-03-02T09:00:00+00:00"


@pytest.fixture
def tea(world: World) -> Link:
    """Twelve teas are counted and listed in the store, which shows twelve."""
    set_on_hand(world.organization, "tea", 12, author="anna", reason="counted")
    product = Product.objects.create(organization=world.organization, sku="tea", name="Tea")
    Mark.objects.all().delete()
    return Link.objects.create(
        integration=world.integration, entity="products", remote_id="700", record_id=product.pk,
        known={"quantity": 12, "at": AT, "readBack": AT},
    )  # fmt: skip


def reason(world: World) -> ChannelReason:
    (found,) = channel_reasons(world.organization, "tea")
    return found


def verdict(world: World) -> str:
    (listing,) = reason(world).listings
    return listing.verdict


def test_what_was_read_back_agrees(world: World, tea: Link) -> None:
    (listing,) = reason(world).listings
    assert (listing.verdict, listing.shown, listing.read_back) == ("agrees", 12, datetime.fromisoformat(AT))
    assert (listing.push, listing.tried) == (None, None)


def test_a_change_waits_for_its_push_and_says_why(world: World, tea: Link) -> None:
    set_on_hand(world.organization, "tea", 9, author="anna", reason="two got wet")
    (listing,) = reason(world).listings
    assert listing.verdict == "waits"
    assert "two got wet" in listing.sentence
    assert "9" in listing.sentence


def test_a_difference_without_a_push_is_not_hidden(world: World, tea: Link) -> None:
    Link.objects.update(known={"quantity": 4, "at": AT})
    assert verdict(world) == "differs"
    Link.objects.update(known=None)
    assert verdict(world) == "differs"
    Link.objects.update(known={"quantity": 12, "at": AT, "observed": 10, "observedAt": AT})
    assert verdict(world) == "waits"


def test_a_mark_means_that_agreement_is_not_known_yet(world: World, tea: Link) -> None:
    leave_marks(world.inventory_flow, ["tea"], "looked at again", wake=False)
    assert verdict(world) == "waits"


def test_an_exception_stands_in_the_way(world: World, tea: Link) -> None:
    ExceptionCase.objects.create(
        organization=world.organization, integration=world.integration, code="remoteUnlimited", entity="inventory",
        subject="inventory:tea", message="sold without limit there",
    )  # fmt: skip
    found = reason(world)
    assert [case.code for case in found.cases] == ["remoteUnlimited"]
    assert found.listings[0].verdict == "differs"


def test_what_is_switched_off_is_said(world: World, tea: Link) -> None:
    set_state(world.organization, "tea", "unknown", author="anna", reason="")
    assert "nobody has counted it" in reason(world).listings[0].sentence
    set_state(world.organization, "tea", "unlimited", author="anna", reason="")
    assert "unlimited" in reason(world).listings[0].sentence
    world.integration.state = "error"
    world.integration.save()
    assert "not connected" in reason(world).listings[0].sentence
    world.inventory_flow.enabled = False
    world.inventory_flow.save()
    found = reason(world).listings[0]
    assert (found.verdict, "switched off" in found.sentence) == ("off", True)


def test_the_last_push_and_the_answer_to_it(world: World, tea: Link) -> None:
    run = Run.objects.create(flow=world.inventory_flow, trigger="mark")
    Link.objects.update(sent={
        "quantity": 12, "delta": -2, "before": 14, "at": AT, "run": run.key, "warning": "low stock",
    })  # fmt: skip
    for remote_id, outcome in (("700", {"700": "applied"}), ("701", {"701": "applied"}), ("700", None)):
        Attempt.objects.create(
            run=run, flow=world.inventory_flow, call_key=f"{remote_id}{outcome}", outcome=outcome,
            plan=[{"remoteId": remote_id, "before": 14, "delta": -2}],
        )  # fmt: skip
    (listing,) = reason(world).listings
    assert listing.push is not None
    assert (listing.push.before, listing.push.delta, listing.push.quantity) == (14, -2, 12)
    assert (listing.push.run_id, listing.push.at) == (run.pk, datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert listing.tried is not None
    assert (listing.tried.answer, listing.tried.delta) == ("", -2), "the newest got no answer"
    Attempt.objects.filter(outcome__isnull=True).delete()
    tried = reason(world).listings[0].tried
    assert tried is not None
    assert tried.answer == "applied"


def test_every_place_is_there_with_why_it_does_not_count(world: World, tea: Link) -> None:
    for name, fields in (
        ("Closed", {"status": "inactive"}),
        ("Samples", {"exclude_from_totals": True}),
        ("Depot", {}),
    ):
        place = world.location(name, **fields)
        set_on_hand(world.organization, "tea", 1, location=place, author="anna", reason="")
        if name == "Depot":
            place.excluded_for.add(world.integration)
    told = {source.record.location.name: source.left_out for source in reason(world).sources}
    assert told["Main"] == ""
    assert "not active" in told["Closed"]
    assert "excluded from totals" in told["Samples"]
    assert f"excluded for {world.integration.name}" in told["Depot"]
    world.integration.settings = {"feedFrom": [world.location("Other").key]}
    world.integration.save()
    merged = world.location("Gone", status="merged", merged_into=world.main)
    InventoryRecord.objects.create(organization=world.organization, sku="tea", location=merged)
    assert "Gone" not in {source.record.location.name for source in reason(world).sources}
    assert (
        "feedFrom"
        in {source.record.location.name: source.left_out for source in reason(world).sources}["Main"]
    )


def test_a_malformed_setting_is_named_and_nothing_breaks(world: World, tea: Link) -> None:
    world.integration.settings = {"buffer": "two"}
    world.integration.save()
    found = reason(world)
    assert found.figure is None
    assert "buffer" in found.problem
    assert found.listings[0].verdict == "differs"


def test_a_bundles_places_are_those_of_its_parts(world: World, tea: Link) -> None:
    gift = Product.objects.create(organization=world.organization, sku="gift", name="Gift")
    BundleItem.objects.create(bundle=gift, sku="tea", quantity=2, updated_by="anna")
    (found,) = channel_reasons(world.organization, "gift")
    assert not found.listed
    assert [source.record.sku for source in found.sources] == ["tea"]
    assert found.figure is not None
    assert found.figure.quantity == 6


def test_orders_that_keep_units_are_named(world: World, tea: Link) -> None:
    order = world.order({"tea": 3})
    settle_reservations([order.pk], author="test", reason="")
    (kept,) = reserving([world.record("tea")])
    assert (kept.line.order, kept.quantity) == (order, 3)


def test_another_organization_has_reasons_of_its_own(world: World, tea: Link) -> None:
    other = type(world)("Other")
    (found,) = channel_reasons(other.organization, "tea")
    assert not found.listed
    assert found.sources == ()


def test_a_figure_that_was_right_as_it_stood_was_read(world: World, tea: Link) -> None:
    Link.objects.update(known=None)
    remember_agreed({tea.pk: 12}, datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    (listing,) = reason(world).listings
    assert (listing.verdict, listing.shown) == ("agrees", 12)
    assert listing.seen_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_of_what_was_seen_the_latest_counts(world: World, tea: Link) -> None:
    Link.objects.update(known={"quantity": 15, "at": AT, "observed": 10, "observedAt": AT})
    remember_agreed({tea.pk: 12}, datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    assert verdict(world) == "agrees"
    remember_agreed({tea.pk: 11}, datetime(2026, 3, 2, 9, 40, tzinfo=UTC))
    assert verdict(world) == "differs"


def test_what_was_right_as_it_stood_is_not_what_was_left_there(world: World, tea: Link) -> None:
    """A sale may hide behind it: a raise still waits until the figure has stood still."""
    Link.objects.update(known=None)
    remember_agreed({tea.pk: 12}, datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    tea.refresh_from_db()
    listing = Listing(tea.pk, "700", "tea", tea.known)
    reading = StockReading(remote_id="700", stock=Stock(state="tracked", quantity=12))
    figure = channel_figures(world.integration, ["tea"])["tea"]
    raised = dataclasses.replace(figure, quantity=13)
    now = datetime(2026, 3, 2, 9, 31, tzinfo=UTC)
    plan = plan_stock([listing], {"tea": raised}, {"700": reading}, now=now, lag=timedelta(seconds=90))
    assert [one.sku for one in plan.waiting] == ["tea"]
    assert plan.changes == []
