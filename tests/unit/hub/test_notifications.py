"""Telling people what is open: once for each rule, in one message, and never not at all."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from tests.unit.conftest import World
from tests.unit.hub.conftest import Time
from tests.unit.hub.receiver import Receiver

from crossdock.config.mail_server import MailServer
from crossdock.flows.notice_jobs import sweep_notifications
from crossdock.hub.clock import system_clock
from crossdock.hub.exceptions import close_exceptions, dismiss, open_exception
from crossdock.hub.models import ExceptionCase, NotificationRule, Told
from crossdock.hub.notifications.kinds import KINDS
from crossdock.hub.notifications.letters import Item, Letter, compose
from crossdock.hub.notifications.rules import (
    NotificationError,
    Wish,
    change_rule,
    create_rule,
    pause_rule,
    remove_rule,
    resume_rule,
)
from crossdock.hub.notifications.telling import is_due, send_test, tell
from crossdock.hub.vault import renew_seals

ROOT = Path(__file__).parents[3]
BERLIN = ZoneInfo("Europe/Berlin")
NEWS = Wish("Us", "email", emails=["ann@shop.test"])


@pytest.fixture
def clock() -> Time:
    """A clock that begins with the database's: exceptions carry the time of that one."""
    time = Time()
    time.now = system_clock()
    return time


@pytest.fixture
def mailing(settings: Any) -> None:
    """A mail server is set up; what is sent lands in Django's outbox."""
    server = MailServer("127.0.0.1", 25, tls="none", sender="Hub <hub@shop.test>")
    settings.CROSSDOCK = replace(settings.CROSSDOCK, mail=server, public_url="https://hub.shop.test")


def trouble(
    world: World, code: str = "noRoute", subject: str = "orders:1", message: str = "No place", **more: Any
) -> None:
    open_exception(world.organization.pk, code, subject, message, entity="orders", **more)


def failing(rule: NotificationRule, letter: Letter) -> list[str]:
    return ["the desk is closed"]


@pytest.mark.django_db
def test_one_mail_grouped_by_cause_and_none_without_news(world: World, mailing: None, clock: Time) -> None:
    rule = create_rule(world.organization, NEWS, author="ann")
    for number in range(12):
        trouble(world, subject=f"orders:{number}", message=f"No place <for> {number}")
    trouble(world, "noLocation", "locations", "No location")
    assert tell(rule.pk, clock) == 13
    [mail] = outbox.outbox
    assert mail.subject == "Shop: 13 new exceptions need attention"
    assert mail.to == ["ann@shop.test"]
    assert "No route (12)\n  https://hub.shop.test/exceptions?code=noRoute" in mail.body
    assert "and 2 more" in mail.body
    assert mail.body.index("No route") < mail.body.index("No location")
    assert isinstance(mail, EmailMultiAlternatives)
    [(html, kind)] = mail.alternatives
    assert kind == "text/html"
    assert "No place &lt;for&gt; 3" in str(html)
    trouble(world, subject="orders:3", message="No place <for> 3")
    assert tell(rule.pk, clock) == 0, "seen again is no news"
    assert len(outbox.outbox) == 1


@pytest.mark.django_db
def test_what_comes_back_is_news(world: World, mailing: None, clock: Time) -> None:
    rule = create_rule(world.organization, NEWS, author="ann")
    trouble(world)
    assert tell(rule.pk, clock) == 1
    close_exceptions(world.organization.pk, ["orders:1"])
    assert tell(rule.pk, clock) == 0
    trouble(world)
    assert tell(rule.pk, clock) == 1


