"""The data of the charts of stock figures."""

from __future__ import annotations

from typing import Any

from django.test import Client

from crossdock.hub.clock import system_clock
from crossdock.hub.stock.counts import take_count
from crossdock.hub.stock.history import stock_history


def test_a_figure_is_told_back_to_its_first_count(browser: Client, shop: Any) -> None:
    for quantity in (12, 9, 30):
        take_count(
            shop.organization, None, "tea", quantity, at=system_clock(), author="user:ann", reason="counted",
            by_person=True,
        )  # fmt: skip
    told = browser.get("/inventory/history?sku=tea").json()
    assert [series["label"] for series in told["series"]] == ["Available", "On hand"]
    assert told["series"][1]["values"][-4:] == [12, 9, 30, 30]
    assert told["labels"] == sorted(told["labels"])
    assert told["timezone"] == "Europe/Berlin"
    assert "30" in told["summary"]


def test_the_history_of_a_sku_adds_up_over_its_locations(shop: Any) -> None:
    depot = shop.organization.locations.create(name="Depot")
    for location, quantity in ((None, 5), (depot, 7)):
        take_count(
            shop.organization, location, "tea", quantity, at=system_clock(), author="user:ann", reason="counted",
            by_person=True,
        )  # fmt: skip
    steps = stock_history(shop.organization, "tea", until=system_clock())
    assert [step.on_hand for step in steps[:2]] == [5, 12]
    assert steps[-1].available == 12


def test_a_sku_without_a_history_has_an_empty_chart(browser: Client) -> None:
    told = browser.get("/inventory/history?sku=nothing").json()
    assert told["labels"] == []
    assert told["empty"]


def test_another_organizations_record_has_no_chart(browser: Client, other_shop: Any) -> None:
    assert browser.get(f"/inventory/history?record={other_shop.record.key}").status_code == 404
    assert browser.get("/inventory/history?record=nonsense").status_code == 404
