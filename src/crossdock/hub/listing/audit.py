"""The audit log: who changed the organization itself, its people, keys, connections and rules; and who came in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import QuerySet

from crossdock.hub.listing.paging import NEWEST, USUAL_PAGE, Page, checked, page_of
from crossdock.hub.models import Event, Organization
from crossdock.hub.models.event import AUDITED


def audit(
    organization: Organization,
    *,
    entities: Sequence[str] = (),
    author: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[Event]:
    """List what was done, newest first: of some `entities`, by one author, in a span. One query a page."""
    return page_of(_rows(organization, entities, author, since, until), NEWEST, limit, cursor)


def audit_all(
    organization: Organization,
    *,
    entities: Sequence[str] = (),
    author: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[Event]:
    """Return everything that `audit` lists, newest first, without keeping it in memory."""
    rows = _rows(organization, entities, author, since, until)
    return rows.order_by("-id").iterator(chunk_size=1000)


def _rows(
    organization: Organization,
    entities: Sequence[str],
    author: str,
    since: datetime | None,
    until: datetime | None,
) -> QuerySet[Event]:
    chosen = checked("entity", entities, AUDITED) if entities else AUDITED
    query = Event.objects.filter(organization=organization, entity__in=chosen)
    if author:
        query = query.filter(author=author)
    if since is not None:
        query = query.filter(created_at__gte=since)
    if until is not None:
        query = query.filter(created_at__lt=until)
    return query
