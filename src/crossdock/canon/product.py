"""A product with its variants."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from crossdock.canon.order import NameValue
from crossdock.canon.stock import Stock

Kind = Literal["simple", "parent", "child"]


class VariantOption(Struct, frozen=True, rename="camel"):
    """One choice that makes a variant what it is, e.g. Size = L."""

    name: str
    value: str


class ProductOption(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An option buyers choose from; `type` is the channel's own word for how it is shown."""

    name: str
    type: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


class Price(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A named price per unit: ``base`` first, then e.g. ``compareTo`` or ``wholesale`` from a quantity."""

    name: str
    value: Decimal
    currency: str
    from_quantity: int = 1


class Product(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One product, or one variant inside its parent's `variants`.

    `ext_product_id` names the sellable unit on the channel. An empty `sku` on a variant means that it
    sells under its parent's SKU and stock (`stock.state` is then ``inherited``). A child's empty
    values mean *as the parent*. `weight` and sizes are in `weight_unit` (lb, oz, kg, g) and
    `dimensions_unit` (cm, in, ft).
    """

    ext_product_id: str
    sku: str
    name: str
    stock: Stock
    kind: Kind = "simple"
    description: str = ""
    active: bool = True
    upc: str = ""
    vendor: str = ""
    prices: tuple[Price, ...] = ()
    cost: Decimal | None = None
    cost_currency: str = ""
    taxable: bool = True
    requires_shipping: bool = True
    weight: Decimal | None = None
    weight_unit: str = ""
    length: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    dimensions_unit: str = ""
    harmonized_code: str = ""
    image_urls: tuple[str, ...] = ()
    parent_ext_product_id: str = ""
    variant_options: tuple[VariantOption, ...] = ()
    options: tuple[ProductOption, ...] = ()
    variants: tuple[Product, ...] = ()
    ext_product_url: str = ""
    ext_product_created_at: datetime | None = None
    ext_product_updated_at: datetime | None = None
    custom_fields: tuple[NameValue, ...] = ()
