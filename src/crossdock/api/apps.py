"""Django's entry to the programs' edge."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The API application."""

    name = "crossdock.api"
    label = "api"
