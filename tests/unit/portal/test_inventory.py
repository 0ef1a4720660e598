"""The grid of stock, the page of a SKU, and counting in place."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from tests.unit.portal.reading import text_of

from crossdock.hub.clock import system_clock
from crossdock.hub.models import InventoryRecord, LedgerEntry, Location
from crossdock.hub.stock.counts import take_count

HTMX = {"HX-Request": "true"}


@pytest.fixture
def place(shop: Any) -> Location:
    """The shop's only warehouse."""
    found: Location = shop.record.location
    return found


def counted(shop: Any, sku: str, quantity: int, author: str = "user:bert") -> InventoryRecord:
    """Count a SKU at the warehouse."""
    take_count(
        shop.organization,
        None,
        sku,
        quantity,
        at=system_clock(),
        author=author,
        reason="stocktaking",
        by_person=True,
    )
    return InventoryRecord.objects.get(organization=shop.organization, sku=sku)


def send(browser: Client, place: Location, **fields: str) -> str:
    """Send the form of a cell as htmx does, and return what comes in its place."""
    data = {"sku": "tea", "location": place.key, "state": "tracked", "reason": "", **fields}
    return text_of(browser.post("/inventory/count", data, headers=HTMX))


def test_the_grid_has_a_row_a_sku_and_a_column_a_location(browser: Client, shop: Any) -> None:
    depot = Location.objects.create(organization=shop.organization, name="Depot Süd")
    take_count(
        shop.organization,
        depot,
        "KETTLE-17",
        9,
        at=system_clock(),
        author="user:ann",
        reason="",
        by_person=True,
    )
    text = text_of(browser.get("/inventory?q=kettle"))
    assert "Depot Süd" in text
    assert "Warehouse Altona" in text
    assert "Shop counter" not in text, "a pick-up point holds no stock"
    assert "9 on hand \N{MINUS SIGN} 0 kept" in text
    assert text.count("<tr>") == 2


def test_many_locations_are_shown_by_pages(browser: Client, shop: Any) -> None:
    for number in range(7):
        Location.objects.create(organization=shop.organization, name=f"Depot {number}")
    first, second = (text_of(browser.get(f"/inventory?columns={number}")) for number in (1, 2))
    table = "Depot 3 </th>", "Depot 6 </th>"
    assert [name in first for name in table] == [True, False]
    assert [name in second for name in table] == [False, True]
    assert browser.get("/inventory?columns=99999999").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "state=short", "state=unknown", "q=%00", "after=*", "location=nonsense", "columns=x", "below=-1",
        "below=9999999999", "below=%D9%A3", "since=tomorrow", "since=9999-12-31", "q=%26%21",
    ],
)  # fmt: skip
def test_whatever_is_asked_for_the_grid_answers(browser: Client, query: str) -> None:
    assert browser.get(f"/inventory?{query}").status_code == 200


def test_it_is_narrowed_to_what_runs_short_in_the_table_and_in_its_file(browser: Client, shop: Any) -> None:
    place, last = shop.record.location.key, InventoryRecord.objects.latest("updated_at").updated_at
    for query, number in (
        ("below=11", 2), ("below=-3", 7), ("below=0", 1), (f"below=11&location={place}", 2),
        (f"since={last:%Y-%m-%d}", 7), ("since=2200-01-01", 0),
    ):  # fmt: skip
        answer = browser.get(f"/inventory?{query}")
        shown = {line.row.sku for line in answer.context["lines"] if line.row.records}
        file = b"".join(browser.get(f"/inventory/export?{query}").streaming_content)  # type: ignore[attr-defined]
        written = {line.split(",")[0] for line in file.decode().splitlines()[1:] if "unknown,,," not in line}
        assert len(shown) == number, query
        assert written >= shown, query
    assert 'name="below" inputmode="numeric" maxlength="9" value="11"' in text_of(
        browser.get("/inventory?below=11")
    )


def test_a_count_is_taken_in_place_and_says_what_it_changed(
    browser: Client, shop: Any, place: Location
) -> None:
    form = text_of(browser.get(f"/inventory/count?sku=tea&location={place.key}", headers=HTMX))
    assert 'name="seen" value="unknown"' in form
    assert "<html" not in form
    assert "unknown → 12" in send(browser, place, quantity="12", seen="unknown", reason="opening")
    done = send(browser, place, quantity="15", seen="12")
    assert "12 → 15" in done
    assert "ann@kaffewerk.test" in done
    entry = LedgerEntry.objects.order_by("-pk")[0]
    assert (entry.quantity, entry.author, entry.reason) == (3, "user:ann@kaffewerk.test", "counted by hand")


