"""Coming in: the first administrator, login, its throttle, and going out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from tests.unit.portal.reading import text_of

from crossdock.hub.clock import system_clock
from crossdock.hub.models import Event, Integration, Membership, Organization
from crossdock.portal.identity import throttle
from crossdock.portal.identity.first_administrator import AlreadyBegunError, create_first_administrator
from crossdock.portal.identity.guessing import PER_CODE, at_code, at_reset
from crossdock.portal.models import FailedLogin

FORM = {
    "organization": "Kaffewerk", "timezone": "Europe/Berlin", "email": "Ann@Kaffewerk.test",
    "password": "correct horse battery", "again": "correct horse battery",
}  # fmt: skip
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_an_empty_hub_creates_its_first_administrator_once(db: None) -> None:
    client = Client()
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/welcome"
    assert client.post("/welcome", FORM).headers["Location"] == "/"
    membership = Membership.objects.get()
    assert membership.role == "administrator"
    assert membership.organization.timezone == "Europe/Berlin"
    assert membership.user.get_username() == "ann@kaffewerk.test"
    assert membership.user.password.startswith("argon2$argon2id$")
    assert client.get("/").status_code == 200
    assert Client().post("/welcome", {**FORM, "email": "eve@evil.test"}).status_code == 302
    assert User.objects.count() == 1
    with pytest.raises(AlreadyBegunError):
        create_first_administrator(email="eve@evil.test", password="x", organization="Evil", timezone="UTC")


def test_the_first_administrator_takes_the_organization_that_waits_for_one(db: None) -> None:
    waiting = Organization.objects.create(name="My organization")
    Client().post("/welcome", FORM)
    waiting.refresh_from_db()
    assert (waiting.name, waiting.timezone) == (FORM["organization"], "Europe/Berlin")
    assert Membership.objects.get().organization == waiting


def test_what_somebody_began_without_an_account_is_not_given_to_whoever_comes_first(db: None) -> None:
    begun = Organization.objects.create(name="My organization")
    Integration.objects.create(organization=begun, connector="ecwid", name="Ecwid")
    Client().post("/welcome", FORM)
    begun.refresh_from_db()
    assert begun.name == "My organization"
    assert not begun.memberships.exists()
    assert Membership.objects.get().organization.name == FORM["organization"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"again": "something else"}, "The two passwords differ."),
        ({"password": "short", "again": "short"}, "too short"),
        ({"email": "nobody"}, "valid email"),
        ({"timezone": "Mars/Olympus"}, "not one of the available choices"),
        ({"organization": ""}, "required"),
    ],
)
def test_a_wrong_first_form_creates_nobody(changes: dict[str, str], message: str, db: None) -> None:
    answer = Client().post("/welcome", {**FORM, **changes})
    assert answer.status_code == 400
    assert message in text_of(answer)
    assert not User.objects.exists()
    assert not Organization.objects.exists()


def test_login_leads_where_one_wanted_to_go_but_not_elsewhere(shop: Any, sample: ModuleType) -> None:
    form = {"username": shop.user.username, "password": sample.PASSWORD}
    assert Client().post("/login", {**form, "next": "/orders"}).headers["Location"] == "/orders"
    assert Client().post("/login", {**form, "next": "https://evil.test/"}).headers["Location"] == "/"


def test_guessing_is_slowed_down(shop: Any, sample: ModuleType) -> None:
    form = {"username": shop.user.username.upper(), "password": "wrong"}
    for _ in range(throttle.PER_NAME_AND_ADDRESS):
        answer = Client().post("/login", form)
        assert answer.status_code == 200
        assert "do not belong together" in text_of(answer)
    right = {"username": shop.user.username, "password": sample.PASSWORD}
    blocked = Client().post("/login", right)
    assert blocked.status_code == 429
    assert "Too many failed attempts" in text_of(blocked)
    assert Client().post("/login", right, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_a_name_that_is_typed_at_the_login_blocks_no_code_and_no_reset(shop: Any, rf: Any) -> None:
    """Whoever knows no password must not keep somebody from the second step, or from a new password."""
    name = shop.user.username
    for number in range(PER_CODE):
        for kind in ("code", "reset"):
            form = {"username": f" {kind}:{name}", "password": "wrong"}
            Client().post("/login", form, REMOTE_ADDR=f"192.0.2.{number}")
    request = rf.get("/", REMOTE_ADDR="198.51.100.1")
    assert at_code(request, name).minutes_to_wait() is None
    assert at_reset(request, name).minutes_to_wait() is None


def test_a_block_ends_and_a_success_forgives(db: None) -> None:
    for second in range(throttle.PER_NAME_AND_ADDRESS):
        throttle.note_failure("Ann", "192.0.2.1", NOW + timedelta(seconds=second))
    later = NOW + timedelta(minutes=1)
    assert throttle.blocked_for("ann", "192.0.2.1", later) == throttle.WINDOW - timedelta(minutes=1)
    assert throttle.blocked_for("ann", "192.0.2.1", NOW + throttle.WINDOW) is None
    throttle.forgive("ANN", "192.0.2.1")
    assert throttle.blocked_for("ann", "192.0.2.1", later) is None
    throttle.note_failure("ann", "192.0.2.1", NOW + 2 * throttle.WINDOW)
    assert FailedLogin.objects.count() == 1


def test_one_address_cannot_try_many_names(db: None) -> None:
    for number in range(throttle.PER_ADDRESS):
        throttle.note_failure(f"name{number}", "192.0.2.1", NOW)
    assert throttle.blocked_for("another", "192.0.2.1", NOW) is not None
    assert throttle.blocked_for("another", "192.0.2.2", NOW) is None


def test_behind_a_trusted_proxy_visitors_are_told_apart(shop: Any, sample: ModuleType, settings: Any) -> None:
    settings.CROSSDOCK = replace(settings.CROSSDOCK, trusted_proxies=(ip_network("10.0.0.1"),))
    wrong, right = ({"username": shop.user.username, "password": word} for word in ("wrong", sample.PASSWORD))

    def came(form: dict[str, str], told: str, peer: str = "10.0.0.1") -> int:
        client.cookies.clear()
        return client.post("/login", form, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=told).status_code

    client = Client()
    for number in range(throttle.PER_NAME_AND_ADDRESS):
        # What the visitor writes in front of what the proxy adds changes nothing.
        assert came(wrong, f"198.51.100.{number}, 192.0.2.1") == 200
    assert came(right, "198.51.100.99, 192.0.2.1") == 429
    assert came(right, "192.0.2.2") == 302
    assert "192.0.2.2" in text_of(client.get("/account/sessions"))
    assert Event.objects.filter(operation="loggedIn", after__address="192.0.2.2").exists()
    assert came(wrong, "198.51.100.1", peer="203.0.113.9") == 200
    assert FailedLogin.objects.filter(address="203.0.113.9").exists(), "nobody else is believed"
    assert came(wrong, "2001:db8::1") == came(wrong, "2001:db8::ffff") == 200
    assert FailedLogin.objects.filter(address="2001:db8::/64").count() == 2


def test_sessions_that_have_run_out_go_with_the_next_login(shop: Any, sample: ModuleType) -> None:
    """Strangers get some, too: whoever opens the address of a consent page's answer."""
    for key, days in (("old", -1), ("living", 1)):
        Session.objects.create(session_key=key, expire_date=system_clock() + timedelta(days=days))
    Client().post("/login", {"username": shop.user.username, "password": sample.PASSWORD})
    kept = set(Session.objects.values_list("session_key", flat=True))
    assert "old" not in kept
    assert "living" in kept
    assert len(kept) == 2


