"""Webhooks: genuine or not, and what a genuine one says to look at again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from scripted_ecwid import NOW

from crossdock.connectors.contract import Entity, Forged, Hint
from crossdock.connectors.ecwid.webhooks import LARGEST_BODY, EcwidWebhooks
from crossdock.connectors.errors import ConnectorError, Unreadable

Sample = Callable[[str], bytes]
SECRET = "s3cr3t-of-the-app"
SECONDS = int(NOW.timestamp())


def signed(seconds: object, event_id: object, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), f"{seconds}.{event_id}".encode(), hashlib.sha256).digest()
    return {"X-Ecwid-Webhook-Signature": base64.b64encode(digest).decode()}


def event(**changes: object) -> dict[str, object]:
    return {
        "eventId": "80aece08-40e8-4145-8764-6c2f0d38678",
        "eventCreated": SECONDS,
        "storeId": 1003,
        "entityId": 103878161,
        "eventType": "order.updated",
    } | changes


def read(
    document: Mapping[str, object] | bytes, headers: Mapping[str, str] | None = None, now: datetime = NOW
) -> Hint:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    if headers is None:
        said = json.loads(body)
        headers = signed(said["eventCreated"], said["eventId"])
    return EcwidWebhooks().read(body, headers, {"client_secret": SECRET}, now)


class TestGenuine:
    def test_the_vectors(self, sample: Sample) -> None:
        for vector in json.loads(sample("composed/webhooks/signature_vectors.json")):
            seconds = vector["eventCreated"]
            body = event(eventId=vector["eventId"], eventCreated=seconds)
            headers = {"X-Ecwid-Webhook-Signature": vector["X-Ecwid-Webhook-Signature"]}
            now = datetime.fromtimestamp(seconds, UTC) + timedelta(hours=1)
            config = {"client_secret": vector["client_secret"]}
            hint = EcwidWebhooks().read(json.dumps(body).encode(), headers, config, now)
            assert hint.event_id == vector["eventId"]

    def test_every_sample_is_read(self, sample: Sample) -> None:
        for document in json.loads(sample("composed/webhooks/all_event_types.json")):
            seconds = document["eventCreated"]
            hint = read(document, now=datetime.fromtimestamp(seconds, UTC))
            assert hint.account_id == str(document["storeId"])
            assert hint.event_type == document["eventType"]
            family = document["eventType"].partition(".")[0]
            wanted = {"order": Entity.ORDERS, "product": Entity.PRODUCTS}.get(family)
            if document["eventType"] == "profile.updated":
                wanted = Entity.LOCATIONS
            assert hint.entity == wanted
            assert hint.disconnected == (document["eventType"] == "application.uninstalled")

    @pytest.mark.parametrize(
        "name", ["X-Ecwid-Webhook-Signature", "x-ecwid-webhook-signature", "X-ECWID-WEBHOOK-SIGNATURE"]
    )
    def test_header_names_have_no_case(self, name: str) -> None:
        (value,) = signed(SECONDS, event()["eventId"]).values()
        assert read(event(), {"Other": "x", name: f" {value} "}).account_id == "1003"

    @pytest.mark.parametrize("hours", [0, 24, 47])
    def test_repeats_of_a_day_are_taken(self, hours: int) -> None:
        assert read(event(), now=NOW + timedelta(hours=hours)).at == NOW

    def test_the_number_is_signed_as_it_is_written(self) -> None:
        body = json.dumps(event(eventCreated="@")).replace('"@"', f"0{SECONDS}").encode()
        with pytest.raises(
            Unreadable
        ):  # JSON knows no leading zero; were it taken, another text would be signed
            read(body, signed(f"0{SECONDS}", event()["eventId"]))


class TestForged:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-Ecwid-Webhook-Signature": ""},
            {"X-Ecwid-Webhook-Signature": "é"},
            signed(SECONDS, event()["eventId"], "another secret"),
            signed(SECONDS + 1, event()["eventId"]),
            signed(SECONDS, "another id"),
            {"X-Other": signed(SECONDS, event()["eventId"])["X-Ecwid-Webhook-Signature"]},
        ],
    )
    def test_a_wrong_or_missing_signature(self, headers: Mapping[str, str]) -> None:
        with pytest.raises(Forged):
            read(event(), headers)

    @pytest.mark.parametrize(
        "age",
        [
            timedelta(days=2, seconds=1),
            timedelta(days=900),
            -timedelta(minutes=10, seconds=1),
            -timedelta(days=9),
        ],
    )
    def test_a_time_out_of_reason(self, age: timedelta) -> None:
        with pytest.raises(Forged) as caught:
            read(event(), now=NOW + age)
        assert caught.value.code == "staleWebhook"

    def test_a_time_that_is_none(self) -> None:
        with pytest.raises(Forged):
            read(event(eventCreated=999_999_999_999))

    @pytest.mark.parametrize("config", [{}, {"client_secret": ""}])
    def test_without_a_secret_nothing_is_genuine(self, config: Mapping[str, str]) -> None:
        body = json.dumps(event()).encode()
        with pytest.raises(Forged, match="CLIENT_SECRET"):
            EcwidWebhooks().read(body, signed(SECONDS, event()["eventId"], ""), config, NOW)

    def test_no_error_shows_the_right_signature(self) -> None:
        with pytest.raises(Forged) as caught:
            read(event(), {})
        assert signed(SECONDS, event()["eventId"])["X-Ecwid-Webhook-Signature"] not in repr(caught.value)


class TestMalformed:
    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b"null", b"5", b"<html>", b"\xff\xfe", b"{}", b"[" * 100_000]
    )
    def test_a_body_that_is_no_event(self, body: bytes) -> None:
        with pytest.raises(Unreadable):
            read(body, {})

    def test_a_body_beyond_bounds(self) -> None:
        with pytest.raises(Unreadable, match="larger"):
            read(json.dumps(event(data={"x": "y" * LARGEST_BODY})).encode(), {})

    @pytest.mark.parametrize(
        "change",
        [
            {"eventCreated": None},
            {"eventCreated": str(SECONDS)},
            {"eventCreated": 1.5},
            {"eventCreated": -5},
            {"eventCreated": True},
            {"eventCreated": 10**30},
            {"eventId": None},
            {"eventId": ""},
            {"eventId": {}},
            {"eventId": "x" * 1000},
            {"storeId": None},
            {"storeId": 0},
            {"storeId": "abc"},
            {"storeId": True},
            {"storeId": 10**40},
            {"eventType": None},
            {"eventType": ""},
            {"eventType": 5},
            {"eventType": "x" * 1000},
        ],
    )
    def test_a_field_that_is_not_what_it_must_be(self, change: Mapping[str, object]) -> None:
        with pytest.raises(Unreadable) as caught:
            read(event(**change))
        assert caught.value.field

    def test_a_time_in_floating_point_is_not_taken(self) -> None:
        body = json.dumps(event(eventCreated="@")).replace('"@"', "1.7e9").encode()
        with pytest.raises(ConnectorError):
            read(body, signed("1700000000", event()["eventId"]))


class TestSubjects:
    @pytest.mark.parametrize(
        ("changes", "entity", "remote_id"),
        [
            ({}, Entity.ORDERS, "103878161"),
            ({"entityId": "103878161"}, Entity.ORDERS, "103878161"),
            ({"entityId": -1, "data": {"orderId": "XJ12H"}}, Entity.ORDERS, "XJ12H"),
            ({"entityId": 0, "data": {"orderId": 55}}, Entity.ORDERS, "55"),
            ({"entityId": True, "data": {"orderId": "XJ12H"}}, Entity.ORDERS, "XJ12H"),
            ({"entityId": None, "data": {"orderId": "XJ12H"}}, Entity.ORDERS, "XJ12H"),
            ({"entityId": None, "data": None}, None, ""),
            ({"entityId": 1.5, "data": "text"}, None, ""),
            ({"entityId": "9" * 5000}, None, ""),
            ({"eventType": "ORDER.Deleted"}, Entity.ORDERS, "103878161"),
            ({"eventType": "product.updated", "entityId": 7}, Entity.PRODUCTS, "7"),
            ({"eventType": "product.updated", "entityId": False}, None, ""),
            ({"eventType": "profile.updated"}, Entity.LOCATIONS, ""),
            ({"eventType": "unfinished_order.updated"}, None, ""),
            ({"eventType": "unfinishedOrder.updated"}, None, ""),
            ({"eventType": "product_class.updated"}, None, ""),
            ({"eventType": "customer.created"}, None, ""),
            ({"eventType": "never.heard.of"}, None, ""),
        ],
    )
    def test_what_to_look_at(
        self, changes: Mapping[str, object], entity: Entity | None, remote_id: str
    ) -> None:
        hint = read(event(**changes))
        assert (hint.entity, hint.remote_id) == (entity, remote_id)
        assert not hint.disconnected

    @pytest.mark.parametrize(
        "name", ["application.uninstalled", "Application.Uninstalled", "APPLICATION.UNINSTALLED"]
    )
    def test_an_uninstalled_app_is_disconnected(self, name: str) -> None:
        assert read(event(eventType=name, entityId="1003")).disconnected
