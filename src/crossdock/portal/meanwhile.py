"""Two people, one form: what was changed after a page was opened is not undone by sending that page.

Every change of a record is an event, so a form carries the newest event that its page knew of (the field ``as_of``,
which `templatetags/form_token.py` adds to each form of a page whose context has it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from crossdock.hub.models import Event
from crossdock.portal.access import Visit
from crossdock.portal.words.fields import field_name, in_midst
from crossdock.portal.words.locale import date_and_time

AS_OF = "as_of"
MOST_NAMES = 5


@dataclass(frozen=True)
class Subject:
    """What a form changes: a record, or of its changes only those by certain `operations` of its events."""

    entity: str
    record_id: int
    operations: tuple[str, ...] = ()


class ChangedMeanwhileError(Exception):
    """Somebody changed what the form is about after its page was opened. `as_of` is the mark of how it stands now."""

    def __init__(self, message: str, as_of: str) -> None:
        super().__init__(message)
        self.as_of = as_of


def as_of(visit: Visit, subject: Subject | None) -> str:
    """Return the mark of what a page shows of its subject now: the number of its newest event; "" for none."""
    if subject is None:
        return ""
    return str(_events(visit, subject).aggregate(newest=Max("pk"))["newest"] or 0)


@contextmanager
def unless_changed(request: HttpRequest, visit: Visit, subject: Subject | None) -> Iterator[None]:
    """Change a subject within one transaction, if it still is what the form's page showed; others wait meanwhile.

    None is what is made only now, so that nobody can have changed it.
    Raises `ChangedMeanwhileError` that names who changed what and when, or that the page carries no mark.
    """
    if subject is None:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            name = f"form:{subject.entity}:{subject.record_id}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        now = as_of(visit, subject)
        mark = request.POST.get(AS_OF, "")
        if not (mark.isascii() and mark.isdecimal() and len(mark) < 19):
            raise ChangedMeanwhileError(
                "Nothing was saved: the page does not say what it showed. Load it again, then change it.", now
            )
        if mark != now:
            later = _events(visit, subject).filter(pk__gt=int(mark)).order_by("pk")
            raise ChangedMeanwhileError(_told(visit, list(later)), now)
        yield


def _events(visit: Visit, subject: Subject) -> QuerySet[Event]:
    events = Event.objects.filter(
        organization=visit.organization, entity=subject.entity, record_id=subject.record_id
    )
    return events.filter(operation__in=subject.operations) if subject.operations else events


def _told(visit: Visit, later: list[Event]) -> str:
    nothing = "Nothing of yours is saved yet: compare it with how it stands now, then save again."
    if not later:
        return f"This was changed after you opened the page. {nothing}"
    last = later[-1]
    who = "You" if last.author == visit.author else visit.authors.name(last.author)
    where = " in another window" if last.author == visit.author else ""
    names = list(dict.fromkeys(name for event in later for name in _names(event)))
    what = f" ({', '.join(names[:MOST_NAMES])})" if names else ""
    when = date_and_time(timezone.localtime(last.created_at))
    return f"{who} changed this{where} on {when}, after you opened the page{what}. {nothing}"


def _names(event: Event) -> Iterable[str]:
    before, after = event.before or {}, event.after or {}
    return [in_midst(field_name(name, event.entity)) for name in after if before.get(name) != after[name]]
