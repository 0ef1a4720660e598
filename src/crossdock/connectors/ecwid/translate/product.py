"""Ecwid's product document to the canonical product, variations included (products.md §3 to §5). Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from crossdock.canon import NameValue, Price, Product, ProductOption, VariantOption
from crossdock.canon.money import unit as smallest
from crossdock.connectors.contract import Account, Notice, RemoteRecord, Translated
from crossdock.connectors.ecwid.translate.currency import known_currency
from crossdock.connectors.ecwid.translate.measures import (
    LENGTHS,
    REPLACED,
    WEIGHTS,
    canonical_unit,
    to_canonical,
)
from crossdock.connectors.ecwid.translate.stock import unit_id, unit_stock, variation_stock
from crossdock.connectors.ecwid.wire import (
    Option,
    ProductDocument,
    Unit,
    Variation,
    moment,
    read_product,
    text_id,
    unusable_amount,
)
from crossdock.connectors.errors import Unreadable

UPC, BRAND = "UPC", "BRAND"
"""Attribute types that have a canonical place; Ecwid has no other field for them (§3.5)."""


def product(record: RemoteRecord, account: Account) -> Translated[Product]:
    """Translate one product document with its variations, prices in the account's currency.

    Raises `Unreadable` naming the field; with code ``currencyUnknown`` where the account has no currency.
    """
    try:
        document, odd = read_product(record.document)
        known_currency(account, record.remote_id)
        _check_amounts(document)
        return _Translation(document, record, account, list(odd)).result()
    except Unreadable as error:
        error.remote_id = error.remote_id or record.remote_id
        raise


def _check_amounts(document: ProductDocument) -> None:
    unusable = unusable_amount(document)
    if unusable:
        raise Unreadable(f"{unusable} is not a usable amount; correct it in Ecwid", field=unusable)


class _Translation:
    """One product on its way: what its parts need of the whole."""

    def __init__(
        self, document: ProductDocument, record: RemoteRecord, account: Account, notices: list[Notice]
    ) -> None:
        self.document, self.record, self.account, self.notices = document, record, account, notices
        self.product_id = text_id(document.id) or record.remote_id
        self.cent = smallest(account.currency_precision)

    def result(self) -> Translated[Product]:
        """Return the product and everything noticed."""
        document, account = self.document, self.account
        self._notice_measures()
        self._notice_skus()
        if document.is_sample_product:
            self._notice(
                "sampleProduct",
                "isSampleProduct",
                "this is one of Ecwid's demo products, which nobody can buy",
            )
        variations = document.combinations
        upc, vendor, others = _attributes(document)
        length, width, height = self._dimensions(document)
        product = Product(
            ext_product_id=self.product_id,
            sku=document.sku.strip() and document.sku,
            name=document.name,
            stock=unit_stock(document),
            kind="parent" if variations else "simple",
            description=document.description,
            active=document.enabled,
            upc=upc,
            vendor=vendor,
            prices=self._prices(document, document.price),
            cost=self._money(document.cost_price),
            cost_currency=account.currency if document.cost_price is not None else "",
            taxable=document.tax.taxable if document.tax else True,
            requires_shipping=document.is_shipping_required is not False,
            weight=to_canonical(document.weight, account.weight_unit),
            weight_unit=canonical_unit(account.weight_unit),
            length=length,
            width=width,
            height=height,
            dimensions_unit=canonical_unit(account.dimensions_unit),
            harmonized_code=document.customs_hs_tariff_code,
            image_urls=_images(document),
            options=tuple(_option(one) for one in document.options),
            variants=tuple(self._variant(one, n) for n, one in enumerate(variations)),
            ext_product_url=document.url,
            ext_product_created_at=moment(document.create_timestamp, document.created, "createTimestamp"),
            ext_product_updated_at=self.record.updated_at
            or moment(document.update_timestamp, document.updated, "updateTimestamp"),
            custom_fields=others,
        )
        return Translated(record=product, notices=tuple(self.notices))

    def _variant(self, variation: Variation, position: int) -> Product:
        parent, account = self.document, self.account
        variation_id = text_id(variation.id)
        if not variation_id:
            field = f"combinations[{position}].id"
            raise Unreadable(f"{field} is missing; read the product again", field=field)
        upc, vendor, others = _attributes(variation)
        length, width, height = self._dimensions(variation)
        choices = tuple(VariantOption(one.name, one.value) for one in variation.options)
        shippable = variation.is_shipping_required
        return Product(
            ext_product_id=unit_id(self.product_id, variation_id),
            sku=variation.sku.strip() and variation.sku,
            name=" - ".join((parent.name, *(choice.value for choice in choices))),
            stock=variation_stock(variation),
            kind="child",
            active=parent.enabled,
            upc=upc,
            vendor=vendor,
            prices=self._prices(variation, self._effective_price(variation)),
            cost=self._money(variation.cost_price),
            cost_currency=account.currency if variation.cost_price is not None else "",
            taxable=parent.tax.taxable if parent.tax else True,
            requires_shipping=parent.is_shipping_required is not False if shippable is None else shippable,
            weight=to_canonical(variation.weight or parent.weight, account.weight_unit),
            weight_unit=canonical_unit(account.weight_unit),
            length=length,
            width=width,
            height=height,
            dimensions_unit=canonical_unit(account.dimensions_unit),
            harmonized_code=variation.customs_hs_tariff_code,
            image_urls=(_first(variation.original_image_url, variation.image_url)),
            parent_ext_product_id=self.product_id,
            variant_options=choices,
            custom_fields=others,
        )

    def _effective_price(self, variation: Variation) -> Decimal | None:
        """Return the variation's price, else the product's with its chosen options' modifiers (§5.2)."""
        if variation.price is not None or self.document.price is None:
            return variation.price
        base = self.document.price
        chosen = {(one.name, one.value) for one in variation.options}
        price = base
        for option in self.document.options:
            for choice in option.choices:
                if (option.name, choice.text) in chosen:
                    percent = choice.price_modifier_type.upper() == "PERCENT"
                    price += base * choice.price_modifier / 100 if percent else choice.price_modifier
        return price

    def _prices(self, unit: Unit, base: Decimal | None) -> tuple[Price, ...]:
        currency = self.account.currency
        found = []
        if base is not None:
            found.append(Price(name="base", value=self._rounded(base), currency=currency))
        if unit.compare_to_price:
            found.append(
                Price(name="compareTo", value=self._rounded(unit.compare_to_price), currency=currency)
            )
        found.extend(
            Price(
                name="wholesale",
                value=self._rounded(one.price),
                currency=currency,
                from_quantity=one.quantity,
            )
            for one in sorted(unit.wholesale_prices, key=lambda one: one.quantity)
            if one.price is not None
        )
        return tuple(found)

    def _money(self, amount: Decimal | None) -> Decimal | None:
        return None if amount is None else self._rounded(amount)

    def _rounded(self, amount: Decimal) -> Decimal:
        return amount.quantize(self.cent, ROUND_HALF_UP)

    def _dimensions(self, unit: Unit) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        sizes, store_unit = unit.dimensions, self.account.dimensions_unit
        if sizes is None:
            return None, None, None
        return (
            to_canonical(sizes.length, store_unit),
            to_canonical(sizes.width, store_unit),
            to_canonical(sizes.height, store_unit),
        )

    def _notice(self, code: str, field: str, message: str, *, attention: bool = False) -> None:
        self.notices.append(Notice(code=code, field=field, message=message, attention=attention))

    def _notice_measures(self) -> None:
        sizes = self.document.dimensions
        stated = (
            ("weight", bool(self.document.weight), self.account.weight_unit, WEIGHTS, "weightUnit"),
            (
                "dimensions",
                bool(sizes and (sizes.length or sizes.width or sizes.height)),
                self.account.dimensions_unit,
                LENGTHS,
                "dimensionsUnit",
            ),
        )
        for field, given, unit, table, setting in stated:
            if given and unit not in table:
                said = (
                    f"{unit!r} is not a unit this version knows"
                    if unit
                    else f"the profile names no {setting}"
                )
                self._notice("unknownUnit", field, f"{said}; {field} was left out", attention=bool(unit))
            elif given and unit in REPLACED:
                self._notice(
                    "unitConverted", field, f"{field} converted exactly from {unit} to {canonical_unit(unit)}"
                )

    def _notice_skus(self) -> None:
        """Notice a product without SKU, and one SKU on several units of this product."""
        document = self.document
        if not document.sku.strip():
            self._notice(
                "blankSku",
                "sku",
                f"the product {document.name!r} has no SKU; give it one in Ecwid, or link it by "
                "hand: a blank SKU is never matched",
                attention=not document.is_sample_product,
            )
        places: dict[str, str] = {document.sku: "sku"} if document.sku.strip() else {}
        for n, variation in enumerate(document.combinations):
            if not variation.sku.strip():
                continue
            place = f"combinations[{n}].sku"
            first = places.setdefault(variation.sku, place)
            if first != place:
                self._notice(
                    "duplicateSku",
                    place,
                    f"{place} and {first} are both {variation.sku!r}; give each unit its own "
                    "SKU in Ecwid, or link them by hand",
                    attention=True,
                )


