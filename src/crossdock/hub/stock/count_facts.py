"""What has happened at a place since a moment: the facts by which a count is brought up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crossdock.hub.intake import bulk_cursor
from crossdock.hub.models import InventoryRecord
from crossdock.hub.stock.ledger import Place


@dataclass(frozen=True)
class CountFacts:
    """One record as it is, and what its count of a moment does not know.

    `left` are units that left in parcels, or were rejected, after that moment, `moved` what else has changed
    onHand since (receipts, write-offs, moves), `requested` what a warehouse had in open requests at that moment.
    `set_by_hand` says that a person has set the figure since, without saying when it was counted.
    """

    record_id: int
    state: str
    on_hand: int
    counted_at: datetime | None
    locked: bool
    left: int
    moved: int
    requested: int
    set_by_hand: bool


NOTHING_THERE = CountFacts(0, InventoryRecord.State.UNKNOWN, 0, None, False, 0, 0, 0, False)
"""The facts of a place that has no record: nothing was ever counted, kept or shipped there."""


def load_count_facts(places: Sequence[Place], moments: Sequence[datetime]) -> dict[Place, CountFacts]:
    """Return the facts of records, each seen from its moment; one query for all of them.

    Whoever means to act on them locks the records first. A place without a record has none.
    """
    with bulk_cursor() as cursor:
        cursor.execute(
            _FACTS,
            {
                "organizations": [place.organization_id for place in places],
                "skus": [place.sku for place in places],
                "locations": [place.location_id for place in places],
                "moments": list(moments),
                "earliest": min(moments),
            },
        )
        rows: list[tuple[object, ...]] = cursor.fetchall()
    return {
        Place(*row[:3]): CountFacts(*row[3:])  # type: ignore[arg-type]  # the columns named in the query
        for row in rows
    }


# Units that a warehouse rejected after the count are not on the shelf any more either, unless a cancellation had
# written them off. A parcel of bundles takes their parts off the shelf, as they were when the request was made.
# Entries that orders have caused count as well, but for those by which an adopted figure was made good: the count
# replaces that one. What a merged location handed over does not count: it is the same shelf, and this is its count.
_FACTS = """
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%(organizations)s::bigint[], %(skus)s::text[], %(locations)s::bigint[],
                         %(moments)s::timestamptz[]) AS asked(organization_id, sku, location_id, moment)
), parcels AS MATERIALIZED (
    SELECT f.location_id, f.actual_ship_date AS left_at, coalesce(part.sku, rl.sku) AS sku,
           (fl.quantity + fl.extra) * coalesce(part.quantity, 1) AS quantity
      FROM hub_fulfillment f
      JOIN hub_shippingrequest r ON r.id = f.request_id
      JOIN hub_fulfillmentline fl ON fl.fulfillment_id = f.id
      JOIN hub_shippingrequestline rl ON rl.id = fl.request_line_id
      LEFT JOIN LATERAL jsonb_to_recordset(rl.components) AS part(sku text, quantity int) ON true
     WHERE f.location_id = ANY(%(locations)s::bigint[]) AND (f.fulfillment_type = 'shipped' OR r.status <> 'canceled')
       AND f.actual_ship_date > %(earliest)s
), left_since AS (
    SELECT sku, location_id, moment, sum(quantity) AS quantity
      FROM asked JOIN parcels USING (sku, location_id) WHERE left_at > moment GROUP BY 1, 2, 3
), sent AS MATERIALIZED (
    SELECT r.location_id, r.sent_to_fulfillment_at, r.canceled_at, rl.id, rl.quantity,
           coalesce(part.sku, rl.sku) AS sku, coalesce(part.quantity, 1) AS each
      FROM hub_shippingrequest r
      JOIN hub_shippingrequestline rl ON rl.request_id = r.id
      LEFT JOIN LATERAL jsonb_to_recordset(rl.components) AS part(sku text, quantity int) ON true
     WHERE r.location_id = ANY(%(locations)s::bigint[]) AND r.sent_to_fulfillment_at IS NOT NULL
       AND (r.status <> ALL('{fulfilled,canceled,canceledRestock}') OR r.updated_at > %(earliest)s)
), requested AS (
    SELECT sku, location_id, moment,
           sum(greatest(sent.quantity - coalesce(done.quantity, 0), 0) * sent.each) AS quantity
      FROM asked JOIN sent USING (sku, location_id)
      LEFT JOIN LATERAL (
            SELECT sum(fl.quantity) AS quantity
              FROM hub_fulfillmentline fl JOIN hub_fulfillment f ON f.id = fl.fulfillment_id
             WHERE fl.request_line_id = sent.id AND f.actual_ship_date <= moment
           ) done ON true
     WHERE sent.sent_to_fulfillment_at <= moment AND (sent.canceled_at IS NULL OR sent.canceled_at > moment)
     GROUP BY 1, 2, 3
)
SELECT record.organization_id, record.sku, record.location_id, record.id, record.state, record.on_hand,
       record.counted_at, record.locked, coalesce(left_since.quantity, 0)::int, coalesce(since.moved, 0)::int,
       coalesce(requested.quantity, 0)::int, record.counted_at IS NULL AND coalesce(since.set_by_hand, false)
  FROM asked
  JOIN hub_inventoryrecord record USING (organization_id, sku, location_id)
  LEFT JOIN left_since USING (sku, location_id, moment)
  LEFT JOIN requested USING (sku, location_id, moment)
  LEFT JOIN LATERAL (
        SELECT sum(e.quantity) FILTER (
                   WHERE e.entity <> 'fulfillments' AND (e.event <> ALL('{adjust,ingest,xferin,xferout}')
                      OR e.event = 'adjust' AND e.entity = 'orders' AND record.adopted_at IS NULL)) AS moved,
               bool_or(e.event = 'adjust' AND e.entity = '') AS set_by_hand
          FROM hub_ledgerentry e
         WHERE e.record_id = record.id AND e.figure = 'on_hand' AND e.created_at > asked.moment
       ) since ON true
"""
