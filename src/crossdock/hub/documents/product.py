"""A product as a document."""

from __future__ import annotations

from crossdock import canon
from crossdock.hub.documents.links import Links, links_of
from crossdock.hub.documents.values import Document, amount, canonical, chosen, key_of, moment
from crossdock.hub.models import Link, Product, Published

DETAILS = (
    "description", "vendor", "prices", "cost", "costCurrency", "taxable", "weight", "weightUnit", "length",
    "width", "height", "dimensionsUnit", "harmonizedCode", "variantOptions", "options", "customFields",
    "extProductUrl", "extProductCreatedAt", "extProductUpdatedAt", "parentExtProductId", "requiresShipping",
)  # fmt: skip


def product_document(product: Product, *, links: Links | None = None, variants: bool = True) -> Document:
    """Return a product with where it is published and, unless `variants` is false, its variants.

    `links` are the outside ids of the product and its variants where the caller has them at hand (see
    `links_of`); they are looked up otherwise. Needs `organization`, `published`,
    `bundle_items` and the same of its variants fetched with it to cost no query of its own.
    """
    children = sorted(product.variants.all(), key=lambda child: child.pk) if variants else []
    known = links_of("products", [product.pk, *(child.pk for child in children)]) if links is None else links
    document = _one(product, known)
    if variants:
        document["variants"] = [_one(child, known) | {"parentProductId": product.key} for child in children]
    return document


def _one(product: Product, links: Links) -> Document:
    details = canonical(product.canonical, canon.Product)
    found = links.get(product.pk, [])
    first = found[0] if found else None
    items = [
        {
            "sku": item.sku, "quantity": item.quantity, "updatedAt": moment(item.updated_at),
            "updatedBy": item.updated_by,
        }
        for item in sorted(product.bundle_items.all(), key=lambda item: item.pk)
    ]  # fmt: skip
    own = next((link for link in found if link.integration_id == product.owner_id), first)
    return {
        "productId": product.key,
        "sku": product.sku,
        "name": product.name,
        "status": product.status,
        "types": [product.kind, *(["bundle"] if items else [])],
        "upc": product.upc,
        "price": amount(product.price),
        "currency": product.currency,
        "inventoryNotTracked": product.inventory_not_tracked,
        "integration": key_of(product.owner_id),
        "parentProductId": key_of(product.parent_id),
        "extProductId": own.remote_id if own else "",
        "extProductApiId": own.remote_id if own else "",
        "bundleItems": items,
        "imageURLs": details.get("imageUrls", []),
        "published": _published(list(product.published.all()), found),
        **chosen(details, DETAILS),
        "createdAt": moment(product.created_at),
        "updatedAt": moment(product.updated_at),
        "orgKey": product.organization.org_key,
    }


def _published(entries: list[Published], links: list[Link]) -> list[Document]:
    """One entry per listing: a channel with two listings of the product has two, one never listed has one."""
    documents = []
    for entry in sorted(entries, key=lambda entry: entry.pk):
        ids = [link.remote_id for link in links if link.integration_id == entry.integration_id] or [""]
        documents += [_entry(entry, remote_id) for remote_id in ids]
    named = {entry.integration_id for entry in entries}
    documents += [
        {"integrationId": key_of(link.integration_id), "extProductId": link.remote_id, "status": "published"}
        for link in links
        if link.integration_id not in named
    ]
    return documents


def _entry(entry: Published, remote_id: str) -> Document:
    return {
        "integrationId": key_of(entry.integration_id),
        "extProductId": remote_id,
        "status": entry.status,
        "sku": entry.sku,
        "bufferInventory": entry.buffer_inventory,
        "floor": entry.floor,
        "cap": entry.cap,
        "holdInventory": entry.hold_inventory,
        "updatedAt": moment(entry.updated_at),
    }