def test_two_people_at_once_see_each_others_figures(browser: Client, shop: Any, place: Location) -> None:
    counted(shop, "tea", 12)
    counted(shop, "tea", 11)
    answer = send(browser, place, quantity="20", seen="12")
    assert "It changed while you counted" in answer
    assert "You saw <strong>12</strong>; now it is <strong>11</strong>" in answer
    assert "bert" in answer
    assert counted(shop, "tea", 11).on_hand == 11
    seen = re.search(r'name="seen" value="(\w+)"', answer)
    assert seen is not None
    assert "11 → 20" in send(browser, place, quantity="20", seen=seen[1])


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"quantity": "1.5", "seen": "unknown"}, "not a whole number"),
        ({"quantity": "", "seen": "unknown"}, "not a whole number"),
        ({"quantity": "-1", "seen": "unknown"}, "outside 0"),
        ({"quantity": "unlimited", "seen": "unknown"}, "give whole units"),
        ({"quantity": "1", "seen": "x"}, "load the page again"),
        ({"quantity": "1", "seen": "unknown", "state": "gone"}, "valid choice"),
    ],
)
def test_what_cannot_be_counted_is_said_beside_the_field(
    browser: Client, shop: Any, place: Location, fields: dict[str, str], told: str
) -> None:
    assert told in send(browser, place, **fields)
    assert not InventoryRecord.objects.filter(sku="tea", state="tracked").exists()


def test_a_state_is_set_in_place(browser: Client, shop: Any, place: Location) -> None:
    counted(shop, "tea", 0)
    assert "0 → unlimited" in send(browser, place, state="unlimited", seen="0")
    assert "unlimited → unknown" in send(browser, place, state="unknown", seen="unlimited")


def test_without_scripts_the_form_is_a_page_and_comes_back(
    browser: Client, shop: Any, place: Location
) -> None:
    assert "<html" in text_of(browser.get(f"/inventory/count?sku=tea&location={place.key}"))
    answer = browser.post(
        "/inventory/count",
        {"sku": "tea", "location": place.key, "state": "tracked", "quantity": "4", "seen": "unknown"},
        follow=True,
    )
    assert answer.redirect_chain[-1][0] == "/inventory/sku?sku=tea"
    assert "unknown → 4" in text_of(answer)


@pytest.mark.parametrize("sku", ["", "x" * 121, "a%00b"])
def test_no_form_for_what_can_be_no_sku(browser: Client, place: Location, sku: str) -> None:
    assert browser.get(f"/inventory/count?sku={sku}&location={place.key}").status_code == 404


def test_another_organizations_place_cannot_be_counted(browser: Client, other_shop: Any) -> None:
    answer = browser.post(
        "/inventory/count",
        {
            "sku": "tea", "location": other_shop.record.location.key, "state": "tracked", "quantity": "4",
            "seen": "unknown",
        },
    )  # fmt: skip
    assert answer.status_code == 404


def test_a_sku_has_a_page_with_all_its_places_and_what_stores_would_show(browser: Client, shop: Any) -> None:
    text = text_of(browser.get("/inventory/sku?sku=KETTLE-17"))
    assert "Warehouse Altona" in text
    assert shop.integration.name in text
    assert browser.get("/inventory/sku?sku=nothing").status_code == 404
    assert browser.get("/inventory/sku").status_code == 404


def test_the_ledger_is_filtered(browser: Client, shop: Any) -> None:
    record = counted(shop, "tea", 5, author="user:bert")
    take_count(shop.organization, None, "tea", 6, at=system_clock(), author="warehouse", reason="night count")

    def reasons(query: str) -> int:
        return text_of(browser.get(f"/inventory/{record.key}?{query}")).count(
            '<td class="num strong cd-lead">'
        )

    assert reasons("") == 2
    assert reasons("event=ingest") == 1
    assert reasons("author=BERT") == 1
    assert reasons("figure=committed") == 0
    assert reasons("since=2026-01-01&until=2026-01-02") == 0
    assert reasons("since=2020-01-01") == 2
    assert reasons("since=nonsense&until=9999-99-99") == 2
