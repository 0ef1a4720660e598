"""Reading rules from JSON a person or program wrote, with errors that name the rule and the field."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crossdock.hub.models import Integration
    from crossdock.routing.rules.book import Draft

READ_ONLY = frozenset({"ruleId", "isDefault", "updatedAt"})
KNOWN = ("name", "position", "enabled", "integration", "match", "filters", "actions")
MOST = 200


class RuleInputError(ValueError):
    """The JSON does not describe rules: the text names the rule and the field."""


def read_rules(content: bytes, integration: Callable[[str], Integration]) -> list[Draft]:
    """Return the rules in `content`: one object, a list, or ``{"rules": […]}``, as `rules list --json` prints them.

    `integration` finds the one a rule is limited to, by id or name. Raises `RuleInputError`.
    """
    try:
        given = json.loads(content.decode("utf-8-sig"), parse_float=str)
    except UnicodeDecodeError as error:
        raise RuleInputError(f"not UTF-8 text (at byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise RuleInputError(f"not JSON: {error}") from error
    if isinstance(given, dict) and "rules" in given:
        given = given["rules"]
    rows = given if isinstance(given, list) else [given]
    if not rows or len(rows) > MOST:
        raise RuleInputError(f"there are {len(rows)} rules in it; give 1 to {MOST}")
    return [_draft(row, place, integration) for place, row in enumerate(rows)]


def _draft(row: object, place: int, find: Callable[[str], Integration]) -> Draft:
    from crossdock.routing.rules.book import Draft

    if not isinstance(row, Mapping):
        raise RuleInputError(f"rules[{place}]: it must be an object with name, filters and actions")
    name = row.get("name")
    if not isinstance(name, str) or not name.strip():
        raise RuleInputError(f"rules[{place}].name: it is missing; every rule has a name of its own")
    unknown = sorted(set(row) - READ_ONLY - set(KNOWN))
    if unknown:
        raise RuleInputError(f"{name}: {unknown[0]!r} is not known; a rule has {', '.join(KNOWN)}")
    position, source = row.get("position"), row.get("integration")
    if position is not None and (isinstance(position, bool) or not isinstance(position, int)):
        raise RuleInputError(f"{name}: position: {position!r} is not a whole number")
    if source is not None and not isinstance(source, str):
        raise RuleInputError(f"{name}: integration: {source!r} is not the id or name of one")
    return Draft(
        name,
        row.get("actions"),
        filters=row.get("filters", []),
        match=row.get("match", "all"),
        enabled=row.get("enabled", True),
        integration=find(source) if source else None,
        position=position,
    )
