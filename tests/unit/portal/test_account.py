"""One's own account: name, address, password, a forgotten password, and sessions."""

from __future__ import annotations

import re
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.core import mail as outbox
from django.test import Client
from tests.unit.portal.reading import text_of

from crossdock.config.mail_server import MailServer
from crossdock.hub import mail
from crossdock.hub.models import Event
from crossdock.portal.identity.second_factor import is_proven
from crossdock.portal.identity.sessions import device_name

PASSWORD = "correct horse battery"
NEW = "another sentence here"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"


@pytest.fixture
def mailing(settings: Any) -> None:
    """Mail goes out, to Django's outbox."""
    settings.CROSSDOCK = replace(settings.CROSSDOCK, mail=MailServer("127.0.0.1", 25, sender="hub@shop.test"))


def mailed() -> list[Any]:
    """What has been sent, when everything that was to be sent soon is out."""
    mail._sender.submit(lambda: None).result()
    return outbox.outbox


def told() -> list[str]:
    """What was written down about accounts."""
    return list(Event.objects.filter(entity="users").order_by("pk").values_list("operation", flat=True))


def test_the_name_is_shown_instead_of_the_address(browser: Client, shop: Any) -> None:
    assert browser.post("/account", {"name": "  Ann   <b>Barista</b> "}).status_code == 302
    page = text_of(browser.get("/"))
    assert "Ann &lt;b&gt;Barista&lt;/b&gt;" in page
    assert told() == ["renamed"]


def test_a_new_password_ends_the_other_sessions(browser: Client, shop: Any) -> None:
    other = Client()
    other.force_login(shop.user)
    form = {"current": PASSWORD, "password": NEW, "again": NEW}
    assert browser.post("/account/password", {**form, "current": "wrong"}).status_code == 400
    assert browser.post("/account/password", {**form, "again": "different"}).status_code == 400
    assert (
        browser.post("/account/password", {**form, "password": "short", "again": "short"}).status_code == 400
    )
    assert other.get("/").status_code == 200
    assert browser.post("/account/password", form).status_code == 302
    assert browser.get("/").status_code == 200
    assert other.get("/").status_code == 302
    assert told() == ["passwordChanged"]


def test_the_current_password_cannot_be_guessed_here_either(browser: Client, shop: Any) -> None:
    form = {"current": "wrong", "password": NEW, "again": NEW}
    for _ in range(5):
        browser.post("/account/password", form)
    answer = browser.post("/account/password", {**form, "current": PASSWORD})
    assert answer.status_code == 400
    assert "Too many failed attempts" in text_of(answer)


def test_without_mail_an_address_changes_at_once_and_is_not_taken_for_proven(
    browser: Client, shop: Any
) -> None:
    assert "sends no mail" in text_of(browser.get("/account/email"))
    form = {"email": "New@kaffewerk.test", "current": PASSWORD}
    assert browser.post("/account/email", {**form, "current": "wrong"}).status_code == 400
    assert browser.post("/account/email", form).status_code == 302
    shop.user.refresh_from_db()
    assert (shop.user.username, shop.user.email) == ("new@kaffewerk.test", "new@kaffewerk.test")
    assert not is_proven(shop.user)
    assert told() == ["addressChanged"]


def test_with_mail_an_address_changes_when_its_link_is_opened(
    browser: Client, shop: Any, mailing: None, other_shop: Any
) -> None:
    EmailAddress.objects.create(user=shop.user, email=shop.user.email, verified=False)
    browser.post("/account/email", {"email": "new@kaffewerk.test", "current": PASSWORD})
    [message] = outbox.outbox
    found = re.search(r"(/account/email/\S+)", str(message.body))
    assert message.to == ["new@kaffewerk.test"]
    assert found
    stranger = Client()
    stranger.force_login(other_shop.user)
    assert stranger.post(found[1]).status_code == 404
    assert browser.get(found[1]).status_code == 200
    shop.user.refresh_from_db()
    assert shop.user.username == "ann@kaffewerk.test", "opening it is not enough: machines open links too"
    assert browser.post(found[1]).status_code == 302
    shop.user.refresh_from_db()
    assert shop.user.username == "new@kaffewerk.test"
    assert is_proven(shop.user)
    [_, told_to_the_old_one] = mailed()
    assert told_to_the_old_one.to == ["ann@kaffewerk.test"]
    assert "new@kaffewerk.test" in told_to_the_old_one.body
    assert "If it was not you" in told_to_the_old_one.body
    assert browser.post(found[1]).status_code == 404
    assert browser.post(found[1][:-2]).status_code == 404


