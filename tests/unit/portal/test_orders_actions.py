"""Acting on an order and on its shipping requests: what comes of each act, what is refused, and twice is once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.hub.models import (
    Fulfillment,
    InventoryRecord,
    Location,
    Order,
    OrderLine,
    Reservation,
    ShippingRequest,
)
from crossdock.hub.stock.inventory import set_on_hand, settle_reservations
from crossdock.routing.router import route_pending


class Case:
    """One order of 5 teas and 2 cups that came in, with stock for it."""

    def __init__(self, shop: Any, client: Client) -> None:
        self.shop, self.client = shop, client
        self.place = Location.objects.get(organization=shop.organization, is_default=True)
        self.order = shop.orders[0]
        Order.objects.filter(pk=self.order.pk).update(
            standing="open",
            paid=True,
            release="released",
            routing_status="pending",
            status="new",
            location=None,
        )
        Reservation.objects.filter(line__order=self.order).delete()
        self.order.lines.all().delete()
        self.tea, self.cup = (
            self._line(number, sku, units) for number, sku, units in ((0, "TEA", 5), (1, "CUP", 2))
        )
        for sku in ("TEA", "CUP"):
            set_on_hand(shop.organization, sku, 50, author="test", reason="count")

    def _line(self, position: int, sku: str, units: int) -> OrderLine:
        return OrderLine.objects.create(
            order=self.order, position=position, unique_id=str(position), sku=sku, name=sku.title(), quantity=units,
            item_price=1, item_discount=0, item_tax=0, requires_shipping=True, taxable=True,
        )  # fmt: skip

    def routed(self) -> ShippingRequest:
        """The request that routing makes of it."""
        route_pending(self.shop.organization.pk)
        return self.order.shipping_requests.get()

    def act(self, name: str, record: Any = None, **fields: object) -> str:
        """Send a form, and return what the page says then."""
        where = reverse(f"portal:{name}", args=[(record or self.order).key])
        answer = self.client.post(where, fields, follow=True)
        assert answer.status_code == 200
        self.order.refresh_from_db()
        return " | ".join(str(message) for message in answer.context["messages"])

    def page(self) -> str:
        """The order's page."""
        return text_of(self.client.get(reverse("portal:orders-one", args=[self.order.key])))


@pytest.fixture
def case(shop: Any, browser: Client) -> Case:
    """An order to act on."""
    return Case(shop, browser)


def test_hold_until_a_moment_in_the_organizations_time(case: Case) -> None:
    assert "on hold" in case.act("orders-hold", until="2099-03-01T10:00", reason="the buyer asked")
    assert case.order.status == "onHold"
    assert case.order.hold_until is not None
    assert case.order.hold_until.isoformat() == "2099-03-01T09:00:00+00:00"  # ten o'clock in Berlin
    page = case.page()
    assert "is on hold until" in page
    assert "the buyer asked" in page


def test_a_hold_that_ends_in_the_past_or_is_no_time_is_refused(case: Case) -> None:
    assert "has passed" in case.act("orders-hold", until="2020-01-01T00:00")
    assert "write it like" in case.act("orders-hold", until="soon")
    assert case.order.release == "released"


def test_hold_release_review_and_back_to_the_rules(case: Case) -> None:
    case.act("orders-hold")
    assert "is released" in case.act("orders-release", reason="all is well")
    assert case.order.release == "released"
    assert "stands among the exceptions" in case.act("orders-review", reason="odd address")
    assert case.order.status == "reviewRequired"
    assert "Review required" in case.page()
    case.act("orders-give-back")
    assert case.order.release == "undecided"


def test_what_is_all_at_a_warehouse_cannot_be_held(case: Case) -> None:
    request = case.routed()
    case.act("requests-send", request, reference="W-9")
    request.refresh_from_db()
    assert (request.status, request.ext_reference_id) == ("sentToFulfillment", "W-9")
    assert "is at a warehouse" in case.act("orders-hold")
    page = case.page()
    assert "All of it is at a warehouse, shipped or cancelled." in page
    assert 'id="hold"' not in page


def test_a_request_by_hand_for_some_units_is_made_once(case: Case) -> None:
    form = {
        "location": case.place.key,
        f"units-{case.tea.pk}": "2",
        "seen": "0",
        "reason": "the buyer hurries",
    }
    assert "tells Warehouse Altona" in case.act("orders-request", **form)
    assert "have changed since this page was shown" in case.act("orders-request", **form)
    assert [line.quantity for line in case.order.shipping_requests.get().lines.all()] == [2]
    assert "only 3" in case.act("orders-request", **(form | {f"units-{case.tea.pk}": "4", "seen": "1"}))
    assert "location" in case.act("orders-request", **(form | {"location": "", "seen": "1"}))
    assert "not a whole number" in case.act(
        "orders-request", **(form | {f"units-{case.tea.pk}": "-1", "seen": "1"})
    )


