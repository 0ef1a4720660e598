"""Trying rules against orders of the past: what they would have decided, and nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from crossdock.hub.models import Order, Organization
from crossdock.routing.rules.applying import subject_of
from crossdock.routing.rules.book import Draft, active_rules, put_rule
from crossdock.routing.rules.verdict import Rule, Verdict, decide


@dataclass(frozen=True)
class Tried:
    """What the rules would have decided about an order at the moment it was bought."""

    order: Order
    verdict: Verdict


def try_rules(organization: Organization, drafts: Sequence[Draft], orders: Sequence[Order]) -> list[Tried]:
    """Return what the organization's rules, with `drafts` put among them, say about `orders`.

    Each order is looked at as if it had just been bought and come in. Orders need their integration and location
    at hand. Raises `RuleError` for a draft that could not be stored.
    """
    rules = _with(organization, drafts)
    return [Tried(order, _verdict(rules, order)) for order in orders]


def _with(organization: Organization, drafts: Sequence[Draft]) -> list[Rule]:
    """The rules as they would be: the drafts are put as they would be, and that is taken back."""
    if not drafts:
        return active_rules(organization.pk)
    with transaction.atomic():
        for draft in drafts:
            put_rule(organization, draft, author="trial")
        rules = active_rules(organization.pk)
        transaction.set_rollback(True)
    return rules


def _verdict(rules: Sequence[Rule], order: Order) -> Verdict:
    subject = replace(subject_of(order), arrived_at=order.ext_order_created_at)
    return decide(rules, subject, order.ext_order_created_at)
