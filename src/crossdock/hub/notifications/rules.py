"""Adding, changing, pausing and removing the rules by which people are told of exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from crossdock.hub import vault
from crossdock.hub.events import record_event
from crossdock.hub.exceptions import close_exceptions
from crossdock.hub.mail import mail_is_sent
from crossdock.hub.models import Integration, NotificationRule, Organization
from crossdock.hub.notices.addresses import url_problem
from crossdock.hub.notices.webhooks import private_hosts
from crossdock.hub.notifications.kinds import CODES, OTHER

ENTITY = "notifications"
DELAYS = {
    0: "At once (within a minute)",
    15: "Gathered for 15 minutes",
    60: "Gathered for an hour",
    1440: "Once a day, at 8 in the morning",
}
"""For how many minutes news are gathered, with the words for it."""
MOST, MOST_ADDRESSES = 20, 20

Channel = NotificationRule.Channel


class NotificationError(ValueError):
    """A rule that cannot be made, changed or tried: `field`, and how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


@dataclass(frozen=True)
class Wish:
    """What a rule is to be. Without `kinds` it is about all; an empty `url` keeps the one it has."""

    name: str
    channel: str
    emails: Sequence[str] = ()
    url: str = ""
    kinds: Sequence[str] = ()
    integration: Integration | None = None
    minutes: int = 0
    tell_closed: bool = False


def subject_of(rule: NotificationRule) -> str:
    """Return how exceptions name a rule."""
    return f"{ENTITY}:{rule.key}"


def create_rule(organization: Organization, wish: Wish, *, author: str) -> NotificationRule:
    """Add a rule; what is open already is told first. Raises `NotificationError`."""
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        if NotificationRule.objects.filter(organization=organization).count() >= MOST:
            raise NotificationError("rule", f"there are {MOST} already; remove one that is not needed")
        rule = NotificationRule(organization=organization, author=author[:80])
        _apply(rule, wish)
        rule.save()
        record_event(organization.pk, ENTITY, rule.pk, "created", author=author, after=_facts(rule))
    return rule


def change_rule(rule: NotificationRule, wish: Wish, *, author: str) -> NotificationRule:
    """Make a rule what `wish` says. Raises `NotificationError`."""
    with transaction.atomic():
        locked = _locked(rule)
        before = _facts(locked)
        _apply(locked, wish)
        locked.failures, locked.last_error, locked.not_before = 0, "", None
        locked.save()
        record_event(
            locked.organization_id,
            ENTITY,
            locked.pk,
            "changed",
            author=author,
            before=before,
            after=_facts(locked),
        )
    return locked


def pause_rule(rule: NotificationRule, *, author: str) -> NotificationRule:
    """Tell nobody until it is resumed."""
    return _switch(rule, active=False, author=author)


def resume_rule(rule: NotificationRule, *, author: str) -> NotificationRule:
    """Tell again, beginning with what is open and was not told."""
    return _switch(rule, active=True, author=author)


def remove_rule(rule: NotificationRule, *, author: str) -> None:
    """Remove a rule."""
    with transaction.atomic():
        locked = _locked(rule)
        close_exceptions(locked.organization_id, [subject_of(locked)], resolution="The rule was removed.")
        record_event(
            locked.organization_id, ENTITY, locked.pk, "removed", author=author, before=_facts(locked)
        )
        locked.delete()


def _switch(rule: NotificationRule, *, active: bool, author: str) -> NotificationRule:
    with transaction.atomic():
        locked = _locked(rule)
        if locked.active != active:
            locked.active = active
            locked.failures, locked.last_error, locked.not_before = 0, "", None
            locked.save()
            if not active:
                close_exceptions(
                    locked.organization_id, [subject_of(locked)], resolution="A person paused the rule."
                )
            record_event(
                locked.organization_id, ENTITY, locked.pk, "resumed" if active else "paused", author=author
            )
    return locked


def _apply(rule: NotificationRule, wish: Wish) -> None:
    rule.name = wish.name.strip()
    if not 1 <= len(rule.name) <= 120:
        raise NotificationError("name", "give a text of 1 to 120 characters that says who is told of what")
    others = NotificationRule.objects.filter(organization=rule.organization_id, name=rule.name)
    if others.exclude(pk=rule.pk).exists():
        raise NotificationError("name", f"there is a rule called {rule.name!r}; choose another name")
    unknown = [kind for kind in wish.kinds if kind not in CODES and kind != OTHER]
    if unknown:
        raise NotificationError("kinds", f"{unknown[0]!r} is no kind of exception")
    if wish.minutes not in DELAYS:
        raise NotificationError("minutes", f"give one of {', '.join(map(str, DELAYS))}")
    if wish.integration is not None and wish.integration.organization_id != rule.organization_id:
        raise NotificationError("integration", "it belongs to another organization")
    rule.kinds, rule.integration = sorted(set(wish.kinds)), wish.integration
    rule.minutes, rule.tell_closed = wish.minutes, wish.tell_closed
    if wish.channel == Channel.EMAIL:
        _by_mail(rule, wish.emails)
    elif wish.channel == Channel.WEBHOOK:
        _by_webhook(rule, wish.url.strip())
    else:
        raise NotificationError("channel", "choose e-mail or webhook")
    rule.channel = wish.channel


def _by_mail(rule: NotificationRule, emails: Sequence[str]) -> None:
    if not mail_is_sent():
        raise NotificationError(
            "channel", "no mail server is set up (CROSSDOCK_EMAIL_URL), so choose a webhook instead"
        )
    addresses = list(dict.fromkeys(email.strip() for email in emails if email.strip()))
    if not 1 <= len(addresses) <= MOST_ADDRESSES:
        raise NotificationError("emails", f"give 1 to {MOST_ADDRESSES} e-mail addresses, one a line")
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError as error:
            raise NotificationError("emails", f"{address!r} is no e-mail address") from error
    rule.emails, rule.url, rule.url_host = addresses, None, ""


def _by_webhook(rule: NotificationRule, url: str) -> None:
    rule.emails = []
    if not url and rule.url is not None:
        return
    problem = url_problem(url, private_hosts())
    if problem:
        raise NotificationError("url", problem)
    rule.url, rule.url_host = vault.seal({"url": url}), (urlsplit(url).hostname or "")[:255]


def _locked(rule: NotificationRule) -> NotificationRule:
    return NotificationRule.objects.select_for_update(no_key=True).get(pk=rule.pk)


def _facts(rule: NotificationRule) -> dict[str, object]:
    """What events keep of a rule; of a webhook's address the host only."""
    return {
        "name": rule.name, "kinds": list(rule.kinds), "channel": str(rule.channel), "emails": list(rule.emails),
        "host": rule.url_host, "minutes": rule.minutes, "tellClosed": rule.tell_closed,
        "integrationId": rule.integration.key if rule.integration else None,
    }  # fmt: skip
