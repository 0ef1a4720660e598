"""Single sign-on, all the way through a provider: who gets in, and what is no proof."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import httpx2
import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.test import Client
from oidc_provider import CLIENT, SECRET, Provider, provider
from tests.unit.portal.reading import text_of

from crossdock.config.sign_on import SignOn
from crossdock.hub.invitations import invite
from crossdock.hub.models import Event, Membership

ANN = "ann@kaffewerk.test"


@pytest.fixture
def running(settings: Any) -> Iterator[Provider]:
    """A provider that this installation trusts."""
    with provider() as one:
        sign_on = SignOn(one.issuer, CLIENT, SECRET, "Kaffewerk login")
        settings.CROSSDOCK = replace(settings.CROSSDOCK, sign_on=sign_on)
        yield one


def came_back(client: Client, where: str = "") -> Any:
    """Press the button, agree at the provider, and come back."""
    return client.get(agreed(lead_there(client.post("/sign-on", {"next": where}))))


def lead_there(answer: Any) -> str:
    """Where the page leads that the button brings: no redirect, which the content policy would hold to our host."""
    text = text_of(answer)
    assert answer.status_code == 200, text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', text)
    assert found, text
    assert f'href="{found[1]}"' in text, "a link for browsers that stay"
    assert "no-store" in answer.headers["Cache-Control"]
    return html.unescape(found[1])


def agreed(there: str) -> str:
    """Agree at the provider, on whatever hosts its pages are; the path that leads back here."""
    while not there.startswith("http://127.0.0.1:8017/"):
        there = httpx2.get(there).headers["Location"]
    assert there.startswith("http://127.0.0.1:8017/sign-on/back?"), there
    return there.removeprefix("http://127.0.0.1:8017")


def logged_in_as(client: Client) -> str:
    """Who a client is logged in as; nobody is an empty text."""
    pk = client.session.get("_auth_user_id")
    return User.objects.get(pk=pk).username if pk else ""


def test_a_member_comes_in_and_is_known_the_next_time(shop: Any, running: Provider) -> None:
    client = Client()
    assert "Log in with Kaffewerk login" in text_of(client.get("/login"))
    answer = came_back(client, "/orders")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/orders")
    assert logged_in_as(client) == ANN
    assert running.asked[0]["code_challenge_method"] == "S256"
    told = Event.objects.filter(entity="users").order_by("pk").values_list("operation", "after__by")
    assert list(told) == [("signOnLinked", None), ("loggedIn", "single sign-on")]
    # From now on the provider's own number counts, whatever the address there becomes.
    running.claims |= {"email": "other@kaffewerk.test", "email_verified": False}
    again = Client()
    came_back(again)
    assert logged_in_as(again) == ANN
    assert SocialAccount.objects.count() == 1


def test_a_password_of_before_opens_nothing_any_more(shop: Any, running: Provider) -> None:
    """Whoever took up the invitation of somebody else's address knows it."""
    before = Client()
    before.force_login(User.objects.get(username=ANN))
    assert before.get("/orders").status_code == 200
    came_back(Client())
    assert before.get("/orders").status_code == 302
    assert not User.objects.get(username=ANN).has_usable_password()
    events = Event.objects.filter(entity="users", operation="signOnLinked").count()
    came_back(Client())
    assert Event.objects.filter(entity="users", operation="signOnLinked").count() == events


def test_without_a_provider_there_is_nothing(shop: Any) -> None:
    assert "/sign-on" not in text_of(Client().get("/login"))
    assert Client().post("/sign-on").status_code == 404
    assert Client().get("/sign-on/back?code=1&state=2").status_code == 404


@pytest.mark.parametrize("verified", [False, "false", None])
def test_an_address_that_the_provider_has_not_confirmed_opens_nothing(
    verified: object, shop: Any, running: Provider
) -> None:
    running.claims["email_verified"] = verified
    client = Client()
    answer = came_back(client)
    assert answer.status_code == 403
    assert "has been confirmed" in text_of(answer)
    assert not logged_in_as(client)
    assert not SocialAccount.objects.exists()