@pytest.mark.django_db
def test_the_end_is_told_once_if_wanted(world: World, mailing: None, clock: Time) -> None:
    rule = create_rule(world.organization, replace(NEWS, tell_closed=True), author="ann")
    for number in range(3):
        trouble(world, subject=f"orders:{number}")
    tell(rule.pk, clock)
    close_exceptions(world.organization.pk, ["orders:1"])
    dismiss(ExceptionCase.objects.get(subject="orders:2"), author="ann", reason="known")
    assert tell(rule.pk, clock) == 1
    assert outbox.outbox[1].subject == "Shop: 1 is no longer open"
    assert "No longer open" in outbox.outbox[1].body
    assert tell(rule.pk, clock) == 0
    assert Told.objects.filter(closed=False).count() == 1


@pytest.mark.django_db
def test_a_rule_tells_of_what_it_was_made_for(world: World, mailing: None, clock: Time) -> None:
    other = World("Other")
    trouble(other)
    trouble(world)
    trouble(world, "noLocation", "locations")
    trouble(world, "IMAGE_TOO_LARGE", "products:1", integration=world.integration)

    def told(**wish: Any) -> set[str]:
        name = f"Rule {NotificationRule.objects.count()}"
        rule = create_rule(world.organization, replace(NEWS, name=name, **wish), author="ann")
        tell(rule.pk, clock)
        return set(Told.objects.filter(rule=rule).values_list("case__code", flat=True))

    assert told() == {"noRoute", "noLocation", "IMAGE_TOO_LARGE"}
    assert told(kinds=["noRoute"]) == {"noRoute"}
    assert told(kinds=["noRoute", "other"]) == {"noRoute", "IMAGE_TOO_LARGE"}
    assert told(integration=world.integration) == {"IMAGE_TOO_LARGE"}


@pytest.mark.django_db
def test_news_are_gathered(world: World, mailing: None, clock: Time) -> None:
    rule = create_rule(world.organization, replace(NEWS, minutes=15), author="ann")
    trouble(world)
    assert tell(rule.pk, clock) == 0
    trouble(world, subject="orders:2")
    clock.now += timedelta(minutes=16)
    assert tell(rule.pk, clock) == 2


@pytest.mark.parametrize(
    ("now", "sent", "due"),
    [
        ((2, 6, 59), (1, 12, 0), False),
        ((2, 7, 0), (1, 12, 0), True),
        ((2, 7, 0), (1, 6, 0), True),
        ((2, 22, 0), (2, 7, 1), False),
        ((3, 7, 1), (2, 7, 1), True),
        ((2, 3, 0), (1, 6, 59), True),
    ],
)
def test_once_a_day_is_at_8_in_the_organizations_zone(
    now: tuple[int, int, int], sent: tuple[int, int, int], due: bool
) -> None:
    def at(moment: tuple[int, int, int]) -> datetime:
        return datetime(2026, 3, *moment, tzinfo=UTC)

    assert is_due(1440, at(now), at(now) - timedelta(seconds=1), at(sent), BERLIN) is due


@pytest.mark.django_db
def test_a_mail_that_is_refused_is_tried_again_and_shows(world: World, mailing: None, clock: Time) -> None:
    rule = create_rule(world.organization, NEWS, author="ann")
    trouble(world)
    assert tell(rule.pk, clock, failing) == 0
    assert Told.objects.count() == 0
    case = ExceptionCase.objects.get(code="notificationFailing")
    assert "the desk is closed" in case.message
    assert tell(rule.pk, clock) == 0, "not before its time"
    clock.now += timedelta(seconds=30)
    assert tell(rule.pk, clock) == 1, "of what it is for, not of its own failing"
    case.refresh_from_db()
    assert case.status == "resolved"


