"""Deciding about a product: what a channel is shown of it, whether it is published there, what a bundle holds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.hub.models import Integration, Product
from crossdock.hub.products import ProductError
from crossdock.hub.publishing import set_publishing
from crossdock.hub.stock.bundle_items import set_bundle_items
from crossdock.hub.stock.bundles import BundleError
from crossdock.hub.stock.channel_limits import set_limits
from crossdock.hub.stock.inventory import InventoryError
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import carry_out, reason_of
from crossdock.portal.meanwhile import ChangedMeanwhileError, Subject, unless_changed
from crossdock.portal.roles import Ability

DECISIONS = ("limitsChanged", "publishingChanged", "bundleChanged")
NUMBERS = ("buffer", "floor", "cap")


def product_of(visit: Visit, pk: int) -> Product:
    """Return a product of the organization. Raises `Http404`."""
    query = Product.objects.filter(organization=visit.organization, pk=pk)
    return get_object_or_404(query.select_related("organization", "owner", "parent__owner"))


def subject_of(product: Product) -> Subject:
    """Return what the forms of a product's page change: what people decide about it, not what a channel reports."""
    return Subject("products", product.pk, DECISIONS)


@organization_view(Ability.WORK)
@require_POST
def channel(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Change what one channel is shown of a product, and whether it is published there."""
    product = product_of(visit, pk)

    def deed() -> str:
        integration = _integration(visit, request.POST.get("integration", ""))
        reason = reason_of(request)
        with unless_changed(request, visit, subject_of(product)):
            if product.sku:
                limits: dict[str, object] = {
                    name: _units(name, request.POST.get(name, "")) for name in NUMBERS
                }
                limits["hold"] = request.POST.get("hold") == "on"
                set_limits(integration, product.sku, limits, author=visit.author, reason=reason)
            if request.POST.get("publish") in ("yes", "no"):
                wanted = request.POST["publish"] == "yes"
                set_publishing(product, integration, publish=wanted, author=visit.author, reason=reason)
        return (
            f"{product} on {integration.name} was changed; what the channel shows follows with its next push."
        )

    failures = (InventoryError, ProductError, ChangedMeanwhileError)
    return carry_out(request, deed, back=_page(product), failures=failures)


@organization_view(Ability.WORK)
@require_POST
def bundle(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Say what a bundle consists of; with no parts it is a plain product again."""
    product = product_of(visit, pk)

    def deed() -> str:
        items = _parts(request)
        with unless_changed(request, visit, subject_of(product)):
            change = set_bundle_items(
                visit.organization, product.sku, items, author=visit.author, reason=reason_of(request)
            )
        if change.before == change.after:
            return "Nothing was changed."
        if not change.after:
            return f"{product.sku} is a plain product again."
        note = (
            f" Nothing here has the SKU {', '.join(change.unknown)} yet: until it is counted, the bundle's "
            "figure is unknown."
            if change.unknown
            else ""
        )
        return f"{product.sku} consists of {_listed(change.after)} now; open orders follow at once.{note}"

    return carry_out(request, deed, back=_page(product), failures=(BundleError, ChangedMeanwhileError))


def _integration(visit: Visit, key: str) -> Integration:
    living = visit.organization.integrations.exclude(state=Integration.State.REMOVED)
    found = next((one for one in living if one.key == key), None)
    if found is None:
        raise ProductError("integration", "choose one of this organization's channels")
    return found


def _units(name: str, text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 12:
        raise InventoryError(name, f"{text!r} is not a whole number from 0; leave it empty for the usual")
    return int(text)


def _parts(request: HttpRequest) -> dict[str, object]:
    """Read the rows of the form: a part and how many of it; empty rows are none."""
    parts: dict[str, object] = {}
    rows = zip(request.POST.getlist("part"), request.POST.getlist("quantity"), strict=False)
    for sku, quantity in rows:
        name, number = sku.strip(), quantity.strip()
        if not name and not number:
            continue
        if not name:
            raise BundleError("bundleItems", f"a quantity of {number} stands without a SKU; name the part")
        if name in parts:
            raise BundleError("bundleItems", f"{name} stands there twice; give its number once")
        if not number.isascii() or not number.isdecimal() or len(number) > 12:
            raise BundleError("bundleItems", f"{number!r} of {name} is not a whole number; give 1 or more")
        parts[name] = int(number)
    return parts


def _listed(parts: object) -> str:
    rows = parts.items() if isinstance(parts, dict) else ()
    return ", ".join(f"{quantity} of {sku}" for sku, quantity in rows)


def _page(product: Product) -> str:
    return reverse("portal:products-one", args=[product.pk])
