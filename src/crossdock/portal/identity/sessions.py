"""Sessions: which ones a person has, and ending them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import user_pk_to_url_str
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponseBase

from crossdock.callers import address_of
from crossdock.hub.clock import system_clock

NOTED_EVERY = timedelta(minutes=1)
_BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ("curl/", "curl"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


class SessionActivity:
    """Django middleware: notes where and when a session was last used, once a minute at the most."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.session.session_key and request.user.is_authenticated:
            self._note(request)
        return self.get_response(request)

    def _note(self, request: HttpRequest) -> None:
        now, key = system_clock(), request.session.session_key
        known = UserSession.objects.filter(session_key=key).first()
        if known is None:
            UserSession.objects.create_from_request(request)
        elif known.last_seen_at <= now - NOTED_EVERY:
            UserSession.objects.filter(pk=known.pk).update(
                last_seen_at=now, ip=address_of(request) or "::", user_id=request.user.pk
            )


@dataclass(frozen=True)
class Device:
    """One session as a page shows it."""

    session: UserSession
    name: str
    current: bool


def devices_of(request: HttpRequest) -> list[Device]:
    """Return where the person of this request is logged in, this session first, then the one used last."""
    rows = UserSession.objects.purge_and_list(request.user)
    devices = [
        Device(row, device_name(row.user_agent), row.session_key == request.session.session_key)
        for row in rows
    ]
    return sorted(devices, key=lambda one: (not one.current, -one.session.last_seen_at.timestamp()))


def device_name(user_agent: str) -> str:
    """Return a browser's own description in two words, e.g. ``Firefox on Windows``."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "Unknown browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def end_sessions(user: User, *, but: str | None = None) -> int:
    """End every session of a person, except the one with the key `but`; returns how many.

    A login that waits for its second step ends as well: it was begun with a password that may be another one by now.
    Goes through all sessions that are kept, so that none is forgotten that was never looked at here.
    """
    theirs = [
        session.session_key
        for session in Session.objects.filter(expire_date__gt=system_clock()).iterator()
        if session.session_key != but and _is_of(user, session.get_decoded())
    ]
    Session.objects.filter(session_key__in=theirs).delete()
    rows = UserSession.objects.filter(user=user)
    (rows if but is None else rows.exclude(session_key=but)).delete()
    return len(theirs)


def forget_expired() -> int:
    """Delete the sessions that have run out; returns how many. Nothing else does, and strangers get some, too."""
    gone, _ = Session.objects.filter(expire_date__lte=system_clock()).delete()
    return gone


def _is_of(user: User, kept: Mapping[str, Any]) -> bool:
    """Return whether a person is logged in by a session, or their login waits in it for the second step."""
    waiting = kept.get(LOGIN_SESSION_KEY)
    waits_for = waiting.get("user_pk") if isinstance(waiting, Mapping) else None
    # allauth writes the number of a user in its own way.
    return kept.get(SESSION_KEY) == str(user.pk) or waits_for == user_pk_to_url_str(user)
