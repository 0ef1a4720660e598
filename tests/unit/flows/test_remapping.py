"""Mapping rules of one's own: on what is pulled, in plans, and on orders that are here already."""

from __future__ import annotations

from typing import Any

import pytest
from scripted_store import ScriptedStore

from crossdock.flows import connecting, switches
from crossdock.flows.remapping import apply_remapping, plan_remapping, try_rule
from crossdock.flows.runs import RunReport, run_flow
from crossdock.hub.clock import system_clock
from crossdock.hub.mappings.book import Draft, MappingError, enable_rule, put_rule, remove_rule, rules_of
from crossdock.hub.models import (
    Event,
    ExceptionCase,
    Flow,
    Integration,
    Link,
    MappingRule,
    Order,
    ShippingRequest,
    SourceDocument,
)
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.shipping.sending import mark_sent

GIFT = Draft("customFields[Gift]", "extraFields.gift_message")
EXPRESS = Draft("shippingClass", "shippingOption.shippingMethodName", translations={"DHL Express": "express"})


class Shop:
    """An organization with one store, whose orders are pulled."""

    def __init__(self, world: Any, store: ScriptedStore) -> None:
        self.world, self.store = world, store
        self.integration: Integration = connecting.add_integration(
            world.organization, "scripted", author="test"
        )
        self.integration = connecting.connect_with_credentials(
            self.integration, {"token": "x"}, author="test"
        )
        switches.set_flows(self.integration, {"orders": "pull"}, author="test", now=system_clock())
        flows = Flow.objects.filter(integration=self.integration)
        flows.filter(entity="locations").update(last_success_at=system_clock())
        flows.filter(entity="orders").update(start_from=None)

    def put(self, remote_id: str, **fields: Any) -> None:
        """Place an order in the store, or change it."""
        self.store.orders.put(remote_id, **fields)

    def pull(self, *, dry_run: bool = False) -> RunReport:
        """Pull what changed."""
        flow = Flow.objects.get(integration=self.integration, entity="orders", direction="pull")
        report = run_flow(flow, trigger="test", dry_run=dry_run)
        assert report.outcome in ("completed", "partial"), report.message
        return report

    def rule(self, draft: Draft) -> MappingRule:
        """Store a rule."""
        return put_rule(self.integration, draft, author="user:dev")

    def order(self, remote_id: str) -> Order:
        """An order as it is stored."""
        return Order.objects.get(integration=self.integration, ext_order_api_id=remote_id)

    def open(self) -> dict[str, str]:
        """What rules could not use, by order."""
        cases = ExceptionCase.objects.filter(code="mappingNotApplied", status="active")
        return dict(cases.values_list("subject", "message"))


