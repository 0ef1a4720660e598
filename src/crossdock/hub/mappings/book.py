"""The stored rules of an integration: which there are, and changing them.

Every change is one transaction and one event of the integration. A changed rule is applied to what is read from then
on; orders that are here already get it only when somebody asks for that (`flows/remapping.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from crossdock.hub.events import record_event
from crossdock.hub.exceptions import close_exceptions, open_exception
from crossdock.hub.mappings.own import CODE, OwnRule, problem_of
from crossdock.hub.mappings.paths import Path, PathError, read_document, read_path
from crossdock.hub.mappings.targets import ENTITIES, Target, TargetError, misfit, target_of
from crossdock.hub.models import ExceptionCase, Flow, Integration, MappingRule, SourceDocument

MOST_RULES = 100
MOST_TRANSLATIONS = 500
LONGEST_VALUE = 500
LOOKED_AT = 2_000
"""How many open exceptions are looked at when a rule changes; those of others close when they are read again."""


class MappingError(ValueError):
    """A rule that cannot be stored, changed or tried so: `field` names the part, the text the remedy."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


@dataclass(frozen=True)
class Draft:
    """A rule as a person wants it.

    Without a `source` the target gets the `default` always; with neither, the connector's own rule is off.
    """

    target: str
    source: str = ""
    translations: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    enabled: bool = True


def rules_of(integration: Integration, entity: str = "orders") -> list[MappingRule]:
    """Return the rules of an integration, by target."""
    return list(_rows(integration.pk, entity))


def active_rules(integration_id: int, entity: str) -> tuple[OwnRule, ...]:
    """Return the rules that take part in what is read now; one query."""
    return tuple(own_rule(row) for row in _rows(integration_id, entity).filter(enabled=True))


def own_rule(rule: MappingRule) -> OwnRule:
    """Return a stored rule as it is applied."""
    path = read_path(rule.source) if rule.source else None
    return OwnRule(target_of(rule.target), path, rule.translations, rule.default)


def checked(draft: Draft) -> OwnRule:
    """Return a draft as it would be applied. Raises `MappingError` naming the part that cannot be used."""
    target = _checked_target(draft.target)
    path = _checked_path(draft.source, target) if draft.source.strip() else None
    default = None if draft.default is None else _checked_value(target, draft.default, "default")
    if path is None:
        if draft.translations:
            raise MappingError("translations", "there is nothing to translate without a source; give one")
        if default is None and target.kind == "tags":
            raise MappingError(
                "source",
                "tags are only ever added, so there is nothing to switch off; give a source or a default",
            )
    return OwnRule(target, path, _checked_translations(target, draft.translations), default)


def put_rule(
    integration: Integration,
    draft: Draft,
    *,
    author: str,
    replacing: MappingRule | None = None,
    reason: str = "",
) -> MappingRule:
    """Store a rule: a new one, or in the place of another. Raises `MappingError`."""
    rule = checked(draft)
    with transaction.atomic():
        _lock(integration)
        rows = _rows(integration.pk, "orders")
        stored = None if replacing is None else rows.filter(pk=replacing.pk).first()
        if replacing is not None and stored is None:
            raise MappingError("target", "this mapping was removed meanwhile; add it anew")
        source = rule.path.text if rule.path else ""
        others = [row for row in rows if stored is None or row.pk != stored.pk]
        if any(_same(row, rule.target, source, rule.default) for row in others):
            raise MappingError("target", f"there is a mapping of {rule.target.name} already; change that one")
        if len(others) >= MOST_RULES:
            raise MappingError("target", f"there are {MOST_RULES} mappings already; remove one first")
        before = None if stored is None else document_of(stored)
        kept = stored or MappingRule(integration=integration, entity="orders")
        kept.target, kept.source, kept.default = rule.target.name, source, rule.default
        kept.translations, kept.enabled = dict(rule.translations), draft.enabled
        kept.save()
        _record(kept, "mappingAdded" if before is None else "mappingChanged", author, reason, before)
    return kept


def enable_rule(rule: MappingRule, *, enabled: bool, author: str, reason: str = "") -> MappingRule:
    """Switch a rule on or off; off, the connector's own value stands. Raises `MappingError`."""
    with transaction.atomic():
        _lock(rule.integration)
        stored = _found(rule)
        if stored.enabled != enabled:
            before = document_of(stored)
            stored.enabled = enabled
            stored.save(update_fields=["enabled", "updated_at"])
            _record(stored, "mappingChanged", author, reason, before)
    return stored


def remove_rule(rule: MappingRule, *, author: str, reason: str = "") -> None:
    """Remove a rule; what it filled stays until its order is read again. Raises `MappingError`."""
    with transaction.atomic():
        _lock(rule.integration)
        stored = _found(rule)
        before = document_of(stored)
        integration = stored.integration
        stored.delete()
        record_event(
            integration.organization_id, "integrations", integration.pk, "mappingRemoved", author=author,
            reason=reason, before=before,
        )  # fmt: skip
        _look_again_at_exceptions(integration)


