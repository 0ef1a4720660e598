"""Passkeys as a second factor, with a key made of software."""

from __future__ import annotations

import base64
import html
import json
import random
import re
from typing import Any

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from soft_key import SoftKey, packed
from tests.unit.portal.reading import text_of

from crossdock.hub.organizations import set_organization
from crossdock.portal.identity.passkey_forms import NO_ANSWER
from crossdock.portal.identity.passkeys import UNREADABLE, ask_for_new, made
from crossdock.portal.models import FailedLogin

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


DEEP = "[" * 9_000 + "]" * 9_000
NUMBER = '{"id": ' + "9" * 5_000 + "}"
LONG = json.dumps({"id": "x" * 3_000_000})


def nested(answer: str) -> str:
    """A registration whose binary part is nested thousands deep."""
    told = json.loads(answer)
    told["response"]["attestationObject"] = packed(b"\x81" * 9_000 + b"\x01")
    return json.dumps(told)


def test_what_is_nested_too_deep_or_too_long_is_said_plainly(shop: Any) -> None:
    client, key = added(shop)
    asked = Client(HTTP_HOST="localhost")
    asked.post("/login", {"username": shop.user.username, "password": PASSWORD})
    options = options_on(text_of(asked.get("/login/code")))
    for answer in (DEEP, NUMBER, nested(key.get(options))):
        refused = asked.post("/login/code", {"credential": answer})
        assert refused.status_code == 200
        assert "Try again" in text_of(refused)
        FailedLogin.objects.all().delete()
    # What is longer than any form of ours is refused before it is read.
    assert asked.post("/login/code", {"credential": LONG}).status_code == 400
    options = options_on(text_of(client.get("/account/two-factor/passkeys/add")))
    for answer in (DEEP, NUMBER, nested(key.create(options))):
        refused = client.post("/account/two-factor/passkeys/add", {"name": "x", "credential": answer})
        assert refused.status_code == 200
        assert NO_ANSWER in html.unescape(text_of(refused))
        assert answer[:200] not in text_of(refused)
        assert client.post("/account/confirm/passkey", {"credential": answer}).status_code == 400
        FailedLogin.objects.all().delete()
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_any_damage_to_an_answer_is_no_answer(shop: Any, rf: Any) -> None:
    """Bytes of the binary parts changed at random, as somebody would who looks for a way to break the reading."""
    key, chance = SoftKey("localhost", "http://localhost"), random.Random(1)
    request = rf.get("/", HTTP_HOST="localhost")
    request.session = {}
    with request_context(request):
        answer = json.loads(key.create(ask_for_new(shop.user)))
        assert made(answer)["id"] == packed(key.id)
        whole = base64.urlsafe_b64decode(answer["response"]["attestationObject"] + "==")
        for _ in range(400):
            ask_for_new(shop.user)
            broken = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            told = answer | {"response": answer["response"] | {"attestationObject": packed(bytes(broken))}}
            with pytest.raises(UNREADABLE):
                made(told)


def test_a_kept_passkey_holds_what_is_needed_and_no_more(shop: Any) -> None:
    client, _ = added(shop)
    key = SoftKey("localhost", "http://localhost")
    options = options_on(text_of(client.get("/account/two-factor/passkeys/add")))
    told = json.loads(key.create(options)) | {
        "clientExtensionResults": {"x": "\ud800 \u0000"},
        "more": "x" * 900,
    }
    answer = client.post("/account/two-factor/passkeys/add", {"name": "Key", "credential": json.dumps(told)})
    assert answer.status_code == 302, text_of(answer)
    kept = Authenticator.objects.filter(type="webauthn").latest("pk").data
    assert kept["name"] == "Key"
    assert set(kept["credential"]) == {"id", "rawId", "type", "response", "clientExtensionResults"}
    assert kept["credential"]["clientExtensionResults"] == {}
    tall = {"name": "x" * 61, "credential": "{}"}
    assert "at most 60 characters" in text_of(client.post("/account/two-factor/passkeys/add", tall))


@pytest.mark.parametrize(
    "damage", [{}, {"credential": {"rawId": 7}}, {"credential": {"response": DEEP}}, [1]]
)
def test_a_damaged_passkey_keeps_nobody_from_the_others(damage: Any, shop: Any) -> None:
    client, key = added(shop)
    broken = Authenticator.objects.create(user=shop.user, type="webauthn", data=damage)
    assert client.get("/account/two-factor").status_code == 200
    assert client.get("/account/two-factor/passkeys/add").status_code == 200
    fresh = Client(HTTP_HOST="localhost")
    fresh.post("/login", {"username": shop.user.username, "password": PASSWORD})
    options = options_on(text_of(fresh.get("/login/code")))
    assert fresh.post("/login/code", {"credential": key.get(options)}).headers["Location"] == "/"
    # Without any other the codes on paper are left, and the page says no more than that.
    Authenticator.objects.filter(type="webauthn").exclude(pk=broken.pk).delete()
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    last = Client(HTTP_HOST="localhost")
    last.post("/login", {"username": shop.user.username, "password": PASSWORD})
    page = last.get("/login/code")
    assert (page.status_code, "data-options" in text_of(page)) == (200, False)
    assert last.post("/login/code", {"credential": "{}"}).status_code == 200
    assert last.post("/login/code", {"code": codes[0]}).headers["Location"] == "/"
    confirm = last.get("/account/confirm/passkey")
    assert (confirm.status_code, "cannot be read" in text_of(confirm)) == (200, True)


def test_a_second_factor_whose_key_is_lost_is_said_plainly(shop: Any, settings: Any) -> None:
    TOTP.activate(shop.user, "JBSWY3DPEHPK3PXP")
    Authenticator.objects.filter(user=shop.user).update(data={"secret": "sealed with a key that is gone"})
    client = Client()
    client.post("/login", {"username": shop.user.username, "password": PASSWORD})
    answer = client.post("/login/code", {"code": "123456"})
    assert answer.status_code == 200
    assert "Ask an administrator to reset it" in text_of(answer)


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
