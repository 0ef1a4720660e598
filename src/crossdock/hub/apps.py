"""Django's entry to the hub."""

from __future__ import annotations

from django.apps import AppConfig


class HubConfig(AppConfig):
    """The domain application."""

    name = "crossdock.hub"
    label = "hub"
    default_auto_field = "django.db.models.BigAutoField"
