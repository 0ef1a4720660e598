"""Acting from a page: a deed is done, and the person comes back to a page that says what came of it.

Every act is a form of its own, sent with POST; the answer is a redirect, so that reloading repeats nothing and
pages work without scripts.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

Failures = type[Exception] | tuple[type[Exception], ...]


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
