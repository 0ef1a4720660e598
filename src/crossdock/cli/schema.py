"""Bringing the database up to this version of Crossdock: one process at a time, the others wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from crossdock.cli.codes import CommandError, Exit

# One number for all processes of an installation; chosen at random, means nothing.
LOCK = 5_243_780_017_004_126


def pending() -> list[str]:
    """Return the names of the migrations that this version has and the database has not."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def migrate(say: Callable[[str], None] | None = None) -> list[str]:
    """Apply what is pending and make the first organization; returns what was applied.

    Waits while another process does the same, and then finds nothing left to do.
    """
    from django.core.management import call_command

    if not pending() and _has_organization():
        return []
    with _alone():
        names = pending()
        if names:
            if say is not None:
                say(f"Preparing the database ({len(names)} migrations) …")
            call_command("migrate", interactive=False, verbosity=0)
        _ensure_organization()
    return names


def require_current() -> None:
    """Raise `CommandError` where migrations are pending."""
    names = pending()
    if names:
        raise CommandError(
            f"The database is not prepared for this version ({len(names)} migrations pending). "
            "Run `crossdock migrate` once, then start again.",
            Exit.SETUP,
        )


@contextmanager
def _alone() -> Iterator[None]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _has_organization() -> bool:
    from crossdock.hub.models import Organization

    return Organization.objects.exists()


def _ensure_organization() -> None:
    from crossdock.hub.models import Organization

    if not _has_organization():
        Organization.objects.create(name="My organization")
