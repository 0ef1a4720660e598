"""Second factors: setting one up, logging in with it, losing it, and demanding it."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core import mail as outbox
from django.core.cache import cache
from django.test import Client
from tests.unit.portal.reading import text_of

from crossdock.config.mail_server import MailServer
from crossdock.hub import mail
from crossdock.hub.accounts import set_password
from crossdock.hub.models import Event
from crossdock.hub.organizations import set_organization
from crossdock.hub.vault import unseal
from crossdock.portal.identity import guessing
from crossdock.portal.identity.second_factor import spend
from crossdock.portal.identity.sessions import end_sessions

SECRET = "JBSWY3DPEHPK3PXP"
PASSWORD = "correct horse battery"


def code_of(secret: str = SECRET) -> str:
    """What an app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def app(shop: Any) -> Authenticator:
    """The administrator's app."""
    return TOTP.activate(shop.user, SECRET).instance


@pytest.fixture
def mailing(settings: Any) -> None:
    """Mail goes out, to Django's outbox."""
    settings.CROSSDOCK = replace(settings.CROSSDOCK, mail=MailServer("127.0.0.1", 25, sender="hub@shop.test"))


def mailed_to() -> list[str]:
    """Who has got mail, when everything that was to be sent soon is out."""
    mail._sender.submit(lambda: None).result()
    return [address for message in outbox.outbox for address in message.to]


def begun(shop: Any) -> Client:
    """A client that has given the right password."""
    client = Client()
    answer = client.post("/login", {"username": shop.user.username, "password": PASSWORD, "next": "/orders"})
    assert answer.headers["Location"] == "/login/code"
    return client


def confirmed(client: Client) -> None:
    """Show that it is the person themselves."""
    assert client.post("/account/confirm", {"password": PASSWORD}).status_code == 302


def operations() -> list[str]:
    """What was written down about accounts."""
    return list(Event.objects.filter(entity="users").order_by("pk").values_list("operation", flat=True))


def test_setting_up_shows_the_secret_until_the_first_code_is_right(
    browser: Client, shop: Any, django_capture_on_commit_callbacks: Any
) -> None:
    asked = browser.get("/account/two-factor/set-up")
    assert asked.headers["Location"].startswith("/account/confirm?next=")
    confirmed(browser)
    page = browser.get("/account/two-factor/set-up")
    assert "no-store" in page.headers["Cache-Control"]
    text = text_of(page)
    found = re.search(r'id="secret"[^>]*>([A-Z2-7]{32})<', text)
    assert found
    assert 'src="data:image/svg+xml;base64,' in text
    wrong = browser.post("/account/two-factor/set-up", {"code": "000000"})
    assert wrong.status_code == 400
    assert found[1] in text_of(wrong)
    with django_capture_on_commit_callbacks(execute=True):
        right = browser.post("/account/two-factor/set-up", {"code": code_of(found[1])})
    assert right.headers["Location"] == "/account/two-factor/codes"
    stored = Authenticator.objects.get(user=shop.user, type="totp").data["secret"]
    assert found[1] not in stored
    assert unseal(stored.encode())["secret"] == found[1]
    assert operations() == ["secondFactorAdded", "secondFactorAdded"]
    codes = text_of(browser.get("/account/two-factor/codes"))
    shown = re.findall(r"\b\d{8}\b", codes)
    assert len(set(shown)) == 10
    again = text_of(browser.get("/account/two-factor/codes"))
    assert "not shown again" in again
    assert not re.findall(r"\b\d{8}\b", again)
    assert found[1] not in text_of(browser.get("/account/two-factor"))


def test_the_password_alone_opens_nothing(shop: Any, app: Authenticator) -> None:
    client = begun(shop)
    assert client.get("/").headers["Location"].startswith("/login")
    assert client.get("/login/code").status_code == 200
    assert Client().get("/login/code").headers["Location"] == "/login"
    assert client.post("/login/code", {"code": "000000"}).status_code == 200
    assert client.get("/").status_code == 302
    answer = client.post("/login/code", {"code": code_of()})
    assert answer.headers["Location"] == "/orders"
    assert client.get("/").status_code == 200
    assert operations() == ["loginFailed", "loggedIn"]


def test_a_code_counts_once(shop: Any, app: Authenticator) -> None:
    code = code_of()
    assert begun(shop).post("/login/code", {"code": code}).status_code == 302
    cache.clear()  # what this process remembers, another one does not
    answer = begun(shop).post("/login/code", {"code": f"{code[:3]} {code[3:]}"})
    assert answer.status_code == 200
    assert "used already" in text_of(answer)


def test_used_codes_are_forgotten_when_they_are_of_no_use_any_more(app: Authenticator) -> None:
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    assert spend(app, "123456", now)
    assert not spend(app, "123 456", now + timedelta(minutes=2))
    assert spend(app, "654321", now + timedelta(minutes=4))
    app.refresh_from_db()
    assert [used for used, _ in app.data["spent"]] == ["654321"]
    assert app.data["secret"]


