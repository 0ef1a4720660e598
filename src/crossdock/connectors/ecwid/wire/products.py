"""The product document with its variations, as far as it is read (products.md §3 to §5)."""

from __future__ import annotations

from decimal import Decimal

from msgspec import field

from crossdock.connectors.ecwid.wire.base import Id, Wire


class WholesalePrice(Wire):
    """A price that holds from a quantity on."""

    quantity: int = 0
    price: Decimal | None = None


class Dimensions(Wire):
    """Sizes in the store's unit; zero means none."""

    length: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None


class Attribute(Wire):
    """A named value; barcodes and brands are attributes too (§3.5)."""

    id: Id = None
    name: str = ""
    value: str = ""
    value_translated: dict[str, str] = {}
    type: str = ""


class Tax(Wire):
    """Whether tax is charged, and which."""

    taxable: bool = True
    enabled_manual_taxes: list[int] = []
    tax_class_code: str = ""


class Choice(Wire):
    """One choice of an option (§4)."""

    text: str = ""
    price_modifier: Decimal = Decimal(0)
    price_modifier_type: str = ""


class Option(Wire):
    """An option buyers choose from; its name is its identity (§4)."""

    type: str = ""
    name: str = ""
    required: bool = False
    choices: list[Choice] = []


class OptionValue(Wire):
    """One choice that makes a variation what it is (§5.1)."""

    name: str = ""
    value: str = ""


class MediaImage(Wire):
    """One image of `media`."""

    order_by: int = 0
    is_main: bool = False
    original: str = field(default="", name="imageOriginalUrl")
    large: str = field(default="", name="image1500pxUrl")


class Media(Wire):
    """The images of the current shape."""

    images: list[MediaImage] = []


class OriginalImage(Wire):
    """The main image."""

    url: str = ""


class GalleryImage(Wire):
    """One more image, in the older shape."""

    url: str = ""
    original_image_url: str = ""
    image_url: str = ""
    order_by: int = 0


class Unit(Wire):
    """What a product and a variation share: both can be sold."""

    id: Id = None
    sku: str = ""
    quantity: int | None = None
    unlimited: bool = False
    location_inventory: dict[str, int] = {}
    price: Decimal | None = None
    cost_price: Decimal | None = None
    compare_to_price: Decimal | None = None
    wholesale_prices: list[WholesalePrice] = []
    weight: Decimal | None = None
    dimensions: Dimensions | None = None
    attributes: list[Attribute] = []
    is_shipping_required: bool | None = None
    customs_hs_tariff_code: str = ""
    external_reference_id: Id = None
    original_image_url: str = ""
    image_url: str = ""


class Variation(Unit):
    """One variation (§5); an absent `sku` means that the product's SKU and stock count."""

    options: list[OptionValue] = []


class ProductDocument(Unit):
    """One product (§3)."""

    name: str = ""
    description: str = ""
    enabled: bool = True
    is_sample_product: bool = False
    url: str = ""
    created: str = ""
    updated: str = ""
    create_timestamp: int | None = None
    update_timestamp: int | None = None
    tax: Tax | None = None
    options: list[Option] = []
    combinations: list[Variation] = []
    media: Media | None = None
    original_image: OriginalImage | None = None
    gallery_images: list[GalleryImage] = []


class ProductIdentity(Wire):
    """What names a product, and when it changed."""

    id: Id = None
    updated: str = ""
    update_timestamp: int | None = None