def test_one_request_in_two_parcels_and_sent_twice(case: Case) -> None:
    request = case.routed()
    tea, cup = request.lines.order_by("pk")
    form = {
        "token": "abcd1234", f"units-1-{tea.pk}": "3", "carrier-1": "UPS", "tracking-1": "1Z1",
        f"units-2-{cup.pk}": "1", "carrier-2": "DHL", "shipped-2": "2026-11-19T10:00",
        "url-2": "https://depot.test/p?n=2",
    }  # fmt: skip
    assert "2 parcels" in case.act("requests-fulfill", request, **form)
    assert case.order.status == "partialFulfillment"
    case.act("requests-fulfill", request, **form)
    parcels = list(request.fulfillments.order_by("pk"))
    assert [parcel.tracking_number for parcel in parcels] == ["1Z1", ""]
    assert parcels[0].tracking_url.startswith("https://www.ups.com/")
    assert parcels[1].tracking_url == "https://depot.test/p?n=2"
    assert parcels[1].actual_ship_date.isoformat() == "2026-11-19T09:00:00+00:00"
    case.tea.refresh_from_db()
    assert case.tea.fulfilled == 3
    page = case.page()
    assert "4 of 7" in page
    assert "1Z1" in page
    assert 'href="https://depot.test/p?n=2" target="_blank" rel="noopener noreferrer">follow</a>' in page


def test_parcels_are_recorded_all_or_none(case: Case) -> None:
    request = case.routed()
    tea, cup = request.lines.order_by("pk")
    said = case.act(
        "requests-fulfill", request, token="abcd1234", **{f"units-1-{tea.pk}": "1", f"units-2-{cup.pk}": "9"}
    )
    assert "only 2 are open" in said
    assert not Fulfillment.objects.filter(request=request).exists()
    assert "no parcel has anything" in case.act("requests-fulfill", request, token="abcd1234")
    assert "reload the page" in case.act("requests-fulfill", request, **{f"units-1-{tea.pk}": "1"})
    future = {"token": "abcd1234", f"units-1-{tea.pk}": "1", "shipped-1": "2099-01-01T00:00"}
    assert "lies ahead" in case.act("requests-fulfill", request, **future)
    tracked = {"token": "abcd1234", f"units-1-{tea.pk}": "1", f"units-2-{cup.pk}": "0", "tracking-2": "2Z"}
    assert "parcel 2 can be tracked, but holds nothing" in case.act("requests-fulfill", request, **tracked)
    for link in ("depot.test/2", "javascript:alert(1)", "https://", "https://depot.test/a b", "https://[x"):
        form = {"token": "abcd1234", f"units-1-{tea.pk}": "1", "url-1": link}
        assert "the tracking link of parcel 1" in case.act("requests-fulfill", request, **form)
    assert not Fulfillment.objects.filter(request=request).exists()


def test_an_order_in_no_request_is_shipped_at_once_and_once(case: Case) -> None:
    form = {
        "location": case.place.key, "seen": "0", "token": "abcd1234", f"units-1-{case.tea.pk}": "5",
        f"units-2-{case.cup.pk}": "2", "tracking-1": "T1", "url-1": "http://own.test/T1",
    }  # fmt: skip
    assert "2 parcels" in case.act("orders-fulfill", **form)
    assert case.order.status == "fulfilled"
    assert case.order.fulfillments.get(tracking_number="T1").tracking_url == "http://own.test/T1"
    assert "2 parcels" in case.act("orders-fulfill", **form)
    assert case.order.fulfillments.count() == 2
    assert case.order.shipping_requests.count() == 1
    assert "Everything that had to ship has shipped." in case.page()


def test_cancelling_an_order_asks_where_the_goods_are(case: Case) -> None:
    case.routed()
    assert "restock" in case.act("orders-cancel", reason="x")
    assert case.order.status == "readyForFulfillment"
    said = case.act("orders-cancel", restock="yes", reason="the buyer changed her mind")
    assert "7 units" in said
    assert "The store is not told" in said
    assert case.order.status == "canceled"
    assert "nothing was cancelled" in case.act("orders-cancel", restock="yes")
    assert "Nothing of it is open." in case.page()


def test_cancelling_one_request_frees_its_units(case: Case) -> None:
    request = case.routed()
    assert "restock" in case.act("requests-cancel", request)
    assert "is routed again" in case.act("requests-cancel", request, restock="no", again="yes")
    request.refresh_from_db()
    assert (request.status, case.order.routing_status) == ("canceled", "pending")
    assert "is cancelled" in case.act("requests-cancel", request, restock="no")


def test_a_request_that_has_gone_out_has_to_be_stopped(case: Case) -> None:
    request = case.routed()
    case.act("requests-send", request)
    assert "tell the warehouse" in case.act("requests-cancel", request, restock="yes")
    page = case.page()
    assert "Did the warehouse stop it?" in page
    case.act(
        "requests-answer", request, answer="tooLate", next=reverse("portal:orders-one", args=[case.order.key])
    )
    request.refresh_from_db()
    assert request.cancellation_status == "refused"


