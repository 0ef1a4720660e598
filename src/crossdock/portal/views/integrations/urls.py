"""The addresses of integrations."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.integrations import pages

urlpatterns = [
    path("integrations", pages.integrations, name="integrations"),
    path("integrations/<key:pk>", pages.integration, name="integrations-one"),
]
