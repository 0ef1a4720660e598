"""Keys by which programs use the API: made once, shown once, kept as a hash, revoked at once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from crossdock.hub.clock import Clock, system_clock
from crossdock.hub.events import record_event
from crossdock.hub.models import ApiKey, Integration, Organization

GRANTS = (
    "shipments.read", "shipments.write", "fulfillments.read", "fulfillments.write", "inventory.read",
    "inventory.write",
)  # fmt: skip
SECRET_PREFIX = "cdk_"  # noqa: S105 - what every key begins with, so that a leaked one is recognized
SHOWN = 12
"""Characters of a key that are kept to tell it from others: too few to guess the rest from."""
USE_NOTED_EVERY = timedelta(minutes=1)


class ApiKeyError(ValueError):
    """A key that cannot be made or used: `field`, and how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


def create_key(
    organization: Organization,
    name: str,
    grants: Sequence[str],
    *,
    author: str,
    integration: Integration | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; returns it with its secret, which is never seen again.

    With `integration` the key sees only what that warehouse is to ship. Raises `ApiKeyError`.
    """
    name = name.strip()
    if not 1 <= len(name) <= 120:
        raise ApiKeyError("name", "give a text of 1 to 120 characters that says who uses it")
    unknown = [grant for grant in grants if grant not in GRANTS]
    if unknown or not grants:
        raise ApiKeyError("grants", f"{unknown[0] if unknown else 'none'!r} is none of {', '.join(GRANTS)}")
    if integration is not None and integration.organization_id != organization.pk:
        raise ApiKeyError("integration", "it belongs to another organization")
    secret = SECRET_PREFIX + secrets.token_hex(24)
    with transaction.atomic():
        if ApiKey.objects.filter(organization=organization, name=name, revoked_at=None).exists():
            raise ApiKeyError(
                "name", f"there is a key called {name!r}; revoke it first, or choose another name"
            )
        key = ApiKey.objects.create(
            organization=organization, integration=integration, name=name, prefix=secret[:SHOWN],
            digest=_digest(secret), grants=sorted(set(grants)), author=author[:80],
        )  # fmt: skip
        record_event(
            organization.pk, "apiKeys", key.pk, "created", author=author,
            after={"name": name, "grants": key.grants},
        )  # fmt: skip
    return key, secret


def revoke_key(key: ApiKey, *, author: str, now: Clock = system_clock) -> None:
    """End a key; the next call with it is refused. Twice is once."""
    with transaction.atomic():
        locked = ApiKey.objects.select_for_update().get(pk=key.pk)
        if locked.revoked_at is None:
            locked.revoked_at = now()
            locked.save(update_fields=["revoked_at"])
            record_event(
                locked.organization_id, "apiKeys", locked.pk, "revoked", author=author,
                before={"name": locked.name},
            )  # fmt: skip
    key.refresh_from_db()


def key_of(secret: str, *, now: Clock = system_clock) -> ApiKey | None:
    """Return the live key with this secret, noting its use once a minute at the most; None if there is none."""
    if not secret.startswith(SECRET_PREFIX):
        return None
    rows = ApiKey.objects.select_related("organization", "integration")
    key = rows.filter(digest=_digest(secret), revoked_at=None).first()
    if key is not None and (key.last_used_at is None or now() - key.last_used_at >= USE_NOTED_EVERY):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now())
    return key


def live_keys_of(organization: Organization, author: str) -> list[str]:
    """Return the names of the live keys that somebody made, to be looked at when they go."""
    rows = ApiKey.objects.filter(organization=organization, author=author[:80], revoked_at=None)
    return list(rows.order_by("name").values_list("name", flat=True))


def _digest(secret: str) -> bytes:
    # Unsalted and fast on purpose: the secret is 192 random bits, so there is nothing to guess it from.
    return hashlib.sha256(secret.encode()).digest()
