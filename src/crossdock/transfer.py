"""What goes over the wire: pages and files go compressed, and a file whose address names its content is kept.

A compressed page tells by its length how much of it was repeated, and whoever can both have somebody's browser ask for
pages and see how long the answers are might guess a secret from that (BREACH). Nobody can here: another site's requests
do not carry the session, tokens of forms are never the same twice, each answer is lengthened by chance, and the pages
that show keys, codes or links to log in with are not compressed at all: only those named in `COMPRESSED` are.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from crossdock.assets import stamp_of

FOREVER = f"max-age={365 * 24 * 3600}, public, immutable"
COMPRESSED = frozenset(
    {
        "home", "orders", "requests", "fulfillments", "products", "inventory", "locations", "exceptions", "rules",
        "cards", "events", "runs", "search", "integrations", "mappings",
    }
)  # fmt: skip
"""The pages of running the day, by the beginnings of their names."""
TEXTS = ("text/", "image/svg+xml")


class KeptFiles:
    """Django middleware: a static file that was asked for by the stamp of its content is never asked for again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code in (200, 304) and _is_file(request):
            stamp = stamp_of(request.path_info.removeprefix(settings.STATIC_URL))
            if stamp and stamp == request.GET.get("v"):
                response.headers["Cache-Control"] = FOREVER
        return response


class Compressed(GZipMiddleware):
    """Django middleware: compresses static texts that are not compressed already, and the pages in `COMPRESSED`."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the answer, compressed where it may be, it helps, and the browser understands it."""
        # A part of a file, or an answer without a body, stays as it is.
        if request.method != "GET" or response.status_code != 200 or not _may_be(request, response):
            return response
        return super().process_response(request, response)


def _is_file(request: HttpRequest) -> bool:
    return request.path_info.startswith(settings.STATIC_URL)


def _may_be(request: HttpRequest, response: HttpResponseBase) -> bool:
    if _is_file(request):
        return response.headers.get("Content-Type", "").startswith(TEXTS)
    page = request.resolver_match
    return (
        page is not None and page.namespace == "portal" and (page.url_name or "").split("-")[0] in COMPRESSED
    )
