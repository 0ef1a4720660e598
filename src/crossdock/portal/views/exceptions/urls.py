"""The addresses of exceptions."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.exceptions import actions, pages

urlpatterns = [
    path("exceptions", pages.exceptions, name="exceptions"),
    path("exceptions/chosen", actions.chosen, name="exceptions-chosen"),
    path("exceptions/<key:pk>", pages.one, name="exceptions-one"),
    path("exceptions/<key:pk>/dismiss", actions.dismiss, name="exceptions-dismiss"),
    path("exceptions/<key:pk>/remedy", actions.remedy, name="exceptions-remedy"),
]
