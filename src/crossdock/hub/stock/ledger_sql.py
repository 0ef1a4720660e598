"""The statements by which reservations, figures and ledger are brought in step.

One statement locks, one writes; both see the same difference, since the orders are locked before.
"""

from __future__ import annotations

from crossdock.hub.models import ShippingRequest

CANCELED_REQUESTS = (ShippingRequest.Status.CANCELED.value, ShippingRequest.Status.CANCELED_RESTOCK.value)
"""A request in any other status still holds what it has not shipped."""

# While orders are settled nobody changes what a bundle consists of: both statements below must see the same parts.
SHARE_BUNDLES = """
SELECT pg_advisory_xact_lock_shared(hashtextextended('crossdock.bundles', organization_id))
  FROM (SELECT DISTINCT organization_id FROM hub_order WHERE id = ANY(%s) ORDER BY 1) AS organizations
"""
# The orders are locked first, all of them: their ids must be gathered before the first organization is known.
LOCK_ORDERS = """
WITH held AS MATERIALIZED (
    SELECT id, organization_id FROM hub_order WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
)
SELECT ids, pg_advisory_xact_lock_shared(hashtextextended('crossdock.bundles', organization_id))
  FROM (SELECT organization_id, array_agg(id ORDER BY id) AS ids FROM held
         GROUP BY organization_id ORDER BY organization_id OFFSET 0) AS organizations
"""
HOLD_BUNDLES = "SELECT pg_advisory_xact_lock(hashtextextended('crossdock.bundles', %s))"

# What the orders should keep committed, what they do, and the difference. `%(orders)s` is a list of ids.
# A line's own reservation stands at the order's location if that holds stock, else at the default one. A request
# for another SKU (the line was swapped since) takes nothing off it: until a person decides, both are kept. A bundle
# keeps its parts, as they are now; in a request as they were when it was made; where bundles are kept whole, itself.
# A request that waits for stock on its way keeps committedFuture (`future`), any other committed.
# For orders that were stored a moment ago, in the same transaction (`NEW`), nothing is kept and nothing is asked
# for yet; leaving that out halves what the database has to plan for every page of an import.
_LINES = """
    SELECT o.organization_id, o.id AS order_id, l.id AS line_id, 0::bigint AS request_line_id,
           coalesce(part.sku, l.sku) AS sku, coalesce(own.id, standard.id) AS location_id,
           greatest(l.quantity - l.fulfilled - l.canceled - {held}, 0)::int
               * coalesce(part.quantity, 1) AS quantity, false AS future
      FROM hub_order o
      JOIN hub_orderline l ON l.order_id = o.id
      LEFT JOIN hub_location own ON own.id = o.location_id AND own.kind = 'stock' AND own.status = 'active'
      LEFT JOIN hub_location standard ON standard.organization_id = o.organization_id AND standard.is_default
      {requested}
      LEFT JOIN LATERAL (
            SELECT item.sku, item.quantity
              FROM hub_product bundle JOIN hub_bundleitem item ON item.bundle_id = bundle.id
             WHERE bundle.organization_id = o.organization_id AND bundle.sku = l.sku AND bundle.sku <> ''
               AND NOT coalesce(own.preserve_bundles, standard.preserve_bundles)
           ) part ON true
     WHERE o.id = ANY(%(orders)s::bigint[]) AND o.standing = 'open' AND o.deleted_at IS NULL AND o.status <> 'archived'
       AND l.requires_shipping AND l.sku <> '' AND coalesce(own.id, standard.id) IS NOT NULL
"""
_REQUESTED = """LEFT JOIN LATERAL (
            SELECT sum(rl.quantity - rl.fulfilled - rl.rejected) AS quantity
              FROM hub_shippingrequestline rl JOIN hub_shippingrequest r ON r.id = rl.request_id
             WHERE rl.line_id = l.id AND rl.sku = l.sku AND r.status <> ALL(%(canceled)s::text[])
           ) held ON true"""
