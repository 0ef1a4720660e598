"""The columns of the table of stock that each person may add: the figures beside what is on hand and kept."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.hub.listing import OTHERS
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import way_back
from crossdock.portal.saved_views import choice_of, choose_columns
from crossdock.portal.words.statuses import FIGURE, Word

PAGE = "inventory"
CHOICES = {name: FIGURE[name] for name in OTHERS}


def chosen_figures(visit: Visit) -> dict[str, Word]:
    """Return the figures that a person wants to see in the table, in their usual order; none at first."""
    names = choice_of(visit.membership, PAGE).columns
    return {name: word for name, word in CHOICES.items() if name in names}


@organization_view()
@require_POST
def columns(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Keep which further figures a person sees in the table."""
    wanted = set(request.POST.getlist("figure"))
    choose_columns(visit.membership, PAGE, [name for name in CHOICES if name in wanted])
    return HttpResponseRedirect(way_back(request, reverse("portal:inventory")))
