"""Acts on a notification rule: try it, pause and resume it, remove it."""

from __future__ import annotations

from django.http import HttpRequest

from crossdock.hub.models import NotificationRule
from crossdock.hub.notifications.rules import NotificationError, pause_rule, remove_rule, resume_rule
from crossdock.hub.notifications.telling import send_test
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import act_on
from crossdock.portal.roles import Ability
from crossdock.portal.views.notifications.pages import rule_of

act = act_on(rule_of, back="portal:settings-notifications", failures=NotificationError)


@organization_view(Ability.ADMINISTER)
@act
def test(request: HttpRequest, visit: Visit, rule: NotificationRule) -> str:
    """Send a test at once and say what came of it."""
    send_test(rule)
    return f"A test was sent by {rule.name}: {', '.join(rule.emails) or rule.url_host}."


@organization_view(Ability.ADMINISTER)
@act
def pause(request: HttpRequest, visit: Visit, rule: NotificationRule) -> str:
    """Tell nobody for a while."""
    pause_rule(rule, author=visit.author)
    return f"{rule.name} is paused. What is open and untold when you resume it is told then."


@organization_view(Ability.ADMINISTER)
@act
def resume(request: HttpRequest, visit: Visit, rule: NotificationRule) -> str:
    """Tell again."""
    resume_rule(rule, author=visit.author)
    return f"{rule.name} is active, beginning with what is open and untold."


@organization_view(Ability.ADMINISTER)
@act
def remove(request: HttpRequest, visit: Visit, rule: NotificationRule) -> str:
    """Remove a rule."""
    remove_rule(rule, author=visit.author)
    return f"{rule.name} has been removed; nobody is told by it any more."
