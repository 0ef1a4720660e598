"""The fields of a sellable unit, canonical on one side and as Ecwid writes them on the other."""

from __future__ import annotations

import json
from decimal import Decimal

from crossdock.canon import Product
from crossdock.canon.money import quantized
from crossdock.connectors.contract import Account
from crossdock.connectors.ecwid.translate.measures import to_store
from crossdock.connectors.ecwid.wire import Attribute, ProductDocument, Unit, text_id

Differences = dict[str, tuple[str, object]]
"""By Ecwid's field name: what is there now, readable, and the value to send."""

OPTION_TYPE = "SELECT"
"""How an option is shown where the product does not say (products.md §4)."""

Sent = dict[str, object]


def number(value: Decimal) -> int | float:
    """Return a JSON number; at the precisions in use a float prints exactly the decimal's digits."""
    return int(value) if value == value.to_integral_value() else float(value)


def rounded(amount: Decimal, account: Account) -> Decimal:
    """Return an amount at the store's precision."""
    return quantized(amount, account.currency_precision)


def shown(value: object) -> str:
    """Return a value of a request as a person reads it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def price_of(product: Product, name: str) -> Decimal | None:
    """Return the price of that name, None where there is none."""
    return next((one.value for one in product.prices if one.name == name), None)


def wholesale_of(product: Product, account: Account) -> list[Sent]:
    """Return the prices by quantity, ascending, as Ecwid writes them."""
    tiers = sorted(
        (one for one in product.prices if one.name == "wholesale"), key=lambda one: one.from_quantity
    )
    return [{"quantity": one.from_quantity, "price": number(rounded(one.value, account))} for one in tiers]


def weight_of(product: Product, account: Account, notes: list[str]) -> Decimal | None:
    """Return the weight in the store's unit; None where none is stated or the units are not known."""
    return _measure(product, "weight", product.weight, product.weight_unit, account.weight_unit, notes)


def dimensions_of(product: Product, account: Account, notes: list[str]) -> dict[str, Decimal] | None:
    """Return the sizes in the store's unit; None where none is stated or the units are not known."""
    found = {}
    for name, value in (("length", product.length), ("width", product.width), ("height", product.height)):
        size = _measure(product, "dimensions", value, product.dimensions_unit, account.dimensions_unit, notes)
        if size is not None:
            found[name] = size
    return found or None


def _measure(
    product: Product, field: str, value: Decimal | None, canonical: str, unit: str, notes: list[str]
) -> Decimal | None:
    if not value:
        return None
    found = to_store(value, canonical, unit)
    if found is None:
        note = f"The {field} of {product.sku or product.name} is not sent: "
        note += f"{canonical or 'no unit'} cannot be written as the store's {unit or 'unknown unit'}."
        if note not in notes:
            notes.append(note)
    return found


def attributes_of(product: Product) -> list[Sent]:
    """Return barcode and brand by alias, other attributes by name (products.md §3.5)."""
    found: list[Sent] = []
    if product.upc:
        found.append({"alias": "UPC", "value": product.upc})
    if product.vendor:
        found.append({"alias": "BRAND", "value": product.vendor})
    found += [{"name": one.name, "value": one.value} for one in product.custom_fields if one.value]
    return found


def options_of(product: Product) -> list[Sent]:
    """Return the options; where the product names none, those its variants are made of."""
    if product.options:
        return [
            {
                "type": one.type or OPTION_TYPE,
                "name": one.name,
                "required": one.required,
                "choices": [choice(text) for text in one.choices],
            }
            for one in product.options
        ]
    gathered: dict[str, dict[str, None]] = {}
    for variant in product.variants:
        for chosen in variant.variant_options:
            gathered.setdefault(chosen.name, {})[chosen.value] = None
    return [
        {"type": OPTION_TYPE, "name": name, "required": True, "choices": [choice(text) for text in texts]}
        for name, texts in gathered.items()
    ]


def choice(text: str) -> Sent:
    """Return a choice that does not change the price."""
    return {"text": text, "priceModifier": 0, "priceModifierType": "ABSOLUTE"}


# -- creating ----------------------------------------------------------------------------------------------


def creation(product: Product, account: Account, notes: list[str]) -> Sent:
    """Return the body that creates a product, without its variations and images."""
    body: Sent = {"name": product.name, "sku": product.sku, "enabled": True}
    body.update(unit_creation(product, account, notes))
    body["isShippingRequired"] = product.requires_shipping
    if product.description:
        body["description"] = product.description
    if not product.taxable:
        body["tax"] = {"taxable": False}
    options = options_of(product)
    if options:
        body["options"] = options
    return body


def unit_creation(product: Product, account: Account, notes: list[str]) -> Sent:
    """Return what product and variation have in common when created.

    Tracked stock begins at zero and is filled by the inventory flow, so that nothing is sold that was
    not counted.
    """
    body = _creation_prices(product, account)
    weight = weight_of(product, account, notes)
    if weight is not None:
        body["weight"] = number(weight)
    sizes = dimensions_of(product, account, notes)
    if sizes:
        body["dimensions"] = {name: number(size) for name, size in sizes.items()}
    attributes = attributes_of(product)
    if attributes:
        body["attributes"] = attributes
    if product.harmonized_code:
        body["customsHsTariffCode"] = product.harmonized_code
    if product.stock.state == "unlimited":
        body["unlimited"] = True
    elif product.stock.state != "inherited":
        body["quantity"] = 0
    return body


