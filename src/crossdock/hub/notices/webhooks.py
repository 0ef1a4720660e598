"""Adding, changing, pausing and removing webhooks, and their signing secrets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from crossdock.hub import vault
from crossdock.hub.events import record_event
from crossdock.hub.exceptions import close_exceptions
from crossdock.hub.models import Notice, NoticeDelivery, Organization, Webhook
from crossdock.hub.notices.addresses import url_problem
from crossdock.hub.notices.outbox import forget_strays, tell_again
from crossdock.hub.notices.signing import new_secret
from crossdock.hub.notices.topics import TEST, TOPICS

ENTITY = "webhooks"
FORMER_FOR = timedelta(hours=24)
"""For how long the former secret signs, too, after a new one was made."""
MOST = 20
"""Webhooks of one organization: each is told of every change by itself."""


class WebhookError(ValueError):
    """A webhook that cannot be made, changed or used: `field`, and how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


def private_hosts() -> tuple[str, ...]:
    """Return the private hosts that the operator lets webhooks call."""
    return tuple(settings.CROSSDOCK.webhook_private_hosts)


def subject_of(webhook: Webhook) -> str:
    """Return how exceptions name a webhook."""
    return f"{ENTITY}:{webhook.key}"


def create_webhook(
    organization: Organization, name: str, url: str, topics: Sequence[str], *, author: str
) -> tuple[Webhook, str]:
    """Add a webhook that is told of every change from now on; returns it with its secret, never seen again.

    Raises `WebhookError`.
    """
    name, url, chosen = _checked(name, url, topics)
    secret = new_secret()
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        others = Webhook.objects.filter(organization=organization)
        _name_is_free(others, name)
        if others.count() >= MOST:
            raise WebhookError("webhook", f"there are {MOST} already; remove one that is not needed")
        webhook = Webhook.objects.create(
            organization=organization, name=name, url=url, topics=chosen,
            secret=vault.seal({"secret": secret}), author=author[:80],
        )  # fmt: skip
        record_event(
            organization.pk, ENTITY, webhook.pk, "created", author=author, after=_facts(name, url, chosen)
        )
    return webhook, secret


def change_webhook(webhook: Webhook, name: str, url: str, topics: Sequence[str], *, author: str) -> Webhook:
    """Change what a webhook is called, where it leads and what it asks about. Raises `WebhookError`."""
    name, url, chosen = _checked(name, url, topics)
    with transaction.atomic():
        locked = _locked(webhook)
        _name_is_free(Webhook.objects.filter(organization=locked.organization_id).exclude(pk=locked.pk), name)
        before, after = _facts(locked.name, locked.url, locked.topics), _facts(name, url, chosen)
        elsewhere = locked.url != url
        locked.name, locked.url, locked.topics = name, url, chosen
        if elsewhere:
            _fresh_start(locked)
        locked.save()
        if before != after or elsewhere:
            record_event(
                locked.organization_id,
                ENTITY,
                locked.pk,
                "changed",
                author=author,
                before=before,
                after=after,
            )
    return locked


def pause_webhook(webhook: Webhook, *, author: str, reason: str = "") -> Webhook:
    """Send nothing until it is resumed; what changes meanwhile is kept, one notice for each record."""
    with transaction.atomic():
        locked = _locked(webhook)
        if locked.state != Webhook.State.PAUSED or locked.failing_since is not None:
            locked.state, locked.state_reason = Webhook.State.PAUSED, reason[:500]
            _fresh_start(locked)
            locked.save()
            close_exceptions(
                locked.organization_id, [subject_of(locked)], resolution="A person paused the webhook."
            )
            record_event(locked.organization_id, ENTITY, locked.pk, "paused", author=author, reason=reason)
    return locked


