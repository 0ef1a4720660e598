"""A database as good as new after a test that really committed, without emptying what is empty already.

Django empties every table, full or not, and writes down anew what it knows of models: that takes longer than many of
these tests. What a test leaves is a few rows in a few tables. Those of the job engine, which Django does not take for
its own, are emptied with them: a job left behind would be done by the next test's worker.
"""

from __future__ import annotations

from django.db import connection
from django.db.backends.utils import CursorWrapper

KEPT = ("django_content_type", "auth_permission", "django_migrations")
"""What migrations fill, and no test writes."""
LARGE = 1024 * 1024
"""A table of more bytes than that is cut off rather than emptied row by row, which leaves its pages behind."""


def sweep() -> None:
    """Delete every row of every table but those of `KEPT`; sequences go on where they are, as with Django."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_relation_size(oid) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL (%s)",
            [list(KEPT)],
        )
        sizes = {connection.ops.quote_name(name): size for name, size in cursor.fetchall()}
        if max(sizes.values()) > LARGE:
            cursor.execute(f"TRUNCATE {', '.join(sizes)}")
        else:
            _empty(cursor, [name for name, size in sizes.items() if size])


def _empty(cursor: CursorWrapper, names: list[str]) -> None:
    found = " UNION ALL ".join(f"(SELECT '{name}' FROM {name} LIMIT 1)" for name in names)
    if found:
        cursor.execute(found)
        if full := [name for (name,) in cursor.fetchall()]:
            cursor.execute("BEGIN; " + "; ".join(f"DELETE FROM {name}" for name in full) + "; COMMIT")
