"""The addresses of account."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.account import session

urlpatterns = [
    path("login", session.Login.as_view(), name="login"),
    path("logout", session.logout, name="logout"),
    path("welcome", session.welcome, name="welcome"),
    path("organization", session.choose_organization, name="organization"),
]
