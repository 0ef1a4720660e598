"""Mappings in the portal: side by side, written, tried before they are stored, switched, applied, removed."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import msgspec
import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import as_shown, text_of

from crossdock.connectors.contract import RemoteRecord
from crossdock.connectors.ecwid import translate
from crossdock.flows.opening import account_of
from crossdock.hub.intake import canonical_json
from crossdock.hub.mappings.book import Draft, enable_rule, put_rule, rules_of
from crossdock.hub.models import Event, Integration, Order, SourceDocument
from crossdock.hub.vault import seal

DOCUMENT = {
    "id": "KW10400", "total": 10, "subtotal": 10, "paymentStatus": "PAID", "fulfillmentStatus": "PROCESSING",
    "createTimestamp": 1772452800, "shippingOption": {"shippingMethodName": "DHL Express"},
    "extraFields": {"gift_message": "Alles Gute!\n<b>Ann</b>"},
    "items": [{"id": 0, "sku": "tea", "name": "Tea", "quantity": 1, "price": 10, "isShippingRequired": True}],
}  # fmt: skip
WISH = {
    "target": "shippingClass", "custom": "", "kind": "source", "source": "shippingOption.shippingMethodName",
    "translations": "DHL Express => express\n\nPost => standard", "default": "", "reason": "the WMS asks", "order": "",
}  # fmt: skip


@pytest.fixture
def one(shop: Any) -> Integration:
    """The shop's store, connected, whose newest order is open and was read from a whole document."""
    integration: Integration = shop.integration
    Integration.objects.filter(pk=integration.pk).update(
        credentials=seal({"store_id": "1003", "token": "secret_abcdefgh"})
    )
    integration.refresh_from_db()
    order = shop.orders[0]
    body = json.dumps(DOCUMENT).encode()
    record = RemoteRecord(
        remote_id=order.ext_order_api_id, updated_at=order.ext_order_updated_at, document=body
    )
    found = canonical_json(translate.order(record, account_of(integration)).record)
    Order.objects.filter(pk=order.pk).update(canonical=msgspec.json.decode(found))
    SourceDocument.objects.filter(link__record_id=order.pk, link__entity="orders").update(body=body.decode())
    return integration


def fields(browser: Client, one: Integration, **query: str) -> str:
    """What the mapping of fields says."""
    page = browser.get(reverse("portal:integrations-mappings", args=[one.key]), {"show": "fields", **query})
    assert page.status_code == 200
    return text_of(page)


def said(answer: Any) -> str:
    """What the page after an act says first."""
    return " ".join(str(message) for message in answer.context["messages"])


def test_a_mapping_is_tried_stored_and_shown_beside_the_connectors(browser: Client, one: Integration) -> None:
    new = reverse("portal:integrations-mapping-new", args=[one.key])
    page = browser.get(new, {"target": "shippingClass"})
    assert page.context["form"]["target"].value() == "shippingClass"
    assert ("shippingOption.shippingMethodName", "DHL Express") in page.context["offered"]
    assert "<b>Ann" not in text_of(page)
    tried = browser.post(new, {**WISH, "try": "1"})
    trial = tried.context["trial"]
    assert (trial.order.ext_order_id, list(trial.baseline), list(trial.own)) == (
        "KW10400", ["DHL Express"], ["express"],
    )  # fmt: skip
    assert "nothing was changed" in text_of(tried)
    assert rules_of(one) == []
    stored = browser.post(new, {**WISH, "save": "1"}, follow=True)
    assert "counts for what is read from now on" in said(stored)
    [rule] = rules_of(one)
    assert rule.translations == {"DHL Express": "express", "Post": "standard"}
    event = Event.objects.get(operation="mappingAdded")
    assert (event.author, event.reason) == ("user:ann@kaffewerk.test", "the WMS asks")
    text = fields(browser, one)
    assert '<del class="text-secondary"><code>shippingOption.shippingMethodName</code></del>' in text
    assert "DHL Express → express" in text
    assert "Mapping added" in text
    assert "<code>totalPrice</code>" in text
    assert "<code>totalPrice</code>" not in fields(browser, one, own="yes")


