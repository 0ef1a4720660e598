"""Stock in and out as CSV: a file's differences are shown first, and applied by whoever uploaded it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crossdock.flows.jobs import queue_sheet
from crossdock.hub.clock import system_clock
from crossdock.hub.models import StockSheet
from crossdock.hub.stock.inventory import InventoryError
from crossdock.hub.stock.sheet_export import stock_lines
from crossdock.hub.stock.sheet_file import SheetError
from crossdock.hub.stock.sheets import ON_HAND, STEP, Reading, apply_sheet, begin_sheet, preview_sheet
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import carry_out, reason_of
from crossdock.portal.forms import PastMomentField, PortalForm
from crossdock.portal.roles import Ability
from crossdock.portal.views.asked import text
from crossdock.portal.views.inventory.adopting import adoptable
from crossdock.portal.views.inventory.grid import narrowing_asked, stock_locations
from crossdock.portal.words.statuses import FIGURE

ROWS_A_PAGE = 200
USUAL_REASON = "imported from a file"


class SheetForm(PortalForm):
    """A file of counts, when its shelves were counted, and whether it says more than that."""

    file = forms.FileField(
        label="CSV file",
        help_text="Columns: sku, location (name; the default location if left out), onHand. An exported file fits.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )

    counted = PastMomentField(
        label="When were the shelves counted?",
        help_text="Empty: when you apply it. Else what left or arrived since is allowed for.",
    )
    figures = forms.BooleanField(
        label="Read the other figures, too",
        required=False,
        help_text="The columns future, incoming, unavailable, hold, damaged. An empty cell leaves its figure alone.",
    )

    def clean_file(self) -> UploadedFile[Any]:
        """Refuse what is too large before it is read."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        most = settings.CROSSDOCK_SHEET_MEGABYTES
        if (file.size or 0) > most * 1_000_000:
            raise forms.ValidationError(
                f"It has more than {most} MB; split it, or have the setting CROSSDOCK_SHEET_MEGABYTES raised."
            )
        return file


@organization_view()
@require_safe
def export(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Answer with the stock that the grid would show, as a CSV file, line by line."""
    location = next(
        (place for place in stock_locations(visit.organization) if place.key == text(request, "location")),
        None,
    )
    lines = stock_lines(visit.organization, location=location, **narrowing_asked(request))
    name = f"stock-{system_clock():%Y-%m-%d}.csv"
    return StreamingHttpResponse(  # type: ignore[return-value]  # an answer too, though Django names them apart
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@organization_view(Ability.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take a file and show what it would change."""
    form = SheetForm(request.POST, request.FILES) if request.method == "POST" else SheetForm()
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            sheet = preview_sheet(
                visit.organization, file.name or "", file.read(), author=visit.author, now=system_clock(),
                most_rows=settings.CROSSDOCK_SHEET_ROWS, setting="CROSSDOCK_SHEET_ROWS",
                reading=Reading(
                    form.cleaned_data["counted"], timezone.get_current_timezone(), form.cleaned_data["figures"]
                ),
            )  # fmt: skip
            return HttpResponseRedirect(reverse("portal:inventory-sheet", args=[sheet.key]))
        except SheetError as error:
            form.refuse(error.field, f"{error.message[:1].upper()}{error.message[1:]}.")
    mine = StockSheet.objects.filter(organization=visit.organization, author=visit.author).defer("rows")
    context = {
        "form": form,
        "adoptable": adoptable(visit),
        "sheets": mine.order_by("-pk")[:10],
        "rows": settings.CROSSDOCK_SHEET_ROWS,
        "megabytes": settings.CROSSDOCK_SHEET_MEGABYTES,
    }
    return show(request, visit, "portal/inventory/import.html", context, status=400 if form.errors else 200)


@organization_view(Ability.WORK)
@require_safe
def sheet(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show what a file would change, how far it is, or what came of it."""
    one = _mine(visit, pk)
    asked = text(request, "page")
    pages = max(-(-len(one.rows) // ROWS_A_PAGE), 1)
    page = min(max(int(asked), 1), pages) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    context = {
        "sheet": one,
        "rows": [_shown(row) for row in one.rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]],
        "timed": any(row.get("counted") for row in one.rows),
        "figures": any(row.get("figure", ON_HAND) != ON_HAND for row in one.rows),
        "errors": one.errors[:ROWS_A_PAGE],
        "number": page, "pages": pages, "before": page - 1, "after": page + 1 if page < pages else 0,
        "applied": len(one.rows) - len(one.left),
        "expired": one.state == StockSheet.State.PREVIEW and one.expires_at <= system_clock(),
        "fresh": len({row["sku"] for row in one.rows if row["new"]}),
    }  # fmt: skip
    return show(request, visit, "portal/inventory/sheet.html", context)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A difference as the page shows it; rows of earlier versions say less."""
    counted = row.get("counted")
    return {
        **row,
        "comes": row.get("comes", row["value"]),
        "word": FIGURE[row.get("figure", ON_HAND)],
        "when": datetime.fromisoformat(counted) if counted else None,
    }


@organization_view(Ability.WORK)
@require_POST
def apply(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Apply a preview: at once if it is small, else by a worker while the page shows how far it is."""
    one = _mine(visit, pk)
    reason = reason_of(request) or USUAL_REASON

    def deed() -> str:
        with transaction.atomic():
            if not begin_sheet(one, reason=reason, now=system_clock()):
                raise InventoryError("file", "it has been applied already, or is too old; upload it again")
            if len(one.rows) > STEP:
                queue_sheet(one)
                return "The counts are being applied. This page shows how far they are."
        done = apply_sheet(one.pk, now=system_clock())
        return f"Applied: {len(done.rows) - len(done.left)} of {len(done.rows)} changes."

    back = reverse("portal:inventory-sheet", args=[one.key])
    return carry_out(request, deed, back=back, failures=(InventoryError,))


@organization_view(Ability.WORK)
@require_POST
def discard(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Throw a preview away."""
    one = _mine(visit, pk)

    def deed() -> str:
        gone, _ = StockSheet.objects.filter(pk=one.pk, state=StockSheet.State.PREVIEW).delete()
        if not gone:
            raise InventoryError("file", "it has been applied already; what it changed is in the ledger")
        return f"{one.name} was thrown away; nothing was changed."

    return carry_out(request, deed, back=reverse("portal:inventory-import"), failures=(InventoryError,))


def _mine(visit: Visit, pk: int) -> StockSheet:
    return get_object_or_404(
        StockSheet.objects.filter(pk=pk, organization=visit.organization, author=visit.author)
    )
