"""What mends exceptions: every cause has a remedy, and each button does what it says."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.hub.models import Event, ExceptionCase, Flow, Integration, Mark, Order
from crossdock.portal.views.exceptions import runbook
from crossdock.portal.views.exceptions.remedies import REMEDIES, Act, Place, Remedy, remedies_of


def opened(
    shop: Any, code: str, subject: str, entity: str = "orders", flow: Flow | None = None
) -> ExceptionCase:
    """An open exception of the shop's integration."""
    return ExceptionCase.objects.create(
        organization=shop.organization, integration=shop.integration, flow=flow, code=code, entity=entity,
        subject=subject, message="Something happened.",
    )  # fmt: skip


def press(browser: Client, case: ExceptionCase, act: str, reason: str = "") -> str:
    """Press a button of the exception's page; the page that follows."""
    where = reverse("portal:exceptions-remedy", args=[case.key])
    return text_of(browser.post(where, {"act": act, "reason": reason}, follow=True))


def flow_of(shop: Any, entity: str, direction: str) -> Flow:
    """One of the shop's flows, with no marks."""
    flow = Flow.objects.get(integration=shop.integration, entity=entity, direction=direction)
    flow.marks.all().delete()
    return flow


def keys(flow: Flow) -> list[str]:
    """What the flow is to look at."""
    return sorted(Mark.objects.filter(flow=flow).values_list("key", flat=True))


def test_every_code_has_a_remedy_and_no_remedy_is_for_a_code_that_has_gone() -> None:
    assert sorted(runbook.codes() - set(REMEDIES)) == []
    assert sorted(set(REMEDIES) - runbook.codes()) == []


def test_every_remedy_says_what_it_does() -> None:
    for code, remedies in REMEDIES.items():
        assert remedies, code
        for one in remedies:
            assert (one.act is None) != (one.place is None), (code, one.key)
            assert one.does.endswith("."), (code, one.key)
            assert not one.words.endswith("."), (code, one.key)
    used = {one for remedies in REMEDIES.values() for one in remedies}
    assert {one.act for one in used} == {None, *Act}
    assert {one.place for one in used} == {None, *Place}
    assert remedies_of("aCodeThatAStoreInventsTomorrow")


def subjects(shop: Any, code: str, remedies: tuple[Remedy, ...]) -> tuple[str, str, Flow]:
    """What an exception of that code may be about: subject, entity and flow."""
    order = shop.orders[5]
    if code in ("blastRadius", "remoteUnlimited", "remoteStockUnknown", "stockNotTracked"):
        return "inventory:KETTLE-17", "inventory", flow_of(shop, "inventory", "push")
    return f"orders:{order.ext_order_api_id}", "orders", flow_of(shop, "orders", "pull")


def test_every_code_offers_something_to_press(browser: Client, shop: Any) -> None:
    for code, remedies in REMEDIES.items():
        subject, entity, flow = subjects(shop, code, remedies)
        case = opened(shop, code, subject, entity, flow)
        ways = browser.get("/exceptions", {"code": code}).context["rows"][0].ways
        assert ways, code
        case.delete()


def test_looking_again_marks_the_record_for_its_flow(browser: Client, shop: Any) -> None:
    flow = flow_of(shop, "orders", "pull")
    case = opened(shop, "unreadable", "orders:520000004", flow=flow)
    text = press(browser, case, "again")
    assert "anew from Ecwid: Kaffewerk Roastery" in text
    assert keys(flow) == ["520000004"]
    event = Event.objects.get(entity="exceptions", record_id=case.pk)
    assert (event.operation, event.author) == ("lookAgain", "user:ann@kaffewerk.test")


def test_what_was_noticed_of_a_variation_has_its_product_read_again(browser: Client, shop: Any) -> None:
    flow = flow_of(shop, "products", "pull")
    press(browser, opened(shop, "blankSku", "products:77:CUP-BLUE", "products", flow), "again")
    assert keys(flow) == ["77"]


