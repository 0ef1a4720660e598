"""The order document, as far as it is read (orders.md §3 to §6)."""

from __future__ import annotations

from decimal import Decimal

from msgspec import field

from crossdock.connectors.ecwid.wire.base import Id, Wire

ZERO = Decimal(0)


class Person(Wire):
    """A buyer's or receiver's name and address (§5.1); every part may be missing."""

    name: str = ""
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    street: str = ""
    city: str = ""
    country_code: str = ""
    postal_code: str = ""
    state_or_province_code: str = ""
    state_or_province_name: str = ""
    phone: str = ""


class LineDiscount(Wire):
    """A promotion's share on one line."""

    total: Decimal = ZERO


class SelectedOption(Wire):
    """What the buyer chose for one option (§5.2)."""

    name: str = ""
    value: str = ""
    type: str = ""


class Item(Wire):
    """One order line (§4)."""

    id: Id = None
    product_id: Id = None
    combination_id: Id = None
    sku: str = ""
    name: str = ""
    quantity: int | None = None
    price: Decimal | None = None
    tax: Decimal = ZERO
    coupon_amount: Decimal = ZERO
    discounts: list[LineDiscount] = []
    is_shipping_required: bool | None = None
    digital: bool = False
    taxable: bool = True
    selected_options: list[SelectedOption] = []


class ShippingOption(Wire):
    """How the goods reach the buyer (§5.8); `fulfilment_type` is the spelling of the profile."""

    shipping_method_id: Id = None
    shipping_method_name: str = ""
    shipping_carrier_name: str = ""
    shipping_rate: Decimal = ZERO
    is_pickup: bool = False
    fulfillment_type: str = ""
    fulfilment_type: str = ""
    location_id: Id = None


class HandlingFee(Wire):
    """A fee for handling."""

    name: str = ""
    value: Decimal = ZERO


class Surcharge(Wire):
    """A tip or another fee (§5.6)."""

    id: Id = None
    description: str = ""
    total: Decimal = ZERO


class Coupon(Wire):
    """The coupon that was used (§5.5)."""

    name: str = ""
    code: str = ""


class Promotion(Wire):
    """A promotion that was applied (§5.4)."""

    description: str = ""


class Redemption(Wire):
    """An amount paid out of store credit or loyalty points."""

    amount: Decimal = ZERO
    cancelled: bool = False


class Redeemed(Wire):
    """Store credit or loyalty points."""

    redemption: Redemption | None = None


class RefundRow(Wire):
    """One refund (§9)."""

    date: str = ""
    source: str = ""
    reason: str = ""
    amount: Decimal = ZERO


class ExtraField(Wire):
    """A question answered at checkout, or a mark another app left (§5.7)."""

    id: Id = None
    title: str = ""
    value: str = ""


class Tracking(Wire):
    """A bought label's tracking, in both spellings (§6)."""

    tracking_number: str = ""
    tracking_number_snake: str = field(default="", name="tracking_number")


class Shipment(Wire):
    """A label bought through Ecwid; not a fulfillment (§6)."""

    tracking: Tracking | None = None


class OrderDocument(Wire):
    """One order (§3)."""

    id: Id = None
    internal_id: Id = None
    order_number: Id = None
    vendor_order_number: Id = None
    create_timestamp: int | None = None
    update_timestamp: int | None = None
    create_date: str = ""
    update_date: str = ""
    payment_status: str = ""
    fulfillment_status: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    pickup_time: str = ""
    external_order_id: str = ""
    shipments: list[Shipment] = []
    disable_all_customer_notifications: bool = False
    private_admin_notes: str = ""
    order_comments: str = ""
    subtotal: Decimal | None = None
    total: Decimal | None = None
    tax: Decimal = ZERO
    prices_include_tax: bool = False
    discount: Decimal = ZERO
    coupon_discount: Decimal = ZERO
    discount_info: list[Promotion] = []
    discount_coupon: Coupon | None = None
    custom_surcharges: list[Surcharge] = []
    handling_fee: HandlingFee | None = None
    gift_card_redemption: Decimal = ZERO
    gift_card_code: str = ""
    store_credit: Redeemed | None = None
    loyalty: Redeemed | None = None
    refunded_amount: Decimal = ZERO
    refunds: list[RefundRow] = []
    email: str = ""
    customer_id: Id = None
    b2b_b2c: str = field(default="", name="b2b_b2c")
    billing_person: Person | None = None
    shipping_person: Person | None = None
    shipping_option: ShippingOption | None = None
    payment_method: str = ""
    payment_module: str = ""
    referer_id: Id = None
    items: list[Item] = []
    extra_fields: dict[str, str] = {}
    order_extra_fields: list[ExtraField] = []


class OrderIdentity(Wire):
    """What names an order, and when it changed."""

    id: Id = None
    internal_id: Id = None
    order_number: Id = None
    vendor_order_number: Id = None
    update_timestamp: int | None = None
    update_date: str = ""