def test_a_stranger_stays_outside(shop: Any, running: Provider) -> None:
    running.claims["email"] = "eve@evil.test"
    client = Client()
    answer = came_back(client)
    assert answer.status_code == 403
    assert "Ask an administrator for an invitation" in text_of(answer)
    assert not logged_in_as(client)
    assert not User.objects.filter(email="eve@evil.test").exists()


def test_an_invited_person_joins_without_a_password(shop: Any, running: Provider) -> None:
    invite(shop.organization, "bob@kaffewerk.test", "developer", author="crossdock")
    running.claims |= {"email": "Bob@Kaffewerk.test", "given_name": "Bob", "family_name": "Builder"}
    client = Client()
    assert came_back(client).status_code == 302
    bob = User.objects.get(username="bob@kaffewerk.test")
    assert logged_in_as(client) == bob.username
    assert bob.get_full_name() == "Bob Builder"
    assert not bob.has_usable_password()
    assert Membership.objects.get(user=bob).role == "developer"
    # A password may be set as a second way in, without the one that there is not.
    assert "no password here" in text_of(client.get("/account/password"))


def test_a_member_is_not_taken_into_another_organization_unasked(
    shop: Any, other_shop: Any, running: Provider
) -> None:
    invitation, _ = invite(other_shop.organization, ANN, "user", author="crossdock")
    client = Client()
    came_back(client)
    assert logged_in_as(client) == ANN
    assert [one.organization for one in Membership.objects.filter(user=shop.user)] == [shop.organization]
    invitation.refresh_from_db()
    assert invitation.accepted_at is None, "the link is still there to be followed"


def test_without_a_password_a_way_in_beside_the_provider_needs_a_login_of_just_now(
    shop: Any, running: Provider
) -> None:
    """Else a browser that was left open for a minute is enough to come in past the provider from then on."""
    client, new = Client(), "another sentence here"
    with time_machine.travel("2026-11-20T12:00:00Z") as clock:
        came_back(client)
        assert client.get("/account/two-factor/set-up").status_code == 200
        clock.shift(14 * 60)
        assert client.get("/account/password").status_code == 200
        clock.shift(2 * 60)
        form = {"password": new, "again": new, "email": "eve@evil.test"}
        for address in ("password", "email", "two-factor/set-up", "two-factor/passkeys/add"):
            answer = client.post(f"/account/{address}", form)
            assert (answer.status_code, client.get(f"/account/{address}").status_code) == (403, 403), address
            assert "Log in once more" in text_of(answer)
        TOTP.activate(shop.user, "JBSWY3DPEHPK3PXP")
        asked = client.post("/account/password", form)
        assert asked.headers["Location"] == "/account/confirm?next=%2Faccount%2Fpassword"
    ann = User.objects.get(pk=shop.user.pk)
    assert (ann.username, ann.has_usable_password()) == (ANN, False)


def test_a_former_member_stays_outside(shop: Any, running: Provider, sample: ModuleType) -> None:
    came_back(Client())
    sample.member(shop.organization, "bob@kaffewerk.test")
    Membership.objects.filter(user=shop.user).update(active=False)
    client = Client()
    assert came_back(client).status_code == 403
    assert not logged_in_as(client)
    Membership.objects.filter(user=shop.user).delete()
    assert came_back(client).status_code == 403
    User.objects.filter(pk=shop.user.pk).update(is_active=False)
    assert "switched off" in text_of(came_back(client))
    assert not logged_in_as(client)


def test_an_address_that_was_typed_in_here_is_not_linked(shop: Any, running: Provider) -> None:
    EmailAddress.objects.create(user=shop.user, email=ANN, verified=False)
    client = Client()
    assert came_back(client).status_code == 403
    assert not logged_in_as(client)


