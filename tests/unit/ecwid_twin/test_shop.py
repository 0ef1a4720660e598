"""The shop around it: profile, statistics, storage, shipping options."""

from __future__ import annotations

from tests.unit.ecwid_twin.conftest import Caller


def test_the_profile_is_written_in_part(call: Caller) -> None:
    before = call.get("/profile")
    body = {"formatsAndUnits": {"currency": "USD", "currencyPrecision": 9}, "featureToggles": []}
    assert call.put("/profile", body) == {"updateCount": 1}
    after = call.get("/profile")
    assert after["formatsAndUnits"] == {**before["formatsAndUnits"], "currency": "USD"}
    assert after["featureToggles"] == before["featureToggles"]
    assert call.events() == ["profile.updated"]


def test_the_profile_is_pruned(call: Caller) -> None:
    got = call.get("/profile?responseFields=generalInfo(storeId,storeUrl),languages(defaultLanguage)")
    assert got == {
        "generalInfo": {"storeId": 1003, "storeUrl": "https://store1003.company.site/products"},
        "languages": {"defaultLanguage": "en"},
    }


def test_limits_need_their_scope(call: Caller) -> None:
    call.twin.store.profile.doc["account"]["limitsAndRestrictions"] = {"maxProductLimit": 5}
    assert call.get("/profile?responseFields=account(limitsAndRestrictions)")["account"]
    call.control.set_scopes(call.token, ("read_store_profile",))
    assert call.get("/profile?responseFields=account(limitsAndRestrictions)") == {"account": {}}


def test_statistics_follow_writes(call: Caller) -> None:
    before = call.get("/latest-stats")
    call.control.advance(60)
    call.post("/products", {"name": "Mug"})
    after = call.get("/latest-stats?productCountRequired=true")
    assert after["productsUpdated"] == "2025-11-24 16:01:00 +0000"
    assert after["ordersUpdated"] == before["ordersUpdated"]
    assert after["productCountRequired"] == 1


def test_storage_keeps_raw_bodies(call: Caller) -> None:
    answer = call("POST", "/storage/my%20key", raw=b"not json", content_type="text/plain")
    assert answer.json == {"updateCount": 1}
    assert call.get("/storage/my%20key") == {"key": "my key", "value": "not json"}
    assert call.get("/storage") == [{"key": "my key", "value": "not json"}]
    assert call("DELETE", "/storage/my%20key").json == {"deleteCount": 1}
    missing = call("GET", "/storage/my%20key")
    assert (missing.status, missing.json) == (404, {"error": "OTHER", "errorMessage": "Key not found"})


def test_shipping_options(call: Caller) -> None:
    made = call.post("/profile/shippingOptions", {"title": "Bike courier", "fulfilmentType": "delivery"})[
        "id"
    ]
    assert "-" in made
    call.put(f"/profile/shippingOptions/{made}", {"locationId": "outlet-1"})
    found = next(row for row in call.get("/profile/shippingOptions") if row["id"] == made)
    assert found["locationId"] == "outlet-1"
    assert call("DELETE", f"/profile/shippingOptions/{made}").json == {"deleteCount": 1}
    assert call("POST", "/profile/shippingOptions", {}).json["errorCode"] == "SHIPPING_OPTION_TITLE_REQUIRED"
    assert call("PUT", f"/profile/shippingOptions/{made}", {}).status == 404


def test_the_app_is_active(call: Caller) -> None:
    assert call.get("/application")["subscriptionStatus"] == "ACTIVE"


def test_customers_coupons_and_types(call: Caller) -> None:
    for path in ("customers", "discount_coupons", "classes"):
        number = call.post(f"/{path}", {"name": "One", "email": "a@example.com"})["id"]
        assert call.put(f"/{path}/{number}", {"name": "Two"}) == {"updateCount": 1}
        assert call.get(f"/{path}/{number}")["name"] == "Two"
        assert call("DELETE", f"/{path}/{number}").json == {"deleteCount": 1}
        assert call("GET", f"/{path}/{number}").status == 404
    assert call.get("/discount_coupons/deleted") == call.get("/coupons/deleted")
    assert call.get("/coupons/deleted")["total"] == 1
