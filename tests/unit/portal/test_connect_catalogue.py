"""Choosing a connector and its flows: nothing is added twice by accident, and nothing flows unasked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.unit.portal.reading import text_of

from crossdock.flows import connecting
from crossdock.flows.connecting import connectors
from crossdock.hub.models import Integration

FLOWS = "/integrations/add/ecwid"
OFF = {"orders": "disabled", "products": "disabled", "inventory": "disabled", "fulfillments": "disabled"}


def added(shop: Any) -> list[Integration]:
    """The integrations of the shop that are not connected."""
    return list(Integration.objects.filter(organization=shop.organization, account_id="").order_by("pk"))


def test_the_list_leads_to_the_catalogue(browser: Client) -> None:
    text = text_of(browser.get("/integrations"))
    assert "Add Integration" in text
    assert 'href="/integrations/add"' in text


def test_the_catalogue_has_a_card_for_each_connector(browser: Client) -> None:
    answer = browser.get("/integrations/add")
    text = text_of(answer)
    for manifest in connectors():
        assert manifest.name in text
        assert f'href="/integrations/add/{manifest.key}"' in text
    assert {one.manifest.key: one.connected for one in answer.context["entries"]}["ecwid"] == 1


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ecwid", {"ecwid"}),
        ("  ECWID ", {"ecwid"}),
        ("csv sftp", {"flatfile"}),
        ("warehouse", {"flatfile", "mockwarehouse"}),
        ("shipping requests", {"flatfile", "mockwarehouse"}),
        ("a\x00b" * 80, set()),
        ("", {"ecwid", "flatfile", "mockwarehouse"}),
    ],
)
def test_the_search_works_without_scripts(search: str, found: set[str], browser: Client) -> None:
    answer = browser.get("/integrations/add", {"q": search})
    assert {one.manifest.key for one in answer.context["entries"]} == found
    assert ("No connector matches" in text_of(answer)) == (not found)


def test_all_flows_start_disabled_with_the_advice_to_leave_them_so(browser: Client) -> None:
    answer = browser.get(FLOWS)
    text = text_of(answer)
    assert "Connection Flow Settings" in text
    assert "Leave these off for now" in text
    asked = {one.question.entity: one for one in answer.context["asked"]}
    assert list(asked) == ["orders", "products", "inventory", "fulfillments", "locations"]
    assert {entity: one.chosen for entity, one in asked.items() if entity != "locations"} == OFF
    assert asked["locations"].chosen == "pull"
    assert "order processing depends on locations" in text
    for label in ("Pull orders from Ecwid", "Pull and push products", "Push inventory to Ecwid", "Disabled"):
        assert label in text


def test_next_adds_the_integration_with_the_choices(browser: Client, shop: Any) -> None:
    answer = browser.post(FLOWS, OFF | {"orders": "pull", "products": "both"})
    [made] = added(shop)
    assert answer.headers["Location"] == f"/integrations/{made.key}/connect"
    on = set(made.flows.filter(enabled=True).values_list("entity", "direction"))
    assert on == {("locations", "pull"), ("orders", "pull"), ("products", "pull"), ("products", "push")}
    assert made.state == "notConfigured"


def test_sent_twice_it_adds_one(browser: Client, shop: Any) -> None:
    browser.post(FLOWS, OFF | {"known": ""})
    again = browser.post(FLOWS, OFF | {"known": "", "orders": "pull"})
    [made] = added(shop)
    text = text_of(again)
    assert again.status_code == 409
    assert "You have begun to add Ecwid already" in text
    assert f"/integrations/{made.key}/connect" in text
    assert {one.question.entity: one.chosen for one in again.context["asked"]}["orders"] == "pull"


def test_a_further_one_is_added_by_who_has_seen_the_first(browser: Client, shop: Any) -> None:
    browser.post(FLOWS, OFF)
    page = browser.get(FLOWS)
    assert "Go on with it" in text_of(page)
    browser.post(FLOWS, OFF | {"known": page.context["known"]})
    assert len(added(shop)) == 2
    assert len(connecting.unfinished(shop.organization, "ecwid")) == 2
    assert connecting.unfinished(shop.organization, "flatfile") == []
    assert "Begun and not finished" in text_of(browser.get("/integrations/add"))


def test_the_choices_of_an_unfinished_one_can_be_changed(browser: Client, shop: Any) -> None:
    browser.post(FLOWS, OFF | {"orders": "pull"})
    [made] = added(shop)
    page = browser.get(FLOWS, {"of": made.key})
    assert {one.question.entity: one.chosen for one in page.context["asked"]}["orders"] == "pull"
    browser.post(FLOWS, OFF | {"inventory": "push", "of": made.key})
    assert added(shop) == [made]
    on = set(made.flows.filter(enabled=True).values_list("entity", "direction"))
    assert on == {("locations", "pull"), ("inventory", "push")}


def test_one_that_is_connected_or_foreign_is_not_changed_here(
    browser: Client, shop: Any, other_shop: Any
) -> None:
    foreign = connecting.add_integration(other_shop.organization, "ecwid", author="test")
    for key in (shop.integration.key, foreign.key, "ffffffffffffffff", "nonsense"):
        assert browser.get(FLOWS, {"of": key}).status_code == 404
        assert browser.post(FLOWS, OFF | {"of": key}).status_code == 404
    assert added(shop) == []


def test_what_cannot_be_chosen_is_refused_beside_the_question(browser: Client, shop: Any) -> None:
    for wrong in (OFF | {"orders": "push"}, OFF | {"inventory": ""}, {}):
        answer = browser.post(FLOWS, wrong)
        assert answer.status_code == 400
        assert [one.error for one in answer.context["asked"] if one.error] != []
    assert added(shop) == []


def test_an_unknown_connector_does_not_exist(browser: Client) -> None:
    assert browser.get("/integrations/add/shopless").status_code == 404


def test_an_unfinished_one_can_be_given_up_and_a_connected_one_not(browser: Client, shop: Any) -> None:
    browser.post(FLOWS, OFF)
    [made] = added(shop)
    answer = browser.post(f"/integrations/{made.key}/connect/give-up")
    assert answer.headers["Location"] == "/integrations"
    made.refresh_from_db()
    assert made.state == "removed"
    assert browser.get(f"/integrations/{made.key}/connect").status_code == 404
    browser.post(f"/integrations/{shop.integration.key}/connect/give-up")
    shop.integration.refresh_from_db()
    assert shop.integration.state == "connected"
    assert "is not unfinished" in text_of(browser.get("/integrations"))


@pytest.mark.parametrize("role", ["user", "developer"])
def test_who_may_not_connect_is_offered_nothing_to_add(role: str, shop: Any, sample: Any) -> None:
    client = Client()
    client.force_login(sample.member(shop.organization, "helper@shop.test", role))
    assert "Add Integration" not in text_of(client.get("/integrations"))