_MOVES = """
), moves AS MATERIALIZED (
    SELECT organization_id, order_id, line_id, request_line_id, sku, location_id, future, sum(quantity)::int AS delta
      FROM ({both_sides}) both_sides
     GROUP BY organization_id, order_id, line_id, request_line_id, sku, location_id, future
    HAVING sum(quantity) <> 0
)
"""
_WANTED = "SELECT organization_id, order_id, line_id, request_line_id, sku, location_id, future, quantity FROM wanted"
_BOTH_SIDES = (
    _WANTED  # noqa: S608 - made of constants only
    + """
     UNION ALL
    SELECT organization_id, order_id, line_id, request_line_id, sku, location_id, future, -quantity FROM kept
"""
)
MOVES = (
    "WITH wanted AS MATERIALIZED ("  # noqa: S608 - made of constants only
    + _LINES.format(held="coalesce(held.quantity, 0)", requested=_REQUESTED)
    + """
     UNION ALL
    SELECT r.organization_id, r.order_id, rl.line_id, rl.id, coalesce(part.sku, rl.sku), r.location_id,
           (rl.quantity - rl.fulfilled - rl.rejected)::int * coalesce(part.quantity, 1), r.status = 'pendingInventory'
      FROM hub_shippingrequest r JOIN hub_shippingrequestline rl ON rl.request_id = r.id
      LEFT JOIN LATERAL jsonb_to_recordset(rl.components) AS part(sku text, quantity int) ON true
     WHERE r.order_id = ANY(%(orders)s::bigint[]) AND r.status <> ALL(%(canceled)s::text[]) AND rl.sku <> ''
), kept AS MATERIALIZED (
    SELECT v.id, v.line_id, coalesce(v.request_line_id, 0) AS request_line_id, v.quantity, v.future,
           l.order_id, record.organization_id, record.sku, record.location_id
      FROM hub_orderline l
      JOIN hub_reservation v ON v.line_id = l.id
      JOIN hub_inventoryrecord record ON record.id = v.record_id
     WHERE l.order_id = ANY(%(orders)s::bigint[])
"""
    + _MOVES.format(both_sides=_BOTH_SIDES)
)
MOVES_OF_NEW = (
    "WITH wanted AS MATERIALIZED ("
    + _LINES.format(held="0", requested="")
    + _MOVES.format(both_sides=_WANTED)
)

# Makes missing records and locks all of them, in one pass and one order; `WHERE false` locks without writing.
_LOCK = """
, places AS MATERIALIZED (
    SELECT organization_id, sku, location_id FROM moves
     UNION
    SELECT * FROM unnest(%(organizations)s::bigint[], %(skus)s::text[], %(locations)s::bigint[])
), locked AS (
    INSERT INTO hub_inventoryrecord (organization_id, sku, location_id, state, on_hand, committed, future,
                committed_future, incoming, unavailable, hold, damaged, updated_at)
    SELECT organization_id, sku, location_id, 'unknown', 0, 0, 0, 0, 0, 0, 0, 0, now() FROM places
     ORDER BY organization_id, sku, location_id
        ON CONFLICT (organization_id, sku, location_id)
        DO UPDATE SET updated_at = excluded.updated_at WHERE false
)
SELECT count(*) FROM moves
"""
LOCK = MOVES + _LOCK
LOCK_NEW = MOVES_OF_NEW + _LOCK

_WRITE = """
), entries AS (
    INSERT INTO hub_ledgerentry (record_id, event, figure, quantity, before, after, author, reason, order_id,
                entity, entity_id, run_id)
    SELECT record_id, event, CASE WHEN future THEN 'committed_future' ELSE 'committed' END, delta, after - delta,
           after, %(author)s::text, coalesce(%(reasons)s::jsonb ->> order_id::text, %(reason)s::text), order_id,
           CASE WHEN event = 'fulfill' AND parcel IS NOT NULL THEN 'fulfillments'
                WHEN request_line_id = 0 THEN 'orders' ELSE 'shippingRequests' END,
           CASE WHEN event = 'fulfill' AND parcel IS NOT NULL THEN parcel
                WHEN request_line_id = 0 THEN order_id ELSE request_id END,
           %(run)s::bigint
      FROM named ORDER BY record_id, order_id, line_id, delta, request_line_id
)
UPDATE hub_inventoryrecord record
   SET committed = record.committed + total.now, committed_future = record.committed_future + total.later,
       updated_at = now()
  FROM (SELECT record_id, coalesce(sum(delta) FILTER (WHERE NOT future), 0)::int AS now,
               coalesce(sum(delta) FILTER (WHERE future), 0)::int AS later
          FROM steps GROUP BY record_id) total
 WHERE record.id = total.record_id AND (total.now, total.later) <> (0, 0)
RETURNING record.organization_id, record.sku, record.location_id, total.now, total.later
"""