def test_a_rejection_needs_a_reason_and_counts_once(case: Case) -> None:
    request = case.routed()
    tea = request.lines.get(sku="TEA")
    assert "reason" in case.act("requests-reject", request, token="r1", **{f"units-{tea.pk}": "2"})
    for _ in range(2):
        said = case.act("requests-reject", request, token="r1", reason="broken", **{f"units-{tea.pk}": "2"})
        assert "routed elsewhere" in said
    tea.refresh_from_db()
    assert tea.rejected == 2


def test_route_again_only_where_something_is_left(case: Case) -> None:
    Order.objects.filter(pk=case.order.pk).update(routing_status="failed", routing_note="no stock anywhere")
    page = case.page()
    assert "No place was found: no stock anywhere." in page
    assert "Routing looks at" in case.act("orders-route")
    assert case.order.routing_status == "pending"
    case.routed()
    assert "Nothing is left to route." in case.page()


def test_an_act_comes_back_to_the_page_it_was_begun_on(case: Case) -> None:
    request = case.routed()
    page = reverse("portal:requests-one", args=[request.key])
    answer = case.client.post(
        reverse("portal:requests-cancel", args=[request.key]), {"restock": "yes", "next": page}
    )
    assert answer.headers["Location"] == page
    away = {"restock": "yes", "next": "https://elsewhere.test/"}
    answer = case.client.post(reverse("portal:requests-cancel", args=[request.key]), away)
    assert answer.headers["Location"] == reverse("portal:orders-one", args=[case.order.key])


def test_the_page_asks_no_more_of_the_database_for_more_requests(
    case: Case, django_assert_max_num_queries: Any
) -> None:
    for seen, units in enumerate((1, 1, 1)):
        case.act(
            "orders-request", location=case.place.key, seen=str(seen), **{f"units-{case.tea.pk}": str(units)}
        )
    for request in case.order.shipping_requests.all():
        case.act("requests-fulfill", request, token="abcd1234", **{f"units-1-{request.lines.get().pk}": "1"})
    with django_assert_max_num_queries(30):
        case.page()


def test_single_units_are_cancelled_after_a_question_that_names_them(case: Case) -> None:
    where = reverse("portal:orders-cancel-units", args=[case.order.key])
    settle_reservations([case.order.pk], author="test", reason="order taken in")
    assert 'max="5"' in text_of(case.client.get(where))
    asked = case.client.get(where, {f"units-{case.tea.pk}": "2", "restock": "yes"})
    assert asked.context["question"] == "Cancel 2 of TEA and put them back at Warehouse Altona?"
    form = {f"units-{case.tea.pk}": "2", "restock": "yes", "canceled": "0", "reason": "the buyer asked"}
    assert "2 units of KW10400 cancelled and put back into stock" in case.act("orders-cancel-units", **form)
    assert "have been cancelled since" in case.act("orders-cancel-units", **form), "sent twice is once"
    assert OrderLine.objects.get(pk=case.tea.pk).canceled == 2
    assert InventoryRecord.objects.get(sku="TEA").on_hand == 50
    asked = case.client.get(
        where, {f"units-{case.tea.pk}": "3", f"units-{case.cup.pk}": "1", "restock": "no"}
    )
    assert asked.context["question"] == "Cancel 3 of TEA and 1 of CUP and write them off at Warehouse Altona?"
    form = {f"units-{case.cup.pk}": "1", "restock": "no", "canceled": "2"}
    assert "1 unit of KW10400 cancelled and written off" in case.act("orders-cancel-units", **form)
    assert InventoryRecord.objects.get(sku="CUP").on_hand == 49


def test_the_question_says_which_requests_are_called_off_and_which_stay(case: Case) -> None:
    where = reverse("portal:orders-cancel-units", args=[case.order.key])
    request = case.routed()
    asked = case.client.get(where, {f"units-{case.tea.pk}": "1", "restock": "yes"})
    assert [one.pk for one in asked.context["foreseen"].called_off] == [request.pk]
    case.act("requests-send", request)
    asked = case.client.get(where, {f"units-{case.tea.pk}": "1", "restock": "yes"})
    foreseen = asked.context["foreseen"]
    assert ([one.pk for one in foreseen.stays], list(foreseen.called_off)) == ([request.pk], [])
    assert "has request" in text_of(asked)


@pytest.mark.parametrize(
    ("units", "restock", "told"),
    [
        ("6", "yes", "only 5 are open"),
        ("x", "yes", "not a whole number"),
        ("1", "", "put back"),
        ("0", "no", "no line"),
    ],
)
def test_what_cannot_be_cancelled_is_said_before_anything_is_asked(
    case: Case, units: str, restock: str, told: str
) -> None:
    where = reverse("portal:orders-cancel-units", args=[case.order.key])
    answer = case.client.get(where, {f"units-{case.tea.pk}": units, "restock": restock})
    assert answer.status_code == 400
    assert told in text_of(answer)
    assert told in case.act(
        "orders-cancel-units", **{f"units-{case.tea.pk}": units, "restock": restock, "canceled": "0"}
    )
