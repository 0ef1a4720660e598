"""Connecting an account of the stand-in store: both ways, and each way in which it does not come about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client
from tests.unit.portal.reading import text_of

from crossdock.connectors.errors import Refused
from crossdock.flows import connecting
from crossdock.flows.connecting import add_integration, connect_with_credentials
from crossdock.hub import vault
from crossdock.hub.models import Integration, Organization
from ecwid_twin.config import Config
from ecwid_twin.server import Running, running

PUBLIC = "127.0.0.1:8017"
WRONG = "secret_" + "x" * 32


@pytest.fixture
def twin() -> Iterator[Running]:
    """A stand-in store with nothing in it."""
    with running(Config(lag=0.0, redirect_uris=[f"http://{PUBLIC}/"])) as handle:
        yield handle


@pytest.fixture
def begun(transactional_db: None, shop: Any, twin: Running, settings: LazySettings) -> Integration:
    """An integration that waits for its account; the shop's own belongs to another store."""
    settings.CROSSDOCK_CONNECTORS = {
        "ecwid": {
            "client_id": twin.twin.config.client_id,
            "client_secret": twin.twin.config.client_secret,
            "api_url": twin.api_url,
            "oauth_url": twin.oauth_url,
        }
    }
    Integration.objects.filter(pk=shop.integration.pk).update(account_id="77")
    return connecting.add_integration(
        shop.organization, "ecwid", choices={"orders": "pull"}, author="test"
    )  # fmt: skip


def press_connect(browser: Client, integration: Integration) -> str:
    """Press Connect, which opens a tab; returns the address of the consent page."""
    answer = browser.get(f"/connect/{integration.key}/start?tab=1", HTTP_HOST=PUBLIC)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def answer_consent(browser: Client, page: str, decision: str) -> Any:
    """Answer the consent page, and come back to where it sends the browser."""
    back = httpx2.post(page, data={"decision": decision}).headers["Location"]
    parts = urlsplit(back)
    return browser.get(f"{parts.path}?{parts.query}", HTTP_HOST=PUBLIC)


def since(browser: Client, integration: Integration) -> int:
    """What the page that waits knows when it is opened."""
    return int(browser.get(f"/integrations/{integration.key}/connect").context["since"])


def poll(browser: Client, integration: Integration, number: int) -> Any:
    """What the page that waits asks every two seconds."""
    return browser.get(
        f"/integrations/{integration.key}/connect/progress?since={number}", headers={"HX-Request": "true"}
    )


def connect_by_token(browser: Client, integration: Integration, store: object, token: str) -> Any:
    """Type a store ID and a token, and press the button."""
    return browser.post(
        f"/integrations/{integration.key}/connect", {"store_id": str(store), "token": token}
    )  # fmt: skip


def test_an_answer_without_state_names_its_store_before_it_is_connected(
    browser: Client, begun: Integration, twin: Running
) -> None:
    back = httpx2.post(press_connect(browser, begun), data={"decision": "allow"}).headers["Location"]
    [code] = parse_qs(urlsplit(back).query)["code"]
    browser.get("/connect/ecwid/callback", {"code": code}, HTTP_HOST=PUBLIC)
    browser.post("/connect/ecwid/finish", {"integration": begun.key})
    assert f"number {twin.twin.store.id}" in text_of(browser.get("/connect/ecwid/confirm"))
    begun.refresh_from_db()
    assert (begun.account_id, begun.credentials) == ("", None)
    assert "secret_" not in str(dict(browser.session)), "sealed there, too"
    browser.post("/connect/ecwid/confirm", {"answer": "connect"})
    begun.refresh_from_db()
    assert (begun.state, begun.account_id) == ("connected", str(twin.twin.store.id))
    assert vault.unseal(begun.credentials)["token"].startswith("secret_")


def test_allowed_in_its_tab_the_first_page_goes_on(
    browser: Client, begun: Integration, twin: Running
) -> None:
    number = since(browser, begun)
    assert "Waiting" not in text_of(poll(browser, begun, number))
    page = press_connect(browser, begun)
    waiting = text_of(poll(browser, begun, number))
    assert "Waiting for your answer" in waiting
    assert "Open it again" in waiting
    tab = answer_consent(browser, page, "allow")
    assert tab.status_code == 200
    assert "is connected" in text_of(tab)
    assert "You can close this tab" in text_of(tab)
    assert poll(browser, begun, number).headers["HX-Redirect"] == f"/integrations/{begun.key}/next"
    begun.refresh_from_db()
    assert begun.state == "connected"
    assert begun.account_id == str(twin.store_id)


