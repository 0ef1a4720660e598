"""Acts on a notification rule: try it, pause and resume it, remove it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.hub.notifications.rules import NotificationError, pause_rule, remove_rule, resume_rule
from crossdock.hub.notifications.telling import send_test
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import carry_out
from crossdock.portal.roles import Ability
from crossdock.portal.views.notifications.pages import rule_of


def _list() -> str:
    return reverse("portal:settings-notifications")


@organization_view(Ability.ADMINISTER)
@require_POST
def test(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Send a test at once and say what came of it."""
    rule = rule_of(visit, pk)

    def deed() -> str:
        send_test(rule)
        return f"A test was sent by {rule.name}: {', '.join(rule.emails) or rule.url_host}."

    return carry_out(request, deed, back=_list(), failures=NotificationError)


@organization_view(Ability.ADMINISTER)
@require_POST
def pause(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Tell nobody for a while."""
    rule = rule_of(visit, pk)

    def deed() -> str:
        pause_rule(rule, author=visit.author)
        return f"{rule.name} is paused. What is open and untold when you resume it is told then."

    return carry_out(request, deed, back=_list(), failures=NotificationError)


@organization_view(Ability.ADMINISTER)
@require_POST
def resume(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Tell again."""
    rule = rule_of(visit, pk)

    def deed() -> str:
        resume_rule(rule, author=visit.author)
        return f"{rule.name} is active, beginning with what is open and untold."

    return carry_out(request, deed, back=_list(), failures=NotificationError)


@organization_view(Ability.ADMINISTER)
@require_POST
def remove(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Remove a rule."""
    rule = rule_of(visit, pk)

    def deed() -> str:
        remove_rule(rule, author=visit.author)
        return f"{rule.name} has been removed; nobody is told by it any more."

    return carry_out(request, deed, back=_list(), failures=NotificationError)
