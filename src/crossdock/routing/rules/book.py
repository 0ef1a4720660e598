"""The rules of an organization: which there are, in which order, and changing them.

Every change is one transaction and one event. The default rule is made when it is first needed; it is the last,
has no filters, and only what it does can be changed. Changed rules decide on what they have not decided on yet,
and on what is held when its hold ends; what was released stays so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from crossdock.hub.documents.rule import rule_document
from crossdock.hub.events import SYSTEM, record_event
from crossdock.hub.models import Event, Integration, OrderRule, Organization
from crossdock.hub.waking import wake_routing
from crossdock.routing.facts import check_order_filters
from crossdock.routing.filters import FilterError
from crossdock.routing.rules.actions import DEFAULT_ACTIONS, ActionError, check_actions
from crossdock.routing.rules.verdict import Rule, rule_of

ENTITY = "orderRules"
DEFAULT_NAME = "Default"
LONGEST_NAME = 120
MOST_RULES = 200


class RuleError(ValueError):
    """A rule that cannot be stored or changed so: `field` names the part, the text the remedy."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


@dataclass(frozen=True)
class Draft:
    """A rule as a person wants it. `position` None keeps its place, or puts a new one last."""

    name: str
    actions: object
    filters: object = ()
    match: object = "all"
    enabled: object = True
    integration: Integration | None = None
    position: int | None = None


def rules_of(organization_id: int) -> list[OrderRule]:
    """Return the organization's rules in the order in which they are tried, the default rule last."""
    _default(organization_id)
    return list(_rows(organization_id).select_related("integration", "organization"))


def active_rules(organization_id: int) -> list[Rule]:
    """Return the enabled rules as a decision takes them, the default rule last."""
    rows = list(_rows(organization_id).filter(Q(enabled=True) | Q(is_default=True)))
    if not any(row.is_default for row in rows):
        rows.append(_default(organization_id))
    return [rule_of(row) for row in rows]


def put_rule(organization: Organization, draft: Draft, *, author: str, reason: str = "") -> OrderRule:
    """Store a rule: the one of that name is replaced, else a new one is made. Raises `RuleError`.

    The default rule may be put, too, under its name; it takes actions only.
    """
    with transaction.atomic():
        _lock(organization.pk)
        _default(organization.pk)
        name = _checked_name(draft.name)
        stored = _rows(organization.pk).filter(name__iexact=name).first()
        if stored is not None and stored.is_default:
            return _put_default(stored, draft, author, reason)
        if stored is None and _rows(organization.pk).count() > MOST_RULES:
            raise RuleError("name", f"there are {MOST_RULES} rules already; remove one first")
        before = rule_document(stored) if stored is not None else None
        rule = stored or OrderRule(organization=organization, name=name, position=_last(organization.pk) + 1)
        rule.name, rule.integration = name, _checked_integration(organization, draft.integration)
        rule.match, rule.enabled = _checked_match(draft.match), _checked_switch(draft.enabled)
        rule.filters, rule.actions = _checked_filters(draft.filters), _checked_actions(draft.actions)
        rule.save()
        if draft.position is not None:
            _place(rule, draft.position)
        _record(rule, "created" if before is None else "changed", author, reason, before)
        return rule


def move_rule(rule: OrderRule, position: int, *, author: str, reason: str = "") -> None:
    """Have a rule tried at `position`, counted from 1; the others make room. Raises `RuleError`."""
    with transaction.atomic():
        locked = _locked(rule)
        if locked.is_default:
            raise RuleError("position", f"{locked.name!r} is the default rule, which is always the last")
        before = rule_document(locked)
        _place(locked, position)
        _record(locked, "moved", author, reason, before)
    rule.refresh_from_db()


def enable_rule(rule: OrderRule, *, enabled: bool, author: str, reason: str = "") -> None:
    """Turn a rule on or off; one that is off keeps its place. Raises `RuleError` for the default rule."""
    with transaction.atomic():
        locked = _locked(rule)
        if locked.is_default and not enabled:
            raise RuleError(
                "enabled",
                f"{locked.name!r} is the default rule, which must decide when no other does; to let orders "
                'through at once give it the action {"do": "release"}',
            )
        if locked.enabled != enabled:
            before = rule_document(locked)
            locked.enabled = enabled
            locked.save(update_fields=["enabled", "updated_at"])
            _record(locked, "enabled" if enabled else "disabled", author, reason, before)
    rule.refresh_from_db()


def remove_rule(rule: OrderRule, *, author: str, reason: str = "") -> None:
    """Remove a rule; what it decided stands. Raises `RuleError` for the default rule."""
    with transaction.atomic():
        locked = _locked(rule)
        if locked.is_default:
            raise RuleError(
                "name", f"{locked.name!r} is the default rule, which stays; change its actions instead"
            )
        before = rule_document(locked)
        record_event(
            locked.organization_id, ENTITY, locked.pk, "removed", author=author, reason=reason, before=before
        )
        locked.delete()
        _number(list(_rows(locked.organization_id).filter(is_default=False)))
        wake_routing(locked.organization_id)


