"""What every command that needs the database begins with."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.output import say

if TYPE_CHECKING:
    from crossdock.hub.models import Integration, Organization
    from crossdock.runtime import Runtime

chosen_organization: ContextVar[str] = ContextVar("chosen_organization", default="")


@dataclass(frozen=True)
class Hub:
    """An open hub: the organization the command works in, and who is named as the author of what it does."""

    organization: Organization
    author: str

    def integration(self, text: str) -> Integration:
        """Return the integration with this id, account id or name. Raises `NotFoundError`."""
        from crossdock.hub.listing import find_integration

        return find_integration(self.organization, text)

    def optional_integration(self, text: str | None) -> Integration | None:
        """Return the integration called `text`, None for None."""
        return None if text is None else self.integration(text)


@contextmanager
def started(*, quiet: bool = True) -> Iterator[Runtime]:
    """Open the database and set Django up. `quiet` commands log warnings only, unless a level was set."""
    from crossdock import runtime

    environ = dict(os.environ)
    if quiet:
        environ.setdefault("CROSSDOCK_LOG_LEVEL", "warning")
    running = runtime.start(environ)
    try:
        yield running
    finally:
        running.close()


@contextmanager
def prepared(*, quiet: bool = True) -> Iterator[Runtime]:
    """As `started`, with a database of this version: the embedded one is migrated, another must have been."""
    from crossdock.cli import schema

    with started(quiet=quiet) as running:
        if running.database.embedded:
            schema.migrate(say)
        else:
            schema.require_current()
        yield running


@contextmanager
def hub() -> Iterator[Hub]:
    """Open the hub for one command, in the organization chosen with ``--organization`` or the only one."""
    with prepared():
        yield Hub(organization(chosen_organization.get()), author())


def organization(text: str) -> Organization:
    """Return the organization with this key or name; the only one for an empty `text`."""
    from django.db.models import Q

    from crossdock.hub.models import Organization

    query = Organization.objects.order_by("pk")
    if text:
        query = query.filter(Q(org_key=text) | Q(name=text))
    found = list(query[:10])
    names = ", ".join(f"{row.org_key} ({row.name})" for row in found)
    if len(found) > 1:
        raise CommandError(f"Say which organization with --organization KEY: {names}.", Exit.USAGE)
    if found:
        return found[0]
    if text:
        raise CommandError(f"There is no organization {text!r}.", Exit.NOT_FOUND)
    raise CommandError("There is no organization yet. Run `crossdock migrate` once.", Exit.SETUP)


def author() -> str:
    """Return how events name the person at this terminal: ``cli:`` and the account's name."""
    try:
        return f"cli:{getpass.getuser()}"[:80]
    except (KeyError, OSError):
        return "cli"  # a container may run as a number without a name
