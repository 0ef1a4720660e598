"""Acting on all orders that fit: what is shown before, a worker that does it, and how far it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.flows import order_acts
from crossdock.flows.order_acts import run_act
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Order, OrderAct
from crossdock.portal.views.orders import bulk


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two and more are done by a worker, one at a time."""
    monkeypatch.setattr(order_acts, "STEP", 1)
    monkeypatch.setattr(bulk, "STEP", 1)


def all_of(client: Client, act: str, seen: int, **fields: object) -> Any:
    """Act on all new orders."""
    form = {"everything": seen, "query": "status=new", "act": act, **fields}
    return client.post(reverse("portal:orders-bulk"), form, follow=True)


def test_all_that_fit_are_counted_before_and_done_by_a_worker(
    browser: Client, shop: Any, other_shop: Any, few: None
) -> None:
    new = Order.objects.filter(organization=shop.organization, status="new")
    digital, *others = new.order_by("pk")
    digital.lines.update(requires_shipping=False)
    number = 1 + len(others)
    page = text_of(browser.get(reverse("portal:orders-all"), {"status": "new"}))
    assert f"<strong>{number} orders</strong>" in page
    assert f"Hold {number} orders" in page

    page = text_of(all_of(browser, "hold", number, **{"hold-reason": "stocktaking"}))
    act = OrderAct.objects.get()
    assert f"<strong>0 of {number}</strong>" in page
    assert 'hx-trigger="every 2s"' in page
    runs = text_of(browser.get(reverse("portal:runs")))
    assert reverse("portal:orders-act", args=[act.key]) in runs
    run_act(act.pk, now=system_clock())

    page = text_of(browser.get(reverse("portal:orders-act", args=[act.key])))
    assert f"{len(others)} order" in page
    assert "put on hold." in page
    assert "is not to be routed: nothing of it is shipped" in page
    assert "hx-trigger" not in page.split('id="progress"')[1].split(">")[0]
    held = Order.objects.filter(release="held")
    assert {order.pk for order in held} == {order.pk for order in others}
    assert all("stocktaking" in order.release_note for order in held)
    assert reverse("portal:orders-act", args=[act.key]) not in text_of(browser.get("/runs"))


def test_a_stopped_act_leaves_the_rest_alone(browser: Client, shop: Any, few: None) -> None:
    number = Order.objects.filter(organization=shop.organization, status="new").count()
    all_of(browser, "hold", number)
    act = OrderAct.objects.get()
    stop = reverse("portal:orders-act-stop", args=[act.key])
    assert "left alone" in text_of(browser.post(stop, follow=True))
    run_act(act.pk, now=system_clock())
    assert not Order.objects.filter(release="held").exists()
    assert "it is not running, but stopped" in text_of(browser.post(stop, follow=True))


def test_never_more_than_were_shown(browser: Client, shop: Any) -> None:
    number = Order.objects.filter(organization=shop.organization, status="new").count()
    page = text_of(all_of(browser, "hold", number - 1))
    assert f"{number} orders fit now, {number - 1} did when this was shown" in page
    assert "choose what is to be done" in text_of(all_of(browser, "explode", number))
    assert "restock" in text_of(all_of(browser, "cancel", number))
    assert not Order.objects.filter(release="held").exists()
    assert "put on hold" in text_of(all_of(browser, "hold", number))  # few enough for at once
    assert "no order fits any more" in text_of(all_of(browser, "hold", number))