def test_a_flow_that_stands_still_runs_now(
    browser: Client, shop: Any, django_capture_on_commit_callbacks: Any
) -> None:
    flow = flow_of(shop, "inventory", "push")
    Flow.objects.filter(pk=flow.pk).update(not_before=shop.orders[0].ext_order_created_at)
    assert "Runs the flow push inventory" in press(
        browser, opened(shop, "unreachable", f"flow:{flow.key}", "inventory", flow), "again"
    )
    flow.refresh_from_db()
    assert flow.not_before is None
    assert keys(flow) == []


def test_what_cannot_look_says_why(browser: Client, shop: Any) -> None:
    flow = flow_of(shop, "orders", "pull")
    case = opened(shop, "unreadable", "orders:520000004", flow=flow)
    Flow.objects.filter(pk=flow.pk).update(enabled=False)
    assert "the flow that would (pull orders) is off" in press(browser, case, "again")
    Integration.objects.filter(pk=shop.integration.pk).update(state="error")
    assert "needs reconnect" in press(browser, case, "again")
    assert keys(flow) == []


def test_an_order_is_routed_again(browser: Client, shop: Any) -> None:
    order = shop.orders[4]
    Order.objects.filter(pk=order.pk).update(routing_status="failed")
    case = opened(shop, "noRoute", f"orders:{order.ext_order_api_id}")
    assert f"Order {order.ext_order_id} is routed again" in press(browser, case, "route")
    order.refresh_from_db()
    assert order.routing_status == "pending"
    event = Event.objects.filter(entity="orders", record_id=order.pk, operation="routeAgain").get()
    assert event.author == "user:ann@kaffewerk.test"


def test_an_order_is_released_only_with_a_reason(browser: Client, shop: Any) -> None:
    order = next(one for one in shop.orders if one.status == "reviewRequired")
    case = opened(shop, "reviewRequired", f"orders:{order.ext_order_api_id}")
    assert "say why" in press(browser, case, "release")
    assert "is released" in press(browser, case, "release", "looked fine")
    order.refresh_from_db()
    case.refresh_from_db()
    assert order.release == "released"
    assert case.status == "resolved"
    assert "resolved already" in press(browser, case, "release", "once more")


def test_a_stock_push_is_let_through_once(browser: Client, shop: Any) -> None:
    flow = flow_of(shop, "inventory", "push")
    case = opened(shop, "blastRadius", f"flow:{flow.key}:guard", "inventory", flow)
    assert "goes ahead once" in press(browser, case, "approve", "stocktake")
    flow.refresh_from_db()
    assert flow.progress["approved"] is True


@pytest.mark.parametrize("role", ["user", "developer"])
def test_a_stock_push_is_let_through_by_those_only_who_may_set_the_integration_up(
    role: str, shop: Any, sample: ModuleType
) -> None:
    flow = flow_of(shop, "inventory", "push")
    case = opened(shop, "blastRadius", f"flow:{flow.key}:guard", "inventory", flow)
    browser = Client()
    browser.force_login(sample.member(shop.organization, "other@kaffewerk.test", role))
    page = text_of(browser.get(reverse("portal:exceptions-one", args=[case.key])))
    assert "Let this push go ahead" not in page
    assert "needs an administrator" in press(browser, case, "approve", "stocktake")
    flow.refresh_from_db()
    assert "approved" not in flow.progress


def test_only_what_the_cause_offers_is_done(browser: Client, shop: Any) -> None:
    order = shop.orders[5]
    case = opened(shop, "sumMismatch", f"orders:{order.ext_order_api_id}")
    for act in ("release", "approve", "order", "", "nonsense"):
        assert "nothing that can be done" in press(browser, case, act, "x"), act
    order.refresh_from_db()
    assert order.release != "released"


def test_several_are_looked_at_again_together(browser: Client, shop: Any) -> None:
    flow = flow_of(shop, "orders", "pull")
    cases = [opened(shop, "unreadable", f"orders:{number}", flow=flow) for number in (1, 2)]
    stuck = opened(shop, "unreadable", "orders:3", flow=flow_of(shop, "products", "push"))
    answer = browser.post(
        "/exceptions/chosen", {"act": "again", "row": [one.key for one in (*cases, stuck)]}, follow=True
    )
    assert "2 are looked at again" in text_of(answer)
    assert "1 could not be" in text_of(answer)
    assert keys(flow) == ["1", "2"]
