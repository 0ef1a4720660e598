"""Finding records by the beginnings of words of a name, each through the index that keeps the words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Exists, F, Func, Model, Q, QuerySet, Subquery, Value

from crossdock.hub.models import Organization

M = TypeVar("M", bound=Model)


class ExistsInAll(Subquery):
    """Whether a query finds anything, planned as if all of its rows were wanted, and ended at the first.

    A plain `Exists` is planned for its first row. Where a word of a name is thought to be common, that is a walk
    along the whole table that soon finds it; and finds it at the very end, where it is not common.
    """

    template = "EXISTS (WITH way AS MATERIALIZED (%(subquery)s) SELECT FROM way)"
    output_field = models.BooleanField()


def among(ways: Sequence[QuerySet[M]]) -> Q:
    """Return the condition that a record is found by one of `ways`, each of them planned as if by itself.

    Their row numbers are read first, all of them, each way from its own index. As one condition with a limit they
    would be planned for the first rows: a walk along the whole table where a word is rarer than it is thought to be.
    """
    first, *others = (way.order_by().values("pk") for way in ways)
    found = ArraySubquery(first.union(*others, all=True) if others else first)
    return Q(
        Func(
            F("pk"),
            found,
            template="(%(expressions)s))",
            arg_joiner=" = ANY(",
            output_field=models.BooleanField(),
        )
    )


def named(column: str, text: str) -> Q | None:
    """Return the condition that `column` has words that begin as those of `text` do; None where it has no word."""
    query = words_query(text)
    if not query:
        return None
    words = Func(
        F(column),
        template="to_tsvector('simple'::regconfig, %(expressions)s)",
        output_field=models.TextField(),
    )
    matches = Func(
        words,
        Value(query),
        template="(%(expressions)s)",
        arg_joiner=" @@ ",
        output_field=models.BooleanField(),
    )
    return Q(matches)


def living(
    organization: Organization, ways: Sequence[QuerySet[M]], look: type[Subquery] = Exists
) -> list[QuerySet[M]]:
    """Return those of some queries that find anything, by one query."""
    if not ways:
        return []
    looks = {f"way{number}": look(way.values("pk")) for number, way in enumerate(ways)}
    found = Organization.objects.filter(pk=organization.pk).annotate(**looks).values_list(*looks)
    return [way for way, finds in zip(ways, found[0], strict=True) if finds]


def words_query(text: str) -> str:
    """Return the full-text query for names with words that begin as those of `text` do; "" without a word.

    Databases that know no letters but the English ones do not fold the case of others: each word is asked for
    in the ways people write names.
    """
    words = re.findall(r"[^\W_]+", text)
    return " & ".join(f"({' | '.join(f'{form}:*' for form in _forms(word))})" for word in words)


def _forms(word: str) -> Sequence[str]:
    return list(dict.fromkeys((word, word.lower(), word.capitalize(), word.upper())))
