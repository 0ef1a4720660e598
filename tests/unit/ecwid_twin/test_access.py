"""Tokens, scopes, plans and call limits."""

from __future__ import annotations

import pytest
from tests.unit.ecwid_twin.conftest import Caller, make


def test_a_made_up_token_gets_403_with_an_empty_body(call: Caller) -> None:
    answer = call("GET", "/profile", token="secret_nobody")
    assert (answer.status, answer.body) == (403, b"")
    assert call("GET", "/profile", token="").status == 403


def test_the_documented_code_for_a_dead_token_can_be_switched_on(call: Caller) -> None:
    call.control.set(emptyForbidden=False)
    assert call("GET", "/profile", token="secret_nobody").json["errorCode"] == "INVALID_API_TOKEN"


def test_both_transports_and_the_header_first(call: Caller) -> None:
    assert call("GET", f"/profile?token={call.token}", token="").status == 200
    assert call("GET", "/profile?token=secret_nobody").status == 200
    assert call("GET", f"/profile?token={call.token}", token="secret_nobody").status == 403


def test_a_missing_scope_is_told_apart_from_a_dead_token() -> None:
    call = make(token_scopes=("read_orders",))
    answer = call("GET", "/products")
    assert answer.status == 403
    assert answer.json["errorCode"] == "INSUFFICIENT_APP_SCOPE"
    assert call("GET", "/profile").status == 200, "read_store_profile is always granted"
    assert call("PUT", "/orders/X", {}).json["errorCode"] == "INSUFFICIENT_APP_SCOPE"


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("POST", "/orders", "create_orders"),
        ("PUT", "/orders/1", "update_orders"),
        ("POST", "/products", "create_catalog"),
        ("PUT", "/products/1", "update_catalog"),
        ("DELETE", "/products", "update_catalog_batch_delete"),
        ("PUT", "/profile", "update_store_profile"),
        ("GET", "/customers", "read_customers"),
        ("PUT", "/products/1/combinations/2", "update_catalog"),
    ],
)
def test_the_scope_table_is_enforced(method: str, path: str, needed: str) -> None:
    held = {"read_orders", "read_catalog", "update_orders", "update_catalog"} - {needed}
    answer = make(token_scopes=tuple(held))(method, path, {})
    assert answer.status == 403
    assert needed in answer.json["errorMessage"]


def test_a_public_token_sees_the_storefront_only(sampled: Caller) -> None:
    public = next(token.value for token in sampled.control.tokens() if token.public)
    assert public.startswith("public_")
    profile = sampled("GET", "/profile", token=public).json
    assert "account" not in profile
    assert "featureToggles" not in profile
    assert all("destinationZone" not in option for option in profile["shipping"]["shippingOptions"])
    assert sampled("GET", "/orders", token=public).status == 403
    sampled.put("/products/37208339", {"enabled": False})
    assert sampled("GET", "/products/37208339", token=public).status == 404
    assert sampled("GET", "/products/37208339").status == 200
    shown = sampled("GET", "/products?responseFields=items(id)", token=public).json["items"]
    assert {"id": 37208339} not in shown
    assert set(sampled("GET", "/latest-stats", token=public).json) == {"productsUpdated", "profileUpdated"}


def test_an_unknown_store_is_404_whatever_the_token(call: Caller) -> None:
    from ecwid_twin.wire.message import Call

    reply, _ = call.twin.handle(Call("GET", "/api/v3/4711/profile"))
    assert reply is not None
    assert (reply.status, reply.body) == (
        404,
        b'{"errorCode":"STORE_NOT_FOUND","errorMessage":"Store not found"}',
    )


def test_402_when_the_plan_has_no_api_or_the_store_is_suspended(call: Caller) -> None:
    call.control.set(apiAvailable=False)
    answer = call("GET", "/orders")
    assert (answer.status, answer.json["errorCode"]) == (402, "NOT_AVAILABLE_ON_CURRENT_PLAN")
    call.control.set(apiAvailable=True, suspended=True)
    assert call("GET", "/orders").json["errorCode"] == "STORE_IS_SUSPENDED"


def test_the_minute_limit_and_its_longer_block() -> None:
    call = make(rate_limit=3)
    assert [call("GET", "/profile").status for _ in range(4)] == [200, 200, 200, 429]
    blocked = call("GET", "/profile")
    assert blocked.json["errorCode"] == "RATE_LIMITED"
    assert blocked.headers["Retry-After"] == "65", "calling on makes the block longer"
    call.control.advance(64)
    assert call("GET", "/profile").status == 429
    call.control.advance(75)
    assert call("GET", "/profile").status == 200


def test_one_counter_per_token() -> None:
    call = make(rate_limit=1)
    other = call.control.issue_token().value
    assert call("GET", "/profile").status == 200
    assert call("GET", "/profile").status == 429
    assert call("GET", "/profile", token=other).status == 200


def test_hammering_with_a_dead_token_blocks_the_address(call: Caller) -> None:
    statuses = {call("GET", "/profile", token="secret_dead").status for _ in range(20)}
    assert statuses == {403}
    assert call("GET", "/profile", token="secret_dead").status == 403
    assert call("GET", "/profile").status == 429, "good tokens from there suffer too"
    assert call("GET", "/profile", ip="192.0.2.1").status == 200
    call.control.advance(120)
    assert call("GET", "/profile").status == 200


def test_a_revoked_token_is_dead_at_once(call: Caller) -> None:
    assert call.control.revoke_token(call.token) == 1
    assert call("GET", "/profile").status == 403


def test_uninstalling_through_the_api_kills_every_token_of_the_app(call: Caller) -> None:
    assert call("DELETE", "/application?namespace=somebody-else").status == 400
    assert call("DELETE", "/application?namespace=custom-app-1003-1").json == {"deleteCount": 1}
    assert call("GET", "/profile").status == 403
    assert "application.uninstalled" in call.events()
