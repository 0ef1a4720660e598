"""Slowing down guesses at a login, a code or a reset, each counted under a name of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.http import HttpRequest

from crossdock.callers import address_of, neighbourhood_of
from crossdock.hub.clock import system_clock
from crossdock.portal.identity import throttle

PER_CODE = 10
"""A code has six digits only, and is asked of those who know the password: whoever fails often has stolen one."""


@dataclass(frozen=True)
class Guessing:
    """The guesses at one thing, e.g. at somebody's password, from where a request comes."""

    request: HttpRequest
    what: str
    name: str
    per_name: int = throttle.PER_NAME

    def minutes_to_wait(self) -> int | None:
        """Return how many minutes have to pass before the next guess; None when it may be made now."""
        wait = throttle.blocked_for(self._counted, self._address, system_clock(), per_name=self.per_name)
        return None if wait is None else max(math.ceil(wait.total_seconds() / 60), 1)

    def failed(self) -> None:
        """Count a wrong guess."""
        throttle.note_failure(self._counted, self._address, system_clock())

    def succeeded(self) -> None:
        """Forget the wrong guesses made from here."""
        throttle.forgive(self._counted, self._address)

    @property
    def _counted(self) -> str:
        """What is guessed at stands before whose it is, always: a name that is typed is none of another kind."""
        return f"{self.what}:{self.name.strip()}"

    @property
    def _address(self) -> str:
        return neighbourhood_of(address_of(self.request))


def at_password(request: HttpRequest, username: str) -> Guessing:
    """Guesses at a password."""
    return Guessing(request, "password", username)


def at_code(request: HttpRequest, username: str) -> Guessing:
    """Guesses at a code of a second factor."""
    return Guessing(request, "code", username, PER_CODE)


def at_reset(request: HttpRequest, username: str) -> Guessing:
    """Asking for mails to set a new password: each one counts."""
    return Guessing(request, "reset", username, PER_CODE)
