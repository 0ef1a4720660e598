"""Connecting by consent: bound to the session, used once, and with a way on from every failure."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.connectors.contract import Account
from crossdock.connectors.errors import Refused, Retry
from crossdock.flows import connecting
from crossdock.hub.models import Event, Integration

CALLBACK = "/connect/ecwid/callback"
FINISH = "/connect/ecwid/finish"
CONFIRM = "/connect/ecwid/confirm"
PUBLIC = "http://127.0.0.1:8017"


class Consent:
    """Stands in for the flows' side of connecting; remembers what it was asked."""

    def __init__(self) -> None:
        self.completed: list[dict[str, Any]] = []
        self.opened: list[dict[str, Any]] = []
        self.attached: list[tuple[Integration, str]] = []
        self.error: Exception | None = None
        self.count = 0

    def begin(self, integration: Integration, *, redirect_uri: str) -> tuple[str, str]:
        """Give a consent page and a new state."""
        self.count += 1
        self.redirect_uri = redirect_uri
        return f"https://consent.test/?n={self.count}", f"state-{self.count}"

    def complete(self, connector_key: str, **given: Any) -> Integration:
        """Connect, or fail as told."""
        self.completed.append(given)
        if self.error is not None:
            raise self.error
        integration: Integration = given["integration"]
        return integration

    def open(self, connector_key: str, **given: Any) -> connecting.OpenedAccount:
        """Tell whose account a code opens, or fail as told."""
        self.opened.append(given)
        if self.error is not None:
            raise self.error
        account = Account(account_id="666", name="Mallory's", currency="EUR", url="https://mallory.test")
        return connecting.OpenedAccount(account, f"sealed-{given['code']}")

    def attach(self, integration: Integration, sealed: str, *, author: str) -> Integration:
        """Connect what was opened."""
        self.attached.append((integration, sealed))
        return integration


@pytest.fixture
def consent(monkeypatch: pytest.MonkeyPatch) -> Consent:
    """The stand-in, in place."""
    stand_in = Consent()
    monkeypatch.setattr(connecting, "begin_authorization", stand_in.begin)
    monkeypatch.setattr(connecting, "complete_authorization", stand_in.complete)
    monkeypatch.setattr(connecting, "open_account", stand_in.open)
    monkeypatch.setattr(connecting, "attach_account", stand_in.attach)
    return stand_in


@pytest.fixture
def waiting(shop: Any) -> Integration:
    """An integration that is not connected yet."""
    return Integration.objects.create(organization=shop.organization, connector="ecwid", name="New store")


def start(client: Client, integration: Integration) -> Any:
    """Press Connect."""
    return client.get(reverse("portal:connect-start", args=[integration.key]), HTTP_HOST="127.0.0.1:8017")


def test_the_way_there_and_back(browser: Client, waiting: Integration, consent: Consent) -> None:
    assert start(browser, waiting).headers["Location"] == "https://consent.test/?n=1"
    assert consent.redirect_uri == f"{PUBLIC}{CALLBACK}"
    back = browser.get(CALLBACK, {"code": "abc", "state": "state-1"})
    assert back.headers["Location"] == reverse("portal:connect-next", args=[waiting.key])
    [given] = consent.completed
    assert given["integration"] == waiting
    assert given["code"] == "abc"
    assert given["redirect_uri"] == f"{PUBLIC}{CALLBACK}"
    assert given["author"] == "user:ann@kaffewerk.test"


def test_an_answer_is_used_once(browser: Client, waiting: Integration, consent: Consent) -> None:
    start(browser, waiting)
    browser.get(CALLBACK, {"code": "abc", "state": "state-1"})
    assert browser.get(CALLBACK, {"code": "abc", "state": "state-1"}).status_code == 400
    assert len(consent.completed) == 1


def test_a_foreign_answer_is_not_used(browser: Client, waiting: Integration, consent: Consent) -> None:
    start(browser, waiting)
    answer = browser.get(CALLBACK, {"code": "evil", "state": "made-up"})
    assert answer.status_code == 400
    assert "not expected here" in text_of(answer)
    assert not consent.completed


