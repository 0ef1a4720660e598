"""An integration's page: what its tabs show, and what is done there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import as_shown
from tests.unit.portal.reading import text_of as shown

from crossdock.connectors.contract import Account
from crossdock.connectors.errors import Retry
from crossdock.flows import connecting, jobs
from crossdock.flows.connecting import add_integration
from crossdock.hub.clock import system_clock
from crossdock.hub.models import (
    Delivery,
    Event,
    ExceptionCase,
    Flow,
    Import,
    Integration,
    Location,
    RemoteCall,
    Run,
    WebhookDelivery,
)
from crossdock.hub.vault import seal


def at(name: str, one: Integration) -> str:
    """The address of one of an integration's pages."""
    return reverse(f"portal:{name}", args=[one.key])


def text_of(browser: Client, name: str, one: Integration, **query: str) -> str:
    """What one of its pages says."""
    answer = browser.get(at(name, one), query)
    assert answer.status_code == 200
    return shown(answer)


def said(answer: Any) -> str:
    """What the page after an act says first."""
    return " ".join(str(message) for message in answer.context["messages"])


@pytest.fixture
def house(shop: Any) -> Integration:
    """A warehouse that is connected, and ships for a place of the shop."""
    one = add_integration(shop.organization, "mockwarehouse", author="test")
    Integration.objects.filter(pk=one.pk).update(
        state="connected", account_id="mock", account={"accountId": "mock", "name": "Mock", "currency": "EUR"}
    )
    Location.objects.filter(organization=shop.organization, kind="stock").update(fulfillment_integration=one)
    one.refresh_from_db()
    return one


def test_a_warehouse_says_nothing_of_webhooks(browser: Client, shop: Any, house: Integration) -> None:
    assert "Webhooks" in text_of(browser, "integrations-one", shop.integration)
    assert "Webhooks" not in text_of(browser, "integrations-one", house)
    assert "Webhooks" not in text_of(browser, "integrations-activity", house)


def test_what_happens_to_the_data_is_said_before_removing(browser: Client, house: Integration) -> None:
    text = text_of(browser, "integrations-one", house)
    assert "credentials are <strong>erased</strong>" in text
    assert "Warehouse Altona: shipped <strong>by people</strong>" in text
    answer = browser.post(at("integrations-remove", house), follow=True)
    assert "was removed" in said(answer)
    house.refresh_from_db()
    assert house.state == "removed"
    assert not Location.objects.filter(fulfillment_integration=house).exists()
    text = shown(answer)
    assert "data-opens" not in text
    assert "What it brought is still here" in text
    for act in ("check", "rename", "disable", "enable", "remove"):
        assert (
            "remove" in said(browser.post(at(f"integrations-{act}", house), follow=True)) or act == "enable"
        )
        house.refresh_from_db()
        assert house.state == "removed"


def test_removing_ends_an_import(browser: Client, shop: Any) -> None:
    browser.post(at("integrations-remove", shop.integration))
    ended = Import.objects.get(flow__integration=shop.integration)
    assert (ended.state, ended.message) == ("failed", "The integration was removed.")


def test_disabling_and_enabling(browser: Client, shop: Any) -> None:
    one = shop.integration
    Integration.objects.filter(pk=one.pk).update(credentials=seal({"token": "secret_abc"}))
    assert "disabled" in said(browser.post(at("integrations-disable", one), follow=True))
    assert "Enable</button>" in text_of(browser, "integrations-one", one)
    assert "go on where they stood" in said(browser.post(at("integrations-enable", one), follow=True))
    one.refresh_from_db()
    assert one.state == "connected"
    assert "not disabled" in said(browser.post(at("integrations-enable", one), follow=True))


