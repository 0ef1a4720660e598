"""Connecting: the consent page, the one exchange of a code, and credentials typed by hand."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from scripted_ecwid import STORE, TOKEN, Ecwid, answer

from crossdock.connectors.contract import Grant
from crossdock.connectors.ecwid.auth import SCOPES, EcwidOAuth, checked
from crossdock.connectors.errors import Refused, Retry

Sample = Callable[[str], bytes]
BACK = "https://hub.test/connect/ecwid"
GRANTED = {"access_token": TOKEN, "token_type": "Bearer", "scope": " ".join(SCOPES), "store_id": 1003}


@pytest.fixture
def ecwid() -> Ecwid:
    return Ecwid()


def exchange(ecwid: Ecwid, *answers: httpx2.Response | Exception) -> Grant:
    ecwid.on("POST", "/api/oauth/token", *answers)
    return EcwidOAuth().exchange(ecwid.services, "code-1", BACK)


class TestAuthorize:
    def test_the_consent_page_gets_all_it_needs(self, ecwid: Ecwid) -> None:
        url = urlsplit(EcwidOAuth().authorize_url(ecwid.config, BACK, "st te&1"))
        assert f"{url.scheme}://{url.netloc}{url.path}" == "https://ecwid.test/api/oauth/authorize"
        assert parse_qs(url.query) == {
            "client_id": ["app-1"],
            "redirect_uri": [BACK],
            "response_type": ["code"],
            "scope": [" ".join(SCOPES)],
            "state": ["st te&1"],
        }

    @pytest.mark.parametrize("key", ["client_id", "client_secret"])
    def test_a_missing_app_is_named(self, ecwid: Ecwid, key: str) -> None:
        config = ecwid.config | {key: ""}
        with pytest.raises(Refused) as caught:
            EcwidOAuth().authorize_url(config, BACK, "s")
        assert caught.value.field == f"CROSSDOCK_ECWID_{key.upper()}"

    def test_the_real_address_is_the_default(self) -> None:
        url = EcwidOAuth().authorize_url({"client_id": "a", "client_secret": "b"}, BACK, "")
        assert url.startswith("https://my.ecwid.com/api/oauth/authorize?")
        assert "state=" not in url


class TestExchange:
    def test_a_code_becomes_a_grant(self, ecwid: Ecwid) -> None:
        grant = exchange(ecwid, answer(GRANTED))
        assert (grant.account_id, grant.scopes) == ("1003", SCOPES)
        assert checked(grant.credentials) == (STORE, TOKEN, SCOPES)
        (asked,) = ecwid.asked
        assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert isinstance(asked.body, bytes)
        assert parse_qs(asked.body.decode()) == {
            "client_id": ["app-1"],
            "client_secret": ["s3cr3t-of-the-app"],
            "code": ["code-1"],
            "redirect_uri": [BACK],
            "grant_type": ["authorization_code"],
        }
        assert asked.query == {}

    def test_no_secret_is_shown(self, ecwid: Ecwid) -> None:
        grant = exchange(ecwid, answer(GRANTED))
        shown = f"{grant!r}{ecwid.gate.calls!r}{checked(grant.credentials)!r}"
        assert TOKEN not in shown
        assert "s3cr3t" not in shown
        assert "code-1" not in shown
        assert ecwid.gate.calls[0].path == "/api/oauth/token"

    @pytest.mark.parametrize(
        "change",
        [
            {"token_type": "bearer"},
            {"token_type": "BEARER"},
            {"store_id": "1003"},
            {"scope": "read_catalog,update_catalog create_catalog read_orders update_orders"},
        ],
    )
    def test_spellings_do_not_matter(self, ecwid: Ecwid, change: dict[str, object]) -> None:
        assert exchange(ecwid, answer(GRANTED | change)).account_id == "1003"

    def test_a_scope_that_is_always_granted_need_not_be_listed(self, ecwid: Ecwid) -> None:
        listed = " ".join(scope for scope in SCOPES if scope != "read_store_profile")
        assert set(exchange(ecwid, answer(GRANTED | {"scope": listed})).scopes) == set(SCOPES)

    @pytest.mark.parametrize("name", ["token_response_full_flow_2020", "token_response_market_install_2020"])
    def test_missing_scopes_are_listed(self, ecwid: Ecwid, sample: Sample, name: str) -> None:
        with pytest.raises(Refused) as caught:
            exchange(ecwid, answer(sample(f"auth/{name}.json")))
        assert caught.value.code == "insufficientScope"
        assert "read_catalog, create_catalog, read_orders, update_orders" in caught.value.reason
        assert "read_store_profile" not in caught.value.reason

    def test_the_current_sample(self, ecwid: Ecwid, sample: Sample) -> None:
        grant = exchange(ecwid, answer(sample("composed/auth/token_response_current.json")))
        assert grant.credentials["token"].startswith("secret_")
        assert "public_storefront" in grant.scopes

    @pytest.mark.parametrize(
        "lost",
        [
            httpx2.ReadTimeout("slow"),
            httpx2.RemoteProtocolError("gone"),
            answer(b"", 502),
            answer(b"", 408),
            answer(b"<html>"),
            answer(b""),
            answer({}),
            answer([]),
            answer(b"{", 200),
            answer({}, 302),
            answer(GRANTED | {"access_token": ""}),
            answer(GRANTED | {"access_token": None}),
            answer(GRANTED | {"access_token": "two words"}),
            answer(GRANTED | {"store_id": True}),
            answer(GRANTED | {"store_id": None}),
            answer(GRANTED | {"store_id": "1003/../1004"}),
        ],
    )
    def test_a_lost_answer_is_never_asked_for_again(
        self, ecwid: Ecwid, lost: httpx2.Response | Exception
    ) -> None:
        with pytest.raises(Refused) as caught:
            exchange(ecwid, lost)
        assert caught.value.code == "tokenAnswerLost"
        assert "again" in caught.value.reason
        assert len(ecwid.asked) == 1

    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            ("invalid_grant", 400, "codeExpired"),
            ("invalid_grant", 200, "codeExpired"),
            ("invalid_client", 401, "appUnknown"),
            ("access_denied", 400, "consentDenied"),
            ("invalid_request", 400, "tokenRefused"),
            ("", 401, "appUnknown"),
            ("", 403, "tokenRefused"),
        ],
    )
    def test_refusals_say_what_to_do(self, ecwid: Ecwid, error: str, status: int, code: str) -> None:
        body = {"error": error, "error_description": "As it is"} if error else {}
        with pytest.raises(Refused) as caught:
            exchange(ecwid, answer(body, status))
        assert caught.value.code == code
        assert not error or "As it is" in caught.value.reason
        assert len(ecwid.asked) == 1

    def test_an_unknown_kind_of_token_is_refused(self, ecwid: Ecwid) -> None:
        with pytest.raises(Refused) as caught:
            exchange(ecwid, answer(GRANTED | {"token_type": "mac"}))
        assert caught.value.code == "tokenTypeUnknown"

    def test_what_was_never_sent_did_not_use_the_code(self, ecwid: Ecwid) -> None:
        with pytest.raises(Refused, match="not used") as caught:
            exchange(ecwid, httpx2.ConnectError("refused"))
        assert caught.value.code == "unreachable"
        ecwid.gate.closed = Retry("The budget is used up.", code="budget")
        with pytest.raises(Refused, match="not used"):
            exchange(ecwid, answer(GRANTED))
        assert len(ecwid.asked) == 1

    def test_an_empty_code_is_not_sent(self, ecwid: Ecwid) -> None:
        with pytest.raises(Refused):
            EcwidOAuth().exchange(ecwid.services, " ", BACK)
        assert ecwid.asked == []


class TestTypedCredentials:
    def test_good_ones_are_trimmed(self) -> None:
        assert checked({"store_id": " 1003 ", "token": f" {TOKEN}\n"}) == (STORE, TOKEN, None)

    @pytest.mark.parametrize(
        "store_id", ["", " ", "0", "-1", "abc", "10 03", "1003/", "12.5", "01003", "9" * 30]
    )
    def test_a_store_id_is_a_number(self, store_id: str) -> None:
        with pytest.raises(Refused) as caught:
            checked({"store_id": store_id, "token": TOKEN})
        assert (caught.value.code, caught.value.field) == ("badCredentials", "store_id")

    @pytest.mark.parametrize(
        ("token", "remedy"),
        [
            ("", "missing"),
            ("public_" + "a" * 32, "public token"),
            ("secret_ab cd", "space"),
            ("secret_ab\ncd", "space"),
            ("12345678901234567890", "secret_"),
            ("secret_", "secret_"),
            ("secret_ümlaut-token", "secret_"),
            ("Bearer secret_abcdefghijkl", "space"),
        ],
    )
    def test_a_malformed_token_is_named_with_its_remedy(self, token: str, remedy: str) -> None:
        with pytest.raises(Refused, match=remedy) as caught:
            checked({"store_id": STORE, "token": token})
        assert caught.value.field == "token"
        assert len(token) < 10 or token not in caught.value.reason

    def test_missing_fields_are_named(self) -> None:
        with pytest.raises(Refused) as caught:
            checked({})
        assert caught.value.field == "store_id"

    def test_a_token_from_oauth_may_look_otherwise(self) -> None:
        assert checked({"store_id": STORE, "token": "secure_1-2", "origin": "oauth"}).token == "secure_1-2"
