"""Bundles: products that are sold as one and kept as their parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crossdock.hub.models import BundleItem

Part = dict[str, str | int]
"""One part of a bundle: its ``sku``, and the ``quantity`` of it in one bundle."""
MOST_PARTS = 100
LARGEST_QUANTITY = 100_000
LONGEST_SKU = 120


class BundleError(ValueError):
    """A bundle that cannot be: `field` is what is wrong, the text says how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


def bundle_parts(organization_id: int, skus: Iterable[str]) -> dict[str, list[Part]]:
    """Return the parts of those `skus` that are bundles, by the bundle's SKU; one query."""
    items = BundleItem.objects.filter(
        bundle__organization_id=organization_id, bundle__sku__in=[sku for sku in skus if sku]
    )
    parts: dict[str, list[Part]] = {}
    for bundle, sku, quantity in items.order_by("pk").values_list("bundle__sku", "sku", "quantity"):
        parts.setdefault(bundle, []).append({"sku": sku, "quantity": quantity})
    return parts


def bundles_of(organization_id: int, skus: Iterable[str]) -> set[str]:
    """Return the SKUs of the bundles that any of `skus` is a part of; one query."""
    items = BundleItem.objects.filter(bundle__organization_id=organization_id, sku__in=list(skus))
    return set(items.values_list("bundle__sku", flat=True))


def check_items(sku: str, items: Mapping[str, object]) -> dict[str, int]:
    """Return the parts of the bundle `sku` as they may be stored. Raises `BundleError`. Pure."""
    if not sku:
        raise BundleError("sku", "the product has no SKU of its own; only one with a SKU can be a bundle")
    if len(items) > MOST_PARTS:
        raise BundleError("bundleItems", f"{len(items)} parts are more than a bundle may have ({MOST_PARTS})")
    parts: dict[str, int] = {}
    for name, quantity in items.items():
        part = name.strip()
        if not part or len(part) > LONGEST_SKU:
            raise BundleError("bundleItems", f"{name!r} is not a SKU: give 1 to {LONGEST_SKU} characters")
        if part == sku:
            raise BundleError("bundleItems", f"{sku} cannot be a part of itself")
        if part in parts:
            raise BundleError("bundleItems", f"{part} is named twice; add its quantities up")
        if (
            isinstance(quantity, bool)
            or not isinstance(quantity, int)
            or not 1 <= quantity <= LARGEST_QUANTITY
        ):
            raise BundleError(
                "bundleItems", f"{quantity!r} of {part} is not a whole number from 1 to {LARGEST_QUANTITY}"
            )
        parts[part] = quantity
    return parts
