"""The catalogue of a store: products with their variations, SKUs and stock."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecwid_twin.products import shape
from ecwid_twin.products.attributes import Attributes
from ecwid_twin.shelf import Shelf
from ecwid_twin.stats import Graveyard
from ecwid_twin.wire.errors import ApiError, not_found, wrong_parameter
from ecwid_twin.wire.message import Doc, encode

if TYPE_CHECKING:
    from ecwid_twin.store import Store

NEGATIVE = "Product has negative stock."


@dataclass(slots=True)
class Product:
    """A stored product. `doc` belongs to this record and is never changed: an edit makes a new record."""

    key: int
    created: int
    updated: int
    doc: Doc
    body: bytes


def product_of(doc: Doc) -> Product:
    """The record for a product's JSON object; older shapes get the lists that searches rely on."""
    body = encode(doc)
    full = {"options": [], "combinations": [], "attributes": [], **doc}
    created = int(doc.get("createTimestamp") or 0)
    return Product(int(doc["id"]), created, int(doc.get("updateTimestamp") or created), full, body)


class Catalogue:
    """All products of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.shelf: Shelf[Product] = Shelf()
        self.deleted = Graveyard()
        self.attributes = Attributes()
        self._skus: dict[str, set[tuple[int, int]]] = {}
        self._next_product = 700_100_000
        self._next_variation = 800_100_000
        self._next_sku = 1
        self._next_image = 4_519_600_000

    def load(self, docs: Iterable[Doc]) -> None:
        """Add existing products as they are, without side effects."""
        products = [product_of(doc) for doc in docs]
        self.shelf.load(products)
        for product in products:
            self._index(product.doc)
            for variation in product.doc["combinations"]:
                self._next_variation = max(self._next_variation, int(variation["id"]))
            self._next_product = max(self._next_product, product.key + 1)

    def replace_raw(self, doc: Doc) -> None:
        """Store a document exactly as it is, in place of one with the same id, without side effects."""
        old = self.shelf.live.get(int(doc["id"]))
        if old is not None:
            self._forget(old.doc)
            self.shelf.drop(old.key, self._store.now(), 0)
        self.load([doc])

    def find(self, identity: str | int) -> Product:
        """The product with this id. Raises a 404."""
        text = str(identity)
        product = self.shelf.live.get(int(text)) if text.isdecimal() else None
        if product is None:
            raise not_found("Product", identity)
        return product

    def by_sku(self, sku: str) -> set[tuple[int, int]]:
        """`(product id, variation id or 0)` of everything that carries `sku`."""
        return self._skus.get(sku, set())

    def variation_id(self) -> int:
        """A new variation id, unique in the store."""
        self._next_variation += 1
        return self._next_variation

    def image_id(self) -> int:
        """A new image id; larger than 32 bits, as in live stores."""
        self._next_image += 1
        return self._next_image

    def create(self, values: Doc) -> Product:
        """A new product; only a name is needed. Raises 400, 402 or 409."""
        store = self._store
        limit = store.settings.maxProducts
        if limit and len(self.shelf.live) >= limit:
            raise ApiError(402, "NOT_AVAILABLE_ON_CURRENT_PLAN", "Product limit is reached")
        now = store.seconds()
        sent = shape.accept(values)
        if not sent.get("name"):
            raise wrong_parameter("name", sent.get("name", ""), "a product name")
        doc = shape.blank(now)
        doc["id"] = self._next_product
        self._next_product += 1
        self._write(doc, sent)
        if not doc.get("sku") and not self._free_skus():
            doc["sku"] = self._fresh_sku()
        doc.setdefault("seoTitle", doc["name"])
        return self._keep(doc, "product.created")

    def change(self, identity: str | int, values: Doc) -> Product:
        """A partial update. Raises 400, 404 or 409."""
        doc = copy.deepcopy(self.find(identity).doc)
        sent = shape.accept(values)
        if "options" in sent and not values.get("_rebuild"):
            check_options(doc, sent["options"])
        self._write(doc, sent)
        if not doc.get("sku") and not self._free_skus():
            doc["sku"] = self._fresh_sku()
        return self._keep(doc, "product.updated")

    def edit(self, doc: Doc) -> Product:
        """Store a product that was changed in a copy (variations, images), as an update."""
        return self._keep(doc, "product.updated")

    def copy(self, identity: str | int) -> Doc:
        """A product's JSON object, free to be changed and given to `edit`."""
        return copy.deepcopy(self.find(identity).doc)

    def _write(self, doc: Doc, sent: Doc) -> None:
        if "sku" in sent:
            self.claim_sku(sent["sku"], int(doc["id"]), 0)
        if "locationInventory" in sent:
            self.write_locations(doc, sent)
        if sent.get("externalReferenceId"):
            self._claim_reference(sent["externalReferenceId"], int(doc["id"]))
        if "categoryIds" in sent:
            self._store.categories.check(sent["categoryIds"])
        if "attributes" in sent:
            sent["attributes"] = self.attributes.complete(sent["attributes"])
        if isinstance(sent.get("media"), dict):
            sent["media"] = _alt_texts(doc.get("media") or {}, sent["media"])
        stock: Doc = {name: sent.pop(name) for name in ("quantity", "unlimited") if name in sent}
        doc.update(sent)
        shape.apply_stock(doc, stock)

    def write_locations(self, target: Doc, sent: Doc) -> None:
        """Merge a sent `locationInventory`; `quantity` becomes the sum. 409 unless a POS is linked."""
        if not self._store.settings.posLinked:
            raise ApiError(
                409, "NOT_ALLOWED_TO_UPDATE_PARAMETER", "Changing location inventory is not allowed"
            )
        levels = sent.pop("locationInventory")
        if not isinstance(levels, dict) or any(not isinstance(level, int) for level in levels.values()):
            raise wrong_parameter("locationInventory", levels, "a map of location id to integer")
        merged = {**(target.get("locationInventory") or {}), **levels}
        target["locationInventory"] = merged
        sent["quantity"] = sum(merged.values())

    def _keep(self, doc: Doc, event: str) -> Product:
        store = self._store
        now = store.seconds()
        old = self.shelf.live.get(int(doc["id"]))
        doc["categories"] = store.categories.brief(doc.get("categoryIds") or [])
        address = store.profile.doc.get("generalInfo", {}).get("storeUrl", "https://store.example/products")
        shape.derive(doc, now, store.profile.doc.get("formatsAndUnits", {}), address)
        product = product_of(doc)
        if old is not None:
            self._forget(old.doc)
        self._index(doc)
        self.shelf.put(product, store.now(), store.settings.lag)
        store.stats.touch("products", now)
        store.emit(event, product.key)
        return product

    def remove(self, identity: str | int) -> int:
        """Delete a product; how many there were (a missing one is no error)."""
        text = str(identity)
        product = self.shelf.live.get(int(text)) if text.isdecimal() else None
        if product is None:
            return 0
        store = self._store
        now = store.seconds()
        self._forget(product.doc)
        self.shelf.drop(product.key, store.now(), store.settings.lag)
        self.deleted.bury(now, product.key)
        store.stats.touch("products", now)
        store.emit("product.deleted", product.key)
        return 1

    # SKUs

    def _free_skus(self) -> bool:
        return self._store.profile.toggle("ALLOW_EMPTY_AND_NON_UNIQUE_SKU")

    def _fresh_sku(self) -> str:
        while f"{self._next_sku:05d}" in self._skus:
            self._next_sku += 1
        return f"{self._next_sku:05d}"

    def claim_sku(self, sku: str, product: int, variation: int) -> None:
        """Raise 409 when `sku` belongs to something else: products and variations share one namespace."""
        if not sku or self._free_skus():
            return
        others = self.by_sku(sku) - {(product, variation)}
        if variation:
            others = {
                place for place in others if place != (product, 0)
            }  # same as its own product: checked apart
        else:
            others = {place for place in others if place[0] != product}
        if others:
            raise ApiError(409, "SKU_ALREADY_EXISTS", f"Product with SKU '{sku}' already exists")

    def _claim_reference(self, reference: str, product: int) -> None:
        for other in self.shelf.live.values():
            if other.key != product and other.doc.get("externalReferenceId") == reference:
                raise ApiError(409, "EXTERNAL_ID_ALREADY_USED", "Entity with this external ID already exists")

    def _index(self, doc: Doc) -> None:
        for sku, place in _skus(doc):
            self._skus.setdefault(sku, set()).add(place)

    def _forget(self, doc: Doc) -> None:
        for sku, place in _skus(doc):
            places = self._skus.get(sku, set())
            places.discard(place)
            if not places:
                self._skus.pop(sku, None)

    # stock

    def holder(self, doc: Doc, variation: int) -> Doc:
        """What holds the stock of a variation: itself when it has its own SKU, else the product."""
        for item in doc["combinations"]:
            if item["id"] == variation:
                return item if item.get("sku") else doc
        return doc

    def shift(self, product: int, variation: int, delta: int) -> bool:
        """Move stock by `delta` as an order does; False when there is nothing tracked to move."""
        if product not in self.shelf.live or not delta:
            return False
        doc = self.copy(product)
        target = self.holder(doc, variation)
        if target.get("unlimited"):
            return False
        target["quantity"] = int(target.get("quantity") or 0) + delta
        self._keep(doc, "product.updated")
        return True

    def adjust(self, product: int, variation: int, delta: int) -> tuple[int, str]:
        """A relative stock change: `(updateCount, warning)`. It is applied even below nought."""
        doc = self.copy(product)
        target = doc
        if variation:
            target = next(item for item in doc["combinations"] if item["id"] == variation)
        if target.get("unlimited"):
            return 0, ""
        target["quantity"] = int(target.get("quantity") or 0) + delta
        self._keep(doc, "product.updated")
        return 1, NEGATIVE if target["quantity"] < 0 else ""


