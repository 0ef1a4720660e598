"""Django's entry to the portal."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal application: pages, their static files, and the throttle of the login."""

    name = "crossdock.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make keys known to the addresses, before any is read, and listen to what is to be written down."""
        from crossdock.portal import key_converter
        from crossdock.portal.identity import happenings

        key_converter.register()
        happenings.listen()
