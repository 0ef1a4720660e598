"""Every page: what it shows, and that nothing foreign or unsafe is on it. Who gets in: test_walk.py."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from types import ModuleType
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.hub.models import Event, ExceptionCase, Fulfillment, Integration, Order, Organization, Product

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LISTS = [
    "home",
    "integrations",
    "orders",
    "requests",
    "fulfillments",
    "products",
    "inventory",
    "locations",
    "exceptions",
    "events",
    "runs",
    "settings-webhooks",
    "settings-notifications",
]

OWN = [
    "/settings", "/settings/members", "/settings/keys", "/settings/audit", "/account", "/account/email",
    "/account/password", "/account/confirm", "/account/two-factor", "/account/sessions", "/password/forgotten",
]  # fmt: skip
"""Pages about the organization and the person themselves."""


def details(shop: Any) -> dict[str, str]:
    """The address of one record per kind of page."""
    return {
        "integrations-one": reverse("portal:integrations-one", args=[shop.integration.key]),
        "orders-one": reverse("portal:orders-one", args=[shop.orders[-1].key]),
        "products-one": reverse("portal:products-one", args=[shop.product.key]),
        "inventory-one": reverse("portal:inventory-one", args=[shop.record.key]),
        "events-one": reverse(
            "portal:events-one", args=[shop.organization.events.filter(entity="orders").latest("pk").key]
        ),
        "exceptions-one": reverse(
            "portal:exceptions-one", args=[shop.organization.exceptions.earliest("pk").key]
        ),
        "exceptions-cause": reverse("portal:exceptions") + "?code=sumMismatch",
        "requests-one": reverse(
            "portal:requests-one", args=[shop.organization.shipping_requests.latest("pk").key]
        ),
        "fulfillments-one": reverse(
            "portal:fulfillments-one", args=[shop.organization.fulfillments.latest("pk").key]
        ),
        "runs-one": reverse("portal:runs-one", args=[shop.run.key]),
        "connect-start": reverse("portal:connect-start", args=[shop.integration.key]),
    }


def test_htmx_is_told_to_load_the_login_as_a_page(shop: Any) -> None:
    answer = Client().get("/orders", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/login?next=")


def test_lists_hold_nothing_of_another_organization(browser: Client, other_shop: Any) -> None:
    for name in LISTS:
        text = text_of(browser.get(reverse(f"portal:{name}")))
        assert "Rival" not in text, name
        for order in other_shop.orders:
            assert f"/orders/{order.key}" not in text, name


def test_a_member_of_no_organization_is_told_so(shop: Any, django_user_model: Any) -> None:
    client = Client()
    client.force_login(django_user_model.objects.create_user("stranger", password="x" * 12))
    for address in ["/", "/orders", *details(shop).values()]:
        assert client.get(address).status_code == 403


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_hub_teaches(name: str, db: None, sample: ModuleType) -> None:
    organization = Organization.objects.create(name="Nothing yet")
    client = Client()
    client.force_login(sample.member(organization, "first@shop.test"))
    answer = client.get(reverse(f"portal:{name}"))
    assert answer.status_code == 200
    assert 'class="cd-empty"' in text_of(answer)


class Page(HTMLParser):
    """What a strict content policy and a screen reader would stumble over."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note inline code, missing labels and double ids."""
        given = dict(attrs)
        if "style" in given or any(name.startswith("on") for name in given):
            self.faults.append(f"inline style or handler on <{tag}>")
        if tag == "style" or (tag == "script" and not (given.get("src") or "").startswith("/static/")):
            self.faults.append(f"inline <{tag}>")
        if tag == "th" and given.get("scope") not in ("col", "row"):
            self.faults.append("<th> without scope")
        if tag == "img" and "alt" not in given:
            self.faults.append("<img> without alt")
        if tag == "label" and given.get("for"):
            self.labels.add(str(given["for"]))
        if tag in ("input", "select") and given.get("type") not in ("hidden", "radio", "submit"):
            self.fields.append((tag, given))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if (given.get("href") or "").lower().startswith("javascript:"):
            self.faults.append("javascript: address")

    def check(self) -> list[str]:
        """All faults found."""
        unlabelled = [
            str(given.get("name")) for _, given in self.fields if given.get("id") not in self.labels
        ]
        doubled = [one for one in set(self.ids) if self.ids.count(one) > 1]
        return (
            self.faults
            + [f"no label: {name}" for name in unlabelled]
            + [f"id twice: {one}" for one in doubled]
        )


def test_pages_keep_to_the_content_policy_and_are_labelled(browser: Client, shop: Any) -> None:
    for address in [*(reverse(f"portal:{name}") for name in LISTS), *details(shop).values(), *OWN, "/login"]:
        answer = browser.get(address)
        if answer.status_code == 302:
            continue
        text = text_of(answer)
        assert answer.status_code == 200, address
        assert Page(text).check() == [], address
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert '<main id="main"' in text
        assert 'href="#main"' in text