def _creation_prices(product: Product, account: Account) -> Sent:
    body: Sent = {}
    for field, name in (("price", "base"), ("compareToPrice", "compareTo")):
        price = price_of(product, name)
        if price is not None:
            body[field] = number(rounded(price, account))
    if product.cost is not None:
        body["costPrice"] = number(rounded(product.cost, account))
    wholesale = wholesale_of(product, account)
    if wholesale:
        body["wholesalePrices"] = wholesale
    return body


# -- updating ----------------------------------------------------------------------------------------------


def differences(
    document: ProductDocument, current: Product, desired: Product, account: Account, notes: list[str]
) -> Differences:
    """Return the fields of the product itself that differ."""
    found: Differences = {}
    for field, before, after in (
        ("name", current.name, desired.name),
        ("description", current.description, desired.description),
    ):
        if after and after != before:
            found[field] = (before, after)
    found.update(unit_differences(document, current, desired, account, notes))
    if desired.taxable != current.taxable:
        found["tax"] = (shown(current.taxable), _tax(document, desired))
    options = _options_differ(current, desired, notes)
    if options:
        found["options"] = (", ".join(one.name for one in current.options), options)
    return found


def _tax(document: ProductDocument, desired: Product) -> Sent:
    """Return the whole tax object, because writing it replaces it (conventions.md §3)."""
    sent: Sent = {"taxable": desired.taxable}
    present = document.tax
    if present and present.enabled_manual_taxes:
        sent["enabledManualTaxes"] = present.enabled_manual_taxes
    if present and present.tax_class_code:
        sent["taxClassCode"] = present.tax_class_code
    return sent


def unit_differences(
    raw: Unit, current: Product, desired: Product, account: Account, notes: list[str]
) -> Differences:
    """Return the differing fields that product and variation have in common; never stock, never ids."""
    found: Differences = {}
    if desired.sku.strip() and desired.sku != current.sku:
        found["sku"] = (current.sku, desired.sku)
    found.update(_price_differences(current, desired, account))
    weight, present = weight_of(desired, account, notes), weight_of(current, account, [])
    if weight is not None and weight != present:
        found["weight"] = (str(present or ""), number(weight))
    sizes, there = dimensions_of(desired, account, notes), dimensions_of(current, account, [])
    if sizes and sizes != there:
        sent = {**(there or {}), **sizes}
        found["dimensions"] = (
            _sizes(there),
            {name: number(size) for name, size in sent.items()},
        )
    if desired.requires_shipping != current.requires_shipping:
        found["isShippingRequired"] = (shown(current.requires_shipping), desired.requires_shipping)
    if desired.harmonized_code and desired.harmonized_code != current.harmonized_code:
        found["customsHsTariffCode"] = (current.harmonized_code, desired.harmonized_code)
    attributes = _attribute_differences(raw, current, desired)
    if attributes:
        found["attributes"] = attributes
    return found


def _sizes(sizes: dict[str, Decimal] | None) -> str:
    return ", ".join(f"{name} {size}" for name, size in (sizes or {}).items())


def _price_differences(current: Product, desired: Product, account: Account) -> Differences:
    found: Differences = {}
    for field, name in (("price", "base"), ("compareToPrice", "compareTo")):
        after, before = price_of(desired, name), price_of(current, name)
        if after is not None and rounded(after, account) != before:
            found[field] = ("" if before is None else str(before), number(rounded(after, account)))
    if desired.cost is not None and rounded(desired.cost, account) != current.cost:
        found["costPrice"] = (
            "" if current.cost is None else str(current.cost),
            number(rounded(desired.cost, account)),
        )
    tiers, there = wholesale_of(desired, account), wholesale_of(current, account)
    if tiers and tiers != there:
        found["wholesalePrices"] = (shown(there), tiers)
    return found


def _attribute_differences(raw: Unit, current: Product, desired: Product) -> tuple[str, object] | None:
    """Return the whole list of attributes where one differs: writing it replaces it (conventions.md §3)."""
    present = {one.name: one.value for one in current.custom_fields}
    differs = (
        bool(desired.upc and desired.upc != current.upc)
        or bool(desired.vendor and desired.vendor != current.vendor)
        or any(one.value and present.get(one.name) != one.value for one in desired.custom_fields)
    )
    if not differs:
        return None
    wanted = attributes_of(desired)
    stated = {str(one.get("alias") or one.get("name")) for one in wanted}
    kept = [
        _kept(one)
        for one in raw.attributes
        if text_id(one.id) and one.name not in stated and one.type.upper() not in stated
    ]
    before = ", ".join(f"{one.name or one.type}: {one.value}" for one in raw.attributes if one.value)
    return before, [*kept, *wanted]


def _kept(attribute: Attribute) -> Sent:
    sent: Sent = {"id": attribute.id, "value": attribute.value}
    if attribute.value_translated:
        sent["valueTranslated"] = attribute.value_translated
    return sent


def _options_differ(current: Product, desired: Product, notes: list[str]) -> list[Sent] | None:
    """Say that options are set up differently; they are not rewritten.

    An option's choices carry price modifiers, pictures and colours which canonical products do not, and
    removing or renaming one breaks the variations made of it (products.md §4).
    """
    if not desired.options:
        return None
    here = {(one.name, frozenset(one.choices)) for one in desired.options}
    there = {(one.name, frozenset(one.choices)) for one in current.options}
    if here == there:
        return None
    if current.options:
        notes.append(
            "The store's options differ; they are left alone, because rewriting them can break variations."
        )
        return None
    return options_of(desired)
