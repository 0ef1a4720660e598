"""Settings, members: inviting, roles, switching off, removing, and links that are handed over."""

from __future__ import annotations

import re
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail as outbox
from django.test import Client
from tests.unit.portal.reading import text_of

from crossdock.config.mail_server import MailServer
from crossdock.hub.api_keys import create_key
from crossdock.hub.models import Invitation, Membership
from crossdock.portal.identity.passwords import reset_link

BOB = "bob@kaffewerk.test"
JOIN = {"name": "Bob Builder", "password": "a sentence is good", "again": "a sentence is good"}


@pytest.fixture
def mailing(settings: Any) -> None:
    """Mail goes out, to Django's outbox."""
    settings.CROSSDOCK = replace(settings.CROSSDOCK, mail=MailServer("127.0.0.1", 25, sender="hub@shop.test"))


def link_in(text: str) -> str:
    """The path of the link on a page or in a mail."""
    found = re.search(r"http://127\.0\.0\.1:8017(/[^\s\"<]+)", text)
    assert found, text
    return found[1]


def invited(browser: Client, email: str = BOB, role: str = "user") -> str:
    """Invite somebody; the path of the link."""
    answer = browser.post("/settings/members/invite", {"email": email, "role": role})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return link_in(text_of(answer))


def test_without_mail_the_link_is_there_to_copy_and_opens_once(browser: Client, shop: Any) -> None:
    page = text_of(browser.get("/settings/members"))
    assert "sends no mail" in page
    link = invited(browser, role="developer")
    assert link not in text_of(browser.get("/settings/members"))
    bob = Client()
    assert "invited as developer" in text_of(bob.get(link))
    assert bob.post(link, {**JOIN, "again": "other"}).status_code == 400
    assert bob.post(link, JOIN).headers["Location"] == "/"
    assert "Bob Builder" in text_of(bob.get("/"))
    assert bob.get("/settings/members").status_code == 403
    assert Client().get(link).status_code == 404
    assert Client().post(link, JOIN).status_code == 404
    assert User.objects.filter(username=BOB).count() == 1
    assert not outbox.outbox


def test_with_mail_the_link_is_sent(browser: Client, shop: Any, mailing: None) -> None:
    link = invited(browser)
    [message] = outbox.outbox
    assert message.to == [BOB]
    assert link_in(str(message.body)) == link


def test_a_mail_server_that_fails_leaves_the_link(browser: Client, settings: Any, mailing: None) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answer = browser.post("/settings/members/invite", {"email": BOB, "role": "user"})
    assert "could not be sent" in text_of(answer)
    assert Client().get(link_in(text_of(answer))).status_code == 200


def test_nonsense_is_named(browser: Client, shop: Any) -> None:
    for form, fault in (
        ({"email": "bob", "role": "user"}, "not an e-mail address"),
        ({"email": BOB, "role": "owner"}, "is none of"),
        ({"email": shop.user.username, "role": "user"}, "a member already"),
    ):
        assert fault in text_of(browser.post("/settings/members/invite", form, follow=True))
    assert not Invitation.objects.exists()


def test_an_existing_account_joins_after_its_login(
    browser: Client, shop: Any, other_shop: Any, sample: ModuleType
) -> None:
    link = invited(browser, other_shop.user.username)
    guest = Client()
    page = text_of(guest.get(link))
    assert f"/login?next={link}" in page
    assert guest.post(link, JOIN).status_code == 200
    assert browser.post(link, JOIN).status_code == 200, "for another address"
    assert Membership.objects.filter(user=other_shop.user).count() == 1
    login = {"username": other_shop.user.username, "password": sample.PASSWORD, "next": link}
    assert guest.post("/login", login).headers["Location"] == link
    assert guest.post(link).headers["Location"] == "/"
    assert shop.organization.name in text_of(guest.get("/"))


def test_a_link_is_renewed_and_taken_back(browser: Client, shop: Any) -> None:
    first = invited(browser)
    key = Invitation.objects.get().key
    second = link_in(text_of(browser.post(f"/settings/invitations/{key}/again")))
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    key = Invitation.objects.get(revoked_at=None).key
    assert browser.post(f"/settings/invitations/{key}/take-back").status_code == 302
    assert Client().get(second).status_code == 404
    assert BOB not in text_of(browser.get("/settings/members")).split("Open invitations")[1]


def test_roles_and_switches_hold_at_once(browser: Client, shop: Any, sample: ModuleType) -> None:
    bob = sample.member(shop.organization, BOB, "user")
    key = bob.memberships.get().key
    client = Client()
    client.force_login(bob)
    assert client.get("/settings").status_code == 403
    browser.post(f"/settings/members/{key}/role", {"role": "administrator"})
    assert client.get("/settings").status_code == 200
    browser.post(f"/settings/members/{key}/switch")
    assert client.get("/").status_code == 403
    browser.post(f"/settings/members/{key}/switch", {"on": "yes"})
    assert client.get("/").status_code == 200
    browser.post(f"/settings/members/{key}/remove")
    assert client.get("/").status_code == 403
    assert User.objects.filter(username=BOB).exists()


