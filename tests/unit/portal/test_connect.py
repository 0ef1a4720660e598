"""Connecting by consent: bound to the session, used once, and with a way on from every failure."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.connectors.errors import Refused, Retry
from crossdock.flows import connecting
from crossdock.hub.models import Integration

CALLBACK = "/connect/ecwid/callback"
PUBLIC = "http://127.0.0.1:8017"


class Consent:
    """Stands in for the flows' side of connecting; remembers what it was asked."""

    def __init__(self) -> None:
        self.completed: list[dict[str, Any]] = []
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


@pytest.fixture
def consent(monkeypatch: pytest.MonkeyPatch) -> Consent:
    """The stand-in, in place."""
    stand_in = Consent()
    monkeypatch.setattr(connecting, "begin_authorization", stand_in.begin)
    monkeypatch.setattr(connecting, "complete_authorization", stand_in.complete)
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


def test_an_answer_without_state_is_for_the_one_connection_begun_here(
    browser: Client, waiting: Integration, consent: Consent
) -> None:
    start(browser, waiting)
    browser.get(CALLBACK, {"code": "abc"})
    assert consent.completed[0]["integration"] == waiting


def test_two_begun_connections_are_not_guessed_between(
    browser: Client, shop: Any, waiting: Integration, consent: Consent
) -> None:
    start(browser, waiting)
    start(browser, shop.integration)
    assert browser.get(CALLBACK, {"code": "abc"}).headers["Location"] == "/connect/ecwid/finish"
    assert not consent.completed


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
    assert client.post("/connect/ecwid/finish", {"integration": waiting.key}).status_code == 302
    assert consent.completed[0]["code"] == "market"
    assert consent.completed[0]["integration"] == waiting
    assert client.post("/connect/ecwid/finish", {"integration": waiting.key}).status_code == 400


def test_a_market_installation_may_be_a_new_integration(browser: Client, shop: Any, consent: Consent) -> None:
    browser.get(CALLBACK, {"code": "market"})
    browser.post("/connect/ecwid/finish", {"integration": "new"})
    made = consent.completed[0]["integration"]
    assert made.organization == shop.organization
    assert made != shop.integration
    assert not made.flows.filter(enabled=True).exclude(entity="locations").exists()


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
    assert client.get("/connect/ecwid/finish").status_code == 403
    assert client.get(reverse("portal:integrations-one", args=[waiting.key])).status_code == 200
    assert consent.count == 0


def test_connecting_begins_at_the_public_address(
    browser: Client, waiting: Integration, consent: Consent
) -> None:
    answer = browser.get(reverse("portal:connect-start", args=[waiting.key]), HTTP_HOST="localhost:9")
    assert answer.headers["Location"].startswith(f"{PUBLIC}/connect/{waiting.key}/start")
    assert consent.count == 0
