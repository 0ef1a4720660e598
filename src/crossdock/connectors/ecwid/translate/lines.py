"""Order lines: none dropped, each with an id of its own, whatever is odd about them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import msgspec

from crossdock.canon import NameValue, OrderLine
from crossdock.canon.money import ZERO
from crossdock.connectors.contract import Notice
from crossdock.connectors.ecwid.wire import LARGEST, Item, text_id, unusable_amount
from crossdock.connectors.errors import Unreadable

MOST = 2**31
"""Ecwid's quantities are 32-bit integers (conventions.md §4)."""


def order_lines(items: list[Item], cent: Decimal, notices: list[Notice]) -> tuple[OrderLine, ...]:
    """Return the lines, amounts rounded to `cent`. Raises `Unreadable` for one without price or quantity."""
    lines = tuple([_line(item, n, cent, notices) for n, item in enumerate(items)])
    if len(lines) > 1 and len({line.unique_id for line in lines}) < len(lines):
        return _told_apart(lines, notices)
    return lines


def _line(item: Item, position: int, cent: Decimal, notices: list[Notice]) -> OrderLine:
    quantity, price = item.quantity, item.price
    if quantity is None or price is None:
        missing = "quantity" if quantity is None else "price"
        raise Unreadable(
            f"line {position + 1} has no {missing}; read the order again, or correct the line in Ecwid",
            field=f"items[{position}].{missing}",
        )
    discount = item.coupon_amount
    for share in item.discounts:
        discount += share.total
    if not (max(abs(price), abs(discount), abs(item.tax)) < LARGEST and -MOST < quantity < MOST):
        raise _oversized(item, position, quantity)
    sku = item.sku
    if not sku.strip() or quantity <= 0:
        _notice_odd(item, position, quantity, notices)
        sku = sku.strip() and sku
    product_id = text_id(item.product_id)
    variation_id = text_id(item.combination_id)
    required = item.is_shipping_required
    return OrderLine(
        unique_id=text_id(item.id) or f"line-{position + 1}",
        sku=sku,
        name=item.name,
        quantity=quantity,
        item_price=price.quantize(cent, ROUND_HALF_UP),
        item_discount=discount.quantize(cent, ROUND_HALF_UP) if discount else ZERO,
        item_tax=item.tax.quantize(cent, ROUND_HALF_UP) if item.tax else ZERO,
        requires_shipping=not item.digital if required is None else required,
        taxable=item.taxable,
        ext_product_id=f"{product_id}:{variation_id}" if variation_id and product_id else product_id,
        options=_options(item) if item.selected_options else (),
    )


def _oversized(item: Item, position: int, quantity: int) -> Unreadable:
    name = unusable_amount(item) if -MOST < quantity < MOST else "quantity"
    part = name or "discounts"
    return Unreadable(
        f"{part} of line {position + 1} is too large to be true; correct it in Ecwid",
        field=f"items[{position}].{part}",
    )


def _options(item: Item) -> tuple[NameValue, ...]:
    return tuple([NameValue(one.name, one.value) for one in item.selected_options])


def _notice_odd(item: Item, position: int, quantity: int, notices: list[Notice]) -> None:
    field, label = f"items[{position}]", f"line {position + 1}"
    if not item.sku.strip():
        notices.append(
            Notice(
                code="blankSku",
                field=f"{field}.sku",
                attention=True,
                message=f"{label} ({item.name or 'without a name'}) has no SKU; give the product one in "
                "Ecwid, or link it by hand: a blank SKU is never matched",
            )
        )
    if quantity <= 0:
        notices.append(
            Notice(
                code="oddQuantity",
                field=f"{field}.quantity",
                attention=quantity < 0,
                message=f"{label} ({item.sku or item.name}) has quantity {quantity}: none can be shipped",
            )
        )


def _told_apart(lines: tuple[OrderLine, ...], notices: list[Notice]) -> tuple[OrderLine, ...]:
    """Give lines that share an id ids of their own: the first keeps it, the others get their place added."""
    seen: set[str] = set()
    apart: list[OrderLine] = []
    for n, line in enumerate(lines):
        if line.unique_id in seen:
            notices.append(
                Notice(
                    code="duplicateLineId",
                    field=f"items[{n}].id",
                    message=f"line {n + 1} has the id {line.unique_id} of another line; told apart by place",
                )
            )
            apart.append(msgspec.structs.replace(line, unique_id=f"{line.unique_id}-line-{n + 1}"))
        else:
            apart.append(line)
        seen.add(apart[-1].unique_id)
    return tuple(apart)
