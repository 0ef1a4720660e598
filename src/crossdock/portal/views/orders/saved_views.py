"""Saving, changing and deleting views of the list of orders, and choosing its columns."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import carry_out
from crossdock.portal.models import SavedView
from crossdock.portal.saved_views import (
    SavedViewError,
    choose_columns,
    choose_first,
    delete_view,
    may_change,
    save_view,
    views_for,
)
from crossdock.portal.views.orders.asking import NAMES
from crossdock.portal.views.orders.columns import chosen
from crossdock.portal.views.orders.pages import PAGE, address_of


@organization_view()
@require_POST
def save(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Save the present filters and columns under a name, or change the view that is named."""
    key = request.POST.get("view", "")
    view = next((one for one in views_for(visit.membership, PAGE) if one.key == key), None) if key else None
    if key and view is None:
        raise Http404
    saved: list[SavedView] = []

    def deed() -> str:
        saved.append(
            save_view(
                visit.membership, PAGE, view=view, name=request.POST.get("name", ""),
                query=_query(request.POST.get("query", "")), columns=chosen(request.POST.getlist("column")),
                shared=request.POST.get("shared") == "yes",
            )
        )  # fmt: skip
        if request.POST.get("first") == "yes":
            choose_first(visit.membership, PAGE, saved[0])
        return f"The view “{saved[0].name}” is saved."

    answer = carry_out(request, deed, back=address_of(view), failures=SavedViewError)
    return HttpResponseRedirect(address_of(saved[0])) if saved else answer


@organization_view()
@require_POST
def delete(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Delete a saved view. The orders in it stay as they are."""
    view = _view(visit, pk)

    def deed() -> str:
        delete_view(visit.membership, view)
        return f"The view “{view.name}” is deleted."

    return carry_out(request, deed, back=address_of(None), failures=SavedViewError)


@organization_view()
@require_POST
def first(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Choose which view a person sees first; all orders where none is named."""
    key = request.POST.get("view", "")
    view = next((one for one in views_for(visit.membership, PAGE) if one.key == key), None)

    def deed() -> str:
        choose_first(visit.membership, PAGE, view)
        return f"“{view.name}” is what you see first now." if view else "You see all orders first now."

    return carry_out(request, deed, back=address_of(view), failures=SavedViewError)


@organization_view()
@require_POST
def columns(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Choose the columns: of the view that is looked at, if it may be changed, else a person's own."""
    names = chosen(request.POST.getlist("column"))
    key = request.POST.get("view", "")
    view = next((one for one in views_for(visit.membership, PAGE) if one.key == key), None)
    query = _query(request.POST.get("query", ""))
    where = f"{reverse('portal:orders')}?{query}{'&' if query else ''}view="
    if view is not None and may_change(visit.membership, view):
        SavedView.objects.filter(pk=view.pk).update(columns=list(names))
        return HttpResponseRedirect(where + view.key)
    choose_columns(visit.membership, PAGE, names)
    return HttpResponseRedirect(where + "all")


def _view(visit: Visit, pk: int) -> SavedView:
    return get_object_or_404(views_for(visit.membership, PAGE).filter(pk=pk))


def _query(text: str) -> str:
    """Return what of an address's query the list knows, so that nothing else is kept."""
    given, kept = QueryDict(text.replace("\x00", "")[:4000]), QueryDict(mutable=True)
    for name in NAMES:
        if values := [value for value in given.getlist(name) if value]:
            kept.setlist(name, values)
    return kept.urlencode()
