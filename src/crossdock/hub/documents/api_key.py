"""A key of the API as a document: never its secret."""

from __future__ import annotations

from crossdock.hub.documents.values import Document, key_of, moment
from crossdock.hub.models import ApiKey


def api_key_document(key: ApiKey) -> Document:
    """Return a key with what it may do. Needs `organization` fetched with it."""
    return {
        "apiKeyId": key.key,
        "name": key.name,
        "prefix": key.prefix,
        "grants": key.grants,
        "integration": key_of(key.integration_id),
        "author": key.author,
        "lastUsedAt": moment(key.last_used_at),
        "revokedAt": moment(key.revoked_at),
        "createdAt": moment(key.created_at),
        "orgKey": key.organization.org_key,
    }
