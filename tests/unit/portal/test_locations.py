"""Deciding about a location from its page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import as_shown, text_of

from crossdock.hub.models import Event, Integration, InventoryRecord, Location


@pytest.fixture
def depot(shop: Any) -> Location:
    """The location that holds the shop's stock."""
    return Location.objects.get(organization=shop.organization, name="Warehouse Altona")


@pytest.fixture
def warehouse(shop: Any) -> Integration:
    """A connected warehouse."""
    return Integration.objects.create(
        organization=shop.organization, connector="mockwarehouse", name="Mock 3PL", state="connected"
    )


def sent(browser: Client, deed: str, location: Location, /, **values: Any) -> str:
    """Send one of the location's forms; returns what the page says afterwards."""
    where = reverse(f"portal:locations-{deed}", args=[location.pk])
    page = reverse("portal:locations-one", args=[location.pk])
    return text_of(browser.post(where, as_shown(browser, page, values), follow=True))


def test_a_location_is_made(browser: Client, shop: Any) -> None:
    where = reverse("portal:locations-new")
    assert "Depot was made" in text_of(browser.post(where, {"name": "Depot", "kind": "stock"}, follow=True))
    for values, said in (
        ({"name": "Depot", "kind": "stock"}, "there is a location called"),
        ({"name": " ", "kind": "stock"}, "1 to 200 characters"),
        ({"name": "Moon", "kind": "moon"}, "is none of"),
    ):
        assert said in text_of(browser.post(where, values, follow=True))
    assert Location.objects.filter(organization=shop.organization).count() == 3


def test_switches_and_channels_are_set_together(browser: Client, shop: Any, depot: Location) -> None:
    text = sent(
        browser, "change", depot, name="Altona", status="active", pauseLocation="on", infiniteAvailability="on",
        excludeFromTotalsByIntegration=[shop.integration.key], reason="stocktaking",
    )  # fmt: skip
    depot.refresh_from_db()
    assert (depot.name, depot.pause_location, depot.infinite_availability, depot.exclude_from_totals) == (
        "Altona", True, True, False,
    )  # fmt: skip
    assert [one.pk for one in depot.excluded_for.all()] == [shop.integration.pk]
    assert "stocktaking" in text
    assert "Paused" in text
    sent(browser, "change", depot, name="Altona", status="active")
    depot.refresh_from_db()
    assert not depot.pause_location
    assert not depot.excluded_for.exists()


def test_what_cannot_be_is_said_and_changes_nothing(
    browser: Client, shop: Any, other_shop: Any, depot: Location
) -> None:
    assert "choose another default first" in sent(browser, "change", depot, name="X", status="inactive")
    foreign = other_shop.integration.key
    said = sent(browser, "change", depot, name="X", status="active", excludeFromTotalsByIntegration=[foreign])
    assert "integrations of this organization" in said
    depot.refresh_from_db()
    assert depot.name == "Warehouse Altona"
    assert not Event.objects.filter(entity="locations", record_id=depot.pk).exists()


def test_a_warehouse_ships_from_here_and_people_do_again(
    browser: Client, shop: Any, depot: Location, warehouse: Integration
) -> None:
    text = sent(browser, "warehouse", depot, integration=warehouse.key)
    assert "Nothing goes there yet" in text
    assert "Mock 3PL" in text_of(browser.get(reverse("portal:locations-one", args=[depot.pk])))
    assert "is no warehouse" in sent(browser, "warehouse", depot, integration=shop.integration.key)
    assert "choose a warehouse" in sent(browser, "warehouse", depot, integration="0" * 16)
    depot.refresh_from_db()
    assert depot.fulfillment_integration == warehouse
    assert "shipped by people" in sent(browser, "warehouse", depot, integration="")
    depot.refresh_from_db()
    assert depot.fulfillment_integration is None


def test_merging_keeps_the_count_unless_two_rooms_become_one(
    browser: Client, shop: Any, depot: Location
) -> None:
    other = Location.objects.create(organization=shop.organization, name="Ecwid's place")
    record = InventoryRecord.objects.filter(location=depot, state="tracked").order_by("pk").last()
    assert record is not None
    InventoryRecord.objects.create(
        organization=shop.organization, location=other, sku=record.sku, on_hand=7, state="tracked"
    )
    assert "choose the location that stays" in sent(browser, "merge", other, into="0" * 16)
    text = sent(browser, "merge", other, into=depot.key, stock="add", reason="one building")
    assert "part of <a" in text
    assert InventoryRecord.objects.get(location=depot, sku=record.sku).on_hand == record.on_hand + 7
    assert "was merged into" in sent(browser, "change", other, name="Y", status="active")


def test_another_organizations_location_is_no_target(
    browser: Client, shop: Any, other_shop: Any, depot: Location
) -> None:
    foreign = Location.objects.filter(organization=other_shop.organization, kind="stock").get()
    assert foreign.key not in text_of(browser.get(reverse("portal:locations-one", args=[depot.pk])))
    assert "choose the location that stays" in sent(browser, "merge", depot, into=foreign.key)
    depot.refresh_from_db()
    assert depot.status == "active"
