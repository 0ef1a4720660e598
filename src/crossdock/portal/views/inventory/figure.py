"""Setting one figure in place: what is on its way, or what is there and may not be sold."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from crossdock.hub.models import InventoryRecord, Location
from crossdock.hub.stock.figures import SETTABLE
from crossdock.hub.stock.figures import set_figure as put_figure
from crossdock.hub.stock.inventory import InventoryError
from crossdock.hub.stock.recount import read_value
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import way_back
from crossdock.portal.forms import PortalForm
from crossdock.portal.roles import Ability
from crossdock.portal.templatetags.portal import number
from crossdock.portal.views.inventory.counting import asked_about
from crossdock.portal.words.statuses import FIGURE, Word

USUAL_REASON = "set by hand"


class FigureForm(PortalForm):
    """How many there are, and why. `seen` is the figure that the page showed."""

    quantity = forms.CharField(max_length=20)
    reason = forms.CharField(label="Reason", required=False, max_length=300)
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def clean_quantity(self) -> int:
        """Whole units."""
        try:
            value = read_value(self.cleaned_data["quantity"])
        except InventoryError as error:
            raise forms.ValidationError(error.message) from error
        if isinstance(value, str):
            raise forms.ValidationError("give whole units")
        return value


@dataclass(frozen=True)
class FigureCell:
    """One figure of one SKU at one location; zero where there is no record."""

    sku: str
    location: Location
    figure: str
    units: int

    @property
    def name(self) -> str:
        """The id of its element."""
        return f"{self.figure}-{self.location.key}-{self.sku.encode().hex()}"

    @property
    def word(self) -> Word:
        """How the figure is called, and what it is."""
        return FIGURE[self.figure]

    @property
    def query(self) -> str:
        """What names it in an address."""
        return urlencode({"sku": self.sku, "location": self.location.key, "figure": self.figure})


def figure_cells(sku: str, location: Location, record: InventoryRecord | None) -> list[FigureCell]:
    """Return the figures of a record that people set in place."""
    return [
        FigureCell(sku, location, name, int(getattr(record, name)) if record is not None else 0)
        for name in SETTABLE
    ]


@organization_view(Ability.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def figure(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the form for one figure of a SKU at a location, or set it; for htmx only its place, else a page."""
    asked = request.POST if request.method == "POST" else request.GET
    sku, place = asked_about(visit, asked)
    name = asked.get("figure", "")
    if name not in SETTABLE:
        raise Http404
    cell = _cell(visit, sku, place, name)
    if request.method != "POST":
        if asked.get("cancel"):
            return render(request, "portal/inventory/_figure.html", {"visit": visit, "cell": cell})
        return _form(request, visit, cell, FigureForm(initial={"seen": cell.units, "quantity": cell.units}))
    form = FigureForm(request.POST)
    if not form.is_valid():
        return _form(request, visit, cell, form)
    try:
        put_figure(
            visit.organization, sku, name, form.cleaned_data["quantity"], location=place,
            seen=form.cleaned_data["seen"], author=visit.author,
            reason=form.cleaned_data["reason"].strip() or USUAL_REASON,
        )  # fmt: skip
    except InventoryError as error:
        data = request.POST.copy()
        data["seen"] = str(cell.units)  # it has been shown now: sending it again is a decision
        form = FigureForm(data)
        form.refuse(error.field, error.message)
        return _form(request, visit, cell, form)
    before, cell = cell.units, _cell(visit, sku, place, name)
    if request.headers.get("HX-Request"):
        context = {"visit": visit, "cell": cell, "before": before}
        return render(request, "portal/inventory/_figure.html", context)
    messages.success(
        request,
        f"{sku} at {place.name}, {cell.word.label.lower()}: {number(before)} → {number(cell.units)}.",
    )
    return HttpResponseRedirect(way_back(request, _usual_back(cell)))


def _cell(visit: Visit, sku: str, place: Location, name: str) -> FigureCell:
    record = InventoryRecord.objects.filter(organization=visit.organization, sku=sku, location=place).first()
    return next(cell for cell in figure_cells(sku, place, record) if cell.figure == name)


def _usual_back(cell: FigureCell) -> str:
    return f"{reverse('portal:inventory-sku')}?{urlencode({'sku': cell.sku})}"


def _form(request: HttpRequest, visit: Visit, cell: FigureCell, form: FigureForm) -> HttpResponse:
    form.fields["quantity"].label = cell.word.label
    for name, field in form.fields.items():
        field.widget.attrs["id"] = f"{cell.name}-{name}"
    form.fields["quantity"].widget.attrs["autofocus"] = True  # the last columns may lie beyond the edge
    context = {"visit": visit, "cell": cell, "form": form, "back": _usual_back(cell)}
    if request.headers.get("HX-Request"):
        return render(request, "portal/inventory/_figure_form.html", {**context, "in_place": True})
    return show(request, visit, "portal/inventory/figure.html", context)
