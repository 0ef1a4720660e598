"""Whether a product is pushed to a channel: a person may keep one out of it."""

from __future__ import annotations

from django.db import transaction

from crossdock.hub.events import record_event
from crossdock.hub.marks import mark_flows
from crossdock.hub.models import Integration, Product, Published
from crossdock.hub.products import ProductError


def set_publishing(
    product: Product, integration: Integration, *, publish: bool, author: str, reason: str = ""
) -> Published:
    """Let a product be pushed to a channel, or keep it out from now on; what is listed there stays as it is.

    Only for products that another side owns: a channel's own products are listed there by the channel. Raises
    `ProductError`.
    """
    if product.parent_id is not None:
        raise ProductError("product", f"{product} is a variant; it goes with its parent")
    if product.owner_id == integration.pk:
        raise ProductError("publish", f"{integration.name} owns {product}; take it off sale there")
    if integration.organization_id != product.organization_id:
        raise ProductError("integration", f"{integration.name} belongs to another organization")
    with transaction.atomic():
        Published.objects.get_or_create(
            product=product, integration=integration, defaults={"status": Published.Status.UNPUBLISHED}
        )
        entry = Published.objects.select_for_update().get(product=product, integration=integration)
        kept_out = entry.status == Published.Status.DISABLED
        if kept_out == (not publish):
            return entry
        before, entry.status = entry.status, _status(publish=publish)
        entry.save(update_fields=["status", "updated_at"])
        record_event(
            product.organization_id, "products", product.pk, "publishingChanged", author=author,
            reason=reason or f"for {integration.name}", before={"status": str(before)},
            after={"status": str(entry.status)},
        )  # fmt: skip
        if publish:
            why = f"{product} may be published"
            mark_flows(product.organization_id, "products", "push", [product.key], why)
    return entry


def _status(*, publish: bool) -> Published.Status:
    return Published.Status.TO_BE_PUBLISHED if publish else Published.Status.DISABLED
