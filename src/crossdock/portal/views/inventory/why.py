"""Why this number: each store's figure of one SKU as a sum on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from crossdock.hub.marks import leave_marks
from crossdock.hub.models import Flow, InventoryRecord, Product
from crossdock.hub.stock.inventory import InventoryError, sku_is_known
from crossdock.hub.stock.why import ChannelReason, Source, channel_reasons, reserving
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import carry_out
from crossdock.portal.roles import Ability
from crossdock.portal.views.asked import text

TERMS = {
    "onHand": ("On the shelf", "on_hand", "What was counted, and what has come and gone since."),
    "committed": ("Kept for orders", "committed", "Sold, and not shipped yet."),
    "future": ("On its way", "future", "Ordered, and may be sold before it is here."),
    "committedFuture": ("Kept of what is on its way", "committed_future", "Orders that wait for it."),
    "fromParts": ("Made from parts", "", "As many as the scarcest part allows."),
    "buffer": ("Held back (buffer)", "", "Never shown, so that two shops do not sell the last one."),
    "floor": ("Raised to the least", "", "Fewer than this are never shown."),
    "cap": ("Cut to the most", "", "More than this are never shown."),
}
"""How the terms of a figure are called, which column each adds up, and what it is."""


@dataclass(frozen=True)
class Line:
    """One line of the sum, and what each location adds to it."""

    name: str
    label: str
    hint: str
    value: int
    parts: tuple[tuple[InventoryRecord, int], ...]


@dataclass(frozen=True)
class Sum:
    """One store's number as it is shown: the lines of its sum, and what is left out of it."""

    reason: ChannelReason
    lines: tuple[Line, ...]
    left_out: tuple[Source, ...]


@organization_view()
@require_safe
def why(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Explain a SKU's number at every store."""
    wanted = text(request, "sku")
    if not wanted or not sku_is_known(visit.organization.pk, wanted):
        raise Http404
    reasons = channel_reasons(visit.organization, wanted)
    product = Product.objects.filter(organization=visit.organization, sku=wanted).first()
    parts = [item.sku for item in product.bundle_items.all()] if product else []
    records = list(
        InventoryRecord.objects.filter(organization=visit.organization, sku__in=[wanted, *parts])
        .select_related("location").order_by("sku", "location_id")
    )  # fmt: skip
    context = {
        "sku": wanted,
        "product": product,
        "is_bundle": bool(parts),
        "sums": [_sum(reason, wanted) for reason in reasons if reason.listed],
        "elsewhere": [reason for reason in reasons if not reason.listed],
        "reservations": reserving(records),
        "kept": sum(record.committed + record.committed_future for record in records),
    }
    return show(request, visit, "portal/inventory/why.html", context)


@organization_view(Ability.WORK)
@require_POST
def push(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Have one store's number of a SKU looked at and sent again; `pk` is the flow that pushes stock."""
    flow = Flow.objects.filter(
        pk=pk, integration__organization=visit.organization, entity="inventory", direction="push"
    ).select_related("integration").first()  # fmt: skip
    if flow is None:
        raise Http404
    wanted = request.POST.get("sku", "").strip()

    def deed() -> str:
        if "\x00" in wanted or not sku_is_known(visit.organization.pk, wanted):
            raise InventoryError("sku", f"nothing here has the SKU {wanted!r}; look it up in the inventory")
        if not flow.enabled:
            raise InventoryError(
                "flow", f"pushing stock to {flow.integration.name} is off; switch it on first"
            )
        with transaction.atomic():
            leave_marks(flow, [wanted], f"asked for by {visit.author}")
        return f"{wanted} is looked at again: what {flow.integration.name} is to show is sent if it differs."

    back = f"{reverse('portal:inventory-why')}?{urlencode({'sku': wanted})}"
    return carry_out(request, deed, back=back, failures=(InventoryError,))


def _sum(reason: ChannelReason, sku: str) -> Sum:
    terms = reason.figure.terms if reason.figure is not None else ()
    feeding = [source.record for source in reason.sources if not source.left_out and source.record.sku == sku]
    return Sum(
        reason,
        tuple(_line(name, value, feeding) for name, value in terms if _tells(name, value)),
        tuple(source for source in reason.sources if source.left_out),
    )


def _line(name: str, value: int, feeding: Sequence[InventoryRecord]) -> Line:
    label, column, hint = TERMS.get(name, (name, "", ""))
    sign = -1 if name in ("committed", "committedFuture") else 1
    parts = [(record, sign * int(getattr(record, column))) for record in feeding] if column else []
    return Line(name, label, hint, value, tuple((record, units) for record, units in parts if units))


def _tells(name: str, value: int) -> bool:
    """Whether a term says anything: what is on its way is left out where there is none."""
    return bool(value) or name in ("onHand", "committed", "buffer", "fromParts")
