"""How many units of each line have shipped, and how many are cancelled: counted afresh from the facts."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from crossdock.hub.orders.status import CALLED_OFF, DELETED, RETURNED, SHIPPED


def count_lines(order_ids: Sequence[int]) -> None:
    """Write `fulfilled` and `canceled` of the orders' lines where the facts say otherwise.

    Shipped is what our fulfillments say; when the channel says that the order has shipped, all that was ordered
    by then. What is added to an order that has shipped is open.
    Of an order that is called off everything else is cancelled; when it no longer is, only what was cancelled
    here (`struck`) is. What ships in spite of that is not cancelled any more.
    Call it before routing notes are renewed: they tell that an order had been called off until now.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH own AS (
                SELECT l.id, l.quantity, l.fulfilled, l.canceled, l.struck, o.standing, o.routing_note,
                       o.deleted_at IS NOT NULL OR o.standing = ANY(%(called_off)s) AS called_off,
                       coalesce((SELECT sum(rl.fulfilled) FROM hub_shippingrequestline rl
                                  WHERE rl.line_id = l.id), 0) AS shipped
                  FROM hub_orderline l JOIN hub_order o ON o.id = l.order_id WHERE o.id = ANY(%(orders)s)
            ), shipped AS (
                SELECT id, quantity, called_off, canceled, struck,
                       standing = 'open' AND routing_note = ANY(%(notes)s) AS reopened,
                       CASE WHEN called_off THEN greatest(fulfilled, shipped)
                            WHEN standing IN ('fulfilled', 'returned') AND routing_note = ANY(%(left)s)
                                 THEN greatest(least(fulfilled, quantity - canceled), shipped)
                            WHEN standing IN ('fulfilled', 'returned')
                                 THEN greatest(quantity - canceled, shipped)
                            ELSE shipped END AS fulfilled
                  FROM own
            ), new AS (
                SELECT id, fulfilled, CASE
                       WHEN called_off THEN greatest(quantity - fulfilled, 0)
                       WHEN reopened THEN least(struck, greatest(quantity - fulfilled, 0))
                       ELSE least(canceled, greatest(quantity - fulfilled, 0)) END AS canceled,
                       least(struck, greatest(quantity - fulfilled, 0)) AS struck
                  FROM shipped
            )
            UPDATE hub_orderline l SET fulfilled = new.fulfilled, canceled = new.canceled, struck = new.struck
              FROM new WHERE new.id = l.id
               AND (new.fulfilled, new.canceled, new.struck) <> (l.fulfilled, l.canceled, l.struck)
            """,
            {
                "orders": list(order_ids),
                "called_off": list(CALLED_OFF),
                "notes": [*CALLED_OFF.values(), DELETED],
                "left": [SHIPPED, RETURNED],
            },
        )
