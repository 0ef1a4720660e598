"""Rules and routing cards, made, tried, changed and removed from their pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import as_shown, text_of

from crossdock.hub.models import Event, Integration, Location, OrderRule, RoutingCard
from crossdock.routing.card_book import put_card
from crossdock.routing.rules.book import rules_of

DEAR = {
    "name": "Dear", "enabled": "on", "match": "all", "field": ["totalPrice", "tags", ""],
    "operator": ["atLeast", "in", "equals"], "value": ["20", "vip, export", ""], "decision": "hold",
    "minutes": "45", "from": "arrival", "tags": "dear, dear, export", "carrier": "DHL", "class": "", "code": "",
    "reason": "autumn sale",
}  # fmt: skip


@pytest.fixture
def depot(shop: Any) -> Location:
    """The location that holds the shop's stock."""
    return Location.objects.get(organization=shop.organization, name="Warehouse Altona")


def rule_named(shop: Any, name: str) -> OrderRule:
    """The stored rule of that name."""
    return OrderRule.objects.get(organization=shop.organization, name=name)


def test_a_rule_is_made_with_all_its_parts(browser: Client, shop: Any) -> None:
    answer = browser.post(reverse("portal:rules-new"), DEAR, follow=True)
    text = text_of(answer)
    assert "totalPrice is at least 20 and tags is one of vip, export" in text
    rule = rule_named(shop, "Dear")
    assert rule.actions == [
        {"do": "hold", "minutes": 45, "from": "arrival"},
        {"do": "tag", "tag": "dear"},
        {"do": "tag", "tag": "export"},
        {"do": "setShipping", "carrier": "DHL"},
    ]
    assert rule.filters[1] == {"field": "tags", "operator": "in", "value": ["vip", "export"]}
    assert Event.objects.get(entity="orderRules", record_id=rule.pk).reason == "autumn sale"


def test_the_form_shows_what_is_stored_and_storing_it_again_changes_nothing(
    browser: Client, shop: Any
) -> None:
    browser.post(reverse("portal:rules-new"), DEAR)
    rule = rule_named(shop, "Dear")
    wish = browser.get(reverse("portal:rules-one", args=[rule.pk])).context["wish"]
    sent = {
        "enabled": "on" if wish.enabled else "", "match": wish.match, "field": [row.field for row in wish.rows],
        "operator": [row.operator for row in wish.rows], "value": [row.value for row in wish.rows],
        "decision": wish.decision, "minutes": wish.minutes, "from": wish.start, "tags": wish.tags,
        "carrier": wish.carrier, "class": wish.method, "code": wish.code, "integration": wish.integration,
    }  # fmt: skip
    where = reverse("portal:rules-one", args=[rule.pk])
    browser.post(where, as_shown(browser, where, sent))
    assert Event.objects.filter(entity="orderRules", record_id=rule.pk).count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"field": ["totalPrize"], "operator": ["equals"], "value": ["1"]}, "did you mean totalPrice?"),
        ({"field": ["totalPrice"], "operator": ["atLeast"], "value": ["much"]}, "is not a number"),
        ({"field": [""], "operator": ["equals"], "value": ["lost"]}, "name a field"),
        ({"field": ["email"], "operator": ["notEquals"], "value": [""]}, "filters[0].value: it is missing"),
        ({"decision": "hold", "minutes": "1.5"}, "no whole number of minutes"),
        ({"decision": "explode"}, "is none of"),
        ({"name": " "}, "printable characters"),
        ({"name": "default"}, "there is a rule called"),
        ({"integration": "0" * 16}, "choose one of this organization"),
        ({"match": "some"}, "neither all nor any"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    browser: Client, shop: Any, changes: dict[str, Any], said: str
) -> None:
    rules_of(shop.organization.pk)
    answer = browser.post(reverse("portal:rules-new"), DEAR | changes)
    assert answer.status_code == 400
    assert said in text_of(answer)
    assert answer.context["wish"].reason == "autumn sale"
    assert OrderRule.objects.filter(organization=shop.organization).count() == 1


def test_trying_a_rule_stores_nothing(browser: Client, shop: Any) -> None:
    sent = DEAR | {"field": ["totalPrice"], "operator": ["atLeast"], "value": ["0"], "try": "1"}
    answer = browser.post(reverse("portal:rules-new"), sent)
    tried = answer.context["tried"]
    assert (tried.asked, tried.caught) == (16, 16)
    assert "nothing was changed" in text_of(answer)
    assert not OrderRule.objects.filter(organization=shop.organization, name="Dear").exists()