def test_what_somebody_leaves_behind_is_said(browser: Client, shop: Any, sample: ModuleType) -> None:
    bob = sample.member(shop.organization, BOB, "administrator")
    own = Client()
    own.force_login(bob)
    link = invited(own, "eve@shop.test", "administrator")
    create_key(shop.organization, "Bob's program", ["shipments.read"], author=f"user:{BOB}")
    page = browser.post(f"/settings/members/{bob.memberships.get().key}/remove", follow=True)
    said = text_of(page)
    assert "One open invitation of theirs has ended." in said
    assert "go on working: Bob&#x27;s program." in said
    assert "eve@shop.test" not in said.split("Open invitations")[1]
    assert Client().get(link).status_code == 404


def test_the_last_administrator_is_told_why_not(browser: Client, shop: Any) -> None:
    key = shop.user.memberships.get().key
    for act, form in (("role", {"role": "user"}), ("switch", {}), ("remove", {})):
        answer = browser.post(f"/settings/members/{key}/{act}", form, follow=True)
        assert "the last administrator" in text_of(answer), act
    assert browser.get("/settings/members").status_code == 200


def test_an_administrator_makes_a_link_for_a_new_password(
    browser: Client, shop: Any, sample: ModuleType
) -> None:
    bob = sample.member(shop.organization, BOB, "user")
    there = Client()
    there.force_login(bob)
    answer = browser.post(f"/settings/members/{bob.memberships.get().key}/password")
    assert "no-store" in answer.headers["Cache-Control"]
    link = link_in(text_of(answer))
    client = Client()
    form = client.get(link, follow=True)
    where = form.redirect_chain[-1][0]
    assert link.rsplit("/", 1)[1] not in where
    new = {"new_password1": "another sentence here", "new_password2": "another sentence here"}
    assert client.post(where, {**new, "new_password2": "other"}).status_code == 200
    assert client.post(where, new).headers["Location"] == "/login"
    assert there.get("/").status_code == 302, "other sessions have ended"
    assert client.get("/").status_code == 302, "it does not log in"
    assert "of no use any more" in text_of(Client().get(link, follow=True))
    assert Client().post("/login", {"username": BOB, "password": "another sentence here"}).status_code == 302


def test_a_link_for_a_new_password_ends_with_the_power_of_whoever_made_it(
    browser: Client, shop: Any, other_shop: Any, sample: ModuleType
) -> None:
    bob = sample.member(shop.organization, BOB, "user")
    own = Membership.objects.get(user=shop.user)

    def opens(link: str) -> bool:
        return "of no use any more" not in text_of(Client().get(link, follow=True))

    link = link_in(text_of(browser.post(f"/settings/members/{bob.memberships.get().key}/password")))
    mailed = reset_link(bob).removeprefix("http://127.0.0.1:8017")
    head, maker, rest = link.rpartition("/")[0], str(shop.user.pk), link.rpartition(".")[2]
    for forged in (
        rest,
        f"{other_shop.user.pk}.{rest}",
        f".{rest}",
        f"{maker}.{rest}x",
        f"{maker}.",
        f"{10**30}.{rest}",
    ):
        assert not opens(f"{head}/{forged}"), forged
    assert opens(link)
    # The page is open already when Bob joins another organization: it is of no use either.
    waiting = Client()
    where = waiting.get(link, follow=True).redirect_chain[-1][0]
    elsewhere = Membership.objects.create(organization=other_shop.organization, user=bob, role="user")
    new = {"new_password1": "another sentence here", "new_password2": "another sentence here"}
    assert "of no use any more" in text_of(waiting.post(where, new))
    bob.refresh_from_db()
    assert bob.check_password(sample.PASSWORD)
    assert not opens(link)
    assert opens(mailed), "a person's own link stays"
    elsewhere.delete()
    assert opens(link)
    Membership.objects.filter(pk=own.pk).update(role="user")
    assert not opens(link)
    Membership.objects.filter(pk=own.pk).update(role="administrator", active=False)
    assert not opens(link)
    Membership.objects.filter(pk=own.pk).update(active=True)
    Membership.objects.filter(user=bob).delete()
    assert not opens(link)


def test_sessions_that_open_another_organization_are_not_ended_from_here(
    browser: Client, shop: Any, other_shop: Any, sample: ModuleType
) -> None:
    bob = sample.member(shop.organization, BOB, "user")
    here = bob.memberships.get()
    Membership.objects.create(organization=other_shop.organization, user=bob, role="user")
    client = Client()
    client.force_login(bob)
    answer = browser.post(f"/settings/members/{here.key}/log-out", follow=True)
    assert "switch them off here" in text_of(answer)
    assert shop.organization.name in text_of(client.get("/"))
    browser.post(f"/settings/members/{here.key}/switch")
    assert other_shop.organization.name in text_of(client.get("/")), "the other one is still open"
    assert client.post("/organization", {"organization": shop.organization.key}).status_code == 404
    Membership.objects.create(organization=other_shop.organization, user=shop.user, role="administrator")
    assert "logged out everywhere" in text_of(
        browser.post(f"/settings/members/{here.key}/log-out", follow=True)
    )
    assert client.get("/").status_code == 302


def test_everywhere_means_everywhere(browser: Client, shop: Any, sample: ModuleType) -> None:
    bob = sample.member(shop.organization, BOB, "user")
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(bob)
    clients[0].get("/")
    browser.post(f"/settings/members/{bob.memberships.get().key}/log-out")
    assert [client.get("/").status_code for client in clients] == [302, 302]
    assert browser.get("/").status_code == 200