def test_an_answer_without_state_connects_nothing_before_its_account_is_named_and_meant(
    browser: Client, waiting: Integration, consent: Consent
) -> None:
    """A foreign page can make a browser begin, and answer with a code of its own account: both are GET."""
    start(browser, waiting)
    assert browser.get(CALLBACK, {"code": "evil"}).headers["Location"] == FINISH
    page = browser.get(FINISH)
    assert page.context["chosen"] == waiting, "what was begun here is likely meant"
    assert not consent.completed
    assert not consent.opened
    assert browser.get(CONFIRM).status_code == 400
    assert browser.post(FINISH, {"integration": waiting.key}).headers["Location"] == CONFIRM
    text = text_of(browser.get(CONFIRM))
    assert "Mallory&#x27;s</b>, number 666" in text
    assert "sealed" not in text
    answer = browser.post(CONFIRM, {"answer": "leave"})
    assert "Nothing was connected" in text_of(answer)
    assert browser.post(CONFIRM, {"answer": "connect"}).status_code == 400
    assert not consent.attached
    assert Event.objects.filter(operation="authorizationFailed", record_id=waiting.pk).exists()
    assert Integration.objects.get(pk=waiting.pk).state == "notConfigured"


def test_an_account_that_is_meant_is_connected_once(
    browser: Client, waiting: Integration, consent: Consent, shop: Any, other_shop: Any, sample: ModuleType
) -> None:
    browser.get(reverse("portal:connect-start", args=[waiting.key]), {"tab": "1"}, HTTP_HOST="127.0.0.1:8017")
    browser.get(CALLBACK, {"code": "abc"})
    browser.post(FINISH, {"integration": waiting.key})
    stranger = Client()
    stranger.force_login(other_shop.user)
    assert stranger.post(CONFIRM, {"answer": "connect"}).status_code == 400
    answer = browser.post(CONFIRM, {"answer": "connect"})
    assert "close this tab" in text_of(answer), "it was opened in a tab of its own"
    assert consent.attached == [(waiting, "sealed-abc")]
    assert browser.post(CONFIRM, {"answer": "connect"}).status_code == 400
    late = browser.get(CALLBACK, {"code": "abc", "state": "state-1"})
    assert late.status_code == 400, "what was begun has been answered"


def test_a_refusal_without_state_leaves_what_was_begun(
    browser: Client, waiting: Integration, consent: Consent
) -> None:
    """Else a foreign page could end it; the page that waits learns of it all the same."""
    start(browser, waiting)
    answer = browser.get(CALLBACK, {"error": "access_denied"})
    assert reverse("portal:connect-start", args=[waiting.key]) in text_of(answer)
    assert Event.objects.filter(operation="authorizationFailed", record_id=waiting.pk).exists()
    assert browser.get(CALLBACK, {"code": "abc", "state": "state-1"}).status_code == 302
    assert consent.completed[0]["integration"] == waiting


def test_access_to_a_known_account_is_renewed_without_a_second_question(
    browser: Client, shop: Any, waiting: Integration, consent: Consent
) -> None:
    start(browser, waiting)
    start(browser, shop.integration)
    browser.get(CALLBACK, {"code": "abc"})
    assert browser.get(FINISH).context["chosen"] == shop.integration
    page = reverse("portal:integrations-one", args=[shop.integration.key])
    assert browser.post(FINISH, {"integration": shop.integration.key}).headers["Location"] == page
    assert consent.completed[0]["integration"] == shop.integration
    assert not consent.opened


def test_an_answer_that_took_too_long_is_not_used(
    browser: Client, waiting: Integration, consent: Consent
) -> None:
    with time_machine.travel("2026-11-20T12:00:00Z") as clock:
        start(browser, waiting)
        clock.shift(16 * 60)
        assert browser.get(CALLBACK, {"code": "abc", "state": "state-1"}).status_code == 400
    assert not consent.completed


