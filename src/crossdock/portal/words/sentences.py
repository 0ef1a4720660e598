"""Sentences that were written down for people and programs alike, as a person reads them in the portal.

Notes, reasons and messages keep their times in UTC and name a place in a document by its path, so that they mean
the same to everybody for ever. Here times are shown in the organization's zone, and ``items[0].price`` as *line 1,
price*.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.utils import timezone

from crossdock.portal.words.fields import field_name, in_midst
from crossdock.portal.words.locale import date_and_time

_TIME = re.compile(r"\b(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?: UTC\b|Z\b|\+00:00)")
_ON_HAND = re.compile(r"\bonHand\b")
_PLACE = re.compile(r"\b(?:items|lineItems)\[(\d{1,6})\](?:\.([A-Za-z]\w*))?")


def told(text: str) -> str:
    """Return a stored sentence as it is to be read: times in the current zone, lines by number, figures by name."""
    return _ON_HAND.sub("on hand", _PLACE.sub(_line, _TIME.sub(_local, text)))


def _local(found: re.Match[str]) -> str:
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
        return date_and_time(timezone.localtime(moment))
    except (ValueError, OverflowError):
        return found[0]


def _line(found: re.Match[str]) -> str:
    part = f", {in_midst(field_name(found[2]))}" if found[2] else ""
    word = "line" if found.start() else "Line"
    return f"{word} {int(found[1]) + 1}{part}"
