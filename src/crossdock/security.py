"""Security headers for every answer. Scripts and styles come from our own address; nothing is inline."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from crossdock.config import Config

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def content_security_policy(config: Config) -> str:
    """The policy for `config`: a form may also lead to a connector's OAuth pages, or to the provider of single
    sign-on, by way of a redirect.
    """
    pages = [
        url for values in config.connectors.values() for name, url in values.items() if name == "oauth_url"
    ]
    if config.sign_on is not None:
        pages.append(config.sign_on.issuer)
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


class SecurityHeaders:
    """Django middleware; stands outermost, so that static files carry the headers too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.policy = content_security_policy(settings.CROSSDOCK)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