def test_a_flow_chosen_before_begins_when_the_account_is_connected(
    browser: Client, begun: Integration, twin: Running
) -> None:
    chosen: Any = begun.flows.get(entity="orders", direction="pull")
    assert connect_by_token(browser, begun, twin.store_id, twin.token).status_code == 302
    begun.refresh_from_db()
    flow: Any = begun.flows.get(entity="orders", direction="pull")
    assert flow.enabled_at == begun.connected_at
    assert flow.enabled_at > chosen.enabled_at
    assert flow.start_from > chosen.start_from


def test_denied_says_so_in_both_tabs_and_offers_to_try_again(browser: Client, begun: Integration) -> None:
    number = since(browser, begun)
    tab = text_of(answer_consent(browser, press_connect(browser, begun), "deny"))
    assert "did not give Crossdock access" in tab
    assert "You can close this tab" in tab
    first = text_of(poll(browser, begun, number))
    assert "did not give Crossdock access" in first
    assert f"/connect/{begun.key}/start?tab=1" in first
    begun.refresh_from_db()
    assert begun.state == "notConfigured"
    answer_consent(browser, press_connect(browser, begun), "allow")
    assert poll(browser, begun, number).headers["HX-Redirect"] == f"/integrations/{begun.key}/next"


def test_a_denial_is_known_to_another_browser_too(browser: Client, shop: Any, begun: Integration) -> None:
    other = Client()
    other.force_login(shop.user)
    number = since(other, begun)
    answer_consent(browser, press_connect(browser, begun), "deny")
    assert "did not give Crossdock access" in text_of(poll(other, begun, number))


def test_a_closed_tab_is_waited_for_and_then_not_any_more(browser: Client, begun: Integration) -> None:
    number = since(browser, begun)
    press_connect(browser, begun)
    assert "Waiting for your answer" in text_of(browser.get(f"/integrations/{begun.key}/connect"))
    newest = begun.organization.events.latest("pk").created_at
    with time_machine.travel(newest.timestamp() + 16 * 60, tick=False):
        shop_browser = Client()
        shop_browser.force_login(browser.get("/").context["visit"].membership.user)
        text = text_of(poll(shop_browser, begun, number))
    assert "No answer came" in text
    assert "Open it again" in text


def test_missing_permissions_are_named_in_both_tabs(
    browser: Client, begun: Integration, twin: Running
) -> None:
    number = since(browser, begun)
    twin.control.set(grantOnly="read_catalog read_orders")
    tab = answer_consent(browser, press_connect(browser, begun), "allow")
    assert tab.status_code == 400
    for text in (text_of(tab), text_of(poll(browser, begun, number))):
        assert "update_catalog" in text
        assert "Try again" in text
    begun.refresh_from_db()
    assert begun.credentials is None


def test_a_plan_without_access_is_said_plainly_both_ways(
    browser: Client, begun: Integration, twin: Running
) -> None:
    number = since(browser, begun)
    twin.control.set(apiAvailable=False)
    answer_consent(browser, press_connect(browser, begun), "allow")
    by_token = connect_by_token(browser, begun, twin.store_id, twin.token)
    assert by_token.status_code == 400
    for text in (text_of(poll(browser, begun, number)), text_of(by_token)):
        assert "plan gives apps no access" in text
        assert "connect again" in text
        assert "GET /profile" not in text


def test_a_store_that_is_connected_here_already(
    browser: Client, shop: Any, begun: Integration, twin: Running
) -> None:
    Integration.objects.filter(pk=shop.integration.pk).update(account_id=str(twin.store_id))
    number = since(browser, begun)
    answer_consent(browser, press_connect(browser, begun), "allow")
    first = text_of(poll(browser, begun, number))
    by_token = text_of(connect_by_token(browser, begun, twin.store_id, twin.token))
    for text in (first, by_token):
        assert "is connected already, as" in text
        assert shop.integration.name in text
    assert 'href="/integrations"' in first


