"""Variations: which of the store's is which of ours, and what to write on each (products.md §5)."""

from __future__ import annotations

from crossdock.canon import Product
from crossdock.connectors.contract import Account
from crossdock.connectors.ecwid.plan import fields
from crossdock.connectors.ecwid.wire import ProductDocument, Variation, text_id

Match = tuple[Product, Product | None]


def label(variant: Product) -> str:
    """Return what a person calls a variation: its SKU, else its choices."""
    return variant.sku or ", ".join(f"{one.name} {one.value}" for one in variant.variant_options)


def matched(present: tuple[Product, ...], wanted: tuple[Product, ...]) -> tuple[list[Match], list[Product]]:
    """Pair wanted variations with present ones, and give the present ones that nobody wants.

    By remote id first, then by a SKU of their own, then by the choices they are made of. A pair holds
    None for a variation that has to be made.
    """
    left = {one.ext_product_id: one for one in present}
    pairs: list[Match] = []
    for one in wanted:
        found = left.get(one.ext_product_id) or _by_sku(left, one) or _by_options(left, one)
        if found is not None:
            del left[found.ext_product_id]
        pairs.append((one, found))
    return pairs, list(left.values())


def _by_sku(left: dict[str, Product], wanted: Product) -> Product | None:
    if not wanted.sku.strip():
        return None
    return next((one for one in left.values() if one.sku == wanted.sku), None)


def _by_options(left: dict[str, Product], wanted: Product) -> Product | None:
    choices = _choices(wanted)
    return next((one for one in left.values() if choices and _choices(one) == choices), None)


def _choices(variant: Product) -> frozenset[tuple[str, str]]:
    return frozenset((one.name, one.value) for one in variant.variant_options)


def raw(document: ProductDocument, variant: Product) -> Variation:
    """Return the document's part of a present variation."""
    number = variant.ext_product_id.partition(":")[2]
    return next(one for one in document.combinations if text_id(one.id) == number)


def creation(variant: Product, account: Account, notes: list[str]) -> fields.Sent:
    """Return the body that creates a variation; without a SKU it has no stock to state."""
    body: fields.Sent = {
        "options": [{"name": one.name, "value": one.value} for one in variant.variant_options]
    }
    if variant.sku.strip():
        body["sku"] = variant.sku
    body.update(fields.unit_creation(variant, account, notes))
    if not variant.sku.strip():
        body.pop("quantity", None)
        body.pop("unlimited", None)
    return body


def create_call(product_path: str, variant: Product, account: Account, notes: list[str]) -> dict[str, object]:
    """Return the call that adds a variation to a product."""
    return {
        "method": "POST",
        "path": f"{product_path}/combinations",
        "body": creation(variant, account, notes),
    }


def differences(
    raw: Variation, current: Product, desired: Product, account: Account, notes: list[str]
) -> fields.Differences:
    """Return the fields of a variation that differ."""
    found = fields.unit_differences(raw, current, desired, account, notes)
    if desired.variant_options and _choices(desired) != _choices(current):
        found["options"] = (
            label_of_choices(current),
            [{"name": one.name, "value": one.value} for one in desired.variant_options],
        )
    if "sku" in found and current.stock.state == "inherited":
        notes.append(
            f"{label(desired)} gets a SKU of its own and with it a stock of its own, which begins at zero."
        )
    return found


def label_of_choices(variant: Product) -> str:
    """Return a variation's choices as a person reads them."""
    return ", ".join(f"{one.name}: {one.value}" for one in variant.variant_options)