def set_default(organization: Organization, actions: object, *, author: str, reason: str = "") -> OrderRule:
    """Change what happens to orders that no other rule matches. Raises `RuleError`."""
    with transaction.atomic():
        _lock(organization.pk)
        rule = _default(organization.pk)
        return _put_default(rule, Draft(rule.name, actions), author, reason)


def _put_default(rule: OrderRule, draft: Draft, author: str, reason: str) -> OrderRule:
    for field, wrong in (
        ("filters", bool(draft.filters)),
        ("integration", draft.integration is not None),
        ("enabled", draft.enabled is not True),
        ("position", draft.position is not None),
    ):
        if wrong:
            raise RuleError(
                field, f"{rule.name!r} is the default rule: the last, for every order; leave {field} out"
            )
    before = rule_document(rule)
    rule.actions = _checked_actions(draft.actions)
    rule.save(update_fields=["actions", "updated_at"])
    _record(rule, "changed", author, reason, before)
    return rule


def _default(organization_id: int) -> OrderRule:
    """Return the default rule, made if it is needed for the first time; two workers make one."""
    rule = OrderRule.objects.filter(organization_id=organization_id, is_default=True).first()
    if rule is not None:
        return rule
    taken = _rows(organization_id).filter(name__iexact=DEFAULT_NAME).exists()
    made = OrderRule(
        organization_id=organization_id, name=DEFAULT_NAME + (" rule" if taken else ""), is_default=True,
        position=0, actions=DEFAULT_ACTIONS,
    )  # fmt: skip
    OrderRule.objects.bulk_create([made], ignore_conflicts=True)
    rule = OrderRule.objects.get(organization_id=organization_id, is_default=True)
    if not _known(rule):
        record_event(organization_id, ENTITY, rule.pk, "created", author=SYSTEM, after=rule_document(rule))
    return rule


def _known(rule: OrderRule) -> bool:
    return Event.objects.filter(entity=ENTITY, record_id=rule.pk).exists()


def _rows(organization_id: int) -> QuerySet[OrderRule]:
    return OrderRule.objects.filter(organization_id=organization_id)


def _lock(organization_id: int) -> None:
    """Let one change of the rules wait for another."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


def _locked(rule: OrderRule) -> OrderRule:
    _lock(rule.organization_id)
    return OrderRule.objects.select_related("integration", "organization").get(pk=rule.pk)


def _last(organization_id: int) -> int:
    last: int | None = _rows(organization_id).filter(is_default=False).aggregate(last=Max("position"))["last"]
    return last or 0


def _place(rule: OrderRule, position: int) -> None:
    others = list(_rows(rule.organization_id).filter(is_default=False).exclude(pk=rule.pk))
    if not 1 <= position <= len(others) + 1:
        raise RuleError("position", f"{position} is not from 1 to {len(others) + 1}")
    others.insert(position - 1, rule)
    _number(others)
    rule.refresh_from_db(fields=["position"])


def _number(rules: Sequence[OrderRule]) -> None:
    for place, rule in enumerate(rules, start=1):
        if rule.position != place:
            OrderRule.objects.filter(pk=rule.pk).update(position=place)


def _record(
    rule: OrderRule, operation: str, author: str, reason: str, before: Mapping[str, object] | None
) -> None:
    """Write the event of a change, with what differs, and have the rules look at what waits for them."""
    after = rule_document(rule)
    same = {name for name in after if before is not None and before.get(name) == after[name]} | {"updatedAt"}
    was = None if before is None else {name: value for name, value in before.items() if name not in same}
    now = {name: value for name, value in after.items() if name not in same}
    if before is None or now:
        record_event(
            rule.organization_id,
            ENTITY,
            rule.pk,
            operation,
            author=author,
            reason=reason,
            before=was,
            after=now,
        )
    wake_routing(rule.organization_id)


# -- what a rule may be ----------------------------------------------------------------------------------


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise RuleError("name", f"it must be a text of 1 to {LONGEST_NAME} printable characters")
    return name.strip()


def _checked_match(match: object) -> str:
    if match not in ("all", "any"):
        raise RuleError("match", f"{match!r} is neither all nor any")
    return str(match)


def _checked_switch(enabled: object) -> bool:
    if not isinstance(enabled, bool):
        raise RuleError("enabled", f"{enabled!r} is neither true nor false")
    return enabled


def _checked_integration(organization: Organization, integration: Integration | None) -> Integration | None:
    if integration is not None and integration.organization_id != organization.pk:
        raise RuleError("integration", f"{integration.name} belongs to another organization")
    return integration


def _checked_filters(filters: object) -> list[dict[str, object]]:
    try:
        return check_order_filters(list(filters) if isinstance(filters, tuple) else filters)
    except FilterError as error:
        raise RuleError(error.field, error.message) from error


def _checked_actions(actions: object) -> list[dict[str, object]]:
    try:
        return check_actions(actions)
    except ActionError as error:
        raise RuleError(error.field, error.message) from error
