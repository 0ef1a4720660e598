"""Do workers live? Without one nothing is carried anywhere, however healthy every record looks."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

HEARTBEAT_LIMIT = timedelta(seconds=60)
"""A worker says every few seconds that it lives; one that has been silent for longer counts as gone."""


def newest_heartbeat() -> datetime | None:
    """Return when a worker last said that it lives, None when none ever did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        row = cursor.fetchone()
    return row[0] if row else None


def is_silent(beat: datetime | None, now: datetime) -> bool:
    """Return whether no worker lives, by the newest of their heartbeats."""
    return beat is None or now - beat > HEARTBEAT_LIMIT