APPLY = (
    MOVES  # noqa: S608 - made of constants only
    + """
, due AS MATERIALIZED (
    SELECT record.id AS record_id, w.line_id, w.request_line_id, w.quantity, w.future
      FROM wanted w
      JOIN (SELECT DISTINCT line_id, request_line_id, sku FROM moves) m USING (line_id, request_line_id, sku)
      JOIN hub_inventoryrecord record USING (organization_id, sku, location_id)
     WHERE w.quantity > 0
), ended AS (
    DELETE FROM hub_reservation v USING kept
     WHERE v.id = kept.id AND NOT EXISTS (
           SELECT 1 FROM wanted w WHERE w.line_id = kept.line_id AND w.request_line_id = kept.request_line_id
              AND w.sku = kept.sku AND w.location_id = kept.location_id AND w.quantity > 0)
), reserved AS (
    INSERT INTO hub_reservation (record_id, line_id, request_line_id, quantity)
    SELECT record_id, line_id, NULL, quantity FROM due WHERE request_line_id = 0
        ON CONFLICT (line_id, record_id) WHERE request_line_id IS NULL
        DO UPDATE SET quantity = excluded.quantity
), requested AS (
    INSERT INTO hub_reservation (record_id, line_id, request_line_id, quantity, future)
    SELECT record_id, line_id, request_line_id, quantity, future FROM due WHERE request_line_id <> 0
        ON CONFLICT (request_line_id, record_id) WHERE request_line_id IS NOT NULL
        DO UPDATE SET quantity = excluded.quantity, future = excluded.future
), steps AS MATERIALIZED (
    SELECT record.id AS record_id, m.delta, m.order_id, m.line_id, m.request_line_id, m.future,
           (CASE WHEN m.future THEN record.committed_future ELSE record.committed END
               + sum(m.delta) OVER earlier)::int AS after, rl.request_id, rl.rejected, r.status
      FROM moves m
      JOIN hub_inventoryrecord record USING (organization_id, sku, location_id)
      LEFT JOIN hub_shippingrequestline rl ON rl.id = m.request_line_id
      LEFT JOIN hub_shippingrequest r ON r.id = rl.request_id
    WINDOW earlier AS (PARTITION BY record.id, m.future
                       ORDER BY m.order_id, m.line_id, m.delta, m.request_line_id ROWS UNBOUNDED PRECEDING)
), named AS (
    SELECT *, CASE WHEN request_line_id = 0 AND delta > 0 THEN 'virtualCommit'
                   WHEN request_line_id = 0 THEN 'release'
                   WHEN future AND delta > 0 THEN 'futureShip'
                   WHEN future AND status IN ('canceled', 'canceledRestock') THEN 'futureShipCancel'
                   WHEN future AND status <> 'pendingInventory' THEN 'release'
                   WHEN delta > 0 THEN 'ship'
                   WHEN NOT future AND status = 'pendingInventory' THEN 'release'
                   WHEN status = 'canceled' THEN 'shipCancel'
                   WHEN status = 'canceledRestock' THEN 'shipCancelRestock'
                   WHEN %(parcels)s::jsonb ->> order_id::text IS NULL AND rejected > 0 THEN 'reject'
                   ELSE 'fulfill' END AS event,
           (%(parcels)s::jsonb ->> order_id::text)::bigint AS parcel
      FROM steps
"""
    + _WRITE
)
APPLY_NEW = (
    MOVES_OF_NEW  # noqa: S608 - made of constants only
    + """
, steps AS MATERIALIZED (
    SELECT record.id AS record_id, m.delta, m.order_id, m.line_id, m.request_line_id, m.future,
           (record.committed + sum(m.delta) OVER earlier)::int AS after
      FROM moves m JOIN hub_inventoryrecord record USING (organization_id, sku, location_id)
    WINDOW earlier AS (PARTITION BY record.id ORDER BY m.order_id, m.line_id ROWS UNBOUNDED PRECEDING)
), reserved AS (
    INSERT INTO hub_reservation (record_id, line_id, request_line_id, quantity)
    SELECT record_id, line_id, NULL, delta FROM steps
), named AS (
    SELECT *, 'virtualCommit' AS event, NULL::bigint AS request_id, NULL::bigint AS parcel FROM steps
"""
    + _WRITE
)
