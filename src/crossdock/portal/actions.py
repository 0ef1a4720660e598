"""Acting from a page: a deed is done, and the person comes back to a page that says what came of it.

Every act is a form of its own, sent with POST; the answer is a redirect, so that reloading repeats nothing and
pages work without scripts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from crossdock.portal.access import Visit

Failures = type[Exception] | tuple[type[Exception], ...]
R = TypeVar("R")
LONGEST_REASON = 300


def reason_of(request: HttpRequest, name: str = "reason") -> str:
    """Return the reason that a person gave, trimmed."""
    return request.POST.get(name, "").strip()[:LONGEST_REASON]


def way_back(request: HttpRequest, usual: str) -> str:
    """Return where a form asks to go afterwards (its field ``next``) if that is a page of ours, else `usual`."""
    wanted = request.POST.get("next", "")
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else usual


def carry_out(
    request: HttpRequest, deed: Callable[[], str], *, back: str, failures: Failures
) -> HttpResponse:
    """Do `deed` and go to `back` with the sentence that it returns; or with what stands against it.

    `failures` are the errors that `deed` raises for what a person can mend: their text names field and remedy.
    Any other error is a bug, and shows as one.
    """
    try:
        messages.success(request, deed())
    except failures as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(way_back(request, back))


def act_on(
    find: Callable[[Visit, int], R], *, back: str | Callable[[R], str], failures: Failures
) -> Callable[[Callable[[HttpRequest, Visit, R], str]], Callable[[HttpRequest, Visit, int], HttpResponse]]:
    """Make a view of a deed on one record: it is sent with POST, looks the record up, and is carried out.

    `find` raises `Http404` for a record that the organization does not have. `back` names a page, or gives the address
    of a record's own one. The deed returns the sentence that says what came of it; `failures` as in `carry_out`.
    """

    def decorate(
        deed: Callable[[HttpRequest, Visit, R], str],
    ) -> Callable[[HttpRequest, Visit, int], HttpResponse]:
        @require_POST
        @wraps(deed)
        def view(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
            record = find(visit, pk)
            page = reverse(back) if isinstance(back, str) else back(record)
            return carry_out(request, lambda: deed(request, visit, record), back=page, failures=failures)

        return view

    return decorate
