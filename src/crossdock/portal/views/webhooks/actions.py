"""Acts on a webhook: try it, pause and resume it, send a notice again, remove it."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.urls import reverse

from crossdock.hub.clock import system_clock
from crossdock.hub.models import NoticeDelivery, Webhook, pk_of
from crossdock.hub.notices.delivering import send_test
from crossdock.hub.notices.webhooks import (
    WebhookError,
    pause_webhook,
    redeliver,
    remove_webhook,
    resume_webhook,
)
from crossdock.hub.vault import SecretUnreadable
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import act_on
from crossdock.portal.roles import Ability
from crossdock.portal.views.webhooks.finding import webhook_of

FAILURES = (WebhookError, SecretUnreadable)


def _page(webhook: Webhook) -> str:
    return reverse("portal:settings-webhooks-one", args=[webhook.pk])


act = act_on(webhook_of, back=_page, failures=FAILURES)


@organization_view(Ability.DEVELOP)
@act
def test(request: HttpRequest, visit: Visit, webhook: Webhook) -> str:
    """Send a test at once and say what came of it."""
    delivery = send_test(webhook, system_clock)
    if not delivery.delivered:
        raise WebhookError("url", f"the test was not accepted: {delivery.error}")
    return f"{webhook.name} accepted the test with {delivery.status} after {delivery.milliseconds} ms."


@organization_view(Ability.DEVELOP)
@act
def pause(request: HttpRequest, visit: Visit, webhook: Webhook) -> str:
    """Stop sending; what changes is kept."""
    pause_webhook(webhook, author=visit.author)
    return f"{webhook.name} is paused. What changes meanwhile is kept and sent when you resume it."


@organization_view(Ability.DEVELOP)
@act
def resume(request: HttpRequest, visit: Visit, webhook: Webhook) -> str:
    """Send again, beginning with what waits."""
    resume_webhook(webhook, author=visit.author, now=system_clock())
    return f"{webhook.name} is active. Everything that waits is being sent."


@organization_view(Ability.DEVELOP)
@act
def again(request: HttpRequest, visit: Visit, webhook: Webhook) -> str:
    """Tell again what one delivery was about."""
    try:
        delivery = NoticeDelivery.objects.select_related("webhook").get(
            webhook=webhook, pk=pk_of(request.POST.get("delivery", ""))
        )
    except (ValueError, NoticeDelivery.DoesNotExist) as error:
        raise Http404 from error
    redeliver(delivery, author=visit.author, now=system_clock())
    when = "when it is resumed" if webhook.state == Webhook.State.PAUSED else "within seconds"
    return f"{webhook.name} will be told of {delivery.entity} {delivery.item_id} again {when}."


@organization_view(Ability.DEVELOP)
@act_on(webhook_of, back="portal:settings-webhooks", failures=FAILURES)
def remove(request: HttpRequest, visit: Visit, webhook: Webhook) -> str:
    """Remove a webhook with all that waits for it."""
    remove_webhook(webhook, author=visit.author)
    return f"{webhook.name} has been removed; nothing is sent there any more."
