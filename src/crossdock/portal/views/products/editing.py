"""Adding a product of people's own, and changing one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from crossdock.hub.models import Product
from crossdock.hub.own_products import CHANGES, SkuTakenError, add_product, change_product
from crossdock.hub.products import ProductError
from crossdock.hub.publishing import set_publishing
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.meanwhile import AS_OF, ChangedMeanwhileError, Subject, as_of, unless_changed
from crossdock.portal.roles import Ability
from crossdock.portal.views.products.actions import product_of
from crossdock.portal.views.products.channels import channels_of
from crossdock.portal.views.products.forms import ProductForm
from crossdock.portal.views.products.variant_rows import unfit

EDITS = (*CHANGES, "publishingChanged")


@organization_view(Ability.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Add a product."""

    def save(form: ProductForm) -> Product:
        with transaction.atomic():
            made = add_product(visit.organization, form.wish(), author=visit.author)
            return _published(form, made, visit)

    return _edit(request, visit, None, save)


@organization_view(Ability.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Change a product; of one that a store owns, say why that is done there."""
    product = product_of(visit, pk)
    if product.parent is not None:
        return redirect("portal:products-edit", product.parent.key)
    why = unfit(product) if product.owner is None else ""
    if product.owner is not None or why:
        return show(request, visit, "portal/products/elsewhere.html", {"product": product, "unfit": why})
    subject = Subject("products", product.pk, EDITS)

    def save(form: ProductForm) -> Product:
        with unless_changed(request, visit, subject):
            changed = change_product(product, form.wish(), author=visit.author, kept=form.kept)
            return _published(form, changed, visit)

    return _edit(request, visit, product, save, request.POST.get(AS_OF) or as_of(visit, subject))


def _edit(
    request: HttpRequest,
    visit: Visit,
    product: Product | None,
    save: Callable[[ProductForm], Product],
    mark: str = "",
) -> HttpResponse:
    channels = channels_of(visit.organization, product)
    form = ProductForm(product, channels, request.POST if request.method == "POST" else None)
    holder, going = None, ""
    if request.method == "POST" and form.is_valid():
        going = ",".join(row.key for row in form.rows.removed)
        if going == request.POST.get("going", ""):
            try:
                saved = save(form)
            except ChangedMeanwhileError as error:
                form.refuse("", str(error))
                mark = error.as_of
            except ProductError as error:
                form.blame(error)
                holder = error.holder if isinstance(error, SkuTakenError) else None
            else:
                messages.success(request, _told(saved, form, is_new=product is None))
                return redirect("portal:products-one", saved.key)
    context = {
        "form": form, "product": product, "holder": holder, "going": going,
        "channels": [(one, one.integration.key in (form["publish"].value() or [])) for one in form.channels],
        AS_OF: mark,
    }  # fmt: skip
    status = 400 if form.errors else 200
    return show(request, visit, "portal/products/edit.html", context, status=status)


def _published(form: ProductForm, product: Product, visit: Visit) -> Product:
    """Let the product into the channels that are ticked, and keep it out of the others."""
    for channel in form.channels:
        wanted = channel.integration.key in form.cleaned_data["publish"]
        if wanted == channel.kept_out:
            set_publishing(product, channel.integration, publish=wanted, author=visit.author)
    return product


def _told(product: Product, form: ProductForm, *, is_new: bool) -> str:
    """What was done, and where it goes from here."""
    ticked = [one for one in form.channels if one.integration.key in form.cleaned_data["publish"]]
    goes = [one.integration.name for one in ticked if one.pushes]
    done = f"{product.name} was {'added' if is_new else 'saved'}."
    if goes:
        return f"{done} It is written to {' and '.join(goes)} in a moment; What happened says when."
    return (
        f"{done} It is kept here only, until push products is turned on for a store that it is published in."
    )