def test_refusing_on_the_consent_page_ends_plainly(
    browser: Client, waiting: Integration, consent: Consent
) -> None:
    start(browser, waiting)
    answer = browser.get(CALLBACK, {"error": "access_denied", "state": "state-1"})
    text = text_of(answer)
    assert answer.status_code == 200
    assert "did not give Crossdock access" in text
    assert reverse("portal:connect-start", args=[waiting.key]) in text
    anonymous = Client().get(CALLBACK, {"error": "server_error<script>"})
    assert anonymous.status_code == 400
    assert "<script>" not in text_of(anonymous).replace("<script src=", "")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("The permission has expired: press Connect again."), 400),
        (Retry("Ecwid does not answer."), 503),
    ],
)
def test_a_failed_exchange_says_why_and_offers_the_way_on(
    error: Exception, status: int, browser: Client, waiting: Integration, consent: Consent
) -> None:
    consent.error = error
    start(browser, waiting)
    answer = browser.get(CALLBACK, {"code": "abc", "state": "state-1"})
    assert answer.status_code == status
    assert str(error) in text_of(answer)
    assert reverse("portal:connect-start", args=[waiting.key]) in text_of(answer)


def test_nothing_came_back(browser: Client) -> None:
    assert browser.get(CALLBACK).status_code == 400
    assert browser.get("/connect/unknown/callback", {"code": "x"}).status_code == 404


def test_a_market_installation_waits_for_the_login_and_asks(
    shop: Any, sample: ModuleType, waiting: Integration, consent: Consent
) -> None:
    client = Client()
    assert client.get(CALLBACK, {"code": "market"}).headers["Location"] == "/connect/ecwid/finish"
    to_login = client.get("/connect/ecwid/finish").headers["Location"]
    assert "market" not in to_login
    form = {"username": shop.user.username, "password": sample.PASSWORD, "next": "/connect/ecwid/finish"}
    assert client.post("/login", form).headers["Location"] == "/connect/ecwid/finish"
    page = client.get("/connect/ecwid/finish")
    assert page.context["chosen"] == waiting
    assert not consent.completed
    assert client.post("/connect/ecwid/finish", {"integration": "bogus"}).status_code == 400
    assert client.post("/connect/ecwid/finish", {"integration": waiting.key}).headers["Location"] == CONFIRM
    assert consent.opened[0]["code"] == "market"
    assert consent.opened[0]["integration"] == waiting
    assert client.post("/connect/ecwid/finish", {"integration": waiting.key}).status_code == 400


def test_a_market_installation_may_be_a_new_integration(browser: Client, shop: Any, consent: Consent) -> None:
    for answer in ("connect", "leave"):
        browser.get(CALLBACK, {"code": "market"})
        browser.post(FINISH, {"integration": "new"})
        browser.post(CONFIRM, {"answer": answer})
    made, left = (given["integration"] for given in consent.opened)
    assert made.organization == shop.organization
    assert made != shop.integration
    assert not made.flows.filter(enabled=True).exclude(entity="locations").exists()
    assert consent.attached == [(made, "sealed-market")]
    left.refresh_from_db()
    assert left.state == "removed", "it was made for that account alone"


def test_an_account_that_cannot_be_opened_says_why(
    browser: Client, waiting: Integration, consent: Consent
) -> None:
    consent.error = Refused("Another integration has it.", code="alreadyConnected")
    browser.get(CALLBACK, {"code": "abc"})
    answer = browser.post(FINISH, {"integration": waiting.key})
    assert answer.status_code == 400
    assert "Another integration has it." in text_of(answer)
    assert browser.get(CONFIRM).status_code == 400


def test_another_organizations_integration_cannot_be_chosen(
    browser: Client, other_shop: Any, consent: Consent
) -> None:
    browser.get(CALLBACK, {"code": "market"})
    assert (
        browser.post("/connect/ecwid/finish", {"integration": other_shop.integration.key}).status_code == 400
    )
    assert not consent.completed


@pytest.mark.parametrize("role", ["user", "developer"])
def test_connecting_is_for_administrators(
    role: str, shop: Any, sample: ModuleType, waiting: Integration, consent: Consent
) -> None:
    client = Client()
    client.force_login(sample.member(shop.organization, "helper@shop.test", role))
    assert start(client, waiting).status_code == 403
    assert client.get(FINISH).status_code == client.get(CONFIRM).status_code == 403
    assert client.get(reverse("portal:integrations-one", args=[waiting.key])).status_code == 200
    assert consent.count == 0


def test_connecting_begins_at_the_public_address(
    browser: Client, waiting: Integration, consent: Consent
) -> None:
    answer = browser.get(reverse("portal:connect-start", args=[waiting.key]), HTTP_HOST="localhost:9")
    assert answer.headers["Location"].startswith(f"{PUBLIC}/connect/{waiting.key}/start")
    assert consent.count == 0
