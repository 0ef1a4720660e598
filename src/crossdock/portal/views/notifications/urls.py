"""The addresses of notification rules."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.notifications import actions, pages

urlpatterns = [
    path("settings/notifications", pages.rules, name="settings-notifications"),
    path("settings/notifications/new", pages.new, name="settings-notifications-new"),
    path("settings/notifications/<key:pk>", pages.edit, name="settings-notifications-edit"),
    path("settings/notifications/<key:pk>/test", actions.test, name="settings-notifications-test"),
    path("settings/notifications/<key:pk>/pause", actions.pause, name="settings-notifications-pause"),
    path("settings/notifications/<key:pk>/resume", actions.resume, name="settings-notifications-resume"),
    path("settings/notifications/<key:pk>/remove", actions.remove, name="settings-notifications-remove"),
]