def _skus(doc: Doc) -> list[tuple[str, tuple[int, int]]]:
    found = [(doc["sku"], (int(doc["id"]), 0))] if doc.get("sku") else []
    found += [
        (item["sku"], (int(doc["id"]), int(item["id"]))) for item in doc["combinations"] if item.get("sku")
    ]
    return found


def check_options(doc: Doc, options: list[Doc]) -> None:
    """Raise 409 when new product options lack something a variation is built on."""
    known = {
        option.get("name"): {choice.get("text") for choice in option.get("choices") or ()}
        for option in options
    }
    for variation in doc["combinations"]:
        for option in variation.get("options") or ():
            if option["name"] not in known:
                raise ApiError(
                    409,
                    "COMBINATION_CONTAINS_REMOVED_OPTION",
                    f"Variation uses the removed option '{option['name']}'",
                )
            if option["value"] not in known[option["name"]]:
                raise ApiError(
                    409,
                    "COMBINATION_CONTAINS_REMOVED_OPTION_VALUE",
                    f"Variation uses the removed value '{option['value']}' of option '{option['name']}'",
                )


def _alt_texts(stored: Doc, sent: Doc) -> Doc:
    """Only alt texts of existing images can be written through a product."""
    texts = {str(image.get("id")): image.get("alt") for image in sent.get("images") or () if image.get("alt")}
    images = [
        {**image, "alt": texts[str(image["id"])]} if str(image["id"]) in texts else image
        for image in stored.get("images") or ()
    ]
    return {**stored, "images": images}
