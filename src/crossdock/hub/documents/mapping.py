"""A mapping rule as a document."""

from __future__ import annotations

from crossdock.hub.documents.values import Document, key_of, moment
from crossdock.hub.mappings.book import document_of
from crossdock.hub.models import MappingRule


def mapping_document(rule: MappingRule) -> Document:
    """Return a rule of one's own as people write it, with its id and its integration."""
    return {
        "mappingId": rule.key,
        "integration": key_of(rule.integration_id),
        **document_of(rule),
        "updatedAt": moment(rule.updated_at),
    }
