"""Changing stock from the pages of a SKU: what arrived, was moved, is gone, is expected; locks; columns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from tests.unit.portal.reading import text_of

from crossdock.hub.clock import system_clock
from crossdock.hub.models import InventoryRecord, LedgerEntry, Location, Organization
from crossdock.hub.stock.figures import set_figure, write_off_units
from crossdock.hub.stock.inventory import set_on_hand

HTMX = {"HX-Request": "true"}


class Shelf:
    """Teas at two places: 12 at the warehouse, 1 at the depot."""

    def __init__(self, shop: Any, client: Client) -> None:
        self.shop, self.client = shop, client
        self.main: Location = shop.record.location
        self.depot = Location.objects.create(organization=shop.organization, name="Depot Süd")
        set_on_hand(shop.organization, "tea", 12, author="user:bert", reason="")
        set_on_hand(shop.organization, "tea", 1, location=self.depot, author="user:bert", reason="")

    def act(self, name: str, **fields: str) -> str:
        """Send a form about the warehouse, and return what the page says then."""
        data = {"sku": "tea", "location": self.main.key, "quantity": "2", "reason": "", **fields}
        answer = self.client.post(f"/inventory/{name}", data, follow=True)
        assert answer.redirect_chain[-1][0] == "/inventory/sku?sku=tea"
        return " | ".join(str(message) for message in answer.context["messages"])

    def record(self, place: Location | None = None) -> InventoryRecord:
        """What is kept of the teas."""
        return InventoryRecord.objects.get(sku="tea", location=place or self.main)


@pytest.fixture
def shelf(shop: Any, browser: Client) -> Shelf:
    """A shelf to work at."""
    return Shelf(shop, browser)


def test_goods_arrive_and_are_not_expected_any_more(shelf: Shelf) -> None:
    set_figure(shelf.shop.organization, "tea", "incoming", 5, author="user:bert", reason="")
    said = shelf.act("receive", quantity="4", reason="delivery 2214")
    assert said == "4 of tea arrived at Warehouse Altona: 16 are on hand there now."
    assert (shelf.record().on_hand, shelf.record().incoming) == (16, 1)
    entry = LedgerEntry.objects.filter(event="receive", figure="on_hand").get()
    assert (entry.author, entry.reason) == ("user:ann@kaffewerk.test", "delivery 2214")
    assert "only 1 of tea are incoming" in shelf.act("receive", **{"from": "incoming"})


def test_units_go_to_another_location_or_are_on_their_way(shelf: Shelf) -> None:
    said = shelf.act("transfer", to=shelf.depot.key, arrives="onHand")
    assert said == "2 of tea moved: 10 are on hand at Warehouse Altona now, and 3 at Depot Süd."
    said = shelf.act("transfer", to=shelf.depot.key, arrives="incoming")
    assert "Depot Süd expects 2 (incoming)" in said
    assert (shelf.record().on_hand, shelf.record(shelf.depot).on_hand) == (8, 3)
    assert "already" in shelf.act("transfer", to=shelf.main.key, arrives="onHand")
    assert "choose one of the locations" in shelf.act("transfer", to="nowhere", arrives="onHand")


def test_units_are_set_aside_and_written_off_with_a_reason(shelf: Shelf) -> None:
    said = shelf.act("move", **{"from": "onHand", "to": "damaged"})
    assert said == "2 of tea at Warehouse Altona: on hand → damaged."
    assert "reason: say what became of them" in shelf.act("write-off", **{"from": "damaged"})
    said = shelf.act("write-off", quantity="1", reason="wet", **{"from": "damaged"})
    assert said == "1 of tea at Warehouse Altona written off (damaged)."
    assert (shelf.record().on_hand, shelf.record().damaged) == (10, 1)
    InventoryRecord.objects.filter(pk=shelf.record().pk).update(committed=9)
    said = shelf.act("write-off", reason="lost", **{"from": "onHand"})
    assert "Careful: 8 are on hand at Warehouse Altona now, and orders keep 9." in said
    for wrong in ("", "1.5", "unlimited", "0"):
        assert shelf.act("write-off", quantity=wrong, reason="lost", **{"from": "onHand"}).startswith(
            "quantity"
        )
    assert shelf.record().on_hand == 8


def test_a_record_is_locked_and_unlocked(shelf: Shelf) -> None:
    assert "only people and parcels" in shelf.act("lock", locked="yes", reason="audit")
    assert shelf.record().locked
    assert "locked" in shelf.act("lock", locked="")
    assert "change it again" in shelf.act("lock", locked="no")
    assert not shelf.record().locked


def test_a_figure_is_set_in_place_and_nothing_newer_is_overwritten(shelf: Shelf) -> None:
    where = {"sku": "tea", "location": shelf.main.key, "figure": "future"}
    form = text_of(shelf.client.get("/inventory/figure", where, headers=HTMX))
    assert 'name="seen" value="0"' in form
    assert "<html" not in form
    sent = {**where, "quantity": "6", "seen": "0", "reason": "ordered from the planter"}
    assert "0 → 6" in text_of(shelf.client.post("/inventory/figure", sent, headers=HTMX))
    set_figure(shelf.shop.organization, "tea", "future", 5, author="user:bert", reason="")
    answer = shelf.client.post("/inventory/figure", sent | {"seen": "6", "quantity": "9"}, headers=HTMX)
    assert "it was 6 when it was shown and is 5 now" in text_of(answer)
    assert 'name="seen" value="5"' in text_of(answer)
    answer = shelf.client.post("/inventory/figure", sent | {"seen": "5", "quantity": "9"}, follow=True)
    assert "tea at Warehouse Altona, future: 5 → 9." in text_of(answer)
    assert "not a whole number" in text_of(shelf.client.post("/inventory/figure", sent | {"quantity": "x"}))
    assert shelf.client.get("/inventory/figure", where | {"figure": "committed"}).status_code == 404


def test_the_page_of_a_sku_shows_every_figure_and_offers_every_act(shelf: Shelf) -> None:
    set_figure(shelf.shop.organization, "tea", "hold", 3, author="user:bert", reason="")
    for path in ("/inventory/sku?sku=tea", f"/inventory/{shelf.record().key}"):
        page = text_of(shelf.client.get(path))
        for dialog in ("receive", "transfer", "move", "lock", "write-off"):
            assert f'<dialog id="{dialog}"' in page
            assert f'data-opens="{dialog}"' in page
        assert page.count("figure=hold") >= 1
        assert f'value="{shelf.depot.key}" data-name="Depot Süd" selected' in page, "goods go elsewhere"


def test_a_count_of_an_earlier_hour_is_brought_up_to_date(shelf: Shelf) -> None:
    place = ZoneInfo("Asia/Kolkata")  # where no hour of a night in spring or autumn is missing or comes twice
    Organization.objects.filter(pk=shelf.shop.organization.pk).update(timezone=place.key)

    def count(quantity: str, ago: timedelta) -> str:
        at = timezone.localtime(system_clock() - ago, place)
        data = {
            "sku": "tea", "location": shelf.main.key, "state": "tracked", "quantity": quantity, "seen":
            str(shelf.record().on_hand), "counted": f"{at:%Y-%m-%dT%H:%M}",
        }  # fmt: skip
        return text_of(shelf.client.post("/inventory/count", data, headers=HTMX))

    write_off_units(shelf.shop.organization, "tea", 2, author="user:bert", reason="broken")
    assert "10 → 18" in count("20", timedelta(hours=1)), "20 an hour ago, less 2 that were written off since"
    assert "The shelf has been counted since" in count("20", timedelta(hours=2))
    assert "has not come yet" in count("20", timedelta(hours=-3))
    assert shelf.record().on_hand == 18


def test_further_figures_are_columns_of_the_table_for_whoever_wants_them(shelf: Shelf) -> None:
    set_figure(
        shelf.shop.organization, "tea", "damaged", 3, location=shelf.depot, author="user:bert", reason=""
    )
    heading = ">Damaged</th>"
    assert heading not in text_of(shelf.client.get("/inventory"))
    shelf.client.post("/inventory/columns", {"figure": ["damaged", "nonsense"], "next": "/inventory?q=tea"})
    page = text_of(shelf.client.get("/inventory?q=tea"))
    assert heading in page
    assert "3 damaged" in page
    shelf.client.post("/inventory/columns", {})
    assert heading not in text_of(shelf.client.get("/inventory"))
