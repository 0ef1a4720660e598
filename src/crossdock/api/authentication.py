"""Who calls: a key in the header ``X-Crossdock-Key``, and what it may do."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import APIKeyHeader

from crossdock.api.errors import ApiError
from crossdock.hub.api_keys import key_of
from crossdock.hub.models import ApiKey


class KeyHeader(APIKeyHeader):
    """Finds the key of a request; an unknown or revoked one is answered with 401."""

    param_name = "X-Crossdock-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiKey | None:  # noqa: ARG002 - Ninja's
        """Return the key, None when there is no such."""
        return key_of(key) if key else None


def caller(request: HttpRequest, grant: str) -> ApiKey:
    """Return the key that calls. Raises `ApiError` 403 when it was not granted `grant`."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]  # Ninja puts it there
    if grant not in key.grants:
        raise ApiError(403, "grant", f"this key may not do that: it lacks {grant}")
    return key


def author_of(key: ApiKey) -> str:
    """Return how events name the program that called: ``apikey:`` and the name of its key."""
    return f"apikey:{key.name}"[:80]
