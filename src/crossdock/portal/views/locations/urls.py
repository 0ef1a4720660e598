"""The addresses of locations."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.locations import pages

urlpatterns = [
    path("locations", pages.locations, name="locations"),
]