def resume_webhook(webhook: Webhook, *, author: str, now: datetime) -> Webhook:
    """Send again, beginning at once with everything that waits, also what had been given up."""
    with transaction.atomic():
        locked = _locked(webhook)
        waiting = Notice.objects.filter(webhook=locked)
        waiting.update(due_at=now, first_tried_at=None, given_up_at=None)
        was_paused = locked.state == Webhook.State.PAUSED
        locked.state, locked.state_reason = Webhook.State.ACTIVE, ""
        _fresh_start(locked)
        locked.save()
        if was_paused:
            record_event(locked.organization_id, ENTITY, locked.pk, "resumed", author=author)
    return locked


def remove_webhook(webhook: Webhook, *, author: str, reason: str = "") -> None:
    """Remove a webhook with all that still waits for it."""
    with transaction.atomic():
        locked = _locked(webhook)
        close_exceptions(locked.organization_id, [subject_of(locked)], resolution="The webhook was removed.")
        record_event(
            locked.organization_id, ENTITY, locked.pk, "removed", author=author, reason=reason,
            before=_facts(locked.name, locked.url, locked.topics),
        )  # fmt: skip
        locked.delete()
    forget_strays()


def rotate_secret(webhook: Webhook, *, author: str, now: datetime) -> str:
    """Make a new signing secret and return it; it is never seen again. The former one signs for a day more."""
    secret = new_secret()
    with transaction.atomic():
        locked = _locked(webhook)
        former = vault.unseal(locked.secret)["secret"]
        locked.secret = vault.seal({"secret": secret, "former": former})
        locked.former_until = now + FORMER_FOR
        locked.save()
        record_event(locked.organization_id, ENTITY, locked.pk, "secretChanged", author=author)
    return secret


def signing_keys(webhook: Webhook, now: datetime) -> list[str]:
    """Return the secrets that sign at this moment, the newest first. Raises `SecretUnreadable`."""
    kept = vault.unseal(webhook.secret)
    former = webhook.former_until is not None and now < webhook.former_until
    return [kept["secret"], *([kept["former"]] if former and "former" in kept else [])]


def redeliver(delivery: NoticeDelivery, *, author: str, now: datetime) -> None:
    """Tell a receiver again what one delivery was about, as a new notice with a number of its own.

    Raises `WebhookError` for a test.
    """
    if delivery.entity == TEST:
        raise WebhookError("delivery", "it was a test; send another test instead")
    webhook = delivery.webhook
    with transaction.atomic():
        tell_again(webhook, [(delivery.entity, delivery.record_id, delivery.action)], now)
        record_event(
            webhook.organization_id, ENTITY, webhook.pk, "redelivered", author=author,
            after={"entity": delivery.entity, "itemId": delivery.item_id},
        )  # fmt: skip


def _checked(name: str, url: str, topics: Sequence[str]) -> tuple[str, str, list[str]]:
    name, url = name.strip(), url.strip()
    if not 1 <= len(name) <= 120:
        raise WebhookError("name", "give a text of 1 to 120 characters that says who listens")
    problem = url_problem(url, private_hosts())
    if problem:
        raise WebhookError("url", problem)
    unknown = [topic for topic in topics if topic not in TOPICS]
    if unknown or not topics:
        raise WebhookError("topics", f"{unknown[0] if unknown else 'none'!r} is none of {', '.join(TOPICS)}")
    return name, url, [topic for topic in TOPICS if topic in topics]


def _name_is_free(others: QuerySet[Webhook], name: str) -> None:
    if others.filter(name=name).exists():
        raise WebhookError("name", f"there is a webhook called {name!r}; choose another name")


def _locked(webhook: Webhook) -> Webhook:
    return Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)


def _fresh_start(webhook: Webhook) -> None:
    webhook.failures, webhook.failing_since, webhook.not_before = 0, None, None


def _facts(name: str, url: str, topics: Sequence[str]) -> dict[str, object]:
    """What events keep of a webhook; of its address the host only, for the rest may hold a token."""
    return {"name": name, "host": urlsplit(url).hostname, "topics": list(topics)}
