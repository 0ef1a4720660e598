"""What an outside system handed over as a whole, as a document."""

from __future__ import annotations

from crossdock.hub.documents.values import Document, key_of, moment
from crossdock.hub.models import Delivery


def delivery_document(delivery: Delivery) -> Document:
    """Return a delivery with the rows that were not accepted; `settledAt` is when it was put away."""
    return {
        "deliveryId": delivery.key,
        "integrationId": key_of(delivery.integration_id),
        "entity": delivery.entity,
        "name": delivery.name,
        "digest": bytes(delivery.digest).hex(),
        "rows": delivery.rows,
        "accepted": delivery.accepted,
        "rejects": delivery.rejects,
        "refusal": delivery.refusal,
        "runId": key_of(delivery.run_id),
        "takenAt": moment(delivery.taken_at),
        "settledAt": moment(delivery.settled_at),
    }
