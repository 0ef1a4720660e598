"""Why an order costs what it costs: the amounts between the lines and the total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from crossdock.hub.models import Order

ZERO = Decimal(0)


@dataclass(frozen=True)
class Term:
    """One amount of the sum in the order's currency, as it is added (discounts are negative)."""

    label: str
    amount: Decimal
    note: str = ""


@dataclass(frozen=True)
class Sum:
    """The terms that make the total. `difference` is what they leave unexplained; `tax_included` is a tax
    that is inside the prices already, and so is no term."""

    terms: tuple[Term, ...]
    total: Decimal
    difference: Decimal
    tax_included: Decimal


def sum_of(order: Order) -> Sum:
    """Return the sum of an order. Tax is a term unless the other terms make the total without it."""
    terms = [Term("Items", order.sub_total_price)]
    terms += _discounts(order)
    if order.shipping_price:
        terms.append(Term("Shipping", order.shipping_price))
    terms += [
        Term(str(charge.get("name") or "Charge"), amount_of(charge))
        for charge in listed(order.canonical, "additionalCharges")
    ]
    before_tax = sum((term.amount for term in terms), ZERO)
    included = bool(order.order_tax) and before_tax == order.total_price
    if order.order_tax and not included:
        terms.append(Term("Tax", order.order_tax))
    difference = order.total_price - before_tax - (ZERO if included else order.order_tax)
    return Sum(tuple(terms), order.total_price, difference, order.order_tax if included else ZERO)


def _discounts(order: Order) -> list[Term]:
    """The named discounts where they make up the whole discount; else the whole as one term."""
    named = listed(order.canonical, "discounts")
    if named and sum((amount_of(one) for one in named), ZERO) == order.order_discount:
        return [
            Term(str(one.get("name") or "Discount"), -amount_of(one), str(one.get("code") or ""))
            for one in named
        ]
    return [Term("Discount", -order.order_discount)] if order.order_discount else []


def listed(record: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    """Return a list of objects inside a canonical record; anything else counts as an empty one."""
    value = record.get(name)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def amount_of(record: Mapping[str, object]) -> Decimal:
    """Return the `amount` of a canonical record, zero where it has none."""
    try:
        return Decimal(str(record.get("amount") or 0))
    except InvalidOperation:
        return ZERO