@pytest.fixture
def shop(world: Any, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose store a test writes."""
    store = ScriptedStore()
    monkeypatch.setattr("crossdock.connectors.offered", lambda: (store,))
    return Shop(world, store)


def test_what_is_read_from_now_on_is_mapped_and_nothing_else(shop: Shop) -> None:
    shop.put("1", extraFields={"gift_message": "Hello"})
    shop.pull()
    shop.rule(GIFT)
    shop.rule(EXPRESS)
    shop.put("2", extraFields={"gift_message": "Happy birthday"})
    planned = shop.pull(dry_run=True)
    assert (planned.created, planned.unchanged) == (1, 1)
    assert shop.pull().created == 1
    before, after = shop.order("1").canonical, shop.order("2").canonical
    assert before["shippingClass"] == "DHL Express"
    assert after["shippingClass"] == "express"
    assert after["customFields"][-1] == {"name": "Gift", "value": "Happy birthday"}
    assert {"name": "Gift", "value": "Hello"} not in before["customFields"]
    shop.put("1", total=11)
    shop.pull()
    assert shop.order("1").canonical["shippingClass"] == "express"


def test_what_cannot_be_used_is_told_and_the_order_comes_in(shop: Shop) -> None:
    odd = shop.rule(Draft("shippingClass", "shippingOption"))
    shop.rule(Draft("tags", "items[].sku"))
    shop.put("1")
    shop.put("2", shippingOption=None)
    shop.pull()
    assert shop.order("1").canonical["shippingClass"] == "DHL Express"
    assert shop.order("1").tags == ["tea"]
    [message] = shop.open().values()
    assert message == (
        "Order 1: your mapping of shippingClass from shippingOption was not applied: shippingOption is an object, "
        "not a single value. The connector's own value stands"
    )
    # Another rule that cannot be used, too, says so; one that can closes it; so does none at all.
    odd = put_rule(shop.integration, Draft("shippingClass", "total.x"), author="test", replacing=odd)
    assert "total is a number" in shop.open()["orders:1"]
    put_rule(shop.integration, EXPRESS, author="test", replacing=odd)
    assert shop.open() == {}
    put_rule(shop.integration, Draft("shippingClass", "shippingOption"), author="test", replacing=odd)
    assert shop.open() == {}  # nothing was read since
    shop.put("1", total=12)
    shop.pull()
    assert set(shop.open()) == {"orders:1"}
    enable_rule(odd, enabled=False, author="test")
    assert shop.open() == {}
    assert ExceptionCase.objects.filter(code="mappingNotApplied").latest("pk").resolution


def test_rules_are_applied_to_orders_here_only_when_asked(shop: Shop) -> None:
    for number in "1234":
        shop.put(number, extraFields={"gift_message": f"To {number}"})
    shop.put(
        "4", shippingOption={"shippingMethodName": "Post", "fulfillmentType": "SHIPPING"}, extraFields={}
    )
    shop.pull()
    shop.world.curate()
    sent, routed = _requested(shop, "1"), _requested(shop, "2")
    mark_sent(sent, author="test")
    shop.rule(EXPRESS)
    shop.rule(GIFT)
    reads, read_at = shop.store.orders.reads, dict(SourceDocument.objects.values_list("link", "read_at"))
    planned = plan_remapping(shop.integration)
    assert (planned.in_all, planned.looked_at, planned.changed, planned.same) == (3, 3, 2, 1)
    assert {one.order.ext_order_id for one in planned.examples} == {"2", "3"}
    assert planned.examples[0].after["shippingClass"] == "express"
    assert shop.order("2").canonical["shippingClass"] == "DHL Express"

    done = apply_remapping(shop.integration, author="user:dev", reason="names of the warehouse")
    assert (done.changed, done.same, done.looked_at) == (2, 1, 3)
    assert [shop.order(number).canonical["shippingClass"] for number in "1234"] == [
        "DHL Express", "express", "express", "Post",
    ]  # fmt: skip
    routed.refresh_from_db()
    sent.refresh_from_db()
    assert (routed.status, sent.status) == (
        "canceledRestock",
        "sentToFulfillment",
    )  # made anew, and left alone
    assert not ExceptionCase.objects.filter(status="active").exists()
    event = Event.objects.filter(entity="orders", operation="updated", record_id=shop.order("2").pk).get()
    assert (event.author, event.reason) == ("user:dev", "the mapping of fields changed")
    assert event.before is not None
    assert event.before == {"shippingClass": "DHL Express", "customFields": event.before["customFields"]}
    applied = Event.objects.get(operation="mappingsApplied")
    assert (applied.author, applied.reason, applied.after) == (
        "user:dev", "names of the warehouse", {"orders": 2, "lookedAt": 3},
    )  # fmt: skip
    # No call was made, the documents stay as they were read, and twice is once.
    assert shop.store.orders.reads == reads
    assert dict(SourceDocument.objects.values_list("link", "read_at")) == read_at
    assert apply_remapping(shop.integration, author="test").changed == 0
    # What the document means now is remembered with it: said in other words, it is no change.
    shop.store.orders.documents["2"]["unheardOf"] = 1
    shop.put("9")
    assert (shop.pull().created, shop.pull().changed) == (1, 0)


def _requested(shop: Shop, remote_id: str) -> ShippingRequest:
    order = shop.order(remote_id)
    lines = [(line, line.quantity) for line in order.lines.all()]
    return create_request(order, shop.world.main, lines, reason="test", author="test")


def test_removing_a_rule_and_applying_brings_the_connectors_value_back(shop: Shop) -> None:
    rule = shop.rule(EXPRESS)
    shop.put("1")
    shop.pull()
    remove_rule(rule, author="test")
    assert shop.order("1").canonical["shippingClass"] == "express"
    assert apply_remapping(shop.integration, author="test", order=shop.order("1")).changed == 1
    assert shop.order("1").canonical["shippingClass"] == "DHL Express"


def test_an_order_that_would_change_in_more_than_the_rules_say_is_left_alone(shop: Shop) -> None:
    shop.put("1")
    shop.pull()
    shop.rule(EXPRESS)
    order = shop.order("1")
    order.canonical = {**order.canonical, "totalPrice": "10.01"}
    order.save(update_fields=["canonical"])
    planned = plan_remapping(shop.integration)
    assert planned.left == {"this version reads totalPrice of it differently, too": 1}
    assert apply_remapping(shop.integration, author="test").changed == 0
    Link.objects.filter(entity="orders").delete()
    assert sum(plan_remapping(shop.integration).left.values()) == 1


def test_applying_tells_what_it_could_not_use(shop: Shop) -> None:
    shop.put("1")
    shop.pull()
    shop.rule(Draft("orderNote", "items"))
    assert plan_remapping(shop.integration).unusable == 1
    assert shop.open() == {}
    assert apply_remapping(shop.integration, author="test").unusable == 1
    assert set(shop.open()) == {"orders:1"}


def test_trying_a_rule_shows_all_three_and_changes_nothing(shop: Shop) -> None:
    shop.put("1", extraFields={"gift_message": "Hello"})
    shop.pull()
    order = shop.order("1")
    trial = try_rule(shop.integration, order, EXPRESS)
    assert (trial.result.found, list(trial.baseline), list(trial.own)) == (
        ("DHL Express",), ["DHL Express"], ["express"],
    )  # fmt: skip
    assert ("extraFields.gift_message", "Hello") in trial.offered
    assert try_rule(shop.integration, order, Draft("shippingClass")).own == ()
    absent = try_rule(shop.integration, order, Draft("orderNote", "extraFields.other"))
    assert (absent.result.outcome, absent.result.values) == ("absent", None)
    assert rules_of(shop.integration) == []
    with pytest.raises(MappingError, match="order: 1001 was not brought by Scripted"):
        try_rule(shop.integration, shop.world.order(), EXPRESS)
    Integration.objects.filter(pk=shop.integration.pk).update(credentials=None)
    shop.integration.refresh_from_db()
    with pytest.raises(MappingError, match="is not connected; connect it first"):
        try_rule(shop.integration, order, EXPRESS)
