"""The mapping of an integration side by side: what its connector does by itself, and the organization's own rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossdock.connectors import connector_for
from crossdock.connectors.contract import FieldRule
from crossdock.hub.mappings.book import rules_of
from crossdock.hub.mappings.targets import TARGETS
from crossdock.hub.models import Flow, Integration, MappingRule

SHOWN = 5
"""How many translations of a rule are shown in a list."""


@dataclass(frozen=True)
class Row:
    """One target: what the connector does about it, and the own rule for it; None where there is none."""

    target: str
    baseline: FieldRule | None = None
    own: MappingRule | None = None

    @property
    def mine(self) -> bool:
        """Whether the own rule takes part."""
        return self.own is not None and self.own.enabled

    @property
    def replaced(self) -> bool:
        """Whether what the connector does gives way to the own rule, wherever that finds something."""
        return self.baseline is not None and self.mine

    @property
    def open(self) -> bool:
        """Whether a rule of one's own may be written for this target."""
        return self.own is None and self.target in TARGETS

    @property
    def translations(self) -> list[tuple[str, str]]:
        """The first translations of the own rule."""
        return list(self.own.translations.items())[:SHOWN] if self.own is not None else []

    @property
    def more(self) -> int:
        """How many translations there are beside those."""
        return len(self.own.translations) - len(self.translations) if self.own is not None else 0


def table(integration: Integration, entity: str = "orders") -> list[Row]:
    """Return the targets of an entity: the connector's in its order, then those that only own rules have."""
    baseline = [
        rule for rule in connector_for(integration.connector).manifest.fields if rule.entity == entity
    ]
    own = rules_of(integration, entity)
    by_target = {rule.target: rule for rule in own if rule.target != "tags"}
    rows = [Row(rule.target, rule, by_target.pop(rule.target, None)) for rule in baseline]
    return rows + [
        Row(rule.target, None, rule) for rule in own if rule.target in by_target or rule.target == "tags"
    ]


def may_have_rules(integration: Integration) -> bool:
    """Whether there is something to map: the integration brings orders, and is not removed."""
    if integration.state == Integration.State.REMOVED:
        return False
    return Flow.objects.filter(integration=integration, entity="orders", direction="pull").exists()


def own_only(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that have a rule of one's own."""
    return [row for row in rows if row.own is not None]
