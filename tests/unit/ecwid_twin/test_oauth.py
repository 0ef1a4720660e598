"""The OAuth flow: consent page, codes, token exchange, installation from the market."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from tests.unit.ecwid_twin.conftest import Caller, make

from ecwid_twin.access import oauth
from ecwid_twin.config import CLIENT_SECRET
from ecwid_twin.wire.message import Call, Reply, decode

BACK = "http://127.0.0.1:8000/oauth/callback"


@pytest.fixture
def app() -> Caller:
    return make(redirect_uris=["http://127.0.0.1:8000/oauth"])


def ask(**changes: str) -> dict[str, str]:
    return {
        "client_id": "crossdock-dev",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "read_orders read_catalog public_storefront",
        **changes,
    }


def authorize(app: Caller, method: str = "GET", **values: str) -> Reply:
    body = urlencode(values).encode() if method == "POST" else b""
    query = values if method == "GET" else {}
    return oauth.handle(app.twin, Call(method, "/api/oauth/authorize", query, {}, body))


def allow(app: Caller, **changes: str) -> str:
    reply = authorize(app, "POST", **ask(**changes), decision="allow")
    assert reply.status == 302
    return parse_qs(urlsplit(reply.headers["Location"]).query)["code"][0]


def exchange(app: Caller, issued: str, method: str = "POST", **changes: str) -> tuple[int, dict[str, object]]:
    values = {
        "client_id": "crossdock-dev",
        "client_secret": CLIENT_SECRET,
        "code": issued,
        "redirect_uri": BACK,
        "grant_type": "authorization_code",
        **changes,
    }
    body = urlencode(values).encode() if method == "POST" else b""
    reply = oauth.handle(
        app.twin, Call(method, "/api/oauth/token", values if method == "GET" else {}, {}, body)
    )
    return reply.status, decode(reply.body)


def test_the_consent_page_escapes_what_it_shows_and_loads_nothing(app: Caller) -> None:
    reply = authorize(app, **ask(state='"><script>alert(1)</script>'))
    page = reply.body.decode()
    assert reply.status == 200
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert 'value="allow"' in page
    assert 'value="deny"' in page
    assert "src=" not in page
    assert "href=" not in page


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_code_becomes_a_token_by_get_and_by_post(app: Caller, method: str) -> None:
    status, body = exchange(app, allow(app), method)
    assert status == 200
    assert body["token_type"] == "Bearer"
    assert body["store_id"] == 1003
    assert body["email"]
    assert str(body["access_token"]).startswith("secret_")
    assert str(body["public_token"]).startswith("public_")
    assert str(body["scope"]).split() == [
        "read_store_profile",
        "read_orders",
        "read_catalog",
        "public_storefront",
    ]
    assert app("GET", "/profile", token=str(body["access_token"])).status == 200
    assert "application.installed" in app.events()


def test_state_is_echoed_verbatim(app: Caller) -> None:
    reply = authorize(app, "POST", **ask(state="a b&c=ü"), decision="allow")
    assert parse_qs(urlsplit(reply.headers["Location"]).query)["state"] == ["a b&c=ü"]
    assert "state" not in authorize(app, "POST", **ask(), decision="allow").headers["Location"]


def test_deny(app: Caller) -> None:
    reply = authorize(app, "POST", **ask(), decision="deny")
    assert reply.headers["Location"] == f"{BACK}?error=access_denied"


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "http://evil.example/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1:8000/oauthx"},
        {"redirect_uri": "http://127.0.0.1:8000/oauth/../admin"},
        {"response_type": "token"},
        {"scope": "read_orders fly_to_the_moon"},
        {"scope": ""},
    ],
)
def test_a_wrong_request_shows_a_page_and_never_redirects(app: Caller, wrong: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        reply = authorize(app, method, **ask(**wrong))
        assert reply.status == 400
        assert "Location" not in reply.headers


def test_a_second_exchange_fails_and_kills_the_first_token(app: Caller) -> None:
    code = allow(app)
    _, body = exchange(app, code)
    token = str(body["access_token"])
    assert app("GET", "/profile", token=token).status == 200
    assert exchange(app, code) == (
        400,
        {
            "error": "invalid_grant",
            "error_description": "Authorization code was used already; its token is disabled",
        },
    )
    assert app("GET", "/profile", token=token).status == 403


def test_a_code_lives_five_minutes(app: Caller) -> None:
    code = allow(app)
    app.control.advance(301)
    assert exchange(app, code)[1]["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"redirect_uri": BACK + "/other"}, 400, "invalid_grant"),
        ({"redirect_uri": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"code": "made-up"}, 400, "invalid_grant"),
    ],
)
def test_a_wrong_exchange(app: Caller, change: dict[str, str], status: int, error: str) -> None:
    got, body = exchange(app, allow(app), **change)
    assert (got, body["error"]) == (status, error)


def test_reinstalling_gives_a_new_token_and_kills_the_old(app: Caller) -> None:
    first = str(exchange(app, allow(app))[1]["access_token"])
    second = str(exchange(app, allow(app))[1]["access_token"])
    assert first != second
    assert app("GET", "/profile", token=first).status == 403
    assert app("GET", "/profile", token=second).status == 200
    assert app("GET", "/profile").status == 200, "the custom app's token is another app's"


def test_installing_from_the_market_has_no_state_and_no_email(app: Caller) -> None:
    where = app.control.market_install(("read_orders",), BACK)
    query = parse_qs(urlsplit(where).query)
    assert set(query) == {"code"}
    status, body = exchange(app, query["code"][0])
    assert status == 200
    assert "email" not in body
    with pytest.raises(ValueError, match="not registered"):
        app.control.market_install(("read_orders",), "http://evil.example/")


def test_fewer_scopes_than_asked_for_can_be_granted(app: Caller) -> None:
    app.control.set(grantOnly="read_catalog")
    _, body = exchange(app, allow(app))
    assert body["scope"] == "read_store_profile read_catalog"