def test_a_recovery_code_opens_once(browser: Client, shop: Any, app: Authenticator) -> None:
    confirmed(browser)
    assert browser.post("/account/two-factor/codes/new").headers["Location"] == "/account/two-factor/codes"
    shown = re.findall(r"\b\d{8}\b", text_of(browser.get("/account/two-factor/codes")))
    assert begun(shop).post("/login/code", {"code": shown[0]}).status_code == 302
    assert begun(shop).post("/login/code", {"code": shown[0]}).status_code == 200
    assert "9 are left" in text_of(browser.get("/account/two-factor"))


def test_guessing_codes_is_slowed_down_wherever_it_comes_from(shop: Any, app: Authenticator) -> None:
    for number in range(guessing.PER_CODE):
        client = begun(shop)
        answer = client.post("/login/code", {"code": "000000"}, REMOTE_ADDR=f"192.0.2.{number}")
        assert answer.status_code == 200
    client = begun(shop)
    answer = client.post("/login/code", {"code": code_of()}, REMOTE_ADDR="198.51.100.1")
    assert answer.status_code == 429
    assert client.get("/").status_code == 302


def test_turning_it_off_takes_the_codes_along(
    browser: Client, shop: Any, app: Authenticator, mailing: None
) -> None:
    assert browser.post("/account/two-factor/take-away").headers["Location"].startswith("/account/confirm")
    confirmed(browser)
    browser.post("/account/two-factor/codes/new")
    assert browser.post("/account/two-factor/take-away").headers["Location"] == "/account/two-factor"
    assert not Authenticator.objects.exists()
    assert "secondFactorRemoved" in operations()
    assert mailed_to() == [shop.user.email], "and its owner is told, once"


def test_who_changes_it_is_asked_for_the_password_only_so_often(browser: Client, app: Authenticator) -> None:
    for _ in range(5):
        assert browser.post("/account/confirm", {"password": "wrong"}).status_code == 400
    assert browser.post("/account/confirm", {"password": PASSWORD}).status_code == 429


def test_where_it_is_demanded_nothing_else_is_seen_before(
    browser: Client, shop: Any, sample: ModuleType
) -> None:
    set_organization(shop.organization, {"twoFactor": "required"}, author="crossdock")
    for address in ("/", "/orders", "/settings", "/account", "/account/sessions"):
        assert browser.get(address).headers["Location"] == "/account/two-factor", address
    assert (
        browser.post("/settings/save", {"twoFactor": "optional"}).headers["Location"] == "/account/two-factor"
    )
    page = text_of(browser.get("/account/two-factor"))
    assert "asks everybody for a second factor" in page
    TOTP.activate(shop.user, SECRET)
    assert browser.get("/orders").status_code == 200
    confirmed(browser)
    browser.post("/account/two-factor/take-away")
    assert Authenticator.objects.filter(user=shop.user).exists()


def test_an_administrator_resets_the_factor_of_another(
    browser: Client, shop: Any, other_shop: Any, sample: ModuleType, mailing: None
) -> None:
    bob = sample.member(shop.organization, "bob@kaffewerk.test", "user")
    TOTP.activate(bob, SECRET)
    there = Client()
    there.force_login(bob)
    assert there.get("/").status_code == 200
    member = bob.memberships.get()
    assert browser.post(f"/settings/members/{member.key}/two-factor").status_code == 302
    assert not Authenticator.objects.filter(user=bob).exists()
    assert there.get("/").status_code == 302
    assert operations()[-1] == "secondFactorReset"
    assert mailed_to() == [bob.email]


def test_nobody_resets_their_own_or_that_of_somebody_who_belongs_elsewhere_too(
    browser: Client, shop: Any, other_shop: Any, app: Authenticator
) -> None:
    own = shop.user.memberships.get()
    browser.post(f"/settings/members/{own.key}/two-factor")
    TOTP.activate(other_shop.user, SECRET)
    shared = other_shop.user.memberships.create(organization=shop.organization, role="user")
    answer = browser.post(f"/settings/members/{shared.key}/two-factor", follow=True)
    assert "an organization that you do not administer" in text_of(answer)
    assert browser.post(f"/settings/members/{shared.key}/password").status_code == 302
    assert Authenticator.objects.count() == 2


def test_a_login_that_waits_for_its_code_ends_with_the_password_it_was_begun_with(
    shop: Any, app: Authenticator
) -> None:
    waiting = begun(shop)
    assert waiting.get("/login/code").status_code == 200
    set_password(shop.user, "another sentence here", author="crossdock")
    end_sessions(shop.user)
    assert waiting.post("/login/code", {"code": code_of()}).headers["Location"] == "/login"
    assert waiting.get("/").status_code == 302