def _attributes(unit: Unit) -> tuple[str, str, tuple[NameValue, ...]]:
    """Return barcode, brand and the other attributes that have a value."""
    upc = brand = ""
    others = []
    for one in unit.attributes:
        kind = one.type.upper()
        if kind == UPC:
            upc = upc or one.value
        elif kind == BRAND:
            brand = brand or one.value
        elif one.value:
            others.append(NameValue(one.name or text_id(one.id), one.value))
    return upc, brand, tuple(others)


def _option(option: Option) -> ProductOption:
    return ProductOption(
        name=option.name,
        type=option.type,
        required=option.required,
        choices=tuple(one.text for one in option.choices),
    )


def _images(document: ProductDocument) -> tuple[str, ...]:
    """Return image addresses, the main one first: from `media`, else from the older fields (§3.5)."""
    media = document.media.images if document.media else []
    ordered = sorted(media, key=lambda one: (not one.is_main, one.order_by))
    found = [one.original or one.large for one in ordered]
    if not any(found):
        main = document.original_image.url if document.original_image else ""
        found = [main or document.original_image_url or document.image_url]
        gallery = sorted(document.gallery_images, key=lambda one: one.order_by)
        found += [one.original_image_url or one.url or one.image_url for one in gallery]
    return tuple(dict.fromkeys(url for url in found if url))


def _first(*urls: str) -> tuple[str, ...]:
    return next(((url,) for url in urls if url), ())
