"""The addresses of connecting."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.connecting import authorization

urlpatterns = [
    path("connect/<key:pk>/start", authorization.start, name="connect-start"),
    path("connect/<slug:connector>/callback", authorization.callback, name="connect-callback"),
    path("connect/<slug:connector>/finish", authorization.finish, name="connect-finish"),
]