def test_a_store_that_is_connected_in_another_organization(
    browser: Client, begun: Integration, twin: Running
) -> None:
    rival = Organization.objects.create(name="Hidden Rival")
    Integration.objects.create(
        organization=rival, connector="ecwid", name="Their secret store", state="connected",
        account_id=str(twin.store_id),
    )  # fmt: skip
    text = text_of(connect_by_token(browser, begun, twin.store_id, twin.token))
    assert "in another organization of this installation" in text
    assert "Hidden Rival" not in text
    assert "Their secret store" not in text


def test_without_an_app_the_token_leads(browser: Client, begun: Integration, settings: LazySettings) -> None:
    settings.CROSSDOCK_CONNECTORS["ecwid"] |= {"client_id": "", "client_secret": ""}
    text = text_of(browser.get(f"/integrations/{begun.key}/connect"))
    assert "CROSSDOCK_ECWID_CLIENT_ID is not set" in text
    assert f"/connect/{begun.key}/start" not in text
    assert "hx-get" not in re.sub(r"<header.*?</header>", "", text, flags=re.DOTALL)
    assert "Use a custom app" in text


def test_a_token_connects_and_is_shown_nowhere(browser: Client, begun: Integration, twin: Running) -> None:
    answer = connect_by_token(browser, begun, twin.store_id, f"  {twin.token}\n")
    assert answer.headers["Location"] == f"/integrations/{begun.key}/next"
    begun.refresh_from_db()
    assert begun.state == "connected"
    assert vault.unseal(begun.credentials)["token"].strip() == twin.token
    assert twin.token not in json.dumps(dict(browser.session))
    for page in ("next", "connect"):
        assert twin.token not in text_of(browser.get(f"/integrations/{begun.key}/{page}"))


@pytest.mark.parametrize(
    ("store", "token", "field", "said"),
    [
        ("1003", WRONG, "token", "does not accept the connection"),
        ("1003", "public_" + "x" * 32, "token", "public token"),
        ("1003", "secret_ab cd", "token", "space or line break"),
        ("99999", WRONG, "store_id", "There is no such store"),
        ("my store", WRONG, "store_id", "is a number"),
        ("1003", "", "token", "is missing"),
    ],
)
def test_wrong_credentials_are_refused_beside_their_field(
    store: str, token: str, field: str, said: str, browser: Client, begun: Integration
) -> None:
    answer = connect_by_token(browser, begun, store, token)
    text = text_of(answer)
    assert answer.status_code == 400
    assert said in str(answer.context["form"].errors[field])
    assert not token or token not in text
    assert f'value="{store}"' in text
    begun.refresh_from_db()
    assert begun.credentials is None
    assert begun.state == "notConfigured"
    assert not token or token not in json.dumps(dict(browser.session))


def test_a_store_that_does_not_answer_is_no_fault_of_the_token(
    browser: Client, begun: Integration, twin: Running
) -> None:
    twin.control.fault(method="GET", path="/profile", times=9, status=503)
    answer = connect_by_token(browser, begun, twin.store_id, twin.token)
    assert answer.status_code == 503
    assert "503" in str(answer.context["form"].non_field_errors())


def test_a_token_that_may_not_read_orders_connects_with_a_warning(
    browser: Client, begun: Integration, twin: Running
) -> None:
    twin.control.set_scopes(twin.token, ("read_store_profile", "read_catalog", "update_catalog"))
    connect_by_token(browser, begun, twin.store_id, twin.token)
    text = text_of(browser.get(f"/integrations/{begun.key}/next"))
    assert "read_orders" in text
    assert "add these scopes in Ecwid" in text


def test_reconnecting_asks_for_the_token_only_and_goes_back(
    browser: Client, begun: Integration, twin: Running
) -> None:
    connect_by_token(browser, begun, twin.store_id, twin.token)
    page = browser.get(f"/integrations/{begun.key}/connect")
    assert page.context["form"].initial.get("store_id") is None
    assert f'value="{twin.store_id}"' in text_of(page)
    fresh = twin.control.issue_token()
    answer = connect_by_token(browser, begun, twin.store_id, fresh.value)
    assert answer.headers["Location"] == f"/integrations/{begun.key}"
    number = since(browser, begun)
    answer_consent(browser, press_connect(browser, begun), "allow")
    assert poll(browser, begun, number).headers["HX-Redirect"] == f"/integrations/{begun.key}"


