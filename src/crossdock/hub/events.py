"""Writing down what happened to a record."""

from __future__ import annotations

from collections.abc import Mapping

from crossdock.hub.models import Event, Run

SYSTEM = "crossdock"


def record_event(
    organization_id: int,
    entity: str,
    record_id: int,
    operation: str,
    *,
    author: str,
    reason: str = "",
    run: Run | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> Event:
    """Append one event, in the caller's transaction. `before` and `after` hold only what differs."""
    return Event.objects.create(
        organization_id=organization_id,
        entity=entity,
        record_id=record_id,
        operation=operation,
        author=author,
        reason=reason[:500],
        run=run,
        before=before,
        after=after,
    )
