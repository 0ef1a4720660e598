"""Bundles: products that are sold as one and kept as their parts."""

from __future__ import annotations

from collections.abc import Iterable

from crossdock.hub.models import BundleItem

Part = dict[str, str | int]
"""One part of a bundle: its ``sku``, and the ``quantity`` of it in one bundle."""


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