def test_addresses_from_outside_are_followed_only_if_they_are_web_addresses(
    browser: Client, shop: Any
) -> None:
    order = shop.orders[4]
    order.canonical["extOrderUrl"] = "javascript:alert(1)"
    order.customer_name = "<script>alert(1)</script>"
    order.save()
    Fulfillment.objects.filter(order=order).update(tracking_url="JavaScript:alert(2)")
    text = text_of(browser.get(reverse("portal:orders-one", args=[order.key])))
    assert "javascript:" not in text.lower()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_home_says_what_needs_attention(browser: Client, shop: Any) -> None:
    text = text_of(browser.get("/"))
    assert "Sum mismatch" in text
    assert text.index("Needs attention") < text.index("Orders by status")
    ExceptionCase.objects.all().update(status="resolved")
    Order.objects.filter(status="reviewRequired").update(status="new")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [NOW])
    with time_machine.travel(NOW, tick=False):
        assert "Nothing needs you" in text_of(browser.get("/"))
    Integration.objects.update(state="error", state_reason="The store refused the token.")
    text = text_of(browser.get("/"))
    assert "needs to be reconnected" in text
    assert "The store refused the token." in text


def _parcels(browser: Client) -> int:
    figures = browser.get("/").context["figures"]
    return next(int(one.count) for one in figures if one.address.startswith("/fulfillments"))


def test_units_a_warehouse_rejected_are_no_parcel(browser: Client, shop: Any) -> None:
    parcel = Fulfillment.objects.latest("pk")
    Fulfillment.objects.filter(pk=parcel.pk).update(actual_ship_date=datetime.now(tz=UTC))
    before = _parcels(browser)
    Fulfillment.objects.filter(pk=parcel.pk).update(fulfillment_type=Fulfillment.Type.REJECTED)
    assert _parcels(browser) == before - 1


def test_an_order_without_a_place_is_not_merely_ready(browser: Client, shop: Any) -> None:
    assert "No route" not in text_of(browser.get("/orders"))
    lost, left, *_ = shop.orders[::-1]
    for order, status, asked, word in (
        (lost, "failed", "none", "No route"),
        (left, "ready", "again", "To be routed again"),
    ):
        Order.objects.filter(pk=order.pk).update(routing_status=status)
        listed = browser.get("/orders", {"route": asked})
        assert [row.pk for row in listed.context["page"].rows] == [order.pk]
        assert word in text_of(listed).split('id="list"')[1]
        assert word in text_of(browser.get(f"/orders/{order.key}")).split("</h1>")[0]


def test_what_routing_considered_reads_as_text(browser: Client, shop: Any) -> None:
    order = shop.orders[-1]
    Event.objects.create(
        organization=order.organization, entity="orders", record_id=order.pk, operation="route", author="routing",
        after={
            "lines": [{"sku": "tea", "quantity": 2}],
            "explanation": [{"card": "All", "location": "Depot", "why": "0 of 2 tea are free", "chosen": False}],
        },
    )  # fmt: skip
    page = text_of(browser.get(reverse("portal:orders-one", args=[order.key])))
    assert "All, Depot: 0 of 2 tea are free" in page
    assert "Lines: 2 x tea" in page


def test_a_location_says_who_ships_from_it(browser: Client, shop: Any) -> None:
    assert ">people<" in text_of(browser.get("/locations"))
    shop.organization.locations.update(fulfillment_integration=shop.integration)
    assert ">people<" not in text_of(browser.get("/locations"))
    other = shop.organization.locations.create(name="Old", status="merged")
    other.merged_into = shop.organization.locations.exclude(pk=other.pk).first()
    other.save()
    assert f"now part of {other.merged_into.name}" in text_of(browser.get("/locations"))


def test_home_counts_orders_by_status(browser: Client, shop: Any) -> None:
    answer = browser.get("/")
    slices = {one.status: one.count for one in answer.context["slices"]}
    for status, count in slices.items():
        assert count == Order.objects.filter(organization=shop.organization, status=status).count()
    assert sum(slices.values()) == 16


def rows(answer: Any) -> list[Any]:
    """The rows of a list page."""
    return list(answer.context["page"].rows)


def test_orders_are_found_by_number_mail_sku_name_and_status(browser: Client, shop: Any) -> None:
    order = shop.orders[2]
    line = order.lines.first()
    assert rows(browser.get("/orders", {"q": order.ext_order_id})) == [order]
    assert rows(browser.get("/orders", {"q": order.email.upper()})) == [order]
    assert order in rows(browser.get("/orders", {"q": line.sku}))
    assert order in rows(browser.get("/orders", {"q": "o'brien"}))
    assert rows(browser.get("/orders", {"q": "no such thing"})) == []
    found = rows(browser.get("/orders", {"status": "canceled"}))
    assert found
    assert {one.status for one in found} == {"canceled"}


