"""The list of orders: filters, saved views, columns, acting on many, and the file of all that is filtered."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.connectors.flatfile.wire.formulas import neutralized
from crossdock.hub.models import ExceptionCase, Location, Order
from crossdock.hub.orders.release import release_orders
from crossdock.hub.spreadsheets import text_cell
from crossdock.portal.models import SavedView


def numbers(client: Client, **query: Any) -> list[str]:
    """The orders that a list shows."""
    answer = client.get("/orders", query or {"view": "all"})
    assert answer.status_code == 200
    return [order.ext_order_id for order in answer.context["page"].rows]


def said(answer: Any) -> str:
    """What the page says after an act."""
    return " | ".join(str(message) for message in answer.context["messages"])


def test_filters_narrow_the_list(browser: Client, shop: Any) -> None:
    everything = numbers(browser)
    first = shop.orders[0]
    assert numbers(browser, status=["canceled", "refunded"]) == [
        order.ext_order_id for order in shop.orders if order.status in ("canceled", "refunded")
    ]
    assert numbers(browser, tag="wholesale") == [one.ext_order_id for one in shop.orders if one.tags]
    assert numbers(browser, source=shop.integration.key) == everything
    assert numbers(browser, least=str(first.total_price), most=str(first.total_price)) == [first.ext_order_id]
    assert numbers(browser, least="nonsense", since="2026-99-99", location="x") == everything
    troubled = set(
        ExceptionCase.objects.filter(entity="orders", status="active").values_list("record_id", flat=True)
    )
    assert set(numbers(browser, trouble="yes")) == {o.ext_order_id for o in shop.orders if o.pk in troubled}
    assert len(numbers(browser, trouble="no")) == len(everything) - len(troubled)
    place = Location.objects.get(organization=shop.organization, is_default=True)
    shipped = {order.ext_order_id for order in shop.orders if order.shipping_requests.exists()}
    assert set(numbers(browser, location=place.key)) == shipped
    assert numbers(browser, sort="oldest") == everything[::-1]
    largest = sorted(shop.orders, key=lambda order: (order.total_price, order.pk), reverse=True)
    assert numbers(browser, sort="largest") == [order.ext_order_id for order in largest]


def test_days_begin_at_midnight_where_the_organization_is(browser: Client, shop: Any) -> None:
    # 23:30 UTC is half past midnight of the next day in Berlin.
    order = shop.orders[0]
    Order.objects.filter(pk=order.pk).update(ext_order_created_at="2026-10-30T23:30:00Z")
    assert numbers(browser, since="2026-10-31", until="2026-10-31") == [order.ext_order_id]
    assert numbers(browser, since="2026-10-30", until="2026-10-30") == []


def save(client: Client, **fields: object) -> Any:
    """Save a view."""
    form = {"name": "Rush", "query": "status=onHold&evil=1", "column": ["status", "total"], **fields}
    return client.post(reverse("portal:orders-view-save"), form, follow=True)


def test_a_view_keeps_filters_and_columns(browser: Client, shop: Any) -> None:
    answer = save(browser, first="yes")
    assert "is saved" in said(answer)
    view = SavedView.objects.get()
    assert (view.query, view.columns) == ("status=onHold", ["status", "total"])
    page = browser.get("/orders", follow=True)
    assert page.redirect_chain[0][0].endswith(f"view={view.key}")
    assert {order.status for order in page.context["page"].rows} == {"onHold"}
    assert page.context["columns"] == ("status", "total")
    assert 'scope="col" class="d-none d-md-table-cell">Placed' not in text_of(page)
    assert len(numbers(browser)) == 16
    browser.post(reverse("portal:orders-view-first"), {"view": ""})
    assert browser.get("/orders").status_code == 200
    answer = save(browser, view=view.key, name="Held", query="status=onHold&sort=oldest", column=["total"])
    view.refresh_from_db()
    assert (view.name, view.query, view.columns) == ("Held", "status=onHold&sort=oldest", ["total"])
    answer = browser.post(reverse("portal:orders-view-delete", args=[view.key]), follow=True)
    assert "is deleted" in said(answer)
    assert not SavedView.objects.exists()


def test_views_that_make_no_sense_are_refused(browser: Client, shop: Any) -> None:
    assert "give the view a name" in said(save(browser, name="  "))
    assert "at most 60" in said(save(browser, name="x" * 61))
    save(browser)
    assert "already" in said(save(browser, name="rush"))
    assert save(browser, view="0000000000000bad").status_code == 404
    assert SavedView.objects.count() == 1


def test_own_views_are_seen_by_nobody_else_and_shared_ones_changed_by_their_owner(
    browser: Client, shop: Any, other_shop: Any, sample: ModuleType
) -> None:
    save(browser, name="Mine")
    save(browser, name="Ours", shared="yes")
    mine, ours = SavedView.objects.order_by("pk")
    colleague, rival = Client(), Client()
    colleague.force_login(sample.member(shop.organization, "bob@kaffewerk.test", "user"))
    rival.force_login(other_shop.user)
    page = text_of(colleague.get("/orders"))
    assert "Ours" in page
    assert "Mine" not in page
    assert "Ours" not in text_of(rival.get("/orders"))
    assert colleague.post(reverse("portal:orders-view-delete", args=[mine.key])).status_code == 404
    assert rival.post(reverse("portal:orders-view-delete", args=[ours.key])).status_code == 404
    answer = colleague.post(reverse("portal:orders-view-delete", args=[ours.key]), follow=True)
    assert "somebody else" in said(answer)
    assert "somebody else" in said(save(colleague, view=ours.key, name="Theirs"))
    assert SavedView.objects.count() == 2


def test_columns_are_kept_for_a_person(
    browser: Client, shop: Any, django_assert_max_num_queries: Any
) -> None:
    form = {
        "column": ["location", "tags", "method", "fulfilled", "changed", "nonsense"],
        "query": "sort=oldest",
    }
    answer = browser.post(reverse("portal:orders-columns"), form)
    assert answer.headers["Location"] == "/orders?sort=oldest&view=all"
    with django_assert_max_num_queries(20):
        page = browser.get("/orders?view=all")
    assert page.context["columns"] == ("location", "tags", "method", "fulfilled", "changed")
    assert "Warehouse Altona" in text_of(page)


def bulk(client: Client, orders: list[Order], act: str, **fields: object) -> Any:
    """Act on many."""
    form = {"row": [order.key for order in orders], "act": act, **fields}
    return client.post(reverse("portal:orders-bulk"), form, follow=True)


def test_one_that_cannot_never_stops_the_rest(browser: Client, shop: Any) -> None:
    new = [order for order in shop.orders if order.status == "new"]
    digital = shop.orders[7]
    digital.lines.update(requires_shipping=False)
    text = said(bulk(browser, [digital, *new], "hold", **{"hold-reason": "stocktaking"}))
    assert f"{len(new)} order" in text
    assert "1 order could not be" in text
    assert f"<b>{digital.ext_order_id}</b>: {digital.ext_order_id} is not to be routed" in text
    for order in new:
        order.refresh_from_db()
        assert order.status == "onHold"
        assert "stocktaking" in order.release_note
    assert "released" in said(bulk(browser, new, "release"))
    assert "given to routing" in said(bulk(browser, new, "route"))


def test_a_bug_in_one_is_told_and_stops_nothing(
    browser: Client, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = shop.orders[0]

    def broken(order_ids: list[int], **fields: Any) -> Any:
        if bad.pk in order_ids:
            raise RuntimeError("boom")
        return release_orders(order_ids, **fields)

    monkeypatch.setattr("crossdock.flows.order_acts.release_orders", broken)
    text = said(bulk(browser, [bad, shop.orders[14]], "release"))
    assert "1 order released." in text
    assert "an unexpected error" in text
    assert "boom" not in text


def test_cancelling_many_says_where_the_goods_are(browser: Client, shop: Any) -> None:
    new = [order for order in shop.orders if order.status == "new"]
    assert "restock" in said(bulk(browser, new, "cancel"))
    text = said(bulk(browser, [*new, shop.orders[2]], "cancel", restock="yes"))
    assert "The store is not told" in text
    assert "nothing of it is open; it is fulfilled" in text


def test_senseless_bulk_acts_and_foreign_orders(browser: Client, shop: Any, other_shop: Any) -> None:
    assert "choose at least one" in said(bulk(browser, [], "hold"))
    assert "choose what is to be done" in said(bulk(browser, [shop.orders[0]], "explode"))
    assert "choose at least one" in said(
        browser.post("/orders/bulk", {"row": "zz", "act": "hold"}, follow=True)
    )
    assert "1 chosen order was not found here" in said(bulk(browser, [other_shop.orders[0]], "hold"))
    other_shop.orders[0].refresh_from_db()
    assert other_shop.orders[0].release != "held"


def exported(client: Client, **query: Any) -> list[dict[str, str]]:
    """The rows of the file."""
    answer = client.get(reverse("portal:orders-export"), query)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it streams
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_file_holds_exactly_what_is_filtered(browser: Client, shop: Any, other_shop: Any) -> None:
    evil = shop.orders[1]
    Order.objects.filter(pk=evil.pk).update(customer_name='=HYPERLINK("http://x")', email="'+1@x.test")
    rows = exported(browser)
    assert [row["extOrderId"] for row in rows] == numbers(browser)
    row = next(row for row in rows if row["orderId"] == evil.key)
    assert row["customerName"] == '\'=HYPERLINK("http://x")'
    assert row["email"] == "''+1@x.test"
    assert row["total"] == f"{evil.total_price:.4f}"
    assert row["shipsFrom"] == "Warehouse Altona"
    assert row["country"] == "DE"
    assert row["placedAt"].endswith("+01:00")
    held = exported(browser, status="onHold")
    assert [row["extOrderId"] for row in held] == numbers(browser, status="onHold")


def test_more_than_a_file_holds_is_refused(
    browser: Client, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossdock.portal.views.orders.export.MOST", 15)
    answer = browser.get(reverse("portal:orders-export"), follow=True)
    assert "Narrow them by date" in said(answer)
    assert len(exported(browser, status="onHold")) == 1


def test_the_file_is_read_page_by_page(
    browser: Client, shop: Any, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr("crossdock.portal.views.orders.export.LARGEST_PAGE", 5)
    assert len(exported(browser)) == 16
    monkeypatch.setattr("crossdock.portal.views.orders.export.LARGEST_PAGE", 100)
    with django_assert_max_num_queries(16):
        assert len(exported(browser, sort="oldest")) == 16


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "'=1", "''@", "'", "plain", "", "a=1"])
def test_cells_are_shielded_as_in_the_files_of_warehouses(text: str) -> None:
    assert text_cell(text) == neutralized(text)


def test_an_amount_that_is_none_is_said_and_leaves_nothing_out(shop: Any, browser: Client) -> None:
    page = text_of(browser.get("/orders", {"least": "1.234,50", "most": "1000000"}))

    assert "Total from: “1.234,50” is no amount" in page
    assert "Total to:" not in page
    assert "is no amount" not in text_of(browser.get("/orders", {"least": "12,50"}))


@pytest.mark.parametrize("given", ["1,234", "1.234", "12.500"])
def test_an_amount_that_may_be_two_is_asked_back(given: str, shop: Any, browser: Client) -> None:
    answer = browser.get("/orders", {"least": given})

    assert f"Total from: “{given}” may mean {given.replace(',', '').replace('.', '')} or" in text_of(answer)
    assert answer.context["filters"].total_from is None


@pytest.mark.parametrize(("given", "amount"), [("1234", "1234"), ("1.2340", "1.234"), ("0,125", "0.125")])
def test_an_amount_stays_what_it_is_in_the_address_of_a_view(
    given: str, amount: str, shop: Any, browser: Client
) -> None:
    asked = browser.get("/orders", {"least": given}).context["asked"]

    again = browser.get(f"/orders?{asked.query}").context["asked"]
    assert asked.filters.total_from == again.filters.total_from == Decimal(amount)
