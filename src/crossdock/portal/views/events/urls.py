"""The addresses of events."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.events import actions, pages

urlpatterns = [
    path("events", pages.events, name="events"),
    path("events/<key:pk>", pages.one, name="events-one"),
    path("events/<key:pk>/again", actions.again, name="events-again"),
]
