"""The addresses of integrations."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.integrations import (
    actions,
    activity,
    connection,
    mappings,
    pages,
    settings,
    switching,
)

ONE = "integrations/<key:pk>"

urlpatterns = [
    path("integrations", pages.integrations, name="integrations"),
    path(ONE, connection.connection, name="integrations-one"),
    path(f"{ONE}/settings", settings.settings, name="integrations-settings"),
    path(f"{ONE}/settings/save", settings.save, name="integrations-set"),
    path(f"{ONE}/switch", switching.ask, name="integrations-switch"),
    path(f"{ONE}/switch/plan", switching.plan, name="integrations-plan"),
    path(f"{ONE}/switch/do", switching.switch, name="integrations-set-flow"),
    path(f"{ONE}/stopped", switching.stopped, name="integrations-stopped"),
    path(f"{ONE}/stopped/plan", switching.stopped_plan, name="integrations-stopped-plan"),
    path(f"{ONE}/approve", actions.approve, name="integrations-approve"),
    path(f"{ONE}/import", switching.start_import, name="integrations-import"),
    path(f"{ONE}/mappings", mappings.mappings, name="integrations-mappings"),
    path(f"{ONE}/activity", activity.activity, name="integrations-activity"),
    path(f"{ONE}/look", actions.look, name="integrations-look"),
    path(f"{ONE}/check", actions.check, name="integrations-check"),
    path(f"{ONE}/rename", actions.rename, name="integrations-rename"),
    path(f"{ONE}/disable", actions.disable, name="integrations-disable"),
    path(f"{ONE}/enable", actions.enable, name="integrations-enable"),
    path(f"{ONE}/remove", actions.remove, name="integrations-remove"),
]
