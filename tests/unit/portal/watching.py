"""The database tells what a request wrote, and whether any of it was another organization's."""

from __future__ import annotations

from typing import NamedTuple

from django.apps import apps
from django.db import connection
from django.db.models import Model

ROOMS = ("hub", "portal", "procrastinate", "auth", "mfa")
UNWATCHED = {"hub_budget", "hub_budgetsecond"}

_SET_UP = """
CREATE TEMPORARY TABLE seen_writes (place text, foreign_row boolean);
CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE row_before jsonb; row_after jsonb; rule text; foreigner boolean := false;
BEGIN
  IF TG_OP <> 'INSERT' THEN row_before := to_jsonb(OLD); END IF;
  IF TG_OP <> 'DELETE' THEN row_after := to_jsonb(NEW); END IF;
  IF TG_OP = 'UPDATE' AND row_before = row_after THEN RETURN NULL; END IF;
  FOREACH rule IN ARRAY coalesce(TG_ARGV, '{}') LOOP
    foreigner := foreigner
      OR (row_before ->> split_part(rule, '<=', 1))::bigint <= split_part(rule, '<=', 2)::bigint
      OR (row_after ->> split_part(rule, '<=', 1))::bigint <= split_part(rule, '<=', 2)::bigint;
  END LOOP;
  INSERT INTO seen_writes VALUES (TG_TABLE_NAME, coalesce(foreigner, false));
  RETURN NULL;
END $$;
"""


def watch() -> None:
    """Note every write from here on; whatever is in the database by now is another organization's.

    All of it goes with the transaction.
    """
    models = [model for model in apps.get_models() if model._meta.app_label in ROOMS and model._meta.managed]
    newest = {model: _newest(model) for model in models}
    with connection.cursor() as cursor:
        cursor.execute(_SET_UP)
        for model in models:
            if model._meta.db_table in UNWATCHED:
                continue
            rules = [(model._meta.pk.column, newest[model])]
            rules += [
                (one.column, newest[one.related_model])
                for one in model._meta.fields
                if one.is_relation and one.column and one.related_model in newest
            ]
            given = ", ".join(f"'{column}<={number}'" for column, number in rules if number)
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(
                f"CREATE TRIGGER note_write AFTER INSERT OR UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION note_write({given})"
            )


def _newest(model: type[Model]) -> int:
    newest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return newest if isinstance(newest, int) else 0


class Write(NamedTuple):
    """One kind of write of a request: the table, and whether it was about another organization."""

    table: str
    foreign: bool


def writes() -> set[Write]:
    """What was written since `watch`, or since what was written then was taken back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT place, foreign_row FROM seen_writes")
        return {Write(str(place), bool(foreign)) for place, foreign in cursor.fetchall()}


def forget() -> None:
    """Begin anew with noting."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM seen_writes")
