"""What a channel holds back or promises beyond what there is: buffer, floor, cap, hold; per SKU or for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from crossdock.hub.events import record_event
from crossdock.hub.marks import mark_flows
from crossdock.hub.models import Integration, Product, Published
from crossdock.hub.stock.inventory import LARGEST, InventoryError


@dataclass(frozen=True)
class Limits:
    """figure = min(max(what there is - `buffer`, `floor`), `cap`); with `hold` nothing is sent at all.

    `floor` shows at least so many on purpose, to take orders for what is not here yet. A cap below the floor wins.
    """

    buffer: int = 0
    floor: int = 0
    cap: int | None = None
    hold: bool = False


def limits_of(integration: Integration, skus: Sequence[str]) -> dict[str, Limits]:
    """Return the limits of each SKU on a channel: its own, else the integration's settings; one query.

    Raises `InventoryError` for a malformed setting.
    """
    standard = Limits(
        buffer=_setting(integration, "buffer") or 0,
        floor=_setting(integration, "floor") or 0,
        cap=_setting(integration, "cap"),
    )
    own = {
        entry.product.sku: Limits(
            standard.buffer if entry.buffer_inventory is None else entry.buffer_inventory,
            standard.floor if entry.floor is None else entry.floor,
            standard.cap if entry.cap is None else entry.cap,
            entry.hold_inventory,
        )
        for entry in Published.objects.filter(
            integration=integration,
            product__organization_id=integration.organization_id,
            product__sku__in=list(skus),
        ).select_related("product")
    }
    return {sku: own.get(sku, standard) for sku in skus}


def set_limits(
    integration: Integration, sku: str, changes: Mapping[str, object], *, author: str, reason: str = ""
) -> Published:
    """Change ``buffer``, ``floor``, ``cap`` (None leaves each to the integration's setting) or ``hold`` of a SKU.

    The SKU is marked for the channel's push. Raises `InventoryError`.
    """
    product = Product.objects.filter(organization_id=integration.organization_id, sku=sku.strip()).first()
    if product is None or not sku.strip():
        raise InventoryError("sku", f"no product has the SKU {sku!r}; store the product first")
    values = {_COLUMNS[name]: _checked(name, value) for name, value in changes.items()}
    with transaction.atomic():
        Published.objects.get_or_create(
            product=product, integration=integration, defaults={"status": Published.Status.UNPUBLISHED}
        )
        entry = Published.objects.select_for_update().get(product=product, integration=integration)
        before = {name: getattr(entry, column) for name, column in _COLUMNS.items()}
        for column, value in values.items():
            setattr(entry, column, value)
        entry.save()
        after = {name: getattr(entry, column) for name, column in _COLUMNS.items()}
        changed = sorted(name for name in _COLUMNS if before[name] != after[name])
        if changed:
            record_event(
                integration.organization_id, "products", product.pk, "limitsChanged", author=author,
                reason=reason or f"for {integration.name}",
                before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
            )  # fmt: skip
            mark_flows(
                integration.organization_id, "inventory", "push", [product.sku],
                f"limits of {product.sku} were changed",
            )  # fmt: skip
    return entry


_COLUMNS = {"buffer": "buffer_inventory", "floor": "floor", "cap": "cap", "hold": "hold_inventory"}


def _checked(name: str, value: object) -> object:
    if name == "hold":
        if not isinstance(value, bool):
            raise InventoryError("hold", f"{value!r} is neither true nor false")
        return value
    if value is not None and not _is_units(value):
        raise InventoryError(name, f"{value!r} is not a whole number from 0 to {LARGEST}")
    return value


def _is_units(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int) and 0 <= value <= LARGEST


def _setting(integration: Integration, name: str) -> int | None:
    if name not in integration.settings:
        return None
    value = integration.settings[name]
    if not isinstance(value, int) or not _is_units(value):
        raise InventoryError(
            name, f"the setting of {integration.name} is {value!r}; give a whole number from 0"
        )
    return value
