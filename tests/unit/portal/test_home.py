"""The first page: charts whose days are the organization's, the request budget, and no cost that grows."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.unit.portal.reading import text_of

from crossdock.flows.health import flow_health, request_budget
from crossdock.hub.models import ExceptionCase, Flow, Fulfillment, Integration, Order, Run
from crossdock.portal.views.home.figures import days, midnight, orders_by_day, pushes_by_day

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_orders_are_counted_on_the_days_of_the_organization(browser: Client, shop: Any) -> None:
    Order.objects.filter(organization=shop.organization).update(
        ext_order_created_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    first, second = shop.orders[0], shop.orders[1]
    # 23:30 UTC on the 18th is half past midnight on the 19th in Berlin.
    Order.objects.filter(pk=first.pk).update(ext_order_created_at=datetime(2026, 11, 18, 23, 30, tzinfo=UTC))
    Order.objects.filter(pk=second.pk).update(ext_order_created_at=datetime(2026, 11, 20, 11, 0, tzinfo=UTC))
    with time_machine.travel(NOW, tick=False):
        data = browser.get("/home/orders.json").json()
    counted = dict(zip(data["labels"], data["series"][0]["values"], strict=True))
    berlin = ZoneInfo("Europe/Berlin")
    assert counted[datetime(2026, 11, 19, tzinfo=berlin).timestamp()] == 1
    assert counted[datetime(2026, 11, 20, tzinfo=berlin).timestamp()] == 1
    assert counted[datetime(2026, 11, 1, tzinfo=berlin).timestamp()] == 14
    assert sum(counted.values()) == 16
    assert len(counted) == 30
    assert data["timezone"] == "Europe/Berlin"
    assert "16 orders" in data["summary"]


def test_a_day_with_changed_clocks_is_one_day() -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        now = datetime(2026, 10, 27, 9, 0, tzinfo=UTC)  # clocks went back on the 25th
        assert midnight(now, 2) == datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
        assert midnight(now, 1) == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)
        assert days(now, 3) == [date(2026, 10, 25), date(2026, 10, 26), date(2026, 10, 27)]


def test_nothing_is_drawn_for_nothing(browser: Client, shop: Any) -> None:
    with time_machine.travel(NOW + timedelta(days=400), tick=False):
        browser.force_login(shop.user)  # the session of then has ended
        for where in ("/home/orders.json", "/home/pushes.json"):
            data = browser.get(where).json()
            assert data["labels"] == []
            assert data["summary"] == ""
            assert data["empty"].startswith("No ")


def test_pushes_are_those_of_stock_only(browser: Client, shop: Any, other_shop: Any) -> None:
    stock = Flow.objects.get(integration=shop.integration, entity="inventory")
    for flow, written, failed in (
        (stock, 7, 0),
        (stock, 3, 2),
        (Flow.objects.get(integration=shop.integration, entity="fulfillments"), 100, 1),
        (Flow.objects.get(integration=other_shop.integration, entity="inventory"), 1000, 1),
    ):
        run = Run.objects.create(
            flow=flow, trigger="mark", outcome="completed", written=written, failed=failed
        )
        Run.objects.filter(pk=run.pk).update(created_at=NOW - timedelta(hours=1))
    pushed = pushes_by_day(shop.organization, NOW)
    assert pushed.written[NOW.date()] == 10
    assert pushed.failed[NOW.date()] == 2
    assert sum(pushed.written.values()) == 10
    with time_machine.travel(NOW, tick=False):
        data = browser.get("/home/pushes.json").json()
    assert [one["label"] for one in data["series"]] == ["Written", "Not taken"]
    assert orders_by_day(other_shop.organization, NOW)[NOW.date()] >= 0


def test_the_budget_counts_the_last_minute(shop: Any) -> None:
    assert request_budget(shop.integration).used == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hub_budgetsecond (integration_id, second, calls) SELECT %(one)s, "
            "floor(extract(epoch FROM clock_timestamp()))::bigint - ago, 5 FROM unnest(ARRAY[1, 10, 90]) AS ago",
            {"one": shop.integration.pk},
        )
        cursor.execute(
            "INSERT INTO hub_budget (integration_id, blocked_until, blocks) "
            "VALUES (%s, clock_timestamp() + interval '30 seconds', 1)",
            [shop.integration.pk],
        )
    budget = request_budget(shop.integration)
    assert budget.used == 10
    assert budget.limit >= 60
    assert budget.blocked_until is not None
    Integration.objects.filter(pk=shop.integration.pk).update(settings={"callsPerMinute": 7})
    shop.integration.refresh_from_db()
    assert request_budget(shop.integration).limit == 7


def test_the_budget_and_its_pause_are_shown(browser: Client, shop: Any) -> None:
    text = text_of(browser.get("/"))
    assert "requests a minute" in text
    assert "asked for a pause" not in text


def test_figures_of_a_flow_are_of_the_last_days(shop: Any) -> None:
    flow = Flow.objects.get(integration=shop.integration, entity="fulfillments")
    before = {row.flow.pk: row.remote_calls for row in flow_health(shop.integration)}
    run = Run.objects.create(flow=flow, trigger="mark", outcome="completed", remote_calls=1000, least_calls=1)
    assert {row.flow.pk: row.remote_calls for row in flow_health(shop.integration)}[flow.pk] == before[
        flow.pk
    ] + 1000
    Run.objects.filter(pk=run.pk).update(created_at=timezone.make_aware(datetime(2020, 1, 1)))  # noqa: DTZ001 - made aware
    assert {row.flow.pk: row.remote_calls for row in flow_health(shop.integration)} == before


@pytest.mark.parametrize("more", [30])
def test_home_costs_as_much_with_more_orders(browser: Client, shop: Any, sample: Any, more: int) -> None:
    browser.get("/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/")
    Run.objects.bulk_create(
        Run(flow=Flow.objects.filter(integration=shop.integration).first(), trigger="schedule")
        for _ in range(more)
    )
    with CaptureQueriesContext(connection) as many:
        browser.get("/")
    assert len(many) == len(few)


@pytest.mark.parametrize("where", ["/", "/integrations"])
def test_a_page_of_integrations_costs_as_much_with_more_of_them(
    browser: Client, shop: Any, where: str
) -> None:
    browser.get(where)
    with CaptureQueriesContext(connection) as few:
        browser.get(where)
    for number in range(12):
        more = Integration.objects.create(
            organization=shop.organization, connector="ecwid", name=f"Shop {number}", state="connected",
            account_id=f"90{number}",
        )  # fmt: skip
        flow = Flow.objects.create(integration=more, entity="inventory", direction="push", enabled=True)
        Run.objects.create(flow=flow, trigger="mark", outcome="completed")
    with CaptureQueriesContext(connection) as many:
        text = text_of(browser.get(where))
    assert "Flows of Shop 11" in text
    assert len(many) == len(few) <= 40


def test_what_was_never_connected_shows_a_way_on_and_no_flows(browser: Client, shop: Any) -> None:
    fresh = Integration.objects.create(organization=shop.organization, connector="ecwid", name="Second shop")
    text = text_of(browser.get("/"))
    assert f"/integrations/{fresh.key}/connect" in text
    assert f"Flows of {fresh.name}" not in text
    assert f"Flows of {shop.integration.name}" in text


FIGURE = re.compile(
    # A link, and a number in it or beside it.
    r'<a\b[^>]*?href="([^"]+)"[^>]*>(?:(?!</a>).)*?'
    r'(?:<span class="figure">|<b>|</a>\s*<span class="badge bg-red-lt">|class="short"[^>]*>)\s*([\d,]+)\s*<',
    re.DOTALL,
)


def rows_behind(browser: Client, address: str) -> int:
    """How many rows a list has on all its pages."""
    rows = 0
    while address:
        page = text_of(browser.get(address))
        body = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
        rows += body.group(1).count("<tr") if body else 0
        following = re.search(r'href="([^"]*after=[^"]+)"', page)
        address = urljoin(address, html.unescape(following.group(1))) if following else ""
    return rows


def figures_of(page: str) -> dict[str, int]:
    """The links of Home that stand with a count, and the counts."""
    part = page[page.index('id="live"') : page.index("Flows of")]
    return {html.unescape(address): int(count.replace(",", "")) for address, count in FIGURE.findall(part)}


def test_each_figure_opens_a_list_of_exactly_that_many(browser: Client, shop: Any) -> None:
    gone, late, tomorrow = (order.pk for order in shop.orders[:3])
    Order.objects.filter(pk=gone).update(
        status="canceled", deleted_at=NOW
    )  # gone from its shop, and listed still
    Order.objects.filter(pk=late).update(ext_order_created_at=datetime(2026, 11, 19, 22, 59, tzinfo=UTC))
    Order.objects.filter(pk=tomorrow).update(ext_order_created_at=datetime(2026, 11, 20, 23, 1, tzinfo=UTC))
    parcels = Fulfillment.objects.filter(organization=shop.organization)
    parcels.update(created_at=datetime(2026, 11, 13, 23, 0, tzinfo=UTC))  # midnight of the 14th
    first = parcels.order_by("pk").first()
    assert first is not None
    parcels.filter(pk=first.pk).update(created_at=datetime(2026, 11, 13, 22, 59, tzinfo=UTC))
    ExceptionCase.objects.create(
        organization=shop.organization, integration=shop.integration, code="sumMismatch", entity="products",
        subject="products:1", message="One code, another kind of record.",
    )  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        browser.force_login(shop.user)
        shown = figures_of(text_of(browser.get("/")))
        assert len([address for address in shown if "?status=" in address]) >= 6
        assert {address.partition("?")[0] for address in shown} >= {
            "/orders", "/requests", "/fulfillments", "/inventory", "/exceptions",
        }  # fmt: skip
        assert {address: rows_behind(browser, address) for address in shown} == shown
    placed = shown["/orders?since=2026-11-20&until=2026-11-20"]
    berlin = (datetime(2026, 11, 19, 23, tzinfo=UTC), datetime(2026, 11, 20, 22, 59, 59, tzinfo=UTC))
    assert placed == Order.objects.filter(ext_order_created_at__range=berlin).count() > 0
    assert shown["/fulfillments?kind=shipped&since=2026-11-14"] == parcels.count() - 1
    assert shown["/inventory?state=tracked"] == 5, "what nobody has counted has no figure"


def test_a_flow_leads_to_its_own_exceptions(browser: Client, shop: Any) -> None:
    flow = Flow.objects.get(integration=shop.integration, entity="orders")
    page = text_of(browser.get("/"))
    assert f'href="/exceptions?flow={flow.key}">3</a>' in page
    listed = text_of(browser.get(f"/exceptions?flow={flow.key}"))
    assert "3 exceptions, 2 causes." in listed
    stock = Flow.objects.get(integration=shop.integration, entity="inventory")
    assert "None that fit" in text_of(browser.get(f"/exceptions?flow={stock.key}"))


def test_orders_to_review_need_somebody(browser: Client, shop: Any) -> None:
    ExceptionCase.objects.all().update(status="resolved")
    page = text_of(browser.get("/"))
    assert "Orders to review" in page
    assert "Nothing needs you" not in page
    Order.objects.filter(status="reviewRequired").update(status="new")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [NOW])
    with time_machine.travel(NOW, tick=False):
        assert "Nothing needs you" in text_of(browser.get("/"))


def test_more_causes_than_are_shown_are_told_of(browser: Client, shop: Any) -> None:
    for number in range(9):
        ExceptionCase.objects.create(
            organization=shop.organization,
            code=f"cause{number}",
            entity="orders",
            subject=f"s{number}",
            message="!",
        )
    assert "3 more causes" in text_of(browser.get("/"))


def test_a_pull_that_gets_nothing_through_is_said_to_be_late(browser: Client, shop: Any) -> None:
    orders = Flow.objects.filter(integration=shop.integration, entity="orders", direction="pull")
    with time_machine.travel(NOW, tick=False):
        assert "is late" not in text_of(browser.get("/"))
        orders.update(last_success_at=NOW - timedelta(minutes=4))
        page = text_of(browser.get("/"))
        assert "pull orders is late" in page
        assert "It last got through" in page
        assert ">Late<" in text_of(browser.get(f"/integrations/{shop.integration.key}"))
