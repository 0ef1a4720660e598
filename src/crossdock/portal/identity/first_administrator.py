"""The first person of an empty hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from crossdock.hub.models import Membership, Organization

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_LOCK = 0x63726F7373


class AlreadyBegunError(Exception):
    """The hub has users; its first administrator exists."""


def hub_is_empty() -> bool:
    """Return whether nobody has an account yet."""
    return not get_user_model().objects.exists()


def create_first_administrator(*, email: str, password: str, organization: str, timezone: str) -> User:
    """Create the organization and its administrator, only while no user exists.

    The one that `crossdock up` made, and in which nothing has happened yet, becomes theirs. The e-mail address, in
    lower case, is the name to log in with. Of two that ask at the same moment one is served. Raises
    `AlreadyBegunError`.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if not hub_is_empty():
            raise AlreadyBegunError
        tenant = _untouched() or Organization()
        tenant.name, tenant.timezone = organization, timezone
        tenant.save()
        user = get_user_model().objects.create_user(
            username=email.lower(), email=email.lower(), password=password
        )
        Membership.objects.create(organization=tenant, user=user, role=Membership.Role.ADMINISTRATOR)
    return user


def _untouched() -> Organization | None:
    """Return the only organization there is, if nobody belongs to it and nothing has happened in it."""
    found = list(Organization.objects.order_by("pk")[:2])
    if len(found) != 1:
        return None
    begun = (found[0].memberships, found[0].integrations, found[0].events)
    return None if any(rows.exists() for rows in begun) else found[0]