def test_a_mapping_is_changed_switched_and_removed(browser: Client, one: Integration) -> None:
    rule = put_rule(
        one, Draft("customFields[Gift]", "extraFields.gift_message", default="none"), author="test"
    )
    edit = reverse("portal:mappings-one", args=[rule.key])
    form = browser.get(edit).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}
    assert (typed["target"], typed["custom"], typed["kind"], typed["default"]) == (
        "customFields", "Gift", "source", "none",
    )  # fmt: skip
    off = browser.post(reverse("portal:mappings-switch", args=[rule.key]), {"enabled": "no"}, follow=True)
    assert "is off" in said(off)
    given = {**typed, "kind": "always", "default": "Gift"}
    stale = as_shown(browser, edit, given)
    for enabled in (True, False):
        enable_rule(rule, enabled=enabled, author="user:bert")
    assert "bert changed this on" in text_of(browser.post(edit, stale))
    answer = browser.post(edit, as_shown(browser, edit, given), follow=True)
    assert answer.status_code == 200
    rule.refresh_from_db()
    assert (rule.source, rule.default, rule.enabled) == (
        "",
        "Gift",
        False,
    )  # it stays off until it is turned on
    removed = browser.post(
        reverse("portal:mappings-remove", args=[rule.key]), {"reason": "no more"}, follow=True
    )
    assert "is removed" in said(removed)
    assert rules_of(one) == []
    assert Event.objects.get(operation="mappingRemoved").reason == "no more"


@pytest.mark.parametrize(
    ("wrong", "field", "part"),
    [
        ({"source": "a..b"}, "source", "at character 3"),
        ({"source": ""}, "source", "Give the path"),
        ({"target": "totalPrice"}, "target", "valid choice"),
        ({"target": "customFields"}, "target", "has a name of"),
        ({"kind": "always"}, "default", "Give the text"),
        ({"translations": "DHL Express"}, "translations", "Line 1: write"),
        ({"translations": "a => b\na => c"}, "translations", "Line 2: 'a' is there twice"),
        ({"try": "1", "order": "nope"}, "order", "there is no order 'nope'"),
        ({"try": "1", "order": "KW10399"}, "order", "cannot be tried"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    browser: Client, one: Integration, wrong: dict[str, str], field: str, part: str
) -> None:
    answer = browser.post(reverse("portal:integrations-mapping-new", args=[one.key]), {**WISH, **wrong})
    assert answer.status_code == 400
    assert part in " ".join(answer.context["form"].errors[field])
    assert rules_of(one) == []


def test_applying_is_planned_and_then_done(browser: Client, shop: Any, one: Integration) -> None:
    put_rule(one, Draft("tags", "extraFields.gift_message", {DOCUMENT["extraFields"]["gift_message"]: "gift"}),  # type: ignore[index]  # the sample above
             author="test")  # fmt: skip
    plan = reverse("portal:integrations-mapping-plan", args=[one.key])
    page = browser.get(plan, {"limit": "50"})
    planned = page.context["planned"]
    assert (planned.changed, [row.order.ext_order_id for row in planned.examples]) == (1, ["KW10400"])
    assert "Change 1 open order by the mappings?" in text_of(page)
    assert "gift" not in Order.objects.get(pk=shop.orders[0].pk).tags
    done = browser.post(
        reverse("portal:integrations-mapping-apply", args=[one.key]),
        {"limit": "50", "reason": "gifts"},
        follow=True,
    )
    assert "1 order was changed" in said(done)
    assert "gift" in Order.objects.get(pk=shop.orders[0].pk).tags
    assert Event.objects.get(operation="mappingsApplied").reason == "gifts"
    Integration.objects.filter(pk=one.pk).update(credentials=None)
    assert "is not connected" in text_of(browser.get(plan))


def test_who_may_not_map_sees_no_act(shop: Any, one: Integration, sample: ModuleType) -> None:
    put_rule(one, Draft("orderNote", "extraFields.gift_message"), author="test")
    for role, may in (("user", False), ("developer", True)):
        browser = Client()
        browser.force_login(sample.member(shop.organization, f"{role}@kaffewerk.test", role))
        text = fields(browser, one)
        assert "extraFields.gift_message" in text
        assert ("Add a mapping" in text, "Remove the mapping" in text, "Map it yourself" in text) == (
            may,
        ) * 3


def test_a_removed_integration_has_no_mappings_of_ones_own(browser: Client, one: Integration) -> None:
    Integration.objects.filter(pk=one.pk).update(state="removed")
    assert "Add a mapping" not in fields(browser, one)
    assert browser.get(reverse("portal:integrations-mapping-new", args=[one.key])).status_code == 404
