"""The addresses of runs."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.runs import pages

urlpatterns = [
    path("runs", pages.runs, name="runs"),
    path("runs/<key:pk>", pages.run, name="runs-one"),
]
