"""Checking an order's sums to the cent, and saying where the difference lies (orders.md §3.3).

Ecwid validates no total and recalculates none when an order is edited, so a difference never stops an
order; it is located for a person to judge.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from crossdock.canon.money import ZERO, quantized
from crossdock.connectors.contract import Account, Notice
from crossdock.connectors.ecwid.wire import OrderDocument


def agree(document: OrderDocument) -> bool:
    """Whether total and subtotal hold exactly; the quick look that is enough for nearly all."""
    total = (
        (document.subtotal or ZERO)
        - document.discount
        - document.coupon_discount
        - document.gift_card_redemption
    )
    if not document.prices_include_tax:
        total += document.tax
    if document.shipping_option is not None:
        total += document.shipping_option.shipping_rate
    if document.handling_fee is not None:
        total += document.handling_fee.value
    for surcharge in document.custom_surcharges:
        total += surcharge.total
    if total != document.total:
        return False
    lines = ZERO
    for item in document.items:
        lines += (item.price or ZERO) * (item.quantity or 0)
    return lines == document.subtotal


def terms(document: OrderDocument) -> dict[str, Decimal]:
    """Return what adds up to the total, by field, each with the sign it counts with."""
    surcharges = sum((one.total for one in document.custom_surcharges), ZERO)
    option = document.shipping_option
    return {
        "subtotal": document.subtotal or ZERO,
        "discount": -document.discount,
        "couponDiscount": -document.coupon_discount,
        "shippingOption.shippingRate": option.shipping_rate if option else ZERO,
        "handlingFee.value": document.handling_fee.value if document.handling_fee else ZERO,
        "customSurcharges": surcharges,
        "giftCardRedemption": -document.gift_card_redemption,
        "tax": ZERO if document.prices_include_tax else document.tax,
    }


def total_mismatch(document: OrderDocument, account: Account) -> Notice | None:
    """Return a notice when the total is not what its parts add up to; None when it is, to the cent."""
    precision = account.currency_precision
    parts = terms(document)
    expected = quantized(sum(parts.values(), ZERO), precision)
    found = quantized(document.total or ZERO, precision)
    if expected == found:
        return None
    candidates = dict(parts)
    candidates["tax"] = document.tax
    for name, redeemed in (("storeCredit", document.store_credit), ("loyalty", document.loyalty)):
        if redeemed and redeemed.redemption and not redeemed.redemption.cancelled:
            candidates[name] = redeemed.redemption.amount
    difference = found - expected
    return _mismatch(
        "total",
        f"total is {found} {account.currency}",
        f"its parts add up to {expected}",
        difference,
        _equal_terms(candidates.items(), difference, precision),
    )


def subtotal_mismatch(document: OrderDocument, account: Account) -> Notice | None:
    """Return a notice when the subtotal is not the sum of its lines; None when it is, to the cent."""
    precision = account.currency_precision
    lines = [(line.price or ZERO) * (line.quantity or 0) for line in document.items]
    found = quantized(document.subtotal or ZERO, precision)
    exact = quantized(sum(lines, ZERO), precision)
    if found in (exact, sum((quantized(line, precision) for line in lines), ZERO)):
        return None
    difference = found - exact
    named = [(f"line {n}", line) for n, line in enumerate(lines, start=1)]
    return _mismatch(
        "subtotal",
        f"subtotal is {found} {account.currency}",
        f"its lines add up to {exact}",
        difference,
        _equal_terms([*named, ("tax", document.tax)], difference, precision),
    )


def refund_mismatch(document: OrderDocument, account: Account) -> Notice | None:
    """Return a notice when the refunds listed do not add up to the amount refunded."""
    precision = account.currency_precision
    listed = quantized(sum((row.amount for row in document.refunds), ZERO), precision)
    found = quantized(document.refunded_amount, precision)
    if listed == found or not document.refunds:
        return None
    return _mismatch(
        "refundedAmount",
        f"the refunded amount is {found} {account.currency}",
        f"its refunds add up to {listed}",
        found - listed,
        [],
    )


def _equal_terms(named: Iterable[tuple[str, Decimal]], difference: Decimal, precision: int) -> list[str]:
    return [name for name, amount in named if abs(quantized(amount, precision)) == abs(difference)]


def _mismatch(field: str, said: str, summed: str, difference: Decimal, equal: list[str]) -> Notice:
    cause = (
        f"; {' and '.join(equal)} equals the difference"
        if equal
        else "; no single part equals the difference"
    )
    side = "more" if difference > 0 else "less"
    return Notice(
        code="sumMismatch",
        field=field,
        attention=True,
        message=f"{said} but {summed}: {abs(difference)} {side} than expected{cause}",
    )
