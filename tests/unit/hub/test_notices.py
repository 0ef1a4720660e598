"""Outgoing webhooks: no change is lost, notices arrive at least once, and what is refused is tried again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction
from tests.unit.conftest import World
from tests.unit.hub.conftest import NOON, Time
from tests.unit.hub.receiver import Receiver
from tests.unit.hub.test_order_intake import placed, taken_in

from crossdock.flows.notice_jobs import sweep_notices
from crossdock.hub.events import record_event
from crossdock.hub.exceptions import close_exceptions, open_exception
from crossdock.hub.models import ExceptionCase, Notice, NoticeDelivery, RecordChange, Webhook, public_key
from crossdock.hub.notices import delivering, outbox
from crossdock.hub.notices.delivering import deliver, pause_after, send_test
from crossdock.hub.notices.sending import Answer, Parcel, Sender
from crossdock.hub.notices.webhooks import (
    WebhookError,
    create_webhook,
    pause_webhook,
    redeliver,
    resume_webhook,
)
from crossdock.hub.shipping.drafting import create_request
from crossdock.hub.shipping.fulfillments import fulfill
from crossdock.hub.stock.inventory import set_on_hand

ROOT = Path(__file__).parents[3]


def hook(world: World, receiver: Receiver, *topics: str) -> Webhook:
    return create_webhook(world.organization, "Listener", receiver.url, topics or ["orders"], author="ann")[0]


def change(world: World, pk: int, operation: str = "updated", entity: str = "orders") -> None:
    record_event(world.organization.pk, entity, pk, operation, author="test")


def told(receiver: Receiver) -> list[tuple[str, str, str]]:
    return sorted((one["entity"], one["action"], one["itemId"]) for one in receiver.notices)


def refusing(parcels: Sequence[Parcel]) -> list[Answer]:
    return [Answer(500, 3, "it answered 500") for _ in parcels]


def accepting(parcels: Sequence[Parcel]) -> list[Answer]:
    return [Answer(200, 3) for _ in parcels]


@pytest.mark.django_db
def test_a_notice_says_what_changed_and_proves_who_says_so(
    world: World, receiver: Receiver, clock: Time
) -> None:
    webhook, secret = create_webhook(world.organization, "Listener", receiver.url, ["orders"], author="ann")
    change(world, 42, "ingested")
    assert deliver(webhook.pk, clock).delivered == 1
    [(headers, body)] = receiver.arrived
    [notice] = receiver.notices
    assert {**notice, "timestamp": "", "requestId": ""} == {
        "orgKey": world.organization.org_key, "entity": "orders", "action": "create", "itemId": public_key(42),
        "timestamp": "", "requestId": "",
    }  # fmt: skip
    assert re.fullmatch("[0-9a-f]{32}", notice["requestId"])
    assert headers["X-Crossdock-Request-Id"] == notice["requestId"]
    example = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "webhooks.md").read_text(), re.DOTALL)
    assert example is not None
    names: dict[str, Any] = {}
    exec(example[1], names)  # the example of the docs, as a reader would use it
    verify = names["verify"]
    seconds = NOON.timestamp()
    assert verify(secret, headers, body, seconds)
    assert not verify(secret, headers, body + b" ", seconds)
    assert not verify("cdw_another", headers, body, seconds)
    assert not verify(secret, headers, body, seconds + 3600)
    assert not verify(secret, headers | {"X-Crossdock-Timestamp": str(int(seconds) + 1)}, body, seconds)
    assert Notice.objects.count() == RecordChange.objects.count() == 0


@pytest.mark.django_db
def test_each_kind_of_record_is_told_of(world: World, receiver: Receiver, clock: Time) -> None:
    webhook = hook(
        world, receiver, "orders", "shipments", "fulfillments", "inventory", "exceptions", "locations"
    )
    set_on_hand(world.organization, "tea", 10, author="anna", reason="counted")
    order = world.order({"tea": 2})
    request = create_request(order, world.main, [(order.lines.get(), 2)], reason="test", author="test")
    parcel = fulfill(request, shipped_at=NOON, author="anna")
    open_exception(world.organization.pk, "noRoute", "orders:1", "No place", entity="orders")
    open_exception(world.organization.pk, "noRoute", "orders:1", "No place", entity="orders")
    deliver(webhook.pk, clock)
    case = ExceptionCase.objects.get()
    assert set(told(receiver)) >= {
        ("orders", "update", order.key), ("shipments", "create", request.key),
        ("fulfillments", "create", parcel.key), ("inventory", "update", world.record("tea").key),
        ("exceptions", "create", case.key),
    }  # fmt: skip
    receiver.arrived.clear()
    close_exceptions(world.organization.pk, ["orders:1"])
    deliver(webhook.pk, clock)
    assert told(receiver) == [("exceptions", "update", case.key)]


@pytest.mark.django_db
def test_a_page_that_is_taken_in_at_once_is_told_in_full(
    world: World, receiver: Receiver, clock: Time
) -> None:
    webhook = hook(world, receiver, "orders", "inventory")
    set_on_hand(world.organization, "tea", 100, author="anna", reason="counted")
    tally = taken_in(world, *(placed(number, tea=1) for number in range(1, 41)))
    assert tally.created == 40
    deliver(webhook.pk, clock)
    assert told(receiver) == sorted(
        [("orders", "create", public_key(pk)) for pk in tally.touched]
        + [("inventory", "update", world.record("tea").key)]
    )


@pytest.mark.django_db
def test_only_what_was_asked_for_in_this_organization(world: World, receiver: Receiver, clock: Time) -> None:
    webhook = hook(world, receiver, "orders")
    change(World("Other"), 1)
    change(world, 2, entity="products")
    record_event(world.organization.pk, "inventory", 3, "pushed", author="test")
    assert RecordChange.objects.count() == 0
    deliver(webhook.pk, clock)
    assert receiver.arrived == []


@pytest.mark.django_db
def test_without_webhooks_nothing_is_written(world: World) -> None:
    change(world, 1)
    set_on_hand(world.organization, "tea", 10, author="anna", reason="counted")
    assert RecordChange.objects.count() == 0


@pytest.mark.django_db
def test_what_is_undone_is_not_told(world: World, receiver: Receiver, clock: Time) -> None:
    webhook = hook(world, receiver)
    with transaction.atomic():
        change(world, 1)
        transaction.set_rollback(True)
    assert deliver(webhook.pk, clock) == delivering.Pass(0, 0)
    assert receiver.arrived == []


@pytest.mark.django_db
def test_several_changes_of_a_record_are_one_notice(world: World, receiver: Receiver, clock: Time) -> None:
    webhook = hook(world, receiver)
    for pk, operations in {
        1: ("ingested", "updated"),
        2: ("updated", "status"),
        3: ("ingested", "deleted"),
    }.items():
        for operation in operations:
            change(world, pk, operation)
    outbox.gather(webhook.pk, clock())
    change(world, 1, "status")
    deliver(webhook.pk, clock)
    assert told(receiver) == [
        ("orders", "create", public_key(1)), ("orders", "delete", public_key(3)), ("orders", "update", public_key(2)),
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_retry_has_the_same_number_and_bytes(world: World, receiver: Receiver, clock: Time) -> None:
    webhook = hook(world, receiver)
    change(world, 1)
    receiver.decide = lambda _: 503
    assert deliver(webhook.pk, clock) == delivering.Pass(0, 1)
    assert deliver(webhook.pk, clock) == delivering.Pass(0, 0), "not before its time"
    receiver.decide = lambda _: 200
    clock.now += pause_after(1)
    assert deliver(webhook.pk, clock).delivered == 1
    (first, first_body), (second, second_body) = receiver.arrived
    assert first_body == second_body
    assert (first["X-Crossdock-Attempt"], second["X-Crossdock-Attempt"]) == ("1", "2")
    assert first["X-Crossdock-Timestamp"] < second["X-Crossdock-Timestamp"]
    assert [row.status for row in NoticeDelivery.objects.order_by("pk")] == [503, 200]
    assert "no, thank you" in NoticeDelivery.objects.earliest("pk").error


@pytest.mark.django_db
def test_news_about_what_was_tried_gets_a_new_number(world: World, receiver: Receiver, clock: Time) -> None:
    webhook = hook(world, receiver)
    change(world, 1, "ingested")
    receiver.decide = lambda _: 503
    deliver(webhook.pk, clock)
    change(world, 1, "updated")
    clock.now += pause_after(1)
    receiver.decide = lambda _: 200
    deliver(webhook.pk, clock)
    first, second = receiver.notices
    assert first["requestId"] != second["requestId"], "or a receiver that had the first would skip the news"
    assert second["action"] == "create"
    assert Notice.objects.count() == 0


@pytest.mark.django_db
def test_who_dies_after_sending_leaves_the_notice_to_others(
    world: World, receiver: Receiver, clock: Time
) -> None:
    webhook = hook(world, receiver)
    change(world, 1)

    def die(parcels: Sequence[Parcel]) -> list[Answer]:
        with Sender(["127.0.0.1"]) as sender:
            sender.send(parcels)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(webhook.pk, clock, die)
    assert deliver(webhook.pk, clock).delivered == 0, "whoever took it may be alive"
    clock.now += outbox.LEASE
    assert outbox.due_webhooks(clock()) == [webhook.pk]
    assert deliver(webhook.pk, clock).delivered == 1
    first, second = receiver.notices
    assert first == second


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_send_the_same(receiver: Receiver, clock: Time) -> None:
    world = World()
    webhook = hook(world, receiver)
    for pk in range(1, 41):
        change(world, pk)
    start = Barrier(3)

    def work() -> int:
        try:
            start.wait(timeout=30)
            return deliver(webhook.pk, clock).delivered
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        counts = [job.result(timeout=60) for job in [pool.submit(work) for _ in range(3)]]
    assert sum(counts) == len(receiver.arrived) == 40
    assert len({one["itemId"] for one in receiver.notices}) == 40


@pytest.mark.django_db(transaction=True)
def test_nobody_who_changes_a_record_waits_for_a_delivery(receiver: Receiver, clock: Time) -> None:
    world = World()
    webhook = hook(world, receiver)
    change(world, 1)
    sending, written = Event(), Event()

    def slow(parcels: Sequence[Parcel]) -> list[Answer]:
        sending.set()
        assert written.wait(timeout=30)
        return accepting(parcels)

    def work() -> None:
        try:
            deliver(webhook.pk, clock, slow)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(work)
        assert sending.wait(timeout=30)
        change(world, 1, "status")
        written.set()
        job.result(timeout=60)
    assert deliver(webhook.pk, clock, accepting).delivered == 1, (
        "what changed while it was being told is told again"
    )


@pytest.mark.django_db
def test_a_receiver_that_fails_is_tried_less_and_less_then_paused(
    world: World, receiver: Receiver, clock: Time
) -> None:
    webhook = hook(world, receiver)
    for pk in range(1, 11):
        change(world, pk)
    opened: datetime | None = None
    tries = 0
    while Webhook.objects.get().state == "active":
        due = Webhook.objects.get().not_before or clock.now
        while due - clock.now > timedelta(
            minutes=1
        ):  # looking every minute would be looking thousands of times
            clock.now += (due - clock.now) / 2
            assert deliver(webhook.pk, clock, refusing).failed == 0, "it is not due yet"
        clock.now = max(clock.now, due)
        tries += deliver(webhook.pk, clock, refusing).failed
        if opened is None and ExceptionCase.objects.filter(code="webhookFailing", status="active").exists():
            opened = clock.now
        clock.now += timedelta(minutes=1)
        assert clock.now < NOON + timedelta(days=4)
    assert opened is not None
    assert timedelta(hours=1) <= opened - NOON <= timedelta(hours=3)
    assert tries < 40
    assert timedelta(days=3) <= clock.now - NOON < timedelta(days=3, hours=7)
    assert Notice.objects.count() == 10, "nothing is thrown away"
    change(world, 11)
    assert outbox.gather(webhook.pk, clock()) == 1, "and what changes meanwhile is kept"
    assert deliver(webhook.pk, clock).delivered == 0
    resume_webhook(webhook, author="ann", now=clock())
    assert deliver(webhook.pk, clock).delivered == 11
    case = ExceptionCase.objects.get(code="webhookFailing")
    assert (case.status, case.resolution) == ("resolved", "Notices are accepted again.")


@pytest.mark.django_db
def test_after_an_outage_nothing_waits_for_its_own_time(
    world: World, receiver: Receiver, clock: Time
) -> None:
    webhook = hook(world, receiver)
    for pk in range(1, 9):
        change(world, pk)
    for _ in range(5):
        deliver(webhook.pk, clock, refusing)
        not_before = Webhook.objects.get().not_before
        assert not_before is not None
        clock.now = not_before
    assert deliver(webhook.pk, clock).delivered == 8


@pytest.mark.django_db
def test_one_record_that_is_always_refused_stops_no_other(
    world: World, receiver: Receiver, clock: Time
) -> None:
    webhook = hook(world, receiver)
    receiver.decide = lambda notice: 422 if notice["itemId"] == public_key(1) else 200
    change(world, 1)
    pk = 1
    while not Notice.objects.exclude(given_up_at=None).exists():
        pk += 1
        change(world, pk)
        deliver(webhook.pk, clock)
        clock.now += timedelta(hours=1)
        deliver(webhook.pk, clock)
        assert clock.now < NOON + timedelta(days=4)
    assert {one["itemId"] for one in receiver.notices} == {public_key(number) for number in range(1, pk + 1)}
    assert Webhook.objects.get().state == "active"
    assert ExceptionCase.objects.get(code="webhookFailing", status="active").record_id == webhook.pk
    receiver.decide = lambda _: 200
    change(world, 1, "status")
    clock.now += timedelta(hours=1)
    deliver(webhook.pk, clock)
    assert ExceptionCase.objects.get(code="webhookFailing").status == "resolved"


@pytest.mark.django_db
def test_paused_notices_gather_and_go_out_later(world: World, receiver: Receiver, clock: Time) -> None:
    webhook = hook(world, receiver)
    pause_webhook(webhook, author="ann", reason="maintenance")
    for _ in range(5):
        change(world, 1)
        sweep_notices()
    assert RecordChange.objects.count() == 0
    assert Notice.objects.count() == 1
    assert outbox.due_webhooks(clock()) == []
    resume_webhook(webhook, author="ann", now=clock())
    assert deliver(webhook.pk, clock).delivered == 1


@pytest.mark.django_db
def test_the_sweep_queues_few_at_once_in_turn(world: World, receiver: Receiver) -> None:
    for number in range(4):
        create_webhook(world.organization, f"Listener {number}", receiver.url, ["orders"], author="ann")
    change(world, 1)
    assert sweep_notices() == 2
    assert sweep_notices() == 0, "those two are still at it"
    with connection.cursor() as cursor:
        cursor.execute("SELECT lock FROM procrastinate_jobs WHERE task_name = 'crossdock.notices.deliver'")
        locks = {row[0] for row in cursor.fetchall()}
        cursor.execute("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE status = 'todo'")
    assert len(locks) == 2
    for lock in locks:
        deliver(int(lock.split(":")[1]), Time(), refusing)
    assert sweep_notices() == 2
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lock FROM procrastinate_jobs WHERE status = 'todo' AND task_name LIKE '%.deliver'"
        )
        assert locks.isdisjoint(row[0] for row in cursor.fetchall())


@pytest.mark.django_db
def test_redirects_are_not_followed(world: World, receiver: Receiver, clock: Time) -> None:
    webhook = hook(world, receiver)
    receiver.decide, receiver.headers = (lambda _: 307), {"Location": receiver.url + "/elsewhere"}
    change(world, 1)
    assert deliver(webhook.pk, clock) == delivering.Pass(0, 1)
    assert "redirects are not followed" in NoticeDelivery.objects.get().error


@pytest.mark.django_db
def test_a_test_arrives_and_is_in_the_log(world: World, receiver: Receiver, clock: Time) -> None:
    webhook = hook(world, receiver)
    delivery = send_test(webhook, clock)
    assert (delivery.delivered, delivery.status) == (True, 200)
    assert receiver.notices[0]["entity"] == "test"
    with pytest.raises(WebhookError, match="send another test"):
        redeliver(delivery, author="ann", now=clock())


@pytest.mark.django_db
def test_sent_again_by_hand(world: World, receiver: Receiver, clock: Time) -> None:
    webhook = hook(world, receiver)
    change(world, 1, "ingested")
    deliver(webhook.pk, clock)
    redeliver(NoticeDelivery.objects.select_related("webhook").get(), author="ann", now=clock())
    deliver(webhook.pk, clock)
    first, second = receiver.notices
    assert (first["itemId"], first["action"]) == (second["itemId"], second["action"])
    assert first["requestId"] != second["requestId"]


@pytest.mark.django_db
def test_the_log_is_bounded(
    world: World, receiver: Receiver, clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "KEPT", 6)
    webhook = hook(world, receiver)
    for pk in range(1, 30):
        change(world, pk)
    deliver(webhook.pk, clock, accepting)
    assert NoticeDelivery.objects.count() == 6
    assert NoticeDelivery.objects.latest("pk").record_id == 29
