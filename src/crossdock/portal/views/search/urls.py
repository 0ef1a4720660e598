"""The addresses of search."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.search import pages

urlpatterns = [
    path("search", pages.found, name="search"),
]
