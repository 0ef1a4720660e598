"""Having a rule tried earlier or later, turning it on and off, removing it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import carry_out
from crossdock.portal.roles import Ability
from crossdock.portal.views.rules.pages import rule_of
from crossdock.routing.rules import RuleError, enable_rule, move_rule, remove_rule


@organization_view(Ability.WORK)
@require_POST
def move(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Have a rule tried one place earlier (``earlier``) or later."""
    rule = rule_of(visit, pk)

    def deed() -> str:
        step = -1 if request.POST.get("to") == "earlier" else 1
        move_rule(rule, rule.position + step, author=visit.author)
        return f"“{rule.name}” is tried at place {rule.position} now."

    return carry_out(request, deed, back=reverse("portal:rules"), failures=RuleError)


@organization_view(Ability.WORK)
@require_POST
def switch(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Turn a rule on, or off; it keeps its place."""
    rule = rule_of(visit, pk)

    def deed() -> str:
        enabled = request.POST.get("enabled") == "yes"
        enable_rule(rule, enabled=enabled, author=visit.author)
        return f"“{rule.name}” is {'on' if enabled else 'off'}."

    return carry_out(request, deed, back=reverse("portal:rules"), failures=RuleError)


@organization_view(Ability.WORK)
@require_POST
def remove(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Remove a rule; what it decided stands."""
    rule = rule_of(visit, pk)

    def deed() -> str:
        remove_rule(rule, author=visit.author, reason=request.POST.get("reason", "").strip())
        return f"“{rule.name}” is removed. What it decided stands."

    return carry_out(request, deed, back=reverse("portal:rules"), failures=RuleError)
