"""What happened and what needs attention, as documents."""

from __future__ import annotations

from crossdock.hub.documents.values import Document, key_of, moment
from crossdock.hub.models import Event, ExceptionCase


def event_document(event: Event) -> Document:
    """Return one thing that happened to one record, with its author, reason, before and after."""
    return {
        "eventId": event.key,
        "entity": event.entity,
        "entityId": key_of(event.record_id),
        "operation": event.operation,
        "author": event.author,
        "reason": event.reason,
        "runId": key_of(event.run_id),
        "before": event.before,
        "after": event.after,
        "createdAt": moment(event.created_at),
    }


def exception_document(case: ExceptionCase) -> Document:
    """Return something that needs attention. `code` is stable and names the page of the runbook."""
    return {
        "exceptionId": case.key,
        "code": case.code,
        "status": case.status,
        "entity": case.entity,
        "entityId": key_of(case.record_id),
        "subject": case.subject,
        "field": case.field,
        "message": case.message,
        "integrationId": key_of(case.integration_id),
        "flowId": key_of(case.flow_id),
        "count": case.count,
        "lastSeenAt": moment(case.last_seen_at),
        "resolvedAt": moment(case.resolved_at),
        "resolution": case.resolution,
        "createdAt": moment(case.created_at),
    }
