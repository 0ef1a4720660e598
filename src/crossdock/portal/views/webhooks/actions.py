"""Acts on a webhook: try it, pause and resume it, send a notice again, remove it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

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
from crossdock.portal.actions import carry_out
from crossdock.portal.roles import Ability
from crossdock.portal.views.webhooks.finding import webhook_of

FAILURES = (WebhookError, SecretUnreadable)


@organization_view(Ability.DEVELOP)
@require_POST
def test(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Send a test at once and say what came of it."""
    webhook = webhook_of(visit, pk)

    def deed() -> str:
        delivery = send_test(webhook, system_clock)
        if not delivery.delivered:
            raise WebhookError("url", f"the test was not accepted: {delivery.error}")
        return f"{webhook.name} accepted the test with {delivery.status} after {delivery.milliseconds} ms."

    return carry_out(request, deed, back=_page(webhook), failures=FAILURES)


@organization_view(Ability.DEVELOP)
@require_POST
def pause(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Stop sending; what changes is kept."""
    webhook = webhook_of(visit, pk)

    def deed() -> str:
        pause_webhook(webhook, author=visit.author)
        return f"{webhook.name} is paused. What changes meanwhile is kept and sent when you resume it."

    return carry_out(request, deed, back=_page(webhook), failures=FAILURES)


@organization_view(Ability.DEVELOP)
@require_POST
def resume(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Send again, beginning with what waits."""
    webhook = webhook_of(visit, pk)

    def deed() -> str:
        resume_webhook(webhook, author=visit.author, now=system_clock())
        return f"{webhook.name} is active. Everything that waits is being sent."

    return carry_out(request, deed, back=_page(webhook), failures=FAILURES)


@organization_view(Ability.DEVELOP)
@require_POST
def again(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Tell again what one delivery was about."""
    webhook = webhook_of(visit, pk)
    try:
        delivery = NoticeDelivery.objects.select_related("webhook").get(
            webhook=webhook, pk=pk_of(request.POST.get("delivery", ""))
        )
    except (ValueError, NoticeDelivery.DoesNotExist) as error:
        raise Http404 from error

    def deed() -> str:
        redeliver(delivery, author=visit.author, now=system_clock())
        when = "when it is resumed" if webhook.state == Webhook.State.PAUSED else "within seconds"
        return f"{webhook.name} will be told of {delivery.entity} {delivery.item_id} again {when}."

    return carry_out(request, deed, back=_page(webhook), failures=FAILURES)


@organization_view(Ability.DEVELOP)
@require_POST
def remove(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Remove a webhook with all that waits for it."""
    webhook = webhook_of(visit, pk)

    def deed() -> str:
        remove_webhook(webhook, author=visit.author)
        return f"{webhook.name} has been removed; nothing is sent there any more."

    return carry_out(request, deed, back=reverse("portal:settings-webhooks"), failures=FAILURES)


def _page(webhook: Webhook) -> str:
    return reverse("portal:settings-webhooks-one", args=[webhook.pk])
