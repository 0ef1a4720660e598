"""Whether every figure is what its ledger, and its reservations, say."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from crossdock.hub.models import FIGURES


@dataclass(frozen=True)
class Mismatch:
    """A figure that is not the sum of what should explain it (`source`: ledger, or reservations)."""

    record_id: int
    sku: str
    location: str
    figure: str
    stored: int
    explained: int
    source: str

    def __str__(self) -> str:
        return (
            f"{self.sku} at {self.location}: {self.figure} is {self.stored}, "
            f"but its {self.source} add up to {self.explained}"
        )


def check_ledger(organization_id: int) -> list[Mismatch]:
    """Return every figure that its ledger, or its reservations, do not add up to. Empty means sound."""
    figures = ", ".join(f"('{name}', record.{name})" for name in FIGURES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
        WITH summed AS (
            SELECT e.record_id, e.figure, sum(e.quantity) AS quantity
              FROM hub_ledgerentry e JOIN hub_inventoryrecord record ON record.id = e.record_id
             WHERE record.organization_id = %(organization)s GROUP BY 1, 2
        ), reserved AS (
            SELECT v.record_id, v.future, sum(v.quantity) AS quantity
              FROM hub_reservation v JOIN hub_inventoryrecord record ON record.id = v.record_id
             WHERE record.organization_id = %(organization)s GROUP BY 1, 2
        )
        SELECT record.id, record.sku, location.name, found.figure, found.stored, found.explained, found.source
          FROM hub_inventoryrecord record
          JOIN hub_location location ON location.id = record.location_id
          CROSS JOIN LATERAL (
                SELECT figure.name AS figure, figure.stored, coalesce(summed.quantity, 0) AS explained,
                       'ledger entries' AS source
                  FROM (VALUES {figures}) AS figure(name, stored)
                  LEFT JOIN summed ON summed.record_id = record.id AND summed.figure = figure.name
                 UNION ALL
                SELECT figure.name, figure.stored, coalesce((SELECT quantity FROM reserved
                        WHERE reserved.record_id = record.id AND reserved.future = figure.future), 0), 'reservations'
                  FROM (VALUES ('committed', record.committed, false),
                               ('committed_future', record.committed_future, true)) AS figure(name, stored, future)
               ) found
         WHERE record.organization_id = %(organization)s AND found.stored <> found.explained
         ORDER BY record.sku, location.name, found.figure, found.source
            """,  # noqa: S608 - the only parts put in are the names of our own columns
            {"organization": organization_id},
        )
        return [Mismatch(*row) for row in cursor.fetchall()]