def test_looking_now_shows_what_came_of_it(shop: Any, sample: ModuleType) -> None:
    one, client = shop.integration, Client()
    client.force_login(sample.member(shop.organization, "bob@shop.test", "user"))
    assert "Look now </button>" in text_of(client, "integrations-one", one)
    answer = client.post(at("integrations-look", one), follow=True)
    assert "look now; what comes of it shows here." in said(answer)
    assert "Looking now" in shown(answer)
    assert "Waits for a worker" in shown(answer)
    for row in Flow.objects.filter(integration=one, enabled=True):
        ran = Run.objects.create(flow=row, trigger="asked", outcome="completed", read=7)
    text = text_of(client, "integrations-one", one)
    assert f'href="/runs/{ran.key}"' in text
    assert "7 read, 0 moved" in text
    assert "Waits for a worker" not in text
    assert 'id="look" hx-get' not in text

    Integration.objects.filter(pk=one.pk).update(state="disabled")
    assert "Look now </button>" not in text_of(client, "integrations-one", one)
    assert "enable it first" in said(client.post(at("integrations-look", one), follow=True))
    assert Event.objects.filter(operation="lookNow").count() == 1


def test_renaming(browser: Client, shop: Any, house: Integration) -> None:
    one = shop.integration
    assert "New name" in said(
        browser.post(at("integrations-rename", one), {"name": "  New   name "}, follow=True)
    )
    one.refresh_from_db()
    assert one.name == "New name"
    assert Event.objects.filter(operation="renamed", author="user:ann@kaffewerk.test").exists()
    assert "already" in said(
        browser.post(at("integrations-rename", house), {"name": "new NAME"}, follow=True)
    )
    assert "1 to 200" in said(browser.post(at("integrations-rename", house), {"name": " "}, follow=True))


