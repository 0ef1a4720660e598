"""The addresses of webhooks."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.webhooks import actions, pages

urlpatterns = [
    path("settings/webhooks", pages.webhooks, name="settings-webhooks"),
    path("settings/webhooks/new", pages.new, name="settings-webhooks-new"),
    path("settings/webhooks/<key:pk>", pages.one, name="settings-webhooks-one"),
    path("settings/webhooks/<key:pk>/edit", pages.edit, name="settings-webhooks-edit"),
    path("settings/webhooks/<key:pk>/secret", pages.secret, name="settings-webhooks-secret"),
    path("settings/webhooks/<key:pk>/test", actions.test, name="settings-webhooks-test"),
    path("settings/webhooks/<key:pk>/pause", actions.pause, name="settings-webhooks-pause"),
    path("settings/webhooks/<key:pk>/resume", actions.resume, name="settings-webhooks-resume"),
    path("settings/webhooks/<key:pk>/again", actions.again, name="settings-webhooks-again"),
    path("settings/webhooks/<key:pk>/remove", actions.remove, name="settings-webhooks-remove"),
]
