"""An outgoing webhook as a document: never its secret."""

from __future__ import annotations

from crossdock.hub.documents.values import Document, moment
from crossdock.hub.models import Webhook


def webhook_document(webhook: Webhook) -> Document:
    """Return a webhook with what it asks about and how it stands. Needs `organization` fetched with it."""
    return {
        "webhookId": webhook.key,
        "name": webhook.name,
        "url": webhook.url,
        "topics": webhook.topics,
        "state": webhook.state,
        "stateReason": webhook.state_reason,
        "failingSince": moment(webhook.failing_since),
        "lastSuccessAt": moment(webhook.last_success_at),
        "author": webhook.author,
        "createdAt": moment(webhook.created_at),
        "orgKey": webhook.organization.org_key,
    }
