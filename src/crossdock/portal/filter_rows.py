"""Filters on orders as rows of a form: a field, how it is compared, and with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict

from crossdock.routing.facts import order_fields
from crossdock.routing.filters import OPERATORS

OPERATOR_WORDS = {
    "equals": "is", "notEquals": "is not", "contains": "contains", "notContains": "does not contain",
    "startsWith": "begins with", "endsWith": "ends with", "in": "is one of", "notIn": "is none of",
    "greaterThan": "is more than", "atLeast": "is at least", "lessThan": "is less than", "atMost": "is at most",
    "isEmpty": "is empty", "isNotEmpty": "is given",
}  # fmt: skip
WITHOUT_VALUE = ("isEmpty", "isNotEmpty")
LISTED = ("in", "notIn")
EMPTY_ROWS = 3
COMMON = (
    "totalPrice", "shippingAddress.country", "shippingAddress.stateOrProvince", "email", "lineItems.sku",
    "lineCount", "unitCount", "paymentStatus", "method", "shippingClass", "tags", "orderSource", "orderNote",
)  # fmt: skip
"""Fields that people ask for most, which the list of all fields begins with."""


@dataclass(frozen=True)
class Row:
    """One filter as it stands in the form."""

    field: str = ""
    operator: str = "equals"
    value: str = ""


def rows_of(filters: Sequence[Mapping[str, object]]) -> list[Row]:
    """Return stored filters as rows of the form, with some empty ones behind them."""
    rows = [Row(str(one["field"]), str(one["operator"]), _shown(one.get("value"))) for one in filters]
    return [*rows, *[Row()] * EMPTY_ROWS]


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(part) for part in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def given_rows(post: QueryDict) -> list[Row]:
    """Return the rows as they were sent, empty ones left out."""
    parts = zip(post.getlist("field"), post.getlist("operator"), post.getlist("value"), strict=False)
    rows = [Row(field.strip(), operator, value.strip()) for field, operator, value in parts]
    return [row for row in rows if row.field or row.value]


def filters_of(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return rows as filters; whether they can be used is for the rules to say."""
    return [{"field": row.field, "operator": row.operator, "value": _value(row)} for row in rows]


def _value(row: Row) -> object:
    if row.operator in WITHOUT_VALUE:
        return None
    if row.operator in LISTED:
        return [part.strip() for part in row.value.split(",") if part.strip()]
    return row.value


def field_choices() -> list[str]:
    """Return every field that a filter may name, the common ones first."""
    known = order_fields()
    return [*(name for name in COMMON if name in known), *(name for name in known if name not in COMMON)]


def operator_choices() -> dict[str, str]:
    """Return how a field may be compared, in words."""
    return {operator: OPERATOR_WORDS[operator] for operator in OPERATORS}


def in_words(filters: Sequence[Mapping[str, object]], match: str) -> str:
    """Return filters as a sentence's middle: ``totalPrice is at least 300 and tags is given``."""
    joined = " or " if match == "any" else " and "
    return joined.join(_words(one) for one in filters)


def _words(one: Mapping[str, object]) -> str:
    operator = str(one["operator"])
    said = f"{one['field']} {OPERATOR_WORDS.get(operator, operator)}"
    return said if operator in WITHOUT_VALUE else f"{said} {_shown(one.get('value'))}"
