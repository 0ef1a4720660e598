"""From which moment on orders are taken in, where our clock and the store's do not agree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from scripted_store import NOON, ScriptedStore

from crossdock.flows import connecting, switches
from crossdock.flows.runs import run_flow
from crossdock.hub.marks import leave_marks
from crossdock.hub.models import Flow, Order

AHEAD = timedelta(minutes=20)
OLD, NEW = int((NOON - timedelta(hours=3)).timestamp()), int((NOON + timedelta(minutes=5)).timestamp())


class Shop:
    """A store at noon, whose orders are pulled from now on by a clock that is 20 minutes ahead."""

    def __init__(self, world: Any, store: ScriptedStore) -> None:
        self.store = store
        one = connecting.add_integration(world.organization, "scripted", author="test")
        self.integration = connecting.connect_with_credentials(one, {"token": "x"}, author="test")
        Flow.objects.filter(integration=one, entity="locations").update(last_success_at=NOON)
        self.turn("pull", NOON + AHEAD)

    def turn(self, choice: str, now: Any, **gap: str) -> None:
        """Turn orders on or off."""
        switches.set_flows(self.integration, {"orders": choice}, author="test", now=now, **gap)

    def pull(self, *marked: str) -> list[str]:
        """Pull what changed, or what is marked; returns the orders that are here."""
        flow = Flow.objects.get(integration=self.integration, entity="orders", direction="pull")
        leave_marks(flow, list(marked), "test")
        report = run_flow(flow, trigger="mark" if marked else "test")
        assert report.outcome == "completed", report.message
        return sorted(Order.objects.values_list("ext_order_api_id", flat=True))


@pytest.fixture
def shop(world: Any, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, with one order of the morning."""
    store = ScriptedStore()
    monkeypatch.setattr("crossdock.connectors.offered", lambda: (store,))
    store.orders.put("1", createTimestamp=OLD)
    return Shop(world, store)


def test_an_order_placed_after_the_flow_was_turned_on_comes_though_our_clock_is_ahead(shop: Shop) -> None:
    assert shop.pull() == []
    shop.store.orders.put("1", paymentStatus="REFUNDED")
    shop.store.orders.put("2", createTimestamp=NEW)
    assert shop.pull() == ["2"], "the one of the morning was there before"


def test_it_holds_when_the_gap_is_left_out_and_a_webhook_is_first(shop: Shop) -> None:
    assert shop.pull() == []
    shop.turn("disabled", NOON + AHEAD)
    shop.store.orders.put("2", createTimestamp=NEW)
    shop.store.orders.changes += 600  # ten minutes later, by their clock
    shop.turn("pull", NOON + 2 * AHEAD, gap="startNow")
    shop.store.orders.put("3", createTimestamp=NEW + 3600)
    assert shop.pull("2") == ["3"], "2 was placed while the flow was off"


def test_a_clock_that_is_a_day_ahead_is_not_believed(shop: Shop) -> None:
    shop.turn("disabled", NOON)
    shop.turn("pull", NOON + timedelta(days=3), gap="startNow")
    assert shop.pull() == []
    shop.store.orders.put("2", createTimestamp=NEW)
    assert shop.pull() == []
