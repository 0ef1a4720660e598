"""Security headers for every answer. Scripts and styles come from our own address; nothing is inline."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from crossdock.config import Config

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def content_security_policy(config: Config) -> str:
    """The policy for `config`: a form may also lead to a connector's OAuth pages by way of a redirect.

    Not to the provider of single sign-on, whose login pages may be anywhere: a page of ours leads there.
    """
    pages = [
        url for values in config.connectors.values() for name, url in values.items() if name == "oauth_url"
    ]
    consent = sorted({f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in pages})
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: https:",
            "font-src 'self'",
            "connect-src 'self'",
            " ".join(["form-action 'self'", *consent]),
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


class LargestRequest:
    """Django middleware: refuses what is longer than any form of ours, before a byte of it is kept on the disk.

    A file that is uploaded is written to the disk as it comes in, also of somebody who is not logged in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.most = settings.CROSSDOCK_SHEET_MEGABYTES * 1_000_000 + 2 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        if length.isascii() and length.isdecimal() and int(length[:20]) > self.most:
            return HttpResponse(
                "This is larger than anything that can be sent here. For a file of counts, split it, or have the "
                "setting CROSSDOCK_SHEET_MEGABYTES raised.\n",
                status=413, content_type="text/plain; charset=utf-8",
            )  # fmt: skip
        return self.get_response(request)


class SecurityHeaders:
    """Django middleware; stands outermost, so that static files carry the headers too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.policy = content_security_policy(settings.CROSSDOCK)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        # Nothing that is about somebody is kept on the way or by the browser; what may be kept says so (static files).
        # The API's answers above all: its key is in a header of its own, of which a cache in between knows nothing.
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response
