"""A rule as a document."""

from __future__ import annotations

from crossdock.hub.documents.values import Document, key_of, moment
from crossdock.hub.models import OrderRule


def rule_document(rule: OrderRule) -> Document:
    """Return a rule as people write it, with its id and its place. `position` is None for the default rule."""
    return {
        "ruleId": rule.key,
        "name": rule.name,
        "position": None if rule.is_default else rule.position,
        "enabled": rule.enabled,
        "isDefault": rule.is_default,
        "integration": key_of(rule.integration_id),
        "match": rule.match,
        "filters": rule.filters,
        "actions": rule.actions,
        "updatedAt": moment(rule.updated_at),
    }