def test_a_senseless_question_shows_the_list(browser: Client, shop: Any) -> None:
    for query in ({"status": "nonsense"}, {"after": "%%%"}, {"after": "\x00"}, {"after": "WzEsMl0"}):
        assert len(rows(browser.get("/orders", query))) == 16
    assert browser.get("/orders", {"q": "a\x00b" * 500}).status_code == 200
    assert browser.get("/orders/ffffffffffffffff").status_code == 404
    assert browser.get("/orders/xyz").status_code == 404


def test_pages_follow_each_other_without_gap(browser: Client, db: None, sample: ModuleType) -> None:
    shop = sample.open_shop(
        datetime(2026, 11, 1, tzinfo=UTC), name="Big", email="big@shop.test", orders=55, account="9"
    )
    client = Client()
    client.force_login(shop.user)
    first = client.get("/orders")
    match = re.search(r'href="(\?[^"]*after=[^"]*)" rel="next"', text_of(first))
    assert match is not None
    second = client.get("/orders" + match.group(1).replace("&amp;", "&"))
    seen = [order.pk for order in rows(first) + rows(second)]
    assert len(rows(first)) == 50
    assert sorted(seen) == sorted(order.pk for order in shop.orders)
    assert 'rel="next"' not in text_of(second)


def test_an_order_shows_everything_about_it(browser: Client, shop: Any) -> None:
    order = shop.orders[4]
    text = text_of(browser.get(reverse("portal:orders-one", args=[order.key])))
    for piece in (
        order.ext_order_id,
        "Παπαδοπούλου",
        "Partly fulfilled",
        "WELCOME5",
        "Τσιμισκή 40",
        "P.O. Box 3",
        "Warehouse Altona",
        "00340434",
        "shipped by hand",
        "Source document",
        "&quot;paymentStatus&quot;: &quot;PAID&quot;",
        "Sum mismatch",
    ):
        assert piece in text, piece


def test_times_are_in_the_organizations_zone_with_utc_beside(browser: Client, shop: Any) -> None:
    order = shop.orders[0]
    text = text_of(browser.get(reverse("portal:orders-one", args=[order.key])))
    # 12:00 UTC in November is 13:00 in Berlin.
    assert 'title="2026-11-20 12:00:00 UTC"' in text
    assert "20 Nov 2026, 13:00" in text


def test_variants_stand_under_their_parent(browser: Client, shop: Any) -> None:
    found = rows(browser.get("/products"))
    assert all(product.parent_id is None for product in found)
    text = text_of(browser.get("/products"))
    assert text.index("Stoneware cup") < text.index("CUP-BLUE")
    assert rows(browser.get("/products", {"q": "CUP-BLUE"})) == [Product.objects.get(sku="CUP")]


def test_unknown_and_unlimited_stock_have_no_number(browser: Client, shop: Any) -> None:
    text = text_of(browser.get("/inventory", {"state": "unknown"}))
    assert "Never counted" in text
    row = text[text.index("FILTER-100") :]
    row = row[: row.index("</tr>")]
    assert "on hand" not in row
    assert "available" not in row


def test_the_ledger_says_who_and_why(browser: Client, shop: Any) -> None:
    text = text_of(browser.get(reverse("portal:inventory-one", args=[shop.record.key])))
    assert "cup broken" in text
    assert "ann@kaffewerk.test" in text


def test_no_page_shows_a_secret(browser: Client, shop: Any) -> None:
    shop.integration.credentials = b"sealed-secret_abcdefgh"
    shop.integration.save()
    Event.objects.create(
        organization=shop.organization,
        entity="orders",
        record_id=shop.orders[4].pk,
        operation="updated",
        author="x",
    )
    for address in [*(reverse(f"portal:{name}") for name in LISTS), *details(shop).values()]:
        assert "secret_abcdefgh" not in text_of(browser.get(address))


@pytest.mark.parametrize(
    "address",
    [
        "/orders",
        "/requests",
        "/fulfillments",
        "/products",
        "/inventory",
        "/events",
        "/exceptions?code=sumMismatch",
    ],
)
def test_rows_are_cards_on_a_phone_each_with_a_name(browser: Client, address: str) -> None:
    html = text_of(browser.get(address))
    (table,) = re.findall(r'<table class="[^"]*\bcd-rows\b[^"]*">.*?</table>', html, re.DOTALL)
    rows = table.partition("<tbody>")[2].split("<tr")[1:]
    assert rows
    for row in rows:
        assert row.count('<th scope="row"') == 1, "what a row is called stands above the rest of its card"
