"""The addresses of locations."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.locations import actions, pages

urlpatterns = [
    path("locations", pages.locations, name="locations"),
    path("locations/new", actions.new, name="locations-new"),
    path("locations/<key:pk>", pages.location, name="locations-one"),
    path("locations/<key:pk>/change", actions.change, name="locations-change"),
    path("locations/<key:pk>/warehouse", actions.warehouse, name="locations-warehouse"),
    path("locations/<key:pk>/merge", actions.merge, name="locations-merge"),
]
