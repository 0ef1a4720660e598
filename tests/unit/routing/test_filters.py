"""Filters on orders: what passes, and what is refused before it is stored."""

from __future__ import annotations

import pytest

from crossdock.routing.filters import FilterError, check_filters, matches

ORDER: dict[str, object] = {
    "totalPrice": "129.90", "paid": True, "tags": ["VIP", "gift"], "email": "", "orderSource": "Ecwid",
    "shippingAddress": {"country": "DE", "zipCodeOrPostalCode": "20095"},
    "lineItems": [{"sku": "TEA-1", "quantity": 2}, {"sku": "CUP-9", "quantity": 11}],
}  # fmt: skip


def passes(field: str, operator: str, value: object = None) -> bool:
    return matches(check_filters([{"field": field, "operator": operator, "value": value}]), "all", ORDER)


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("totalPrice", "equals", "129.9", True),
        ("totalPrice", "greaterThan", 129.9, False),
        ("totalPrice", "atLeast", 129.9, True),
        ("totalPrice", "lessThan", 130, True),
        ("totalPrice", "atMost", "129.89", False),
        ("paid", "equals", True, True),
        ("paid", "equals", "false", False),
        ("tags", "equals", "vip", True),
        ("tags", "notEquals", "vip", False),
        ("tags", "in", ["x", "GIFT"], True),
        ("tags", "notIn", ["x"], True),
        ("email", "isEmpty", None, True),
        ("email", "notEquals", "a@b.example", True),
        ("shippingAddress.country", "in", ["de", "AT"], True),
        ("shippingAddress.zipCodeOrPostalCode", "startsWith", "20", True),
        ("shippingAddress.zipCodeOrPostalCode", "endsWith", "95", True),
        ("shippingAddress.city", "isNotEmpty", None, False),
        ("lineItems.sku", "startsWith", "tea", True),
        ("lineItems.quantity", "greaterThan", 10, True),
        ("lineItems.sku", "contains", "pot", False),
        ("lineItems.sku", "notContains", "pot", True),
        ("orderSource", "greaterThan", 1, False),
        ("nothing.like.it", "equals", "x", False),
    ],
)
def test_an_operator(field: str, operator: str, value: object, expected: bool) -> None:
    assert passes(field, operator, value) is expected


def test_all_or_any_of_several() -> None:
    filters = check_filters(
        [
            {"field": "paid", "operator": "equals", "value": True},
            {"field": "tags", "operator": "equals", "value": "nothing"},
        ]
    )
    assert not matches(filters, "all", ORDER)
    assert matches(filters, "any", ORDER)
    assert matches([], "all", ORDER)
    assert matches([], "any", ORDER)


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ("paid", "filters"),
        (["paid"], "filters[0]"),
        ([{"field": " ", "operator": "equals", "value": 1}], "filters[0].field"),
        ([{"field": "paid", "operator": "is", "value": 1}], "filters[0].operator"),
        ([{"field": "paid", "operator": "in", "value": "x"}], "filters[0].value"),
        ([{"field": "paid", "operator": "in", "value": []}], "filters[0].value"),
        ([{"field": "paid", "operator": "equals"}], "filters[0].value"),
        ([{"field": "email", "operator": "contains", "value": " "}], "filters[0].value"),
        ([{"field": "email", "operator": "notIn", "value": ["a@b.example", ""]}], "filters[0].value"),
        ([{"field": "paid", "operator": "atLeast", "value": "much"}], "filters[0].value"),
        ([{"field": "paid", "operator": "atLeast", "value": "NaN"}], "filters[0].value"),
        ([{"field": "paid", "operator": "equals", "value": "x" * 501}], "filters[0].value"),
        ([{"field": "paid", "operator": "equals", "value": 1, "or": 2}], "filters[0]"),
        ([{"field": "paid", "operator": "isEmpty"}] * 51, "filters"),
    ],
)
def test_a_filter_that_cannot_be_used_is_named(filters: object, field: str) -> None:
    with pytest.raises(FilterError) as caught:
        check_filters(filters)
    assert caught.value.field == field
