"""Having a rule tried earlier or later, turning it on and off, removing it."""

from __future__ import annotations

from django.http import HttpRequest

from crossdock.hub.models import OrderRule
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import act_on, reason_of
from crossdock.portal.roles import Ability
from crossdock.portal.views.rules.pages import rule_of
from crossdock.routing.rules.book import RuleError, enable_rule, move_rule, remove_rule

act = act_on(rule_of, back="portal:rules", failures=RuleError)


@organization_view(Ability.WORK)
@act
def move(request: HttpRequest, visit: Visit, rule: OrderRule) -> str:
    """Have a rule tried one place earlier (``earlier``) or later."""
    step = -1 if request.POST.get("to") == "earlier" else 1
    move_rule(rule, rule.position + step, author=visit.author)
    return f"“{rule.name}” is tried at place {rule.position} now."


@organization_view(Ability.WORK)
@act
def switch(request: HttpRequest, visit: Visit, rule: OrderRule) -> str:
    """Turn a rule on, or off; it keeps its place."""
    enabled = request.POST.get("enabled") == "yes"
    enable_rule(rule, enabled=enabled, author=visit.author)
    return f"“{rule.name}” is {'on' if enabled else 'off'}."


@organization_view(Ability.WORK)
@act
def remove(request: HttpRequest, visit: Visit, rule: OrderRule) -> str:
    """Remove a rule; what it decided stands."""
    remove_rule(rule, author=visit.author, reason=reason_of(request))
    return f"“{rule.name}” is removed. What it decided stands."
