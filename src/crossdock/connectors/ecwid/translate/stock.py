"""Stock of a product and of each of its variations, in states that are never folded into one integer."""

from __future__ import annotations

from crossdock.canon import Stock
from crossdock.connectors.contract import StockReading
from crossdock.connectors.ecwid.wire import ProductDocument, Unit, Variation, read_product, text_id
from crossdock.connectors.errors import Unreadable

INHERITED = Stock(state="inherited")


def unit_id(product_id: str, variation_id: str) -> str:
    """Return the remote id of a sellable unit: ``123`` for a product, ``123:456`` for its variation."""
    return f"{product_id}:{variation_id}" if variation_id else product_id


def unit_stock(unit: Unit) -> Stock:
    """Return a unit's own stock. The sum over the outlets stands in for a missing quantity."""
    split = dict(unit.location_inventory) or None
    if unit.unlimited:
        return Stock(state="unlimited", by_location=split)
    quantity = unit.quantity
    if quantity is None and split is not None:
        quantity = sum(split.values())
    if quantity is None:
        return Stock(state="unknown")
    return Stock(state="tracked", quantity=quantity, by_location=split)


def variation_stock(variation: Variation) -> Stock:
    """Return a variation's stock; without a SKU of its own it has none (products.md §5)."""
    return unit_stock(variation) if variation.sku.strip() else INHERITED


def stock(product_document: bytes) -> dict[str, StockReading]:
    """Return the stock of a product and its variations by remote id. Raises `Unreadable`."""
    document, _ = read_product(product_document)
    product_id = text_id(document.id)
    if not product_id:
        raise Unreadable("the product has no id; read it without responseFields", field="id")
    linked = _owned_elsewhere(document)
    found = {product_id: _reading(product_id, document.sku, unit_stock(document), linked=linked)}
    for variation in document.combinations:
        remote_id = unit_id(product_id, text_id(variation.id))
        if remote_id != product_id:
            found[remote_id] = _reading(remote_id, variation.sku, variation_stock(variation), linked=linked)
    return found


def _owned_elsewhere(document: ProductDocument) -> bool:
    """Whether a point of sale owns this stock: only linked stores split it by outlet (locations.md §1)."""
    return any(one.location_inventory for one in (document, *document.combinations))


def _reading(remote_id: str, sku: str, found: Stock, *, linked: bool) -> StockReading:
    reason = _reason(found, linked=linked)
    return StockReading(
        remote_id=remote_id, stock=found, sku=sku.strip() and sku, writable=not reason, reason=reason
    )


def _reason(found: Stock, *, linked: bool) -> str:
    """Say why a figure is not to be written; empty where it may be."""
    if found.state == "inherited":
        return "the variation has no SKU of its own: its product's stock counts"
    if linked:
        return "a linked point of sale owns this stock: Ecwid splits it by outlet"
    if found.state == "unlimited":
        return "the store sells this without limit: it is not tracked there"
    if found.state == "unknown":
        return "the store does not say a quantity for this"
    return ""
