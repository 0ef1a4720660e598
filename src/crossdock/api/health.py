"""Is the hub working? For monitors and load balancers; says nothing that is secret.

``/health`` is about the whole hub, ``/health/web`` about the process that answers: a load balancer asks the
second, because a web process that is fine must not be taken away for want of a worker. `crossdock doctor` asks it
through the proxy, with a header that the proxy should have dropped.
"""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crossdock.callers import PROBE
from crossdock.hub.clock import system_clock
from crossdock.hub.workers import is_silent, newest_heartbeat

DOWN = "The database does not answer."


@never_cache
@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers and a worker lives; 503 with what is missing otherwise."""
    try:
        beat = newest_heartbeat()
    except DatabaseError:
        return _answer({"database": DOWN, "worker": "unknown"}, healthy=False)
    if beat is None:
        return _answer(
            {"database": "ok", "worker": "No worker has reported. Start one: crossdock worker"}, healthy=False
        )
    now = system_clock()
    if is_silent(beat, now):
        silent = int((now - beat).total_seconds())
        words = f"No worker has reported for {silent} s. Start one: crossdock worker"
        return _answer({"database": "ok", "worker": words}, healthy=False)
    return _answer({"database": "ok", "worker": "ok"}, healthy=True)


@never_cache
@require_safe
def web(request: HttpRequest) -> JsonResponse:
    """200 when this process reaches its database, 503 otherwise; and whether a `PROBE` has come through."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return _answer({"database": DOWN}, healthy=False)
    probed = {"probe": "came through"} if f"HTTP_{PROBE.upper()}" in request.META else {}
    return _answer({"database": "ok", **probed}, healthy=True)


def _answer(parts: dict[str, str], *, healthy: bool) -> JsonResponse:
    return JsonResponse({"status": "ok" if healthy else "error", **parts}, status=200 if healthy else 503)
