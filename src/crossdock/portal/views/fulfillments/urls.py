"""The addresses of fulfillments."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.fulfillments import pages

urlpatterns = [
    path("fulfillments", pages.fulfillments, name="fulfillments"),
    path("fulfillments/<key:pk>", pages.one, name="fulfillments-one"),
]
