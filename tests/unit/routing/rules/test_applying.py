"""Orders are decided on once, in batches, by any number of workers; what was decided stands with its rule."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.unit.conftest import MONDAY, NOON, World

from crossdock.flows import jobs
from crossdock.hub.models import Event, ExceptionCase, Order, ShippingRequest
from crossdock.hub.orders.lifecycle import apply_standing
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, settle_reservations
from crossdock.hub.waking import ROUTE, WAKE_ROUTING
from crossdock.routing.advance import advance_orders
from crossdock.routing.rules.applying import RulesReport, apply_rules, next_hold_end
from crossdock.routing.rules.book import Draft, put_rule, set_default
from crossdock.routing.rules.trying import try_rules

MINUTE = timedelta(minutes=1)
DEAR: list[dict[str, object]] = [{"field": "totalPrice", "operator": "atLeast", "value": 500}]


def put(world: World, name: str, *actions: dict[str, object], **fields: object) -> None:
    put_rule(world.organization, Draft(name, list(actions), **fields), author="anna")  # type: ignore[arg-type]  # by name


def state(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.release, order.status


def test_an_order_is_held_then_released_and_each_decision_names_its_rule(world: World) -> None:
    order = world.order(release="undecided")
    ends = order.ext_order_created_at + 10 * MINUTE
    assert world.curate(MONDAY + 2 * MINUTE) == RulesReport(considered=1, held=1)
    assert state(order) == ("held", "onHold")
    assert order.hold_until == ends == next_hold_end(world.organization.pk)
    assert order.release_note.startswith("held by rule “Default” until 2026-03-02 09:11:00Z")
    assert world.curate(ends - timedelta(microseconds=1)) == RulesReport()
    assert world.curate(ends) == RulesReport(considered=1, released=1)
    assert state(order) == ("released", "readyForFulfillment")
    assert (order.hold_until, order.released_at is None) == (None, False)
    assert world.curate(ends + MINUTE) == RulesReport()
    decided = Event.objects.filter(record_id=order.pk, operation="release").order_by("pk")
    assert [(event.author, (event.after or {})["release"]) for event in decided] == [
        ("rule", "held"), ("rule", "released"),
    ]  # fmt: skip
    assert all("rule “Default”" in event.reason for event in decided)


def test_what_a_rule_adds_stays_through_edits_and_goes_with_the_rule(world: World) -> None:
    put(
        world, "dear", {"do": "tag", "tag": "vip"}, {"do": "setShipping", "carrier": "DHL", "class": "Express"},
        {"do": "release"}, filters=DEAR,
    )  # fmt: skip
    order = world.order(release="undecided", total_price=500, tags=["gift"], canonical={"tags": ["gift"]})
    world.curate()
    order.refresh_from_db()
    assert order.tags == ["gift", "vip"]
    assert (order.shipping("shippingCarrier"), order.shipping("shippingClass")) == ("DHL", "Express")
    set_on_hand(world.organization, "tea", 5, author="anna", reason="count")
    Order.objects.filter(pk=order.pk).update(total_price=1)
    apply_standing(order, author="pull", reason="edited")
    world.curate()
    order.refresh_from_db()
    assert (order.tags, order.given) == (["gift"], {})
    advance_orders(world.organization.pk, NOON)
    assert ShippingRequest.objects.get().shipping_carrier == ""


def test_a_carrier_that_a_rule_chose_is_on_the_request(world: World) -> None:
    put(world, "all", {"do": "setShipping", "carrier": "DHL"}, {"do": "release"})
    set_on_hand(world.organization, "tea", 5, author="anna", reason="count")
    world.order(release="undecided", canonical={"shippingCarrier": "UPS", "shippingClass": "Ground"})
    assert advance_orders(world.organization.pk, NOON).routed == 1
    request = ShippingRequest.objects.get()
    assert (request.shipping_carrier, request.shipping_class) == ("DHL", "Ground")


def test_review_is_an_exception_that_closes_when_it_is_released(world: World) -> None:
    put(world, "dear", {"do": "review"}, filters=DEAR)
    order = world.order(release="undecided", total_price=900)
    assert world.curate() == RulesReport(considered=1, review=1)
    assert state(order) == ("review", "reviewRequired")
    case = ExceptionCase.objects.get()
    assert (case.code, case.status, case.record_id) == ("reviewRequired", "active", order.pk)
    assert "rule “dear”" in case.message
    assert world.curate(NOON + timedelta(days=9)) == RulesReport()
    Order.objects.filter(pk=order.pk).update(total_price=9)
    apply_standing(order, author="pull", reason="edited")
    case.refresh_from_db()
    assert (case.status, state(order)) == ("active", ("undecided", "new"))
    world.curate()
    case.refresh_from_db()
    assert (case.status, state(order)) == ("resolved", ("released", "readyForFulfillment"))


@pytest.mark.parametrize(("restock", "stock"), [(True, (5, 0)), (False, (3, 0))])
def test_a_rule_cancels(world: World, restock: bool, stock: tuple[int, int]) -> None:
    put(world, "no", {"do": "cancel", "restock": restock}, filters=DEAR)
    set_on_hand(world.organization, "tea", 5, author="anna", reason="count")
    order = world.order(release="undecided", total_price=900)
    settle_reservations([order.pk], author="test", reason="taken in")
    assert world.curate() == RulesReport(considered=1, canceled=1)
    assert state(order) == ("undecided", "canceled")
    assert (world.record("tea").on_hand, world.record("tea").committed) == stock
    assert world.curate() == RulesReport()
    event = Event.objects.get(record_id=order.pk, operation="cancel")
    assert (event.author, "rule “no”" in event.reason) == ("rule", True)
    assert check_ledger(world.organization.pk) == []


def test_nothing_open_to_cancel_does_not_go_round_for_ever(world: World) -> None:
    put(world, "no", {"do": "cancel"})
    order = world.order({"tea": 0}, release="undecided")
    assert world.curate() == RulesReport(considered=1, released=1)
    assert "nothing is left" in order.__class__.objects.get(pk=order.pk).release_note


def test_what_is_not_to_be_routed_never_needs_a_rule(world: World) -> None:
    for fields in (
        {"routing_status": "excluded", "standing": "fulfilled"},
        {"routing_status": "acknowledged"},
    ):
        world.order(release="undecided", **fields)  # type: ignore[arg-type]  # texts by field name
    assert world.curate() == RulesReport()


def test_filters_see_the_whole_order_but_no_tags_that_rules_gave(world: World) -> None:
    canonical = {
        "lineItems": [{"uniqueId": "1", "sku": "TEA", "quantity": 3}], "extLocationId": "7",
        "shippingAddress": {"country": "DE"}, "customer": {"company": "Acme"},
        "customFields": [{"name": "Gift wrap", "value": "yes"}],
    }  # fmt: skip
    order = world.order(release="undecided", location=world.location("Depot"), canonical=canonical)
    for field, value in (
        ("lineItems.sku", "tea"), ("shippingAddress.country", "de"), ("integration", "Shop"),
        ("custom.Gift wrap", "yes"), ("unitCount", 3), ("lineItems.requiresShipping", True),
        ("customer.company", "ACME"), ("extLocationId", "7"), ("locationId", "Depot"), ("connector", "test"),
    ):  # fmt: skip
        filters = [
            {"field": field, "operator": "equals", "value": value},
            {"field": "tags", "operator": "isEmpty"},
        ]
        hold = {"do": "hold", "minutes": 600}
        put(world, field, {"do": "tag", "tag": field}, hold, filters=filters, position=1)
        Order.objects.filter(pk=order.pk).update(release="undecided")
        world.curate(MONDAY)
        order.refresh_from_db()
        assert order.tags == [field], "the first rule that matches, and no tag of an earlier one"


def test_edits_are_looked_at_again_and_a_persons_word_is_not(world: World) -> None:
    held, kept = world.order(release="undecided"), world.order(release="released", decided_by_person=True)
    world.curate(MONDAY)
    put(world, "all", {"do": "review"})
    for order in (held, kept):
        apply_standing(order, author="pull", reason="edited")
    world.curate(MONDAY)
    assert state(held)[0] == "review"
    assert state(kept)[0] == "released"


def test_what_is_routed_is_not_looked_at_again_unless_it_was_called_off(world: World) -> None:
    set_on_hand(world.organization, "tea", 5, author="anna", reason="count")
    order = world.order(release="undecided")
    assert advance_orders(world.organization.pk, NOON).routed == 1
    put(world, "all", {"do": "review"})
    apply_standing(order, author="pull", reason="looked at")
    assert state(order) == ("released", "readyForFulfillment")
    for standing in ("canceled", "open"):
        Order.objects.filter(pk=order.pk).update(standing=standing)
        apply_standing(order, author="pull", reason="edited")
    assert state(order) == ("undecided", "new")
    world.curate()
    assert state(order) == ("review", "reviewRequired")


def test_a_held_order_is_not_routed_and_keeps_its_goods_committed(world: World) -> None:
    set_on_hand(world.organization, "tea", 2, author="anna", reason="count")
    order = world.order(release="undecided")
    settle_reservations([order.pk], author="test", reason="taken in")
    for moment, reserved in ((MONDAY, {"tea": (2, 0)}), (NOON, {"tea": (0, 2)})):
        advance_orders(world.organization.pk, moment)
        assert world.reserved(order) == reserved
        assert world.record("tea").committed == 2


def test_a_job_waits_for_the_end_of_a_hold_and_the_sweep_does_not_need_it(world: World) -> None:
    set_on_hand(world.organization, "tea", 2, author="anna", reason="count")
    order = world.order(release="undecided")
    for _ in range(2):
        advance_orders(world.organization.pk, MONDAY)
    later = ProcrastinateJob.objects.get(task_name=WAKE_ROUTING)
    order.refresh_from_db()
    assert later.scheduled_at == order.hold_until
    ProcrastinateJob.objects.all().delete()
    Order.objects.update(routing_status="acknowledged")  # so that nothing but the hold wakes anybody
    jobs.sweep()
    assert ProcrastinateJob.objects.filter(task_name=ROUTE).count() == 1
    Order.objects.update(routing_status="pending")
    jobs.route_job(world.organization.pk)
    assert state(order) == ("released", "readyForFulfillment")
    assert ShippingRequest.objects.count() == 1


def test_many_orders_take_a_fixed_number_of_statements(world: World) -> None:
    set_default(world.organization, [{"do": "release"}], author="anna")
    counts = []
    for number in (2, 30):
        for _ in range(number):
            world.order(release="undecided")
        with CaptureQueriesContext(connection) as captured:
            assert world.curate().released == number
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_batches_go_on_until_nothing_is_left(world: World) -> None:
    for _ in range(5):
        world.order(release="undecided")
    reports = [apply_rules(world.organization.pk, NOON, limit=2) for _ in range(4)]
    assert [(report.released, report.more) for report in reports] == [
        (2, True),
        (2, True),
        (1, False),
        (0, False),
    ]


def test_other_organizations_are_left_alone(world: World) -> None:
    world.order(release="undecided")
    assert apply_rules(World("Other").organization.pk, NOON) == RulesReport()


@pytest.mark.django_db(transaction=True)
def test_two_workers_decide_on_each_order_once() -> None:
    world = World()
    orders = [world.order(release="undecided") for _ in range(40)]
    start = Barrier(2)

    def work(_number: int) -> int:
        try:
            start.wait(timeout=30)
            total, report = 0, RulesReport(more=True)
            while report.more:
                report = apply_rules(world.organization.pk, NOON, limit=7)
                total += report.released
            return total
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(work, range(2), timeout=60))
    left = apply_rules(world.organization.pk, NOON).released  # what one left to the other when it looked
    assert sum(done) + left == len(orders)
    events = Event.objects.filter(entity="orders", operation="release")
    assert sorted(events.values_list("record_id", flat=True)) == sorted(order.pk for order in orders)
    assert world.organization.order_rules.filter(is_default=True).count() == 1


def test_rules_are_tried_on_past_orders_and_nothing_changes(world: World) -> None:
    orders = [world.order(total_price=price) for price in (5, 900)]
    before = Event.objects.count(), list(Order.objects.values_list("release", "updated_at"))
    tried = try_rules(world.organization, [Draft("dear", [{"do": "review"}], filters=DEAR)], orders)
    assert [(one.verdict.kind, one.verdict.rule) for one in tried] == [
        ("hold", "Default"),
        ("review", "dear"),
    ]
    assert [one.verdict.kind for one in try_rules(world.organization, [], orders)] == ["hold", "hold"]
    assert before[1] == list(Order.objects.values_list("release", "updated_at"))
    assert not world.organization.order_rules.filter(name="dear").exists()
    assert Event.objects.filter(entity="orders").count() == before[0]
