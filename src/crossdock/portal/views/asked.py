"""Reading what a list was asked for from its address. What makes no sense is ignored, never an error page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from crossdock.hub.listing import ListingError, Page
from crossdock.hub.models.base import Record

M = TypeVar("M", bound=Model)
R = TypeVar("R", bound=Record)
LONGEST_SEARCH = 200
LONGEST_UNITS = 9


def text(request: HttpRequest, name: str) -> str:
    """Return a search text, trimmed and of bearable length."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST_SEARCH]


def one_of(request: HttpRequest, name: str, allowed: Iterable[str]) -> str:
    """Return a filter's value if it is one of `allowed`, else an empty text."""
    value = request.GET.get(name, "")
    return value if value in set(allowed) else ""


def some_of(request: HttpRequest, name: str, allowed: Iterable[str]) -> tuple[str, ...]:
    """Return a filter's value for a list that takes several; empty where nothing sensible was asked."""
    value = one_of(request, name, allowed)
    return (value,) if value else ()


def paged(request: HttpRequest, listing: Callable[[str | None], Page[M]]) -> Page[M]:
    """Return the page that `after` asks for; a cursor that is none begins at the top."""
    cursor = request.GET.get("after", "")
    if cursor and "\x00" not in cursor:
        try:
            return listing(cursor)
        except ListingError:
            pass
    return listing(None)


def record_of(request: HttpRequest, name: str, rows: Iterable[R]) -> R | None:
    """Return the one of `rows` whose public id a filter gives; None where it gives none of them."""
    value = request.GET.get(name, "")
    return next((row for row in rows if row.key == value), None)


def units(request: HttpRequest, name: str) -> int | None:
    """Return a whole number of units from 0; None where there is none."""
    given = request.GET.get(name, "").strip()
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= LONGEST_UNITS else None


def day(request: HttpRequest, name: str, *, after: int = 0) -> datetime | None:
    """Return the beginning of a day (``2026-11-20``) in the organization's time zone, `after` days later.

    None where there is no such day.
    """
    try:
        asked = date.fromisoformat(request.GET.get(name, "")) + timedelta(days=after)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(asked, time.min, tzinfo=timezone.get_current_timezone())
