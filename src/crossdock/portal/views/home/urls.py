"""The addresses of home."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.home import pages

urlpatterns = [
    path("", pages.home, name="home"),
]
