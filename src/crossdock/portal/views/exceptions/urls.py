"""The addresses of exceptions."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.exceptions import pages

urlpatterns = [
    path("exceptions", pages.exceptions, name="exceptions"),
]