def document_of(rule: MappingRule) -> dict[str, object]:
    """Return a rule as data, as people write it."""
    return {
        "entity": rule.entity,
        "target": rule.target,
        "source": rule.source,
        "translations": rule.translations,
        "default": rule.default,
        "enabled": rule.enabled,
    }


def _rows(integration_id: int, entity: str) -> QuerySet[MappingRule]:
    return MappingRule.objects.filter(integration_id=integration_id, entity=entity).order_by("target", "pk")


def _lock(integration: Integration) -> None:
    """Let one change of an integration's rules wait for another. Raises `MappingError` where it can have none."""
    locked = Integration.objects.select_for_update(no_key=True).get(pk=integration.pk)
    if locked.state == Integration.State.REMOVED:
        raise MappingError("integration", f"{locked.name} was removed; add the account again")
    if not Flow.objects.filter(integration=locked, entity__in=ENTITIES, direction="pull").exists():
        raise MappingError("integration", f"{locked.name} brings no orders, so there is nothing to map")


def _same(row: MappingRule, target: Target, source: str, default: str | None) -> bool:
    """Whether a stored rule fills the same; tags may come from several places, each once."""
    if row.target != target.name:
        return False
    return target.kind != "tags" or (row.source, row.default) == (source, default)


def _found(rule: MappingRule) -> MappingRule:
    stored = MappingRule.objects.select_related("integration").filter(pk=rule.pk).first()
    if stored is None:
        raise MappingError("target", "this mapping was removed meanwhile")
    return stored


def _record(
    rule: MappingRule, operation: str, author: str, reason: str, before: Mapping[str, object] | None
) -> None:
    after = document_of(rule)
    if before is not None:
        names = [name for name in after if before[name] != after[name]]
        if not names:
            return
        before = {"target": before["target"], **{name: before[name] for name in names}}
        after = {"target": after["target"], **{name: after[name] for name in names}}
    record_event(
        rule.integration.organization_id, "integrations", rule.integration_id, operation, author=author,
        reason=reason, before=before, after=after,
    )  # fmt: skip
    _look_again_at_exceptions(rule.integration)


def _look_again_at_exceptions(integration: Integration) -> None:
    """Close what rules could not use and can use now, or does not matter any more; tell anew what says otherwise."""
    cases = ExceptionCase.objects.filter(
        organization_id=integration.organization_id, integration=integration, code=CODE,
        status__in=[ExceptionCase.Status.ACTIVE, ExceptionCase.Status.DISMISSED],
    )  # fmt: skip
    rules = active_rules(integration.pk, "orders")
    looked_at = list(cases.order_by("-pk")[:LOOKED_AT])
    documents = (
        _documents(integration, [case.subject.partition(":")[2] for case in looked_at]) if rules else {}
    )
    over = []
    for case in looked_at:
        remote_id = case.subject.partition(":")[2]
        body = documents.get(remote_id)
        found = None if body is None else problem_of(rules, read_document(body.encode()))
        if found is None:
            over.append(case.subject)
        elif found.message not in case.message:
            number = case.message.partition(":")[0]
            open_exception(
                integration.organization_id, CODE, case.subject, f"{number}: {found.message}", entity="orders",
                integration=integration, flow=case.flow, field=found.field,
            )  # fmt: skip
    close_exceptions(
        integration.organization_id,
        over,
        integration=integration,
        codes=[CODE],
        resolution="The mapping was changed.",
    )


def _documents(integration: Integration, remote_ids: list[str]) -> dict[str, str]:
    rows = SourceDocument.objects.filter(
        link__integration=integration, link__entity="orders", link__remote_id__in=remote_ids
    )
    return dict(rows.values_list("link__remote_id", "body"))


# -- what a rule may be ----------------------------------------------------------------------------------


def _checked_target(text: str) -> Target:
    try:
        return target_of(text)
    except TargetError as error:
        raise MappingError("target", str(error)) from error


def _checked_path(text: str, target: Target) -> Path:
    try:
        path = read_path(text)
    except PathError as error:
        raise MappingError("source", str(error)) from error
    if path.several and target.kind != "tags":
        raise MappingError(
            "source",
            f"[] gives several values, and {target.name} holds one; choose one with [0] or [title=…]. Only tags "
            "take several",
        )
    return path


def _checked_translations(target: Target, given: Mapping[str, str]) -> dict[str, str]:
    if len(given) > MOST_TRANSLATIONS:
        raise MappingError("translations", f"there are {len(given)}; at most {MOST_TRANSLATIONS} are kept")
    found = {}
    for outside, here in given.items():
        name = outside.strip()
        if not name or len(name) > LONGEST_VALUE:
            raise MappingError("translations", f"a value there has 1 to {LONGEST_VALUE} characters")
        found[name] = _checked_value(target, here, "translations")
    return found


def _checked_value(target: Target, value: str, part: str) -> str:
    text = value.strip()
    if not text:
        raise MappingError(part, "it is empty; leave it out instead")
    why = misfit(target, text)
    if not why and part == "default" and len(text) > 1_000:
        why = "it has more than 1,000 characters"
    if why:
        raise MappingError(part, why)
    return text
