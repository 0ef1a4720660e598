"""The outside ids of hub records."""

from __future__ import annotations

from collections.abc import Iterable

from crossdock.hub.models import Link

Links = dict[int, list[Link]]
"""Links by the row number of their hub record."""


def links_of(entity: str, record_ids: Iterable[int]) -> Links:
    """Return the living links of these records, in one query. `entity` is e.g. ``products``."""
    found: Links = {record_id: [] for record_id in record_ids}
    if found:
        query = Link.objects.filter(entity=entity, record_id__in=list(found), tombstoned_at=None)
        for link in query.order_by("id"):
            found[link.record_id].append(link)
    return found
