"""The order's money beside its totals: discounts, fees, payments and refunds, at the store's precision."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from crossdock.canon import Charge, Payment, Refund
from crossdock.canon.money import ZERO
from crossdock.connectors.ecwid.wire import OrderDocument, moment, text_id


def rounded(amount: Decimal, cent: Decimal) -> Decimal:
    """Return `amount` rounded half up to `cent`; nothing stays the plain zero that records omit."""
    return amount.quantize(cent, ROUND_HALF_UP) if amount else ZERO


def discounts(document: OrderDocument, cent: Decimal) -> tuple[Charge, ...]:
    """Return the promotions' part and the coupon's part; Ecwid's `discount` leaves the coupon out (§3.3)."""
    if not document.discount and not document.coupon_discount:
        return ()
    found = []
    if document.discount:
        named = [one.description for one in document.discount_info if one.description]
        found.append(Charge(name=" + ".join(named) or "Promotions", amount=rounded(document.discount, cent)))
    if document.coupon_discount:
        coupon = document.discount_coupon
        found.append(
            Charge(
                name=(coupon.name if coupon else "") or "Coupon",
                amount=rounded(document.coupon_discount, cent),
                code=coupon.code if coupon else "",
            )
        )
    return tuple(found)


def charges(document: OrderDocument, cent: Decimal) -> tuple[Charge, ...]:
    """Return fees as positive and the redeemed gift card as negative amounts."""
    found = [
        Charge(
            name=one.description or text_id(one.id) or "Surcharge",
            amount=rounded(one.total, cent),
            code=text_id(one.id),
        )
        for one in document.custom_surcharges
    ]
    fee = document.handling_fee
    if fee and fee.value:
        found.append(Charge(name=fee.name or "Handling fee", amount=rounded(fee.value, cent)))
    if document.gift_card_redemption:
        found.append(
            Charge(
                name="Gift card",
                amount=rounded(-document.gift_card_redemption, cent),
                code=document.gift_card_code,
            )
        )
    return tuple(found)


def payments(document: OrderDocument, status: str, currency: str, cent: Decimal) -> tuple[Payment, ...]:
    """Return the one payment Ecwid names, of the order's total; none where it names no method."""
    if document.total is None or not (document.payment_method or document.payment_module):
        return ()
    return (
        Payment(
            method=document.payment_method or document.payment_module,
            kind=document.payment_module,
            status=status,
            amount=rounded(document.total, cent),
            currency=currency,
        ),
    )


def refunds(document: OrderDocument, cent: Decimal) -> tuple[Refund, ...]:
    """Return the refunds; an amount without rows is one refund without a date."""
    if not document.refunds:
        return (Refund(amount=rounded(document.refunded_amount, cent)),)
    return tuple(
        Refund(
            amount=rounded(row.amount, cent),
            at=moment(None, row.date, f"refunds[{n}].date"),
            reason=row.reason,
            source=row.source,
        )
        for n, row in enumerate(document.refunds)
    )
