"""Locations: two calls, and what the store, its stock and others mention."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scripted_ecwid import Ecwid, answer, refusal

from crossdock.connectors.ecwid import locations
from crossdock.connectors.errors import Reconnect, Retry

Sample = Callable[[str], bytes]


@pytest.fixture
def ecwid(sample: Sample) -> Ecwid:
    made = Ecwid()
    made.on("GET", "/profile", answer(sample("profile/profile_2020_secret_token.json")))
    made.on("GET", "/products", answer({"total": 0, "items": []}))
    return made


def stock_ids(ecwid: Ecwid, *seen: str) -> list[str]:
    found = locations.read(ecwid.client, frozenset(seen))
    return [one.record.ext_location_id for one in found if one.record.kind == "stock"]


def test_an_ordinary_store_has_one_and_its_pickup_points(ecwid: Ecwid) -> None:
    found = [one.record for one in locations.read(ecwid.client, frozenset())]
    assert [one.ext_location_id for one in found if one.kind == "stock"] == ["default"]
    assert found[0].is_default
    assert [one.ext_location_id for one in found if one.kind == "pickup"] == ["6633-1504595502395"]
    assert ecwid.paths() == ["GET /profile", "GET /products"]
    assert "shipping(shippingOrigin,shippingOptions" in ecwid.asked[0].query["responseFields"]
    assert ecwid.asked[1].query["limit"] == "100"


def test_ids_of_stock_and_ids_met_elsewhere_count(ecwid: Ecwid) -> None:
    items = [
        {"locationInventory": {"b": 1}, "combinations": [{"locationInventory": {"c": 1}}, {}, 5]},
        {"combinations": None},
        {},
        5,
        {"locationInventory": []},
        {"locationInventory": {"": 1}},
    ]
    ecwid.on("GET", "/products", answer({"total": 6, "items": items}))
    assert stock_ids(ecwid, "a", "b") == ["default", "a", "b", "c"]


@pytest.mark.parametrize("status", ["scope", "odd"])
def test_without_the_catalogue_the_profile_is_enough(ecwid: Ecwid, status: str) -> None:
    ecwid.on("GET", "/products", refusal(403, "INSUFFICIENT_APP_SCOPE") if status == "scope" else answer({}))
    assert stock_ids(ecwid, "a") == ["default", "a"]


def test_an_outage_is_no_shorter_list(ecwid: Ecwid) -> None:
    ecwid.on("GET", "/products", answer(b"", 503))
    with pytest.raises(Retry):
        locations.read(ecwid.client, frozenset())
    ecwid.on("GET", "/products", answer(b"", 403))
    with pytest.raises(Reconnect):
        locations.read(ecwid.client, frozenset())
