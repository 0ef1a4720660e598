"""The addresses of runs and imports."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.runs import imports, pages

urlpatterns = [
    path("runs", pages.runs, name="runs"),
    path("runs/<key:pk>", pages.run, name="runs-one"),
    path("imports/<key:pk>", imports.progress, name="runs-import"),
    path("imports/<key:pk>/pause", imports.pause, name="runs-import-pause"),
    path("imports/<key:pk>/resume", imports.resume, name="runs-import-resume"),
]
