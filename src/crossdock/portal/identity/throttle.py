"""Slowing down whoever guesses passwords. Counted in the database, so every web process sees the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from crossdock.portal.models import FailedLogin

WINDOW = timedelta(minutes=15)
PER_NAME_AND_ADDRESS = 5
PER_ADDRESS = 30
PER_NAME = 50
"""Limits within `WINDOW`. One name is blocked from everywhere only late, so that a stranger who types
somebody's name does not lock them out."""


def _name(username: str) -> str:
    return username.strip().lower()[:150]


def blocked_for(username: str, address: str, now: datetime, *, per_name: int = PER_NAME) -> timedelta | None:
    """Return how long this name from this address has to wait, None when it may try. `now` is aware UTC.

    `per_name` is for what may be guessed less often than a password.
    """
    recent = FailedLogin.objects.filter(at__gt=now - WINDOW)
    name = _name(username)
    checks = (
        (recent.filter(username=name, address=address), PER_NAME_AND_ADDRESS),
        (recent.filter(address=address), PER_ADDRESS),
        (recent.filter(username=name), per_name),
    )
    waits = []
    for failures, limit in checks:
        # The wait ends when enough failures have left the window to fall below the limit.
        deciding = failures.order_by("-at").values_list("at", flat=True)[limit - 1 : limit].first()
        if deciding is not None:
            waits.append(deciding + WINDOW - now)
    return max(waits, default=None)


def note_failure(username: str, address: str, now: datetime) -> None:
    """Count one failed login, and forget those that no longer count."""
    FailedLogin.objects.filter(at__lte=now - WINDOW).delete()
    FailedLogin.objects.create(username=_name(username), address=address, at=now)


def forgive(username: str, address: str) -> None:
    """Forget the failures of a name at an address: its owner has just logged in there."""
    FailedLogin.objects.filter(username=_name(username), address=address).delete()
