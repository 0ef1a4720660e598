"""The addresses of connecting."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.connecting import (
    account,
    arrival,
    authorization,
    catalogue,
    flow_settings,
    next_steps,
)

urlpatterns = [
    path("integrations/add", catalogue.catalogue, name="connect-catalogue"),
    path("integrations/add/<slug:connector>", flow_settings.flow_settings, name="connect-flows"),
    path("integrations/<key:pk>/connect", account.account, name="connect-account"),
    path("integrations/<key:pk>/connect/progress", account.progress, name="connect-progress"),
    path("integrations/<key:pk>/connect/give-up", account.give_up, name="connect-give-up"),
    path("integrations/<key:pk>/next", next_steps.next_steps, name="connect-next"),
    path("connect/<key:pk>/start", authorization.start, name="connect-start"),
    path("connect/<slug:connector>/callback", authorization.callback, name="connect-callback"),
    path("connect/<slug:connector>/finish", arrival.finish, name="connect-finish"),
    path("connect/<slug:connector>/confirm", arrival.confirm, name="connect-confirm"),
]