def test_checking_says_what_the_account_answers(
    browser: Client, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(integration: Integration) -> Account:
        return Account(account_id="1003", name="Kaffewerk", currency="EUR")

    def fails(integration: Integration) -> Account:
        raise Retry("Ecwid answered 503.", after=60)

    monkeypatch.setattr(connecting, "check_connection", answers)
    waits = Flow.objects.filter(integration=shop.integration, entity="orders")
    waits.update(enabled=True, not_before=system_clock() + timedelta(minutes=15))
    page = said(browser.post(at("integrations-check", shop.integration), follow=True))
    assert "Kaffewerk answers" in page
    assert "The flows that waited try again now." in page
    assert waits.get().not_before is None
    page = said(browser.post(at("integrations-check", shop.integration), follow=True))
    assert "Kaffewerk answers" in page
    assert "try again now" not in page
    monkeypatch.setattr(connecting, "check_connection", fails)
    assert "Ecwid answered 503." in said(
        browser.post(at("integrations-check", shop.integration), follow=True)
    )


def test_the_details_are_shown_with_what_they_are_now(browser: Client, shop: Any) -> None:
    one = shop.integration
    Integration.objects.filter(pk=one.pk).update(
        settings={"buffer": 3, "guardShare": 0.25}, credentials=seal({"token": "secret_abc"})
    )
    form = browser.get(at("integrations-settings", one)).context["form"]
    assert form["buffer"].value() == 3
    assert form["guardShare"].value() == 25.0
    assert form["callsPerMinute"].value() == 600
    assert form["partialStatus"].value() == "PROCESSING"
    assert ("OUT_FOR_DELIVERY", "Out for delivery") in form.fields["deliveryStatus"].choices
    assert "Out for delivery <code>OUT_FOR_DELIVERY</code>" in form["deliveryStatus"].help_text
    assert "Default: Processing." in form["partialStatus"].help_text
    assert "secret_abc" not in text_of(browser, "integrations-settings", one)


def posted(browser: Client, one: Integration, **changes: object) -> Any:
    """Save the details as they stand, but for `changes`."""
    form = browser.get(at("integrations-settings", one)).context["form"]
    values = {name: form[name].value() for name in form.fields}
    given = {name: value for name, value in {**values, **changes}.items() if value not in (None, False)}
    given = as_shown(browser, at("integrations-settings", one), given)
    return browser.post(at("integrations-set", one), given, follow=True)


def test_only_what_was_changed_is_written(browser: Client, shop: Any) -> None:
    one = shop.integration
    assert "Nothing was changed" in said(posted(browser, one))
    one.refresh_from_db()
    assert one.settings == {}
    place = Location.objects.get(name="Warehouse Altona")
    posted(browser, one, buffer=2, acceptUnpaid="on", guardShare="40", feedFrom=[place.key], cap=9)
    one.refresh_from_db()
    assert one.settings == {
        "buffer": 2, "acceptUnpaid": True, "guardShare": 0.4, "feedFrom": [place.key], "cap": 9,
    }  # fmt: skip
    posted(browser, one, cap="", acceptUnpaid=False)
    one.refresh_from_db()
    assert "cap" not in one.settings
    assert one.settings["acceptUnpaid"] is False


def test_a_location_that_rests_stays_chosen(browser: Client, shop: Any) -> None:
    """Left out of the form it would be lost with the next saving; and with none chosen, all locations feed."""
    one, place = shop.integration, Location.objects.get(name="Warehouse Altona")
    posted(browser, one, feedFrom=[place.key])
    Location.objects.filter(pk=place.pk).update(status="inactive")
    other = Location.objects.create(organization=shop.organization, name="Depot")
    assert "Warehouse Altona (inactive)" in text_of(browser, "integrations-settings", one)
    assert said(posted(browser, one, buffer=3)) == "Saved: buffer, in units."
    posted(browser, one, feedFrom=[place.key, other.key])
    one.refresh_from_db()
    assert one.settings["feedFrom"] == sorted([place.key, other.key])
    posted(browser, one, feedFrom=[other.key])
    one.refresh_from_db()
    assert one.settings["feedFrom"] == [other.key]
    assert "Warehouse Altona" not in text_of(browser, "integrations-settings", one)


def test_a_wrong_setting_is_told_beside_its_field_and_nothing_is_saved(
    browser: Client, shop: Any, house: Integration
) -> None:
    answer = posted(browser, shop.integration, buffer="-1", floor=4)
    assert "buffer" in answer.context["form"].errors
    shop.integration.refresh_from_db()
    assert shop.integration.settings == {}
    answer = posted(browser, house, counts="no sense")
    assert list(answer.context["form"].errors) == ["counts"]


def test_a_plan_that_stopped_is_approved_by_name(browser: Client, shop: Any) -> None:
    one = shop.integration
    flow = Flow.objects.get(integration=one, entity="inventory", direction="push")
    assert "No plan waits" in text_of(browser, "integrations-stopped", one)
    ExceptionCase.objects.create(
        organization=shop.organization, integration=one, flow=flow, code="blastRadius", entity="inventory",
        subject=f"flow:{flow.key}:guard", message="Stock was not pushed: it would change 90 of 100 listings.",
    )  # fmt: skip
    assert "It stopped and asks" in text_of(browser, "integrations-settings", one)
    assert "is being read" in text_of(browser, "integrations-stopped", one)
    assert "goes ahead" in said(browser.post(at("integrations-approve", one), follow=True))
    flow.refresh_from_db()
    assert flow.progress["approved"] is True
    Flow.objects.filter(pk=flow.pk).update(enabled=False)
    assert "off" in said(browser.post(at("integrations-approve", one), follow=True))


def test_history_is_imported_from_a_day_of_the_organizations_zone(
    browser: Client, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[Import] = []
    monkeypatch.setattr(jobs, "queue_import", queued.append)
    Import.objects.all().delete()
    one = shop.integration
    for day, problem in (
        ("", "from which day"),
        ("31.1.2026", "from which day"),
        ("2999-01-01", "still to come"),
    ):
        assert problem in said(browser.post(at("integrations-import", one), {"since": day}, follow=True))
    answer = browser.post(at("integrations-import", one), {"since": "2026-01-31"})
    (history,) = Import.objects.all()
    assert answer.headers["Location"] == reverse("portal:runs-import", args=[history.key])
    assert history.since.isoformat() == "2026-01-30T23:00:00+00:00"
    assert queued == [history]


def test_what_it_did_is_listed_by_kind(browser: Client, shop: Any, house: Integration) -> None:
    one = shop.integration
    WebhookDelivery.objects.create(
        integration=one, event_id="1", event_type="order.updated", happened_at=shop.run.created_at
    )
    Delivery.objects.create(
        integration=house, entity="fulfillments", name="parcels.csv", digest=b"1", rows=2, accepted=1,
        rejects=[{"number": 2, "field": "sku", "reason": "nobody asked for CUP-RED", "text": "7,CUP-RED"}],
    )  # fmt: skip
    assert "order.updated" in text_of(browser, "integrations-activity", one, show="webhooks")
    calls = text_of(browser, "integrations-activity", one, show="calls")
    assert "/profile" in calls
    failed = (
        browser.get(at("integrations-activity", one), {"show": "calls", "answer": "failed"})
        .context["page"]
        .rows
    )
    assert {call.status for call in failed} == {0, 429}
    assert RemoteCall.objects.filter(integration=one).count() == 3
    assert "8,300" in text_of(browser, "integrations-activity", one, show="imports")
    files = text_of(browser, "integrations-activity", house, show="files")
    assert "nobody asked for CUP-RED" in files
    assert "Nothing of that kind" in text_of(
        browser, "integrations-activity", house, show="files", entity="orders"
    )


def test_mappings_come_from_what_is_linked_and_what_the_connector_declares(
    browser: Client, shop: Any
) -> None:
    one = shop.integration
    assert "Warehouse Altona" in text_of(browser, "integrations-mappings", one)
    listings = browser.get(at("integrations-mappings", one), {"show": "skus", "q": "cup-b"}).context["joined"]
    assert [row.link.remote_id for row in listings] == ["77:CUP-BLUE"]
    assert "AWAITING_PAYMENT" in text_of(browser, "integrations-mappings", one, show="statuses")
    fields = text_of(browser, "integrations-mappings", one, show="fields")
    assert "items[].sku" in fields


def test_a_member_who_may_not_connect_sees_no_acts(shop: Any, sample: ModuleType) -> None:
    client = Client()
    client.force_login(sample.member(shop.organization, "bob@shop.test", "user"))
    for name in ("integrations-one", "integrations-settings"):
        text = text_of(client, name, shop.integration)
        assert f"/integrations/{shop.integration.key}/remove" not in text
        assert "settings/save" not in text
        assert "Show what it would do" not in text


def test_the_head_tells_of_the_worst_flow_and_not_of_the_luckiest(browser: Client, shop: Any) -> None:
    one = shop.integration
    with time_machine.travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC), tick=False):
        browser.force_login(shop.user)
        Run.objects.filter(outcome="failed").update(outcome="completed")
        Flow.objects.filter(integration=one).update(last_success_at=system_clock() - timedelta(minutes=5))
        orders = Flow.objects.filter(integration=one, entity="orders")
        orders.update(last_success_at=system_clock() - timedelta(days=3))
        assert "furthest behind is pull orders, last success" in text_of(browser, "integrations-one", one)
        orders.update(paused_reason="Ecwid refused it.")
        for tab in (
            "integrations-one",
            "integrations-settings",
            "integrations-mappings",
            "integrations-activity",
        ):
            text = text_of(browser, tab, one)
            assert "pull orders does not get through, last success" in text
            assert "3 days ago" in text
        Flow.objects.filter(integration=one).update(enabled=False)
        assert "no flow is on" in text_of(browser, "integrations-one", one)


def test_a_run_that_failed_is_not_shown_as_well(browser: Client, shop: Any) -> None:
    flow = Flow.objects.get(integration=shop.integration, entity="products", direction="pull")
    Run.objects.create(flow=flow, trigger="schedule", outcome="failed", message="A defect in Crossdock.")
    text = text_of(browser, "integrations-one", shop.integration)
    assert 'Failed</span> <span class="text-secondary small">A defect in Crossdock.' in text
    assert "pull products does not get through" in text


def test_permissions_that_nobody_saw_are_not_said_to_be_held(browser: Client, shop: Any) -> None:
    one = shop.integration
    account = one.account | {"scopes": ["read_catalog"], "unseenScopes": ["update_catalog"]}
    Integration.objects.filter(pk=one.pk).update(account=account)
    text = text_of(browser, "integrations-one", one)
    held, _, unseen = text.partition("Not known yet")
    assert "read_catalog" in held
    assert "update_catalog" not in held
    assert "update_catalog" in unseen
    Integration.objects.filter(pk=one.pk).update(account=one.account)
    assert "Not known yet" not in text_of(browser, "integrations-one", one)
