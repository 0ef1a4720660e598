"""Exceptions: what needs attention, and what did."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse

from crossdock.hub import listing
from crossdock.hub.models import ExceptionCase
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import one_of, paged, text
from crossdock.portal.words import CASE


@organization_view()
def exceptions(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List exceptions: the open ones unless others are asked for; by cause."""
    status = one_of(request, "status", CASE) or ExceptionCase.Status.ACTIVE.value
    code = text(request, "code")
    page = paged(
        request,
        lambda cursor: listing.exceptions(visit.organization, status=(status,), code=code, cursor=cursor),
    )
    cases = ExceptionCase.objects.filter(organization=visit.organization, status=status)
    context = {
        "page": page,
        "status": status,
        "statuses": CASE,
        "code": code,
        "codes": cases.values_list("code").annotate(cases=Count("pk")).order_by("-cases", "code"),
    }
    return show(request, visit, "portal/exceptions/list.html", context)
