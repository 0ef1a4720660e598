"""Turning a flow on or off from a page: it asks, shows the plan, and does what was asked."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.connectors.contract import Change
from crossdock.flows import jobs
from crossdock.flows.rehearsing import Rehearsal
from crossdock.flows.starting import CATCH_UP, START_NOW
from crossdock.hub.models import Event, Flow, Import, Integration
from crossdock.portal.views.integrations import switching


def at(name: str, one: Integration) -> str:
    """The address of one of an integration's pages."""
    return reverse(f"portal:{name}", args=[one.key])


def flow_of(one: Integration, entity: str, direction: str) -> Flow:
    """One flow as it is stored."""
    return Flow.objects.get(integration=one, entity=entity, direction=direction)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A rehearsal that needs no store; what it was asked."""
    asked: list[dict[str, Any]] = []

    def stand_in(one: Integration, entity: str, choice: str, **how: Any) -> list[Rehearsal]:
        asked.append({"entity": entity, "choice": choice, **how})
        line = Change("7", "product CUP", "", "Stoneware cup")
        return [
            Rehearsal(
                entity, "push", in_all=431, looked_at=25, lines=[line], line_count=1, remarks=["Said so."]
            )
        ]

    monkeypatch.setattr(switching, "rehearse", stand_in)
    return asked


def test_turning_off_says_what_happens_and_keeps_the_cursor(browser: Client, shop: Any) -> None:
    one = shop.integration
    wish = {"entity": "inventory", "choice": "disabled"}
    page = text_of(browser.get(at("integrations-switch", one), wish))
    assert "Where it stood is kept" in page
    assert "Push inventory to Ecwid" in page
    assert flow_of(one, "inventory", "push").enabled
    before = flow_of(one, "inventory", "push").cursor
    browser.post(at("integrations-set-flow", one), wish)
    after = flow_of(one, "inventory", "push")
    assert not after.enabled
    assert after.cursor == before
    assert Event.objects.filter(operation="flowDisabled", author="user:ann@kaffewerk.test").exists()


def test_turning_on_shows_the_plan_before_anything_is_written(
    browser: Client, shop: Any, told: list[dict[str, Any]]
) -> None:
    one = shop.integration
    wish = {"entity": "products", "choice": "both"}
    page = text_of(browser.get(at("integrations-switch", one), wish))
    assert "is being read" in page
    assert "Turn on</button>" not in page
    assert not told
    page = text_of(browser.post(at("integrations-plan", one), wish))
    assert "product CUP" in page
    assert "of the first 25 of 431 records" in page
    assert "Said so." in page
    assert "Turn on</button>" in page
    assert (told[0]["entity"], told[0]["choice"], told[0]["since"]) == ("products", "both", None)
    assert not flow_of(one, "products", "push").enabled
    browser.post(at("integrations-set-flow", one), wish)
    assert flow_of(one, "products", "push").enabled


def test_a_store_that_cannot_be_asked_is_said_in_words(
    browser: Client, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = Rehearsal("products", "push", failure="Ecwid answered 503 three times.")
    monkeypatch.setattr(switching, "rehearse", lambda *_, **__: [failed])
    page = browser.post(at("integrations-plan", shop.integration), {"entity": "products", "choice": "both"})
    text = text_of(page)
    assert "Ecwid answered 503 three times." in text
    assert "Turn on all the same" in text


def test_what_a_token_lacks_stands_beside_the_plan(
    browser: Client, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = shop.integration
    one.account |= {"notes": ["The app lacks read_catalog."], "unseenScopes": ["update_catalog"]}
    one.save()
    monkeypatch.setattr(switching, "rehearse", lambda *_, **__: [Rehearsal("products", "push", in_all=0)])
    text = text_of(browser.post(at("integrations-plan", one), {"entity": "products", "choice": "both"}))
    assert "The app lacks read_catalog." in text
    assert "Whether its token may write shows only then." in text


def test_an_integration_that_is_not_connected_has_no_plan_yet(browser: Client, shop: Any) -> None:
    Integration.objects.filter(pk=shop.integration.pk).update(state="error")
    page = browser.get(at("integrations-switch", shop.integration), {"entity": "products", "choice": "both"})
    assert "is not connected" in text_of(page)


@pytest.mark.parametrize("gap", [CATCH_UP, START_NOW])
def test_enabling_again_asks_about_the_gap_and_history(
    browser: Client, shop: Any, told: list[dict[str, Any]], gap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[Import] = []
    monkeypatch.setattr(jobs, "queue_import", queued.append)
    Import.objects.all().delete()
    one = shop.integration
    browser.post(at("integrations-set-flow", one), {"entity": "orders", "choice": "disabled"})
    wish = {"entity": "orders", "choice": "pull", "gap": gap, "start": "history", "since": "2026-02-01"}
    page = text_of(browser.get(at("integrations-switch", one), wish))
    assert "Catch up on the gap" in page
    assert "Also history since" in page
    browser.post(at("integrations-plan", one), wish)
    assert told[0]["gap"] == gap
    assert told[0]["since"].isoformat() == "2026-02-01T00:00:00+01:00"
    browser.post(at("integrations-set-flow", one), wish)
    assert flow_of(one, "orders", "pull").enabled
    assert Event.objects.filter(operation="flowEnabled").latest("pk").after["gap"] == gap  # type: ignore[index]  # it has one
    assert [history.since.isoformat() for history in queued] == ["2026-02-01T00:00:00+01:00"]


def test_without_a_day_history_is_not_guessed(browser: Client, shop: Any, told: list[dict[str, Any]]) -> None:
    one = shop.integration
    browser.post(at("integrations-set-flow", one), {"entity": "orders", "choice": "disabled"})
    wish = {"entity": "orders", "choice": "pull", "start": "history", "since": "soon"}
    page = text_of(browser.post(at("integrations-plan", one), wish))
    assert "Say from which day on" in page
    assert not told
    browser.post(at("integrations-set-flow", one), wish)
    assert not flow_of(one, "orders", "pull").enabled


SENSELESS = [
    {},
    {"entity": "cars", "choice": "pull"},
    {"entity": "orders", "choice": "push"},
    {"entity": "locations", "choice": "disabled"},
]


@pytest.mark.parametrize("wish", SENSELESS)
def test_a_senseless_wish_leads_back(browser: Client, shop: Any, wish: dict[str, str]) -> None:
    one = shop.integration
    for name, post in (("switch", False), ("plan", True), ("set-flow", True)):
        where = at(f"integrations-{name}", one)
        answer = browser.post(where, wish) if post else browser.get(where, wish)
        assert answer.headers["Location"] == at("integrations-settings", one)
    assert flow_of(one, "locations", "pull").enabled


def test_only_those_who_may_connect_turn_flows(shop: Any, sample: ModuleType) -> None:
    client = Client()
    client.force_login(sample.member(shop.organization, "dev@shop.test", "developer"))
    for name in ("integrations-switch", "integrations-plan", "integrations-set-flow"):
        assert client.post(at(name, shop.integration)).status_code == 403
