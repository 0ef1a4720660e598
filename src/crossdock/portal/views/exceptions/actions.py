"""Acting on exceptions: doing what mends one, and setting them aside."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.flows.again import LookError
from crossdock.hub.exceptions import ExceptionClosedError, dismiss_all
from crossdock.hub.listing.order_filters import row_number
from crossdock.hub.models import ExceptionCase
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import act_on, carry_out, reason_of
from crossdock.portal.roles import Ability
from crossdock.portal.views.exceptions.deeds import FAILURES, RemedyError, again, do, remedy_called

MOST_CHOSEN = 500
SET_ASIDE = (*FAILURES, ExceptionClosedError)
"""What may stand against setting exceptions aside."""


def _case(visit: Visit, pk: int) -> ExceptionCase:
    return get_object_or_404(_mine(visit).filter(pk=pk))


def _mine(visit: Visit) -> QuerySet[ExceptionCase]:
    cases = ExceptionCase.objects.filter(organization=visit.organization)
    return cases.select_related("organization", "integration", "flow__integration")


def _page(case: ExceptionCase) -> str:
    return reverse("portal:exceptions-one", args=[case.key])


@organization_view(Ability.WORK)
@act_on(_case, back=_page, failures=FAILURES)
def remedy(request: HttpRequest, visit: Visit, case: ExceptionCase) -> str:
    """Do what mends the cause of an exception."""
    chosen = remedy_called(case, request.POST.get("act", ""))
    reason = reason_of(request)
    if chosen.because and not reason:
        raise RemedyError("reason: say why; it is kept with who did it")
    return do(visit, case, chosen, reason)


@organization_view(Ability.WORK)
@act_on(_case, back=_page, failures=SET_ASIDE)
def dismiss(request: HttpRequest, visit: Visit, case: ExceptionCase) -> str:
    """Set one exception aside, with a reason."""
    return _set_aside(visit, [case], reason_of(request))


@organization_view(Ability.WORK)
@require_POST
def chosen(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Set the chosen exceptions aside, or have what they are about looked at again."""
    keys = request.POST.getlist("row")[:MOST_CHOSEN]
    cases = list(_mine(visit).filter(pk__in=[pk for pk in map(row_number, keys) if pk is not None]))
    back = reverse("portal:exceptions")
    if request.POST.get("act") == "dismiss":
        reason = reason_of(request)
        return carry_out(request, lambda: _set_aside(visit, cases, reason), back=back, failures=SET_ASIDE)
    return carry_out(request, lambda: _look_at_all(visit, cases), back=back, failures=FAILURES)


def _look_at_all(visit: Visit, cases: list[ExceptionCase]) -> str:
    if not cases:
        raise RemedyError("row: choose at least one exception")
    done, last = 0, ""
    for case in cases:
        try:
            again(visit, case)
            done += 1
        except LookError as error:
            last = str(error)
    if not done:
        raise RemedyError(last)
    rest = f" {len(cases) - done} could not be: {last}." if done < len(cases) else ""
    return f"{done} {'is' if done == 1 else 'are'} looked at again in a moment.{rest}"


def _set_aside(visit: Visit, cases: list[ExceptionCase], reason: str) -> str:
    if not cases:
        raise RemedyError("row: choose at least one exception")
    if not reason:
        raise RemedyError("reason: say why it needs no attention any more; it is kept with who said so")
    dismiss_all(cases, author=visit.author, reason=reason)
    many = "1 exception is" if len(cases) == 1 else f"{len(cases)} exceptions are"
    return f"{many} set aside. One comes back by itself when its cause says something else."
