"""A session: opened without a call, probed with few, and complete as the contract asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest
from scripted_ecwid import STORE, TOKEN, Ecwid, answer, refusal

from crossdock.connectors import connector_for, offered
from crossdock.connectors.contract import Entity, Store
from crossdock.connectors.ecwid import ECWID
from crossdock.connectors.ecwid.auth import SCOPES
from crossdock.connectors.errors import Reconnect, Refused, Retry, Unreadable

Sample = Callable[[str], bytes]
CUSTOM = {"store_id": STORE, "token": TOKEN}
BY_OAUTH = CUSTOM | {"origin": "oauth", "scopes": " ".join(SCOPES)}


@pytest.fixture
def ecwid(sample: Sample) -> Ecwid:
    made = Ecwid()
    profile = json.loads(sample("profile/profile.json"))
    profile["generalInfo"]["storeId"] = 1003
    made.on("GET", "/profile", answer(profile))
    made.on("GET", "/products", answer({"total": 3}))
    made.on("GET", "/orders", answer({"total": 9}))
    return made


def opened(ecwid: Ecwid, credentials: Mapping[str, str] = CUSTOM) -> Store:
    return ECWID.open(credentials, {}, None, ecwid.services)


class TestProbe:
    def test_after_oauth_one_call_is_enough(self, ecwid: Ecwid) -> None:
        account = opened(ecwid, BY_OAUTH).probe()
        assert (account.account_id, account.scopes, account.unseen_scopes) == ("1003", SCOPES, ())
        assert account.currency
        assert ecwid.paths() == ["GET /profile"]

    def test_a_custom_token_is_tried_on_two_more(self, ecwid: Ecwid) -> None:
        account = opened(ecwid).probe()
        assert account.scopes == ("read_store_profile", "read_catalog", "read_orders")
        assert account.unseen_scopes == ("update_catalog", "create_catalog", "update_orders"), (
            "nobody saw these"
        )
        assert not account.notes
        assert ecwid.paths() == ["GET /profile", "GET /products", "GET /orders"]
        assert ecwid.asked[1].query["limit"] == "1"

    def test_a_missing_scope_is_noted(self, ecwid: Ecwid) -> None:
        ecwid.on("GET", "/orders", refusal(403, "INSUFFICIENT_APP_SCOPE"))
        account = opened(ecwid).probe()
        assert account.scopes == ("read_store_profile", "read_catalog")
        assert "read_orders" not in account.unseen_scopes, "that it is missing was seen"
        assert any("read_orders" in note for note in account.notes)

    def test_the_token_of_another_store_is_refused(self, ecwid: Ecwid) -> None:
        ecwid.on(
            "GET",
            "/profile",
            answer({"generalInfo": {"storeId": 2004}, "formatsAndUnits": {"currency": "EUR"}}),
        )
        with pytest.raises(Refused, match="2004") as caught:
            opened(ecwid).probe()
        assert (caught.value.code, caught.value.field) == ("storeMismatch", "store_id")

    def test_bad_answers(self, ecwid: Ecwid) -> None:
        for given, kind in (
            (answer(b"", 403), Reconnect),
            (refusal(402, "STORE_IS_SUSPENDED"), Refused),
            (answer(b"<html>", 200), Retry),
            (answer({}), Unreadable),
        ):
            ecwid.on("GET", "/profile", given)
            with pytest.raises(kind):
                opened(ecwid).probe()

    def test_a_store_without_plan_says_so(self, ecwid: Ecwid) -> None:
        ecwid.on("GET", "/orders", refusal(402, "NOT_AVAILABLE_ON_CURRENT_PLAN"))
        with pytest.raises(Refused) as caught:
            opened(ecwid).probe()
        assert caught.value.code == "notAvailableOnCurrentPlan"


class TestOpening:
    def test_it_makes_no_call(self, ecwid: Ecwid) -> None:
        session = opened(ecwid)
        session.close()
        assert ecwid.asked == []
        assert ecwid.gate.entered == 0

    @pytest.mark.parametrize(
        "credentials", [{}, {"store_id": "1003"}, {"token": TOKEN}, CUSTOM | {"token": "public_1"}]
    )
    def test_bad_credentials_are_refused(self, ecwid: Ecwid, credentials: Mapping[str, str]) -> None:
        with pytest.raises(Refused) as caught:
            opened(ecwid, credentials)
        assert caught.value.field in {"store_id", "token"}


class TestManifest:
    def test_the_connector_is_offered(self) -> None:
        assert ECWID in offered()
        assert connector_for("ecwid") is ECWID

    def test_every_flow_says_what_it_will_do(self) -> None:
        flows = {flow.entity: flow for flow in ECWID.manifest.flows}
        assert set(flows) == set(Entity) - {Entity.SHIPMENTS}
        assert all(set(flow.sentences) == set(flow.directions) for flow in flows.values())
        assert [entity for entity, flow in flows.items() if flow.locked] == [Entity.LOCATIONS]
        assert flows[Entity.LOCATIONS].lock_reason

    def test_the_secret_field_is_secret(self) -> None:
        assert {field.name: field.secret for field in ECWID.manifest.credentials} == {
            "store_id": False,
            "token": True,
        }

    def test_defaults_are_among_the_choices(self) -> None:
        for option in ECWID.manifest.options:
            assert option.kind != "choice" or option.default in option.choices
