"""Switching a mapping, removing it, and applying the mappings to orders that are here."""

from __future__ import annotations

from django.http import HttpRequest

from crossdock.flows.remapping import apply_remapping
from crossdock.hub.mappings.book import MappingError, enable_rule, remove_rule
from crossdock.hub.models import Integration, MappingRule
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import act_on, reason_of
from crossdock.portal.roles import Ability
from crossdock.portal.views.mappings.pages import fields_of, limit_of, mapped, rule_of


def _page(rule: MappingRule) -> str:
    return fields_of(rule.integration)


act = act_on(rule_of, back=_page, failures=MappingError)


@organization_view(Ability.MAP)
@act
def switch(request: HttpRequest, visit: Visit, rule: MappingRule) -> str:
    """Switch a mapping on, or off: then the connector's own stands again."""
    stored = enable_rule(rule, enabled=request.POST.get("enabled") == "yes", author=visit.author)
    return f"Your mapping of {stored.target} is {'on' if stored.enabled else 'off'} for what is read from now on."


@organization_view(Ability.MAP)
@act
def remove(request: HttpRequest, visit: Visit, rule: MappingRule) -> str:
    """Remove a mapping; what it filled stays until its order is read again."""
    remove_rule(rule, author=visit.author, reason=reason_of(request))
    return f"Your mapping of {rule.target} is removed. What it filled stays until the order is read again."


@organization_view(Ability.MAP)
@act_on(mapped, back=fields_of, failures=MappingError)
def apply(request: HttpRequest, visit: Visit, one: Integration) -> str:
    """Apply the mappings to the newest open orders, as planned."""
    done = apply_remapping(
        one, author=visit.author, limit=limit_of(request.POST.get("limit", "")), reason=reason_of(request)
    )
    left = sum(done.left.values())
    changed = "1 order was changed" if done.changed == 1 else f"{done.changed:,} orders were changed"
    rest = f"{done.same:,} were right already" + (f", and {left:,} were left as they are" if left else "")
    return f"{changed}; {rest}."
