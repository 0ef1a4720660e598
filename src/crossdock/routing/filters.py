"""Filters on an order: which field, compared how, with what. Pure.

A field is a path into the order's document with the names of `pipe17/entities.json`, e.g. ``totalPrice``,
``shippingAddress.country`` or ``lineItems.sku``; a path through a list means *any of them*. Texts are compared
without regard to case, amounts as decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

Facts = Mapping[str, object]
"""An order as a document: texts, numbers, yes or no, lists, and documents in it."""

LONGEST_VALUE = 500
MOST_FILTERS = 50


class FilterError(ValueError):
    """A filter that cannot be used: `field` names the part, the text says how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


def matches(filters: Sequence[Mapping[str, object]], match: str, facts: Facts) -> bool:
    """Whether `facts` pass the filters: all of them, or any (`match`). No filters always pass.

    The filters must have passed `check_filters`.
    """
    if not filters:
        return True
    results = (_passes(one, facts) for one in filters)
    return any(results) if match == "any" else all(results)


def check_filters(filters: object) -> list[dict[str, object]]:
    """Return `filters` in their stored form. Raises `FilterError` naming the first that cannot be used."""
    if not isinstance(filters, list):
        raise FilterError("filters", "they must be a list of {field, operator, value}")
    if len(filters) > MOST_FILTERS:
        raise FilterError("filters", f"there are {len(filters)}; at most {MOST_FILTERS} are kept")
    return [_checked(one, f"filters[{place}]") for place, one in enumerate(filters)]


def _checked(one: object, where: str) -> dict[str, object]:
    if not isinstance(one, dict):
        raise FilterError(where, "it must be an object with field, operator and value")
    unknown = sorted(set(one) - {"field", "operator", "value"})
    if unknown:
        raise FilterError(where, f"{unknown[0]!r} is not known; give field, operator and value")
    field, operator, value = one.get("field"), one.get("operator"), one.get("value")
    if not isinstance(field, str) or not field.strip():
        raise FilterError(f"{where}.field", "it is missing; name a field, e.g. totalPrice")
    if operator not in OPERATORS:
        raise FilterError(f"{where}.operator", f"{operator!r} is none of {', '.join(OPERATORS)}")
    return {
        "field": field.strip(),
        "operator": operator,
        "value": _checked_value(str(operator), value, where),
    }


def _checked_value(operator: str, value: object, where: str) -> object:
    where = f"{where}.value"
    if operator in ("isEmpty", "isNotEmpty"):
        return None
    if operator in ("in", "notIn"):
        if not isinstance(value, list) or not value:
            raise FilterError(where, "it must be a list with at least one value")
        return [_plain(part, where) for part in value]
    plain = _plain(value, where)
    if operator in ORDERED and _number(plain) is None:
        raise FilterError(where, f"{plain!r} is not a number, which {operator} needs")
    return plain


def _plain(value: object, where: str) -> str | bool | int:
    if isinstance(value, float):
        value = str(value)  # amounts are decimals: what is stored is what was written
    if not isinstance(value, str | bool | int):
        raise FilterError(where, f"{value!r} is not a text, a number, or yes or no")
    if isinstance(value, str) and not value.strip():
        raise FilterError(where, "it is missing; give one, or compare by isEmpty or isNotEmpty")
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        raise FilterError(where, f"it has {len(value)} characters; at most {LONGEST_VALUE} are kept")
    return value


def _passes(one: Mapping[str, object], facts: Facts) -> bool:
    values = [
        value for value in _values(facts, str(one["field"]).split(".")) if value not in (None, "", [], {})
    ]
    operator, wanted = str(one["operator"]), one.get("value")
    if operator == "isEmpty":
        return not values
    if operator == "isNotEmpty":
        return bool(values)
    if operator in NEGATED:
        return not any(OPERATORS[NEGATED[operator]](value, wanted) for value in values)
    return any(OPERATORS[operator](value, wanted) for value in values)


def _values(node: object, path: Sequence[str]) -> Iterable[object]:
    if isinstance(node, list | tuple):
        for part in node:
            yield from _values(part, path)
    elif not path:
        yield node
    elif isinstance(node, Mapping):
        yield from _values(node.get(path[0]), path[1:])


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip().casefold()


def _equal(value: object, wanted: object) -> bool:
    ours, theirs = _number(value), _number(wanted)
    if ours is not None and theirs is not None:
        return ours == theirs
    return _text(value) == _text(wanted)


def _among(value: object, wanted: object) -> bool:
    return isinstance(wanted, list) and any(_equal(value, one) for one in wanted)


def _ordered(test: Callable[[Decimal, Decimal], bool]) -> Callable[[object, object], bool]:
    def compare(value: object, wanted: object) -> bool:
        ours, theirs = _number(value), _number(wanted)
        return ours is not None and theirs is not None and test(ours, theirs)

    return compare


def _never(_value: object, _wanted: object) -> bool:
    return False


OPERATORS: dict[str, Callable[[object, object], bool]] = {
    "equals": _equal,
    "notEquals": _never,
    "contains": lambda value, wanted: _text(wanted) in _text(value),
    "notContains": _never,
    "startsWith": lambda value, wanted: _text(value).startswith(_text(wanted)),
    "endsWith": lambda value, wanted: _text(value).endswith(_text(wanted)),
    "in": _among,
    "notIn": _never,
    "greaterThan": _ordered(lambda ours, theirs: ours > theirs),
    "atLeast": _ordered(lambda ours, theirs: ours >= theirs),
    "lessThan": _ordered(lambda ours, theirs: ours < theirs),
    "atMost": _ordered(lambda ours, theirs: ours <= theirs),
    "isEmpty": _never,
    "isNotEmpty": _never,
}
NEGATED = {"notEquals": "equals", "notContains": "contains", "notIn": "in"}
"""Operators that hold where no value passes their counterpart, so also where there is none."""
ORDERED = ("greaterThan", "atLeast", "lessThan", "atMost")
