"""The addresses of shipping requests."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.requests import actions, pages

urlpatterns = [
    path("requests", pages.requests, name="requests"),
    path("requests/<key:pk>", pages.one, name="requests-one"),
    path("requests/<key:pk>/answer", actions.answer, name="requests-answer"),
]
