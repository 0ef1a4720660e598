"""The profile: the account with its currency, and the locations that Ecwid does not list."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from crossdock.connectors.contract import Account
from crossdock.connectors.ecwid import translate
from crossdock.connectors.errors import Unreadable

Document = dict[str, object]
Sample = Callable[[str], bytes]


def profile(**sections: object) -> bytes:
    return json.dumps({"generalInfo": {"storeId": 1003}, **sections}).encode()


def formats(**fields: object) -> bytes:
    return profile(formatsAndUnits=fields)


class TestAccount:
    def test_the_sample(self, account: Account) -> None:
        assert (account.account_id, account.name, account.currency) == ("1003", "API Team Store", "EUR")
        assert (account.weight_unit, account.dimensions_unit) == ("KILOGRAM", "CM")
        assert (account.timezone, account.language) == ("Europe/London", "en")
        assert account.admin_url.endswith("/1003")
        assert {"COMBINATIONS", "RANDOM_ORDER_IDS"} <= set(account.features)
        assert "CONSECUTIVE_ORDER_IDS" not in account.features
        assert account.notes == ()

    @pytest.mark.parametrize("name", ["profile_2020_secret_token", "profile_2020_public_token"])
    def test_older_profiles(self, sample: Sample, name: str) -> None:
        found = translate.account(sample(f"profile/{name}.json"), ["read_orders"])
        assert (found.currency, found.scopes) == ("USD", ("read_orders",))

    @pytest.mark.parametrize("currency", [None, "", "€", "EURO"])
    def test_a_currency_is_never_assumed(self, currency: object) -> None:
        found = translate.account(formats(currency=currency), [])
        assert found.currency == ""
        assert "names no currency" in found.notes[0]

    @pytest.mark.parametrize(("currency", "precision"), [("JPY", 0), ("EUR", 2), ("KWD", 3)])
    @pytest.mark.parametrize("given", [None, -1, 99])
    def test_a_missing_precision_is_the_currencys_own_and_said(
        self, currency: str, precision: int, given: object
    ) -> None:
        found = translate.account(formats(currency=currency, currencyPrecision=given), [])
        assert found.currency_precision == precision
        assert "ISO 4217" in found.notes[0]

    def test_the_stores_precision_counts(self) -> None:
        assert translate.account(formats(currency="JPY", currencyPrecision=2), []).currency_precision == 2

    def test_a_suspended_store_is_noted(self) -> None:
        found = translate.account(profile(account={"suspended": True}, settings={"closed": True}), [])
        assert any("suspended" in note for note in found.notes)
        assert any("closed" in note for note in found.notes)

    @pytest.mark.parametrize("body", [b"{}", b'{"generalInfo":{"storeId":0}}', b"<html>", b"[]"])
    def test_a_profile_must_say_which_store(self, body: bytes) -> None:
        with pytest.raises(Unreadable):
            translate.account(body, [])


class TestLocations:
    def test_one_from_the_profile_with_the_ship_from_address(self, sample: Sample) -> None:
        default, pickup = (
            one.record for one in translate.locations(sample("profile/profile.json"), frozenset())
        )
        assert (default.ext_location_id, default.is_default, default.kind) == ("default", True, "stock")
        assert default.name == "Ecwid API Team Store"
        assert default.address is not None
        assert (default.address.city, default.address.country) == ("Oirschot", "NL")
        assert (pickup.ext_location_id, pickup.kind, pickup.name) == (
            "4959-1595934622523",
            "pickup",
            "Pickup",
        )

    def test_the_company_stands_in_for_a_missing_origin(self) -> None:
        company = {"companyName": "Acme", "street": "1 Road\nUnit 2", "countryCode": "US"}
        [default] = translate.locations(
            profile(company=company, shipping={"shippingOrigin": {"city": "X"}}), frozenset()
        )
        assert default.record.address is not None
        assert (default.record.address.address1, default.record.address.address2) == ("1 Road", "Unit 2")

    def test_ids_met_elsewhere_are_outlets_in_a_stable_order(self) -> None:
        options = [{"id": "p", "fulfilmentType": "pickup", "locationId": 7, "title": "Shop"}]
        found = translate.locations(
            profile(shipping={"shippingOptions": options}), frozenset({"b", "a", "default"})
        )
        assert [(one.record.ext_location_id, one.record.kind) for one in found] == [
            ("default", "stock"),
            ("7", "stock"),
            ("a", "stock"),
            ("b", "stock"),
            ("p", "pickup"),
        ]
        assert [one.record.named for one in found] == [False, False, False, False, True]
        assert "location 7" in found[-1].record.note

    def test_pickup_instructions_become_plain_words(self) -> None:
        option = {
            "id": "p",
            "fulfillmentType": "PICKUP",
            "enabled": False,
            "pickupInstruction": "<p>Ring &amp; wait</p><br>",
        }
        point = translate.locations(profile(shipping={"shippingOptions": [option]}), frozenset())[-1]
        assert (point.record.note, point.record.active) == ("Ring & wait", False)
        assert [one.code for one in point.notices] == ["locationUnnamed"]

    def test_a_profile_without_anything_still_has_its_location(self) -> None:
        [default] = translate.locations(profile(), frozenset())
        assert (default.record.named, default.record.address) == (False, None)
        assert [one.code for one in default.notices] == ["locationAddressMissing"]
