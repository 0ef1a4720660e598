"""The place that a channel chose for an order: a location of its own, looked up through its link."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from crossdock.hub.models import Order

CHOSEN = """
    SELECT coalesce(place.merged_into_id, place.id)
      FROM hub_link link JOIN hub_location place ON place.id = link.record_id
     WHERE link.entity = 'locations' AND link.integration_id = {integration} AND link.remote_id = {ext_location_id}
"""
"""The location behind an integration's id for it; a merged one leads to the one it became part of."""

_OWN = CHOSEN.format(integration="o.integration_id", ext_location_id="o.canonical->>'extLocationId'")
_NAMED = f"SELECT o.id, ({_OWN}) FROM hub_order o WHERE o.id = ANY(%s)"  # noqa: S608 - made of constants only


def named_places(order_ids: Sequence[int]) -> dict[int, int | None]:
    """Return the location that the channel of each order names now, None where it names none we know."""
    if not order_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, [list(order_ids)])
        return dict(cursor.fetchall())


def set_places(order_ids: Sequence[int]) -> None:
    """Write the place of each order as its channel names it now. The orders must be locked."""
    for order_id, location_id in named_places(order_ids).items():
        Order.objects.filter(pk=order_id).update(location_id=location_id)
