"""What the rules say about one order: the first that matches decides. Pure.

Nothing is remembered between two looks. A hold whose time has come is a release, so the same rules give the same
answer however often, and however late, they are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crossdock.hub.models import OrderRule
from crossdock.routing.filters import Facts, matches
from crossdock.routing.rules.actions import Deed, Kind, read_actions


@dataclass(frozen=True)
class Rule:
    """A rule as the decision sees it. Without `integration_id` it is for the orders of all sources."""

    name: str
    deed: Deed
    match: str = "all"
    filters: tuple[Mapping[str, object], ...] = ()
    integration_id: int | None = None
    key: str = ""


@dataclass(frozen=True)
class Subject:
    """An order as the decision sees it: when it was bought, when it came in, from where, and what it says.

    `facts` is asked for only where a rule has filters.
    """

    ordered_at: datetime
    arrived_at: datetime
    integration_id: int
    facts: Callable[[], Facts]


@dataclass(frozen=True)
class Verdict:
    """What the rule `rule` decided, and why. `hold_until` is set for a hold, `restock` is about a cancellation."""

    kind: Kind
    rule: str
    reason: str
    hold_until: datetime | None = None
    restock: bool = True
    given: Mapping[str, object] = field(default_factory=dict)


def rule_of(stored: OrderRule) -> Rule:
    """Return a stored rule as the decision sees it."""
    return Rule(
        stored.name, read_actions(stored.actions), stored.match, tuple(stored.filters), stored.integration_id,
        stored.key,
    )  # fmt: skip


def decide(rules: Sequence[Rule], subject: Subject, now: datetime) -> Verdict:
    """Return what the first rule that matches says about an order at `now`.

    Raises `ValueError` where none matches; the default rule, which is always last, matches every order.
    """
    seen: Facts | None = None
    for rule in rules:
        if rule.integration_id not in (None, subject.integration_id):
            continue
        if rule.filters and seen is None:
            seen = subject.facts()
        if not rule.filters or matches(rule.filters, rule.match, seen or {}):
            return _verdict(rule, subject, now)
    raise ValueError("rules: none matches; the default rule is missing")


def _verdict(rule: Rule, subject: Subject, now: datetime) -> Verdict:
    deed = rule.deed
    if deed.kind != "hold":
        words = {"review": "review required", "release": "released", "cancel": "cancelled"}
        return Verdict(
            deed.kind, rule.name, f"{words[deed.kind]} by rule “{rule.name}”", None, deed.restock, deed.given
        )
    start = subject.arrived_at if deed.from_arrival else min(subject.ordered_at, subject.arrived_at)
    until = start + timedelta(minutes=deed.minutes)
    since = "its arrival" if deed.from_arrival else "the order"
    if until <= now:
        reason = f"released by rule “{rule.name}”: {_span(deed.minutes)} since {since} have passed"
        return Verdict("release", rule.name, reason, None, deed.restock, deed.given)
    reason = (
        f"held by rule “{rule.name}” until {until:%Y-%m-%d %H:%M:%SZ}: {_span(deed.minutes)} from {since}"
    )
    return Verdict("hold", rule.name, reason, until, deed.restock, deed.given)


def _span(minutes: int) -> str:
    for size, name in ((1440, "days"), (60, "hours")):
        if minutes >= 2 * size and minutes % size == 0:
            return f"{minutes // size} {name}"
    return f"{minutes} minutes"