def test_rules_are_moved_switched_and_removed(browser: Client, shop: Any) -> None:
    for name in ("Dear", "Late"):
        browser.post(reverse("portal:rules-new"), DEAR | {"name": name})
    late = rule_named(shop, "Late")
    browser.post(reverse("portal:rules-move", args=[late.pk]), {"to": "earlier"})
    assert [rule.name for rule in rules_of(shop.organization.pk)] == ["Late", "Dear", "Default"]
    refused = browser.post(reverse("portal:rules-move", args=[late.pk]), {"to": "earlier"}, follow=True)
    assert "is not from 1 to 2" in text_of(refused)
    browser.post(reverse("portal:rules-switch", args=[late.pk]), {"enabled": "no"})
    assert not rule_named(shop, "Late").enabled
    browser.post(reverse("portal:rules-remove", args=[late.pk]), {"reason": "no more"})
    assert not OrderRule.objects.filter(name="Late").exists()


def test_the_default_rule_changes_what_it_does_only(browser: Client, shop: Any) -> None:
    default = rules_of(shop.organization.pk)[-1]
    where = reverse("portal:rules-one", args=[default.pk])
    assert 'name="field"' not in text_of(browser.get(where))
    browser.post(where, as_shown(browser, where, {"decision": "release"}))
    default.refresh_from_db()
    assert default.actions == [{"do": "release"}]
    said = text_of(browser.post(reverse("portal:rules-remove", args=[default.pk]), follow=True))
    assert "is the default rule" in said


def test_a_card_is_made_changed_and_removed(browser: Client, shop: Any, depot: Location) -> None:
    sent = {
        "name": "North", "enabled": "on", "match": "all", "field": ["totalPrice"], "operator": ["atMost"],
        "value": ["500"], "country": ["de", ""], "states": ["", ""], "prefixes": ["20, 22", ""],
        "ranges": ["30000-31999", ""], "place": [depot.key, ""], "checkStock": "on", "allowSplit": "on",
    }  # fmt: skip
    text = text_of(browser.post(reverse("portal:cards-new"), sent, follow=True))
    assert "totalPrice is at most 500" in text
    card = RoutingCard.objects.get(organization=shop.organization)
    assert card.regions == [
        {
            "country": "DE", "states": [], "postalPrefixes": ["20", "22"],
            "postalRanges": [{"from": "30000", "to": "31999"}],
        }
    ]  # fmt: skip
    assert (card.check_stock, card.allow_split, card.send_future) == (True, True, False)
    page = browser.get(reverse("portal:cards-one", args=[card.pk]))
    assert page.context["wish"].regions[0].ranges == "30000-31999"
    for changes, said in (
        ({"place": [""]}, "name at least one location"),
        ({"country": ["Germany"]}, "no country code of two letters"),
        ({"country": [""], "prefixes": ["20"]}, "no country code"),
        ({"checkStock": ""}, "means nothing without checkStock"),
    ):
        where = reverse("portal:cards-one", args=[card.pk])
        answer = browser.post(where, as_shown(browser, where, sent | changes))
        assert answer.status_code == 400
        assert said in text_of(answer)
    assert "there is a card called" in text_of(browser.post(reverse("portal:cards-new"), sent))
    browser.post(reverse("portal:cards-switch", args=[card.pk]), {"enabled": "no"})
    card.refresh_from_db()
    assert not card.enabled
    browser.post(reverse("portal:cards-remove", args=[card.pk]))
    assert not RoutingCard.objects.filter(organization=shop.organization).exists()


def test_cards_of_another_organization_take_no_part(browser: Client, shop: Any, other_shop: Any) -> None:
    foreign = Location.objects.filter(organization=other_shop.organization, kind="stock").get()
    sent = {"name": "Theirs", "match": "all", "place": [foreign.key]}
    assert browser.post(reverse("portal:cards-new"), sent).status_code == 400
    put_card(other_shop.organization, {"name": "Rival card", "locations": [foreign.key]}, author="test")
    assert "Rival card" not in text_of(browser.get(reverse("portal:cards")))


def test_routing_is_tried_without_being_done(browser: Client, shop: Any) -> None:
    before = list(shop.organization.orders.order_by("pk").values_list("routing_status", flat=True))
    answer = browser.get(reverse("portal:cards-trial"))
    assert answer.status_code == 200
    assert list(shop.organization.orders.order_by("pk").values_list("routing_status", flat=True)) == before


def test_a_rule_for_a_removed_integration_does_not_become_one_for_all(browser: Client, shop: Any) -> None:
    browser.post(reverse("portal:rules-new"), DEAR | {"integration": shop.integration.key})
    Integration.objects.filter(pk=shop.integration.pk).update(state="removed")
    rule = rule_named(shop, "Dear")
    page = browser.get(reverse("portal:rules-one", args=[rule.key]))
    assert f"{shop.integration.name} (removed)" in text_of(page)
    assert page.context["wish"].integration == shop.integration.key
    where = reverse("portal:rules-one", args=[rule.key])
    browser.post(where, as_shown(browser, where, DEAR | {"integration": shop.integration.key}))
    assert rule_named(shop, "Dear").integration == shop.integration
    assert "(removed)" not in text_of(browser.get(reverse("portal:rules-new")))