def test_logout_needs_a_form(browser: Client) -> None:
    assert browser.get("/logout").status_code == 405
    assert browser.post("/logout").headers["Location"] == "/login"
    assert browser.get("/").status_code == 302


def test_forms_are_refused_without_their_token(shop: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(shop.user)
    assert client.post("/logout").status_code == 403
    assert client.get("/").status_code == 200


def test_a_member_of_two_organizations_chooses_but_only_among_their_own(
    browser: Client, shop: Any, other_shop: Any
) -> None:
    assert browser.post("/organization", {"organization": other_shop.organization.key}).status_code == 404
    Membership.objects.create(organization=other_shop.organization, user=shop.user, role="user")
    members = {text_of(browser.get("/")).split('data-member="')[1][:16]}
    assert browser.post("/organization", {"organization": other_shop.organization.key}).status_code == 302
    page = text_of(browser.get("/"))
    assert "Rival" in page
    assert f'data-person="{shop.user.pk}"' in page
    members.add(page.split('data-member="')[1][:16])
    mine = {one.key for one in Membership.objects.filter(user=shop.user)}
    assert members == mine, "what was typed in one is not given back in the other (unsent.js)"
    assert browser.get(f"/orders/{shop.orders[0].key}").status_code == 404


@pytest.mark.parametrize(
    ("told", "back"),
    [
        ({"headers": {"Referer": "http://testserver/settings?tab=1"}}, "/settings?tab=1"),
        ({"headers": {"Referer": "http://evil.test/settings"}}, "/"),
        ({}, "/"),
    ],
)
def test_what_was_sent_after_the_session_ended_is_said_not_to_be_done(
    shop: Any, told: dict[str, Any], back: str
) -> None:
    client = Client()
    answer = client.post("/settings", {"name": "Other"}, follow=True, **told)
    assert answer.context["next"] == back
    assert "You had been logged out, so nothing was done." in text_of(answer)
    assert "data-lost" in text_of(answer)
    assert Organization.objects.filter(name="Other").count() == 0
    assert "nothing was done" not in text_of(client.get("/login"))
