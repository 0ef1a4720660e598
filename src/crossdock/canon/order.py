"""An order as its selling channel reports it.

None of these can be part of a ring, so the garbage collector need not look at them (`gc=False`): imports make
them by the ten thousand.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from crossdock.canon.address import Address
from crossdock.canon.money import ZERO

Standing = Literal["open", "fulfilled", "canceled", "refunded", "returned", "incomplete"]
"""What the channel's statuses amount to: still to be shipped, shipped, called off, or not an order yet."""

Method = Literal["shipping", "pickup", "delivery", "none"]


class NameValue(Struct, frozen=True, rename="camel", gc=False):
    """A named text."""

    name: str
    value: str


class Charge(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """A named amount in the order's currency: a discount, a fee, a gift card taken off."""

    name: str
    amount: Decimal
    code: str = ""


class Payment(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """How and what was paid, in the order's currency."""

    method: str
    kind: str = ""
    status: str = ""
    amount: Decimal = ZERO
    currency: str = ""


class Refund(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """Money given back, in the order's currency."""

    amount: Decimal
    at: datetime | None = None
    reason: str = ""
    source: str = ""


class Customer(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """Who bought. Guests have no `ext_customer_id`."""

    ext_customer_id: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    type: str = ""
    email: str = ""
    phone: str = ""


class OrderLine(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """One line. `item_price` is per unit before discounts; discount and tax are for the whole line.

    `unique_id` is stable for the line's life. `ext_product_id` is the remote id of the sellable unit
    (the variation where one was chosen), which is matched before the SKU ever is.
    """

    unique_id: str
    sku: str
    name: str
    quantity: int
    item_price: Decimal
    item_discount: Decimal = ZERO
    item_tax: Decimal = ZERO
    requires_shipping: bool = True
    taxable: bool = True
    ext_product_id: str = ""
    options: tuple[NameValue, ...] = ()


class Order(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """One order; every amount is in `currency`, every time is aware UTC.

    `standing` and `paid` are what routing decides on; `payment_status` and `fulfillment_status` are
    the channel's own words. `method` tells how the goods reach the buyer; ``none`` ships nothing.
    """

    ext_order_id: str
    ext_order_api_id: str
    ext_order_created_at: datetime
    ext_order_updated_at: datetime
    order_source: str
    standing: Standing
    paid: bool
    payment_status: str
    fulfillment_status: str
    currency: str
    total_price: Decimal
    sub_total_price: Decimal
    order_discount: Decimal = ZERO
    order_tax: Decimal = ZERO
    shipping_price: Decimal = ZERO
    line_items: tuple[OrderLine, ...] = ()
    method: Method = "shipping"
    ext_order_url: str = ""
    order_source_type: str = "online"
    discounts: tuple[Charge, ...] = ()
    additional_charges: tuple[Charge, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    customer: Customer | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    shipping_code: str = ""
    shipping_carrier: str = ""
    shipping_class: str = ""
    order_note: str = ""
    internal_note: str = ""
    ext_location_id: str = ""
    tracking_number: str = ""
    custom_fields: tuple[NameValue, ...] = ()
    tags: tuple[str, ...] = ()
