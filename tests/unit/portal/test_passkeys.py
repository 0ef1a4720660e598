"""Passkeys as a second factor, with a key made of software."""

from __future__ import annotations

import html
import re
from typing import Any

from allauth.mfa.models import Authenticator
from django.test import Client
from soft_key import SoftKey
from tests.unit.portal.reading import text_of

from crossdock.hub.organizations import set_organization

PASSWORD = "correct horse battery"


def options_on(text: str) -> str:
    """What a page asks the browser for."""
    found = re.search(r'data-options="([^"]+)"', text)
    assert found
    return html.unescape(found[1])


def added(shop: Any) -> tuple[Client, SoftKey]:
    """A client whose person has added a passkey."""
    client, key = Client(HTTP_HOST="localhost"), SoftKey("localhost", "http://localhost")
    client.force_login(shop.user)
    assert client.get("/account/two-factor/passkeys/add").headers["Location"].startswith("/account/confirm")
    client.post("/account/confirm", {"password": PASSWORD})
    options = options_on(text_of(client.get("/account/two-factor/passkeys/add")))
    form = {"name": "Laptop", "credential": key.create(options)}
    answer = client.post("/account/two-factor/passkeys/add", form)
    assert answer.headers["Location"] == "/account/two-factor/codes", text_of(answer)
    return client, key


def test_a_passkey_is_asked_for_at_login(shop: Any) -> None:
    _, key = added(shop)
    client = Client(HTTP_HOST="localhost")
    answer = client.post("/login", {"username": shop.user.username, "password": PASSWORD})
    assert answer.headers["Location"] == "/login/code"
    options = options_on(text_of(client.get("/login/code")))
    stranger = SoftKey("localhost", "http://localhost")
    stranger.id = key.id
    assert client.post("/login/code", {"credential": stranger.get(options)}).status_code == 200
    assert client.get("/").status_code == 302
    options = options_on(text_of(client.get("/login/code")))
    used = key.get(options)
    assert client.post("/login/code", {"credential": used}).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    again = Client(HTTP_HOST="localhost")
    again.post("/login", {"username": shop.user.username, "password": PASSWORD})
    again.get("/login/code")
    assert again.post("/login/code", {"credential": used}).status_code == 200, "an answer counts once"
    for nonsense in ("", "{}", "[]", "x", '{"id": 1}'):
        assert again.post("/login/code", {"credential": nonsense}).status_code in (200, 429)


def test_an_answer_that_is_none_adds_nothing(shop: Any) -> None:
    client, _ = added(shop)
    client.get("/account/two-factor/passkeys/add")
    for nonsense in (
        "",
        "x",
        "[]",
        "{}",
        '{"id": "AA", "rawId": "AA", "response": {}, "type": "public-key"}',
    ):
        answer = client.post("/account/two-factor/passkeys/add", {"name": "x", "credential": nonsense})
        assert answer.status_code in (200, 302), nonsense
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_another_page_cannot_use_it(shop: Any) -> None:
    _, key = added(shop)
    key.origin = "https://evil.test"
    client = Client(HTTP_HOST="localhost")
    client.post("/login", {"username": shop.user.username, "password": PASSWORD})
    options = options_on(text_of(client.get("/login/code")))
    assert client.post("/login/code", {"credential": key.get(options)}).status_code == 200


def test_it_shows_that_it_is_the_person_themselves(shop: Any) -> None:
    client, key = added(shop)
    fresh = Client(HTTP_HOST="localhost")
    fresh.force_login(shop.user)
    options = options_on(text_of(fresh.get("/account/confirm/passkey")))
    form = {"credential": key.get(options), "next": "/account/two-factor/codes"}
    assert fresh.post("/account/confirm/passkey", form).headers["Location"] == "/account/two-factor/codes"
    assert "Use a passkey instead" in text_of(client.get("/account/confirm"))


def test_it_is_removed_unless_it_is_the_last_and_demanded(shop: Any) -> None:
    client, _ = added(shop)
    pk = Authenticator.objects.get(type="webauthn").pk
    set_organization(shop.organization, {"twoFactor": "required"}, author="crossdock")
    assert client.get("/orders").status_code == 200
    client.post(f"/account/two-factor/passkeys/{pk:016x}/remove")
    assert Authenticator.objects.filter(pk=pk).exists()
    set_organization(shop.organization, {"twoFactor": "optional"}, author="crossdock")
    client.post(f"/account/two-factor/passkeys/{pk:016x}/remove")
    assert not Authenticator.objects.exists(), "the recovery codes go with the last factor"


def test_where_browsers_allow_none_the_page_says_so(browser: Client, shop: Any) -> None:
    page = text_of(browser.get("/account/two-factor", HTTP_HOST="127.0.0.1:8017"))
    assert "only under an https address" in page
    answer = browser.get("/account/two-factor/passkeys/add", HTTP_HOST="127.0.0.1:8017")
    assert answer.headers["Location"] == "/account/two-factor"
