"""Reading products from JSON a person or program wrote, field by field, with errors that name the field."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from crossdock.canon import Product

# Names of the platform's vocabulary, and ours of the canonical form.
RENAMED = {"imageURLs": "imageUrls", "types": None, "status": None, "price": None, "currency": None}
# What `products show --json` prints but nobody sets.
READ_ONLY = frozenset(
    {
        "productId", "orgKey", "createdAt", "updatedAt", "published", "bundleItems", "integration", "parentProductId",
        "inventoryNotTracked", "extProductApiId", "kind", "active", "extProductId", "extProductUrl",
        "extProductCreatedAt", "extProductUpdatedAt", "parentExtProductId",
    }
)  # fmt: skip
KNOWN = {field.encode_name for field in msgspec.structs.fields(Product)} - {"stock"}
MOST = 10_000


class ProductInputError(ValueError):
    """The JSON does not describe products: the text names the product and the field."""


def read_products(content: bytes) -> list[Product]:
    """Return the products in `content`: one object, a list, or ``{"products": […]}``.

    Amounts are read as written, never through a float. Raises `ProductInputError`.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProductInputError(f"not UTF-8 text (at byte {error.start})") from error
    if not text.strip():
        raise ProductInputError("there is nothing in it")
    try:
        document = msgspec.json.Decoder(float_hook=_exact).decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProductInputError(f"not JSON: {error}") from error
    if isinstance(document, dict) and set(document) <= {"products", "pagination"} and "products" in document:
        document = document["products"]
    records = document if isinstance(document, list) else [document]
    if not records:
        raise ProductInputError("there are no products in it")
    if len(records) > MOST:
        raise ProductInputError(f"more than {MOST} products; split the file")
    return [
        _product(record, f"products[{number}]" if len(records) > 1 else "")
        for number, record in enumerate(records)
    ]


def _exact(literal: str) -> str:
    """Keep a number as text until its field's type is known: a price must not pass through a float."""
    return literal


def _product(record: object, path: str) -> Product:
    if not isinstance(record, Mapping):
        raise ProductInputError(f"{path or 'the document'}: a product is an object with sku and name")
    for name in ("sku", "name"):
        if not isinstance(record.get(name), str) or not str(record[name]).strip():
            raise ProductInputError(f"{_at(path, name)}: a product needs a {name}, as text")
    return _converted(_translated(record, path), path)


def _translated(record: Mapping[str, object], path: str) -> dict[str, object]:
    """Return a record in the names of the canonical form. Raises for a field that there is not."""
    found: dict[str, object] = {}
    for name, value in record.items():
        target = RENAMED.get(name, name)
        if name in READ_ONLY or target is None:
            continue
        if target not in KNOWN:
            known = ", ".join(
                sorted(KNOWN - {"extProductId", "stock", *READ_ONLY} | {"imageURLs", "price", "currency"})
            )
            raise ProductInputError(f"{_at(path, name)}: there is no such field; there is: {known}")
        if value is not None:
            found[target] = value
    _read_status(record, found, path)
    _read_price(record, found, path)
    found.setdefault("extProductId", "")
    not_tracked = record.get("inventoryNotTracked")
    if not_tracked not in (None, True, False):
        raise ProductInputError(f"{_at(path, 'inventoryNotTracked')}: true or false is wanted")
    found.setdefault("stock", {"state": "unlimited" if not_tracked else "unknown"})
    variants = record.get("variants")
    if variants:
        if not isinstance(variants, list):
            raise ProductInputError(f"{_at(path, 'variants')}: a list of variants is wanted")
        found["variants"] = [
            _variant(variant, _at(path, f"variants[{number}]"), str(record.get("name", "")))
            for number, variant in enumerate(variants)
        ]
        found["kind"] = "parent"
    return found


def _variant(record: object, path: str, parent_name: str) -> dict[str, object]:
    if not isinstance(record, Mapping):
        raise ProductInputError(f"{path}: a variant is an object")
    if record.get("variants"):
        raise ProductInputError(f"{path}.variants: a variant has no variants of its own")
    found = _translated(record, path)
    found.pop("variants", None)
    found["kind"] = "child"
    found.setdefault("name", parent_name)
    found.setdefault("sku", "")
    if not found["sku"]:
        found["stock"] = {"state": "inherited"}
    return found


def _read_status(record: Mapping[str, object], found: dict[str, object], path: str) -> None:
    status = record.get("status")
    if status is None:
        return
    if status not in ("active", "inactive", "archived"):
        raise ProductInputError(f"{_at(path, 'status')}: {status!r} is not active, inactive or archived")
    found["active"] = status == "active"


def _read_price(record: Mapping[str, object], found: dict[str, object], path: str) -> None:
    """A plain `price` with its `currency` is the base price; `prices` wins where both are given."""
    price, currency = record.get("price"), record.get("currency")
    if price is None or found.get("prices"):
        return
    if not isinstance(currency, str) or len(currency) != 3:
        raise ProductInputError(
            f"{_at(path, 'currency')}: a price needs a currency of three letters, e.g. EUR"
        )
    found["prices"] = [{"name": "base", "value": price, "currency": currency}]


def _converted(record: dict[str, object], path: str) -> Product:
    try:
        return msgspec.convert(record, Product, strict=False)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        field = place.rstrip("`").lstrip(".")
        raise ProductInputError(f"{_at(path, field) if field else path or 'product'}: {message}") from error


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