def test_the_second_factor_is_still_asked_for(shop: Any, running: Provider, rf: Any) -> None:
    TOTP.activate(shop.user, "JBSWY3DPEHPK3PXP")
    client = Client()
    assert came_back(client).headers["Location"] == "/login/code"
    assert not logged_in_as(client)


def forged(one: Provider) -> None:
    """Signed with a key that is not the provider's."""
    one.published = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def unsigned(one: Provider) -> None:
    """Not signed at all."""
    one.algorithm = "none"


def shared(one: Provider) -> None:
    """Signed with a secret instead of a key."""
    one.algorithm = "HS256"


def for_another(one: Provider) -> None:
    """Made for another application."""
    one.audience = "another-application"


def other_issuer(one: Provider) -> None:
    """Described as another issuer."""
    one.named_issuer = "https://evil.test"


def too_old(one: Provider) -> None:
    """Long expired."""
    one.claims["exp"] = 1


def other_person(one: Provider) -> None:
    """With a userinfo about somebody else."""
    del one.claims["email"]
    one.userinfo = {"sub": "43", "email": ANN, "email_verified": True}


@pytest.mark.parametrize("fault", [forged, unsigned, shared, for_another, too_old, other_person])
def test_what_is_no_proof_opens_nothing(fault: Any, shop: Any, running: Provider) -> None:
    fault(running)
    client = Client()
    answer = came_back(client)
    assert answer.status_code == 400
    assert "You were not logged in" in text_of(answer)
    assert not logged_in_as(client)


def test_another_issuer_is_not_believed(shop: Any, running: Provider) -> None:
    other_issuer(running)
    assert Client().post("/sign-on").status_code == 502


def test_what_the_userinfo_adds_about_the_same_person_counts(shop: Any, running: Provider) -> None:
    del running.claims["email"], running.claims["email_verified"]
    running.userinfo = {"sub": "42", "email": ANN, "email_verified": True}
    client = Client()
    came_back(client)
    assert logged_in_as(client) == ANN


def test_the_way_back_is_bound_to_the_session_that_began(shop: Any, running: Provider) -> None:
    back = agreed(lead_there(Client().post("/sign-on")))
    stranger = Client()
    assert stranger.get(back).status_code == 400
    assert not logged_in_as(stranger)
    assert stranger.get("/sign-on/back").status_code == 400


def test_going_away_there_is_no_fault(shop: Any, running: Provider) -> None:
    running.deny = True
    answer = came_back(Client())
    assert "It was cancelled there" in text_of(answer)


def test_nobody_is_sent_elsewhere_afterwards(shop: Any, running: Provider) -> None:
    for evil in ("https://evil.test/", "//evil.test", "/\\evil.test"):
        assert came_back(Client(), evil).headers["Location"] == "/"


def test_a_provider_that_does_not_answer_is_said(shop: Any, settings: Any) -> None:
    silent = SignOn("http://127.0.0.1:9", CLIENT, SECRET)
    settings.CROSSDOCK = replace(settings.CROSSDOCK, sign_on=silent)
    answer = Client().post("/sign-on")
    assert answer.status_code == 502
    assert "log in with your password" in text_of(answer)


def test_the_login_pages_of_a_provider_may_be_on_any_host(shop: Any, running: Provider) -> None:
    running.login_page = running.issuer.replace("127.0.0.1", "localhost") + "/login"
    client = Client()
    page = client.post("/sign-on")
    allowed = page.headers["Content-Security-Policy"].split("form-action ")[1].split(";")[0].split()
    assert allowed[0] == "'self'"
    assert not [host for host in allowed if "127.0.0.1" in host or "localhost" in host], "no form leads there"
    client.get(agreed(lead_there(page)))
    assert logged_in_as(client) == ANN


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_a_description_that_leads_astray_is_not_believed(
    endpoint: str, shop: Any, running: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = running.describe() | {endpoint: "javascript:alert(1)"}
    monkeypatch.setattr(running, "describe", lambda: wrong)
    assert Client().post("/sign-on").status_code == 502
