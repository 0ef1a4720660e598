"""Counting in place: a form where the figure stood, and then the figure that it has become."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from crossdock.hub.clock import system_clock
from crossdock.hub.models import InventoryRecord, Location
from crossdock.hub.stock.inventory import LONGEST_SKU, InventoryError
from crossdock.hub.stock.recount import MovedError, Recounted, Seen, Value, read_value, recount
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import way_back
from crossdock.portal.forms import PastMomentField, PortalForm
from crossdock.portal.roles import Ability
from crossdock.portal.views.inventory.grid import Cell, is_bundle, stock_locations
from crossdock.portal.words.locale import date_and_time

USUAL_REASON = "counted by hand"


class CountForm(PortalForm):
    """How many lie on the shelf, or that nobody counts them; and why. `seen` is the figure that the page showed."""

    state = forms.ChoiceField(
        label="How it is kept",
        choices=[
            ("tracked", "Counted"),
            ("unlimited", "Unlimited"),
            ("unknown", "Not counted: send no figure"),
        ],
    )
    quantity = forms.CharField(label="On the shelf", required=False, max_length=20)
    counted = PastMomentField(label="Counted at (empty: now)")
    reason = forms.CharField(label="Reason", required=False, max_length=300)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=20)

    def clean_seen(self) -> Seen:
        """What was shown."""
        try:
            return Seen.from_text(self.cleaned_data["seen"])
        except ValueError as error:
            raise forms.ValidationError("This form is not ours any more: load the page again.") from error

    def clean(self) -> dict[str, Any]:
        """Join state and quantity to what the domain takes."""
        given = super().clean() or {}
        value: Value = given.get("state", "")
        if value == "tracked":
            try:
                value = read_value(given.get("quantity", ""))
            except InventoryError as error:
                self.add_error("quantity", error.message)
            if isinstance(value, str) and not self.errors:
                self.add_error("quantity", "give whole units, or choose the state beside it")
        elif given.get("counted"):
            self.add_error("counted", "only a count has a time; leave it empty, or choose Counted")
        return {**given, "value": value}


@organization_view(Ability.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def count(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the form for one SKU at one location, or count it; for htmx only the cell, else a page."""
    asked = request.POST if request.method == "POST" else request.GET
    sku, place = asked_about(visit, asked)
    if request.method != "POST":
        if asked.get("cancel"):
            return _cell(request, visit, cell_of(visit, sku, place))
        cell = cell_of(visit, sku, place)
        return _form(request, visit, cell, CountForm(initial=_initial(cell)))
    form = CountForm(request.POST)
    if not form.is_valid():
        return _form(request, visit, cell_of(visit, sku, place), form)
    reason, now = form.cleaned_data["reason"].strip() or USUAL_REASON, system_clock()
    if older := _older(cell_of(visit, sku, place), form.cleaned_data["counted"]):
        form.refuse("counted", older)
        return _form(request, visit, cell_of(visit, sku, place), form)
    try:
        done = recount(
            visit.organization, sku, place, form.cleaned_data["value"], seen=form.cleaned_data["seen"],
            at=form.cleaned_data["counted"] or now, now=now, author=visit.author, reason=reason,
        )  # fmt: skip
    except MovedError as moved:
        return _form(request, visit, cell_of(visit, sku, place), _with_seen(request, moved), moved=moved)
    except InventoryError as error:
        form.refuse("counted" if error.field == "at" else error.field, error.message)
        return _form(request, visit, cell_of(visit, sku, place), form)
    cell = cell_of(visit, sku, place)
    if request.headers.get("HX-Request"):
        return _cell(request, visit, cell, done=done)
    messages.success(request, f"{sku} at {place.name}: {done.before} → {done.after}. {done.note}".strip())
    return HttpResponseRedirect(way_back(request, _usual_back(cell)))


def _older(cell: Cell, counted: datetime | None) -> str:
    """Why a count of that moment comes too late: the shelf has been counted since. Empty where it does not."""
    stands = cell.record.counted_at if cell.record is not None else None
    if counted is None or stands is None or counted >= stands:
        return ""
    when = date_and_time(timezone.localtime(stands))
    return f"The shelf has been counted since, at {when}; give a later time, or count again now."


def cell_of(visit: Visit, sku: str, place: Location) -> Cell:
    """Return the cell of a SKU at a location as it is now."""
    record = InventoryRecord.objects.filter(organization=visit.organization, sku=sku, location=place).first()
    return Cell(sku, place, record, is_bundle(visit.organization, sku))


def asked_about(visit: Visit, asked: QueryDict) -> tuple[str, Location]:
    """Return the SKU and the location that a form or an address names. Raises `Http404`."""
    sku = asked.get("sku", "").strip()
    place = next(
        (one for one in stock_locations(visit.organization) if one.key == asked.get("location")), None
    )
    if place is None or not sku or "\x00" in sku or len(sku) > LONGEST_SKU:
        raise Http404
    return sku, place


def _initial(cell: Cell) -> dict[str, str]:
    seen = cell.seen
    return {
        "seen": str(seen),
        "state": "unlimited" if seen.state == "unlimited" else "tracked",
        "quantity": str(seen.on_hand) if seen.state == "tracked" else "",
    }


def _with_seen(request: HttpRequest, moved: MovedError) -> CountForm:
    """The same form, which has now shown the newer figure: sending it again is a decision."""
    data = request.POST.copy()
    data["seen"] = str(moved.now)
    return CountForm(data)


def _usual_back(cell: Cell) -> str:
    return f"{reverse('portal:inventory-sku')}?{urlencode({'sku': cell.sku})}"


def _cell(request: HttpRequest, visit: Visit, cell: Cell, *, done: Recounted | None = None) -> HttpResponse:
    return render(request, "portal/inventory/_cell.html", {"visit": visit, "cell": cell, "done": done})


def _form(
    request: HttpRequest, visit: Visit, cell: Cell, form: CountForm, *, moved: MovedError | None = None
) -> HttpResponse:
    for name, field in form.fields.items():
        field.widget.attrs["id"] = f"{cell.name}-{name}"
    context = {"visit": visit, "cell": cell, "form": form, "moved": moved, "back": _usual_back(cell)}
    if request.headers.get("HX-Request"):
        return render(request, "portal/inventory/_count.html", {**context, "in_place": True})
    return show(request, visit, "portal/inventory/count.html", context)
