"""Webhooks of outside systems: bounded, handed to the flows, answered at once."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crossdock.flows import webhooks
from crossdock.logs import get_logger

LARGEST_BODY = 1024 * 1024
"""Bytes. A webhook is a few hundred; whatever is larger is none."""

_WORDS = {200: "ok", 400: "not understood", 401: "not verified", 404: "no such address"}

logger = get_logger(__name__)


@csrf_exempt
@require_POST
def receive(request: HttpRequest, connector: str) -> HttpResponse:
    """Take one webhook: 200 genuine, 400 malformed, 401 forged, 404 no such connector, 413 too large.

    503 asks the sender to try again: the database did not answer, so nothing was remembered. The body of
    the answer tells nothing beyond its status; the reason is in the log.
    """
    if _declared_length(request) > LARGEST_BODY:
        return _answer(413, "too large")
    body = request.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        return _answer(413, "too large")
    try:
        receipt = webhooks.receive(connector, body, request.headers)
    except DatabaseError as error:
        logger.exception("webhook not taken", connector=connector, error=type(error).__name__)
        return _answer(503, "try again later")
    if receipt.status != 200:
        logger.info("webhook refused", connector=connector, status=receipt.status, reason=receipt.message)
    return _answer(receipt.status, _WORDS.get(receipt.status, "refused"))


def _declared_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _answer(status: int, text: str) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
