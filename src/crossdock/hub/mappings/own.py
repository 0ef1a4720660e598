"""Applying rules of one's own to a translated order. Pure.

This is the one place between a connector's translation and the hub's intake where they take part. A rule never keeps
an order out: what it cannot use is told, and the connector's value stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from crossdock.canon import Order
from crossdock.hub.intake import Finding, Incoming, canonical_json
from crossdock.hub.mappings.paths import MisfitError, Path, find, kind_of, read_document, text_of
from crossdock.hub.mappings.targets import MOST_TAGS, Target, fill, misfit

CODE = "mappingNotApplied"
"""The exception of an order for which a rule found something that it cannot use."""


class Outcome(StrEnum):
    """What came of a rule."""

    TAKEN = "taken"
    """A value of the document, translated where the rule says so."""
    DEFAULT = "default"
    """The rule's default."""
    ABSENT = "absent"
    """The document has nothing there: the connector's value stands."""
    UNLISTED = "unlisted"
    """The value is not among the rule's translations: the connector's value stands."""
    EMPTY = "empty"
    """The rule leaves the field empty."""
    UNUSABLE = "unusable"
    """What stands there cannot be used: the connector's value stands, and a person is told."""


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A rule, read. Without a `path` the field gets the default always, or stays empty without one."""

    target: Target
    path: Path | None = None
    translations: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a rule makes of a document: `found` stands in it, `values` go to the target; None leaves that alone.

    `problem` says why what was found cannot be used, and is empty otherwise.
    """

    outcome: Outcome
    found: tuple[str, ...] = ()
    values: tuple[str, ...] | None = None
    problem: str = ""


def evaluate(rule: OwnRule, document: object) -> Result:
    """Return what a rule makes of a source document."""
    if rule.path is None:
        if rule.default is None:
            return Result(Outcome.EMPTY, values=())
        return Result(Outcome.DEFAULT, values=(rule.default,))
    try:
        raw = find(rule.path, document)
    except MisfitError as error:
        return Result(Outcome.UNUSABLE, problem=str(error))
    texts = [text_of(value) for value in raw]
    for value, text in zip(raw, texts, strict=True):
        if text is None:
            return Result(
                Outcome.UNUSABLE, problem=f"{rule.path.text} is {kind_of(value)}, not a single value"
            )
    found = tuple(text for text in (str(text).strip() for text in texts) if text)
    return _taken(rule, found)


def _taken(rule: OwnRule, found: tuple[str, ...]) -> Result:
    if rule.translations:
        values = [rule.translations.get(text, rule.default) for text in found]
        taken = tuple(value for value in values if value is not None)
    else:
        taken = found
    if not taken:
        if rule.default is not None:
            return Result(Outcome.DEFAULT, found, (rule.default,))
        return Result(Outcome.UNLISTED if found else Outcome.ABSENT, found)
    if len(taken) > MOST_TAGS:
        return Result(
            Outcome.UNUSABLE, found, problem=f"it has {len(taken)} values; at most {MOST_TAGS} are taken"
        )
    for value in taken:
        why = misfit(rule.target, value)
        if why:
            return Result(Outcome.UNUSABLE, found, problem=why)
    listed = not rule.translations or any(text in rule.translations for text in found)
    return Result(Outcome.TAKEN if listed else Outcome.DEFAULT, found, taken)


def applied(rules: Sequence[OwnRule], incoming: Incoming[Order]) -> Incoming[Order]:
    """Return what comes in with the rules applied, and a finding where some of them could not be used."""
    document = read_document(incoming.document)
    record, problems = incoming.record, []
    for rule in rules:
        result = evaluate(rule, document)
        if result.values is not None:
            record = fill(rule.target, record, result.values)
        elif result.problem:
            problems.append((rule, result.problem))
    if record is incoming.record and not problems:
        return incoming
    findings = (_finding(problems),) if problems else ()
    return Incoming(
        remote_id=incoming.remote_id, updated_at=incoming.updated_at, document=incoming.document,
        hash=incoming.hash, record=record, canonical=canonical_json(record),
        notices=(*incoming.notices, *findings),
    )  # fmt: skip


def problem_of(rules: Sequence[OwnRule], document: object) -> Finding | None:
    """Return what the rules cannot use of a document; None where all is well."""
    problems = [(rule, evaluate(rule, document).problem) for rule in rules]
    problems = [(rule, problem) for rule, problem in problems if problem]
    return _finding(problems) if problems else None


def _finding(problems: Sequence[tuple[OwnRule, str]]) -> Finding:
    """Put all that could not be used of one order into one sentence: an order has one exception of a code."""
    parts = [
        f"your mapping of {rule.target.name} from {rule.path.text if rule.path else 'nothing'} was not applied: {why}"
        for rule, why in problems
    ]
    fields = ", ".join(rule.target.name for rule, _ in problems)
    return Finding(code=CODE, field=fields, message=f"{'; '.join(parts)}. The connector's own value stands")
