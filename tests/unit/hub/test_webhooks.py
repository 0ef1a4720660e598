"""Setting webhooks up, and what they must not be led to."""

from __future__ import annotations

import socket
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from tests.unit.conftest import World
from tests.unit.hub.conftest import Time
from tests.unit.hub.receiver import Receiver
from tests.unit.hub.test_notices import change, hook, told

from crossdock.hub.models import Notice, NoticeDelivery, RecordChange, public_key
from crossdock.hub.notices.delivering import deliver
from crossdock.hub.notices.sending import Parcel, Sender
from crossdock.hub.notices.webhooks import (
    WebhookError,
    change_webhook,
    create_webhook,
    remove_webhook,
    rotate_secret,
    signing_keys,
)
from crossdock.hub.vault import renew_seals


@pytest.mark.django_db
def test_secrets_are_sealed_and_the_former_one_signs_for_a_day(world: World, clock: Time) -> None:
    webhook, secret = create_webhook(
        world.organization, "L", "https://shop.example/x", ["orders"], author="ann"
    )
    assert secret.encode() not in bytes(webhook.secret)
    newer = rotate_secret(webhook, author="ann", now=clock())
    webhook.refresh_from_db()
    assert signing_keys(webhook, clock()) == [newer, secret]
    assert renew_seals() == 1
    webhook.refresh_from_db()
    assert signing_keys(webhook, clock() + timedelta(hours=24)) == [newer]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "Taken"}),
        ("topics", {"topics": []}),
        ("topics", {"topics": ["secrets"]}),
        ("url", {"url": "ftp://shop.example/x"}),
        ("url", {"url": "https://user:word@shop.example/x"}),
        ("url", {"url": "http://127.0.0.1:8000/x"}),
        ("url", {"url": "http://[::1]/x"}),
        ("url", {"url": "http://[::ffff:10.0.0.1]/x"}),
        ("url", {"url": "http://169.254.169.254/latest/meta-data"}),
        ("url", {"url": "http://localhost/x"}),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(world: World, field: str, values: dict[str, Any]) -> None:
    create_webhook(world.organization, "Taken", "https://shop.example/x", ["orders"], author="ann")
    given = {"name": "New", "url": "https://shop.example/x", "topics": ["orders"]} | values
    with pytest.raises(WebhookError) as caught:
        create_webhook(world.organization, author="ann", **given)
    assert caught.value.field == field


@pytest.mark.django_db
def test_changed_and_removed(world: World, receiver: Receiver, clock: Time) -> None:
    webhook = hook(world, receiver)
    change_webhook(webhook, "Renamed", receiver.url, ["products"], author="ann")
    change(world, 1)
    change(world, 2, entity="products")
    deliver(webhook.pk, clock)
    assert told(receiver) == [("products", "update", public_key(2))]
    change(world, 2, entity="products")
    remove_webhook(webhook, author="ann")
    assert RecordChange.objects.count() == Notice.objects.count() == NoticeDelivery.objects.count() == 0


def parcel(url: str) -> Parcel:
    return Parcel(url, {}, b"{}")


def test_private_addresses_are_refused_when_connecting(receiver: Receiver) -> None:
    with Sender([]) as sender:
        [answer] = sender.send([parcel(receiver.url)])
    assert answer.status == 0
    assert "CROSSDOCK_WEBHOOK_PRIVATE_HOSTS" in answer.error
    assert receiver.arrived == []


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "169.254.169.254", "fd00::1", "fec0::1", "::ffff:127.0.0.1", "64:ff9b::a00:1"]
)
def test_a_name_that_leads_to_a_private_address_is_refused(address: str) -> None:
    with Sender([], resolve=lambda host, port: ["93.184.216.34", address]) as sender:
        [answer] = sender.send([parcel("https://innocent.example/x")])
    assert answer.status == 0
    assert "private network" in answer.error


def test_a_name_is_looked_up_once_and_that_address_is_called(receiver: Receiver) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with Sender(["hooks.internal"], resolve=resolve) as sender:
        [answer] = sender.send([parcel(f"http://hooks.internal:{port}/x?y=1")])
    assert answer.accepted
    assert asked == ["hooks.internal"]
    assert receiver.arrived[0][0]["Host"] == f"hooks.internal:{port}"


def test_a_name_that_changes_its_meaning_leads_nowhere_else(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's own resolver, of a name that is harmless when it is checked and the receiver's afterwards."""
    real, meant, asked = socket.getaddrinfo, iter(["127.0.0.2", "127.0.0.1", "127.0.0.1"]), []

    def changing(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "rebinding.example":
            return real(host, *args, **kwargs)
        asked.append(host)
        return real(next(meant), *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    port = int(receiver.url.split(":")[2].split("/")[0])
    with Sender(["127.0.0.2"]) as sender:
        [answer] = sender.send([parcel(f"http://rebinding.example:{port}/x")])
        assert (answer.status, "ConnectError" in answer.error) == (0, True)
        assert receiver.arrived == []
        assert len(asked) == 1, "the connection asks for no name"
        [answer] = sender.send([parcel(f"http://rebinding.example:{port}/x")])
    assert "private network" in answer.error
    assert receiver.arrived == []


def test_an_answer_that_never_ends_is_left(receiver: Receiver) -> None:
    go_on = Event()
    receiver.decide = lambda _: 200 if go_on.wait(timeout=30) else 500
    with Sender(["127.0.0.1"], longest=0.2) as sender:
        [answer] = sender.send([parcel(receiver.url)])
        go_on.set()
    assert answer.status == 0
    assert "no whole answer" in answer.error


def test_nobody_there_is_no_answer() -> None:
    with Sender(["127.0.0.1"]) as sender:
        [answer] = sender.send([parcel("http://127.0.0.1:1/x")])
    assert answer.status == 0
    assert "ConnectError" in answer.error
