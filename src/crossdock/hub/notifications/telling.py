"""Telling people which exceptions are open: each once for each rule, and in one message what belongs together.

What is told is found by looking at what is open, not by remembering what happened, so nothing is missed however long
telling was impossible. It is noted after it was sent: a crash in between may tell twice, never not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from crossdock.hub import mail, vault
from crossdock.hub.clock import Clock
from crossdock.hub.exceptions import close_exceptions, open_exception
from crossdock.hub.models import ExceptionCase, NotificationRule, Organization, Told
from crossdock.hub.notices.delivering import pause_after
from crossdock.hub.notices.sending import Parcel, Sender
from crossdock.hub.notices.webhooks import private_hosts
from crossdock.hub.notifications.kinds import CODES, OTHER
from crossdock.hub.notifications.letters import Item, Letter, compose, trial_letter
from crossdock.hub.notifications.rules import ENTITY, Channel, NotificationError, subject_of

AT_A_TIME = 2000
"""Exceptions told in one message at the most; the others follow in the next."""
DAILY, MORNING = 1440, time(8, 0)
LEASE = timedelta(minutes=10)
"""For how long a rule that is being told is left to whoever took it: longer than sending can take."""

Post = Callable[[NotificationRule, Letter], list[str]]


def is_due(minutes: int, now: datetime, oldest: datetime, sent_at: datetime, zone: ZoneInfo) -> bool:
    """Return whether news of which the `oldest` is that old are told now; `sent_at` is the last message.

    Once a day means at the first moment after 8 in the morning, in the organization's zone.
    """
    if minutes == 0:
        return True  # whatever the clocks of this machine and of the database say
    if minutes != DAILY:
        return now - oldest >= timedelta(minutes=minutes)
    here = now.astimezone(zone)
    day = here.date() if here.time() >= MORNING else here.date() - timedelta(days=1)
    return sent_at < datetime.combine(day, MORNING, zone)


def due_rules(now: datetime) -> list[int]:
    """Return the rules that have something to tell now."""
    rules = NotificationRule.objects.filter(_free(now), active=True).select_related("organization")
    return [rule.pk for rule in rules.order_by("pk") if _has_news(rule, now)]


def tell(rule_id: int, clock: Clock, post: Post | None = None) -> int:
    """Tell what is due by a rule; returns how many exceptions were told of, opened and closed.

    Nothing is sent where there is nothing new, where the rule is paused, or while another worker is at it.
    """
    now = clock()
    if not NotificationRule.objects.filter(_free(now), pk=rule_id, active=True).update(
        taken_until=now + LEASE
    ):
        return 0
    rule = NotificationRule.objects.select_related("organization", "integration").get(pk=rule_id)
    if not _has_news(rule, now):
        NotificationRule.objects.filter(pk=rule_id).update(taken_until=None)
        return 0
    opened = list(untold(rule).select_related("integration").order_by("pk")[:AT_A_TIME])
    over = (
        list(_over(rule).select_related("integration").order_by("pk")[:AT_A_TIME]) if rule.tell_closed else []
    )
    letter = compose(
        rule.organization.name, rule.organization.org_key, _portal(), [_item(case) for case in opened],
        [_item(case) for case in over],
    )  # fmt: skip
    problems, sent = _sent(rule, letter, post or send_letter)
    _note(rule, [case.pk for case in opened], [case.pk for case in over], problems, clock(), sent=sent)
    return len(opened) + len(over) if sent else 0


def send_test(rule: NotificationRule, post: Post | None = None) -> None:
    """Send a message that says it is a test. Raises `NotificationError` naming what stood against it."""
    letter = trial_letter(rule.organization.name, rule.organization.org_key, _portal(), rule.name)
    problems, _ = _sent(rule, letter, post or send_letter)
    if problems:
        raise NotificationError(
            "emails" if rule.channel == Channel.EMAIL else "url", "; ".join(problems)[:500]
        )


def send_letter(rule: NotificationRule, letter: Letter) -> list[str]:
    """Send a letter to everybody whom a rule names; returns what went wrong, one text for each who got none."""
    if rule.channel == Channel.EMAIL:
        problems = []
        for address in rule.emails:
            try:
                mail.send(address, letter.subject, letter.text, letter.html)
            except mail.MailError as error:
                problems.append(str(error))
        return problems
    url = vault.unseal(rule.url)["url"]
    headers = {"Content-Type": "application/json", "User-Agent": "Crossdock"}
    with Sender(private_hosts()) as sender:
        [answer] = sender.send([Parcel(url, headers, msgspec.json.encode(letter.data))])
    return [] if answer.accepted else [f"{rule.url_host}: {answer.error}"]


def untold(rule: NotificationRule) -> QuerySet[ExceptionCase]:
    """Return what is open and concerns a rule, but was not told by it."""
    told = Told.objects.filter(rule=rule, case=OuterRef("pk"))
    cases = ExceptionCase.objects.filter(
        ~Exists(told), organization=rule.organization_id, status=ExceptionCase.Status.ACTIVE
    )
    # That telling fails is not what a rule can tell of itself.
    cases = cases.exclude(subject=subject_of(rule))
    if rule.integration_id is not None:
        cases = cases.filter(integration=rule.integration_id)
    if rule.kinds:
        chosen = Q(code__in=rule.kinds)
        cases = cases.filter(chosen | ~Q(code__in=CODES) if OTHER in rule.kinds else chosen)
    return cases


def _over(rule: NotificationRule) -> QuerySet[ExceptionCase]:
    told = Told.objects.filter(rule=rule, case=OuterRef("pk"), closed=False)
    return ExceptionCase.objects.filter(Exists(told), status=ExceptionCase.Status.RESOLVED)


def _has_news(rule: NotificationRule, now: datetime) -> bool:
    times = [untold(rule).order_by("created_at").values_list("created_at", flat=True).first()]
    if rule.tell_closed:
        times.append(_over(rule).order_by("resolved_at").values_list("resolved_at", flat=True).first())
    known = [moment for moment in times if moment is not None]
    sent_at = rule.last_sent_at or rule.created_at
    return bool(known) and is_due(rule.minutes, now, min(known), sent_at, _zone(rule.organization))


def _free(now: datetime) -> Q:
    return (Q(taken_until=None) | Q(taken_until__lte=now)) & (Q(not_before=None) | Q(not_before__lte=now))


def _sent(rule: NotificationRule, letter: Letter, post: Post) -> tuple[list[str], bool]:
    """Send a letter; returns what went wrong, and whether anybody got it."""
    try:
        problems = post(rule, letter)
    except vault.SecretUnreadable as error:
        return [str(error)], False
    receivers = len(rule.emails) if rule.channel == Channel.EMAIL else 1
    return problems, len(problems) < receivers


def _note(
    rule: NotificationRule,
    opened: list[int],
    over: list[int],
    problems: list[str],
    now: datetime,
    *,
    sent: bool,
) -> None:
    with transaction.atomic():
        locked = NotificationRule.objects.select_for_update(no_key=True).filter(pk=rule.pk).first()
        if locked is None:
            return
        locked.taken_until = None
        if sent:
            # What closes while it is being told is noted as told, so that its end is told as well.
            here = ExceptionCase.objects.filter(pk__in=opened).values_list("pk", flat=True)
            Told.objects.bulk_create((Told(rule=locked, case_id=pk) for pk in here), ignore_conflicts=True)
            finished = Told.objects.filter(rule=locked, closed=False)
            if locked.tell_closed:
                finished = finished.filter(Q(case__in=over) | Q(case__status=ExceptionCase.Status.DISMISSED))
            else:
                finished = finished.exclude(case__status=ExceptionCase.Status.ACTIVE)
            finished.update(closed=True)
            locked.last_sent_at, locked.failures, locked.not_before = now, 0, None
        else:
            locked.failures += 1
            locked.not_before = now + pause_after(locked.failures)
        locked.last_error = "; ".join(problems)[:500]
        locked.save()
        if problems:
            open_exception(
                locked.organization_id, "notificationFailing", subject_of(locked),
                f"{locked.name} could not be told: {locked.last_error}", entity=ENTITY, record_id=locked.pk,
            )  # fmt: skip
        else:
            close_exceptions(
                locked.organization_id, [subject_of(locked)], resolution="A notification was sent again."
            )


def _item(case: ExceptionCase) -> Item:
    name = case.integration.name if case.integration else ""
    return Item(case.key, case.code, case.subject, case.message, name)


def _portal() -> str:
    return str(settings.CROSSDOCK.public_url)


def _zone(organization: Organization) -> ZoneInfo:
    try:
        return ZoneInfo(organization.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
