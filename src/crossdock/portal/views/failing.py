"""The answer where a page fails: a fault of ours, or a database that does not answer at the moment."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.defaults import server_error

LOOK_AGAIN_SECONDS = 5
GONE = ("57P01", "57P02", "57P03")
"""What PostgreSQL says while it stops or starts; a connection that breaks says nothing, or a state of class 08."""


def failed(request: HttpRequest) -> HttpResponse:
    """Say what happened, without asking the database, the session or any template of a page."""
    if not _database_is_gone(sys.exc_info()[1]):
        return server_error(request)
    context = {"seconds": LOOK_AGAIN_SECONDS if request.method == "GET" else None}
    page = loader.get_template("503.html").render(context)
    return HttpResponse(page, status=503, headers={"Retry-After": str(LOOK_AGAIN_SECONDS)})


def _database_is_gone(error: BaseException | None) -> bool:
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith("08") or state in GONE
