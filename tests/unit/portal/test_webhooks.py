"""Webhooks and notification rules in the portal: made, tried, paused, removed; secrets shown once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import as_shown, text_of

from crossdock.config.mail_server import MailServer
from crossdock.hub.models import (
    Event,
    Integration,
    NoticeDelivery,
    NotificationRule,
    RecordChange,
    Webhook,
)
from crossdock.hub.notices.webhooks import create_webhook

TOPICS = ["orders", "inventory"]


@pytest.fixture
def webhook(shop: Any) -> Webhook:
    return create_webhook(shop.organization, "Program", "https://shop.example/hooks", TOPICS, author="ann")[0]


def page(name: str, *arguments: object) -> str:
    return reverse(f"portal:settings-{name}", args=arguments)


def test_a_webhook_is_made_and_its_secret_shown_once(browser: Client, shop: Any) -> None:
    assert 'class="cd-empty"' in text_of(browser.get(page("webhooks")))
    given = {"name": "Program", "url": "https://shop.example/hooks?t=1", "topics": TOPICS}
    made = text_of(browser.post(page("webhooks-new"), given))
    found = re.search(r'value="(cdw_[0-9a-f]{48})"', made)
    assert found is not None
    webhook = Webhook.objects.get()
    for where in (page("webhooks"), page("webhooks-one", webhook.pk), page("webhooks-edit", webhook.pk)):
        text = text_of(browser.get(where))
        assert found[1] not in text
        assert "Program" in text
    renewed = text_of(browser.post(page("webhooks-secret", webhook.pk)))
    assert "cdw_" in renewed
    assert found[1] not in renewed


def test_what_is_wrong_stands_beside_its_field(browser: Client, shop: Any, webhook: Webhook) -> None:
    answer = browser.post(
        page("webhooks-new"), {"name": "Program", "url": "https://x.example", "topics": TOPICS}
    )
    assert answer.status_code == 400
    assert "name" in answer.context["form"].errors
    given = {"name": "Other", "url": "http://169.254.169.254/latest", "topics": TOPICS}
    assert "CROSSDOCK_WEBHOOK_PRIVATE_HOSTS" in text_of(browser.post(page("webhooks-new"), given))
    assert Webhook.objects.count() == 1


def test_acts_on_a_webhook(browser: Client, shop: Any, webhook: Webhook) -> None:
    def act(name: str, **given: str) -> str:
        answer = browser.post(page(f"webhooks-{name}", webhook.pk), given, follow=True)
        return " ".join(str(message) for message in answer.context["messages"])

    Webhook.objects.filter(pk=webhook.pk).update(url="http://127.0.0.1:1/x")
    assert "the test was not accepted: 127.0.0.1 is at 127.0.0.1" in act("test")
    assert "Program is paused" in act("pause")
    assert "Paused" in text_of(browser.get(page("webhooks")))
    assert "Program is active" in act("resume")
    delivery = NoticeDelivery.objects.create(
        webhook=webhook, request_id="ab" * 16, entity="orders", record_id=shop.orders[0].pk, action="update",
        attempt=2, status=503, milliseconds=12, error="it answered 503", delivered=False,
    )  # fmt: skip
    text = text_of(browser.get(page("webhooks-one", webhook.pk)))
    assert "it answered 503" in text
    assert "try 2" in text
    assert f"told of orders {shop.orders[0].key} again" in act("again", delivery=delivery.key)
    assert webhook.notices.count() == 1
    assert browser.post(page("webhooks-again", webhook.pk), {"delivery": "nonsense"}).status_code == 404
    assert "Program has been removed" in act("remove")
    assert RecordChange.objects.count() == 0
    assert Event.objects.filter(entity="webhooks", author=f"user:{shop.user.username}").exists()


def test_a_webhook_is_changed(browser: Client, webhook: Webhook) -> None:
    given = {"name": "Renamed", "url": "https://shop.example/other", "topics": ["products"]}
    edit = page("webhooks-edit", webhook.pk)
    assert browser.post(edit, as_shown(browser, edit, given)).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.name, webhook.url, webhook.topics) == ("Renamed", given["url"], ["products"])


RULE = {
    "name": "Desk", "channel": "webhook", "emails": "", "url": "https://chat.example/secret-token",
    "about": "everything", "integration": "", "minutes": "15",
}  # fmt: skip


def test_without_a_mail_server_the_page_offers_a_webhook(browser: Client, shop: Any) -> None:
    assert "CROSSDOCK_EMAIL_URL" in text_of(browser.get(page("notifications")))
    wrong = RULE | {"channel": "email", "emails": "ann@shop.test"}
    assert "no mail server" in text_of(browser.post(page("notifications-new"), wrong))
    assert browser.post(page("notifications-new"), RULE, follow=True).status_code == 200
    rule = NotificationRule.objects.get()
    for where in (page("notifications"), page("notifications-edit", rule.pk)):
        text = text_of(browser.get(where))
        assert "chat.example" in text
        assert "secret-token" not in text
    kept = RULE | {"url": "", "about": "chosen", "kinds": ["noRoute", "other"], "tell_closed": "on"}
    edit = page("notifications-edit", rule.pk)
    assert browser.post(edit, as_shown(browser, edit, kept)).status_code == 302
    rule.refresh_from_db()
    assert (rule.kinds, rule.url_host, rule.tell_closed) == (["noRoute", "other"], "chat.example", True)
    text = text_of(browser.get(page("notifications-edit", rule.pk)))
    assert 'id="kind-noRoute" checked' in text
    assert 'id="kind-noLocation" checked' not in text


def test_no_kind_at_all_is_not_every_kind(browser: Client, shop: Any) -> None:
    answer = browser.post(page("notifications-new"), RULE | {"about": "chosen"})
    assert answer.status_code == 400
    assert "tick at least one kind" in text_of(answer)
    assert NotificationRule.objects.count() == 0


def test_a_rule_about_a_removed_integration_does_not_become_one_about_all(browser: Client, shop: Any) -> None:
    about = RULE | {"integration": shop.integration.key}
    browser.post(page("notifications-new"), about)
    Integration.objects.filter(pk=shop.integration.pk).update(state="removed")
    rule = NotificationRule.objects.get()
    edit = page("notifications-edit", rule.pk)
    assert f"{shop.integration.name} (removed)" in text_of(browser.get(edit))
    assert browser.post(edit, as_shown(browser, edit, about | {"name": "Renamed"})).status_code == 302
    rule.refresh_from_db()
    assert (rule.name, rule.integration) == ("Renamed", shop.integration)
    assert "(removed)" not in text_of(browser.get(page("notifications-new")))


def test_acts_on_a_rule(browser: Client, shop: Any, settings: Any) -> None:
    server = MailServer("127.0.0.1", 25, tls="none", sender="hub@shop.test")
    settings.CROSSDOCK = replace(settings.CROSSDOCK, mail=server)
    browser.post(
        page("notifications-new"), RULE | {"channel": "email", "emails": "ann@shop.test\nbob@shop.test"}
    )
    rule = NotificationRule.objects.get()

    def act(name: str) -> str:
        answer = browser.post(page(f"notifications-{name}", rule.pk), follow=True)
        return " ".join(str(message) for message in answer.context["messages"])

    assert "ann@shop.test, bob@shop.test" in act("test")
    assert [mail.to for mail in outbox.outbox] == [["ann@shop.test"], ["bob@shop.test"]]
    assert "is paused" in act("pause")
    assert "is active" in act("resume")
    assert "has been removed" in act("remove")
    assert NotificationRule.objects.count() == 0
