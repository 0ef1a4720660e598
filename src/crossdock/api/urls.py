"""The addresses that programs call.

``/webhooks/ecwid`` under the public address is what an Ecwid app's webhook setting must name.
"""

from __future__ import annotations

from django.urls import path

from crossdock.api import health, metrics, webhooks

app_name = "api"

urlpatterns = [
    path("webhooks/<slug:connector>", webhooks.receive, name="webhook"),
    path("health", health.health, name="health"),
    path("health/web", health.web, name="health-web"),
    path("metrics", metrics.metrics, name="metrics"),
]