def test_the_page_lists_the_permissions_and_the_way_to_a_token(browser: Client, begun: Integration) -> None:
    text = text_of(browser.get(f"/integrations/{begun.key}/connect"))
    for scope in ("read_store_profile", "read_catalog", "update_catalog", "read_orders", "update_orders"):
        assert scope in text
    assert "Build a custom app" in text
    assert text.count('class="cd-picture"') == 5


def test_files_are_connected_with_their_folder_and_options(
    browser: Client, begun: Integration, settings: LazySettings, tmp_path: Path
) -> None:
    settings.CROSSDOCK_CONNECTORS["flatfile"] = {"files_dir": str(tmp_path)}
    browser.post("/integrations/add/flatfile", dict.fromkeys(
        ("shipments", "orders", "fulfillments", "inventory", "products"), "disabled"
    ))  # fmt: skip
    made = Integration.objects.get(connector="flatfile")
    page = browser.get(f"/integrations/{made.key}/connect")
    form = {
        field.html_name: field.value() for field in page.context["form"] if field.value() not in (None, False)
    }
    asked = page.context["form"]
    for one in asked.manifest.credentials:
        hidden = 'type="password"' in str(asked[one.name]) or " data-secret" in str(asked[one.name])
        assert hidden == one.secret, f"{one.name}: unsent.js keeps what is no secret, and only that"
    away = browser.post(page.request["PATH_INFO"], form | {"path": "/elsewhere/depot"})
    assert away.status_code == 400
    assert "path" in away.context["form"].errors
    bad = browser.post(
        page.request["PATH_INFO"], form | {"path": "depot", "option_timezone": "Nowhere/At all"}
    )
    assert bad.status_code == 400
    assert "Europe/Berlin" in str(bad.context["form"].errors["option_timezone"])
    good = browser.post(page.request["PATH_INFO"], form | {"path": "depot", "option_shipmentsFolder": "out"})
    assert good.headers["Location"] == f"/integrations/{made.key}/next"
    made.refresh_from_db()
    assert made.state == "connected"
    assert made.settings == {"shipmentsFolder": "out"}
    assert (tmp_path / "depot" / "out").is_dir()


@pytest.mark.parametrize("theirs", ["depot", "depot/inner/far"])
def test_a_folder_within_or_around_another_organizations_is_refused(
    browser: Client, begun: Integration, other_shop: Any, settings: LazySettings, tmp_path: Path, theirs: str
) -> None:
    settings.CROSSDOCK_CONNECTORS["flatfile"] = {"files_dir": str(tmp_path)}
    url = tmp_path.joinpath(theirs).resolve().as_uri()
    Integration.objects.create(
        organization=other_shop.organization, connector="flatfile", name="Theirs", state="connected",
        account_id="f" * 32, account={"accountId": "f" * 32, "name": "depot", "currency": "", "url": url},
    )  # fmt: skip
    mine = add_integration(begun.organization, "flatfile", author="test")
    with pytest.raises(Refused, match="another organization") as caught:
        connect_with_credentials(mine, {"path": "depot/inner"}, author="test")
    assert (caught.value.code, caught.value.field) == ("folderTaken", "path")
    assert list(tmp_path.iterdir()) == [], "nothing was made there"
    connect_with_credentials(mine, {"path": "depot2"}, author="test")
    # What had been connected before stays so.
    Integration.objects.filter(name="Theirs").update(account={"url": tmp_path.joinpath("depot2/in").as_uri()})
    connect_with_credentials(mine, {"path": "depot2"}, author="test")


def test_a_mock_warehouse_needs_nothing_but_the_button(browser: Client, begun: Integration) -> None:
    browser.post("/integrations/add/mockwarehouse", dict.fromkeys(
        ("shipments", "orders", "fulfillments", "inventory"), "disabled"
    ))  # fmt: skip
    made = Integration.objects.get(connector="mockwarehouse")
    page = browser.get(f"/integrations/{made.key}/connect")
    form = {field.html_name: field.value() for field in page.context["form"]}
    answer = browser.post(page.request["PATH_INFO"], form | {"option_parcels": "2"})
    assert answer.headers["Location"] == f"/integrations/{made.key}/next"
    made.refresh_from_db()
    assert made.settings == {"parcels": 2}
    assert "A location assigned" in text_of(browser.get(f"/integrations/{made.key}/next"))