def test_an_address_that_somebody_has_is_refused_without_saying_whose(
    browser: Client, shop: Any, other_shop: Any
) -> None:
    answer = browser.post("/account/email", {"email": other_shop.user.username, "current": PASSWORD})
    assert answer.status_code == 400
    assert "cannot be used here" in text_of(answer)


def test_a_forgotten_password_without_mail_says_whom_to_ask(shop: Any) -> None:
    page = text_of(Client().get("/password/forgotten"))
    assert "sends no mail. Ask an administrator" in page
    assert Client().post("/password/forgotten", {"email": shop.user.username}).status_code == 200
    assert not mailed()


def test_a_forgotten_password_is_set_anew_by_mail(shop: Any, mailing: None) -> None:
    known = Client().post("/password/forgotten", {"email": shop.user.username.upper()}, follow=True)
    unknown = Client().post("/password/forgotten", {"email": "nobody@kaffewerk.test"}, follow=True)
    sentence = "If somebody here has this address"
    assert sentence in text_of(known)
    assert sentence in text_of(unknown)
    [message] = mailed()
    assert message.to == [shop.user.email]
    found = re.search(r"(/password/new/\S+)", str(message.body))
    assert found
    client = Client()
    where = client.get(found[1], follow=True).redirect_chain[-1][0]
    assert client.post(where, {"new_password1": NEW, "new_password2": NEW}).status_code == 302
    assert User.objects.get(pk=shop.user.pk).check_password(NEW)
    assert told() == ["passwordReset"]
    [_, afterwards] = mailed()
    assert (afterwards.to, afterwards.subject) == ([shop.user.email], "Your password has been changed")


def test_mails_to_one_address_are_counted(shop: Any, mailing: None) -> None:
    for _ in range(5):
        Client().post("/password/forgotten", {"email": shop.user.username})
    assert Client().post("/password/forgotten", {"email": shop.user.username}).status_code == 429
    assert len(mailed()) == 5


def test_sessions_are_listed_and_ended(browser: Client, shop: Any, sample: ModuleType) -> None:
    phone, laptop = Client(headers={"user-agent": FIREFOX}), Client()
    for client in (phone, laptop):
        client.post("/login", {"username": shop.user.username, "password": sample.PASSWORD})
    page = text_of(browser.get("/account/sessions"))
    assert "Firefox on Windows" in page
    assert page.count("this one") == 1
    row = UserSession.objects.get(user_agent=FIREFOX)
    assert browser.post(f"/account/sessions/{row.pk:016x}/end").status_code == 302
    assert phone.get("/").status_code == 302
    assert laptop.get("/").status_code == 200
    browser.post("/account/sessions/end")
    assert laptop.get("/").status_code == 302
    assert browser.get("/").status_code == 200
    assert UserSession.objects.count() == 1


def test_a_session_gets_another_key_at_login(shop: Any, sample: ModuleType) -> None:
    client = Client()
    session = client.session
    session["planted"] = "before"
    session.save()
    before = session.session_key
    client.cookies["crossdock_session"] = str(before)
    client.post("/login", {"username": shop.user.username, "password": sample.PASSWORD})
    assert client.session.session_key != before


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Linux"),
        ("curl/8.0", "curl"),
        ("", "Unknown browser"),
    ],
)
def test_devices_are_named_in_two_words(agent: str, name: str) -> None:
    assert device_name(agent) == name