@pytest.mark.django_db
def test_who_dies_after_sending_may_tell_twice_but_not_never(
    world: World, mailing: None, clock: Time
) -> None:
    rule = create_rule(world.organization, NEWS, author="ann")
    trouble(world)

    def die(rule: NotificationRule, letter: Letter) -> list[str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell(rule.pk, clock, die)
    assert tell(rule.pk, clock) == 0, "whoever took it may be alive"
    clock.now += timedelta(minutes=10)
    assert tell(rule.pk, clock) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_once(mailing: None, clock: Time) -> None:
    world = World()
    rule = create_rule(world.organization, NEWS, author="ann")
    trouble(world)
    start = Barrier(3)

    def work() -> int:
        try:
            start.wait(timeout=30)
            return tell(rule.pk, clock)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert sum(job.result(timeout=60) for job in [pool.submit(work) for _ in range(3)]) == 1
    assert len(outbox.outbox) == 1


@pytest.mark.django_db
def test_by_webhook_chat_programs_find_the_text(world: World, receiver: Receiver, clock: Time) -> None:
    rule = create_rule(
        world.organization, Wish("Chat", "webhook", url=f"{receiver.url}/secret"), author="ann"
    )
    assert b"secret" not in bytes(rule.url or b"")
    trouble(world)
    assert tell(rule.pk, clock) == 1
    [notice] = receiver.notices
    assert "No route (1)" in notice["text"]
    assert notice["opened"][0]["code"] == "noRoute"
    assert renew_seals() == 1
    send_test(NotificationRule.objects.select_related("organization").get())
    receiver.decide = lambda _: 404
    with pytest.raises(NotificationError, match="it answered 404"):
        send_test(NotificationRule.objects.select_related("organization").get())


@pytest.mark.django_db
def test_paused_changed_resumed_removed(world: World, mailing: None, clock: Time) -> None:
    rule = create_rule(world.organization, NEWS, author="ann")
    trouble(world)
    pause_rule(rule, author="ann")
    assert tell(rule.pk, clock) == sweep_notifications() == 0
    change_rule(rule, replace(NEWS, emails=["bob@shop.test", "bob@shop.test"]), author="ann")
    resume_rule(rule, author="ann")
    assert sweep_notifications() == 1
    assert sweep_notifications() == 0, "it is queued already"
    tell(rule.pk, clock)
    assert [mail.to for mail in outbox.outbox] == [["bob@shop.test"]]
    remove_rule(rule, author="ann")
    assert Told.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "Us"}),
        ("channel", {"channel": "pigeon"}),
        ("emails", {"emails": []}),
        ("emails", {"emails": ["ann at shop.test"]}),
        ("kinds", {"kinds": ["nonsense"]}),
        ("minutes", {"minutes": 7}),
        ("url", {"channel": "webhook"}),
        ("url", {"channel": "webhook", "url": "http://10.0.0.1/x"}),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(
    world: World, mailing: None, field: str, values: dict[str, Any]
) -> None:
    create_rule(world.organization, NEWS, author="ann")
    with pytest.raises(NotificationError) as caught:
        create_rule(world.organization, replace(NEWS, **({"name": "New"} | values)), author="ann")
    assert caught.value.field == field


@pytest.mark.django_db
def test_without_a_mail_server_mail_is_refused(world: World) -> None:
    with pytest.raises(NotificationError, match="CROSSDOCK_EMAIL_URL"):
        create_rule(world.organization, NEWS, author="ann")


def test_the_kinds_are_those_of_the_runbook() -> None:
    groups: dict[str, list[str]] = {}
    for line in (ROOT / "docs" / "exceptions" / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            codes = groups.setdefault(line[3:], [])
        elif found := re.match(r"\| \[([a-zA-Z]+)\]\(\1\.md\) \|", line):
            codes.append(found[1])
    assert {name: tuple(codes) for name, codes in groups.items()} == KINDS


def test_a_letter_says_what_is_new_and_what_is_over() -> None:
    item = Item("00ff", "noRoute", "orders:1", "No\nplace", "Ecwid")
    letter = compose("Shop & Co", "abc", "https://hub.test", [item], [item, item])
    assert letter.subject == "Shop & Co: 1 new exception needs attention, 2 are no longer open"
    assert "  - No place (orders:1, Ecwid)" in letter.text
    assert "Shop &amp; Co" in letter.html
