"""The addresses of mappings."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.mappings import actions, pages

OF = "integrations/<key:pk>/mappings"

urlpatterns = [
    path(f"{OF}/new", pages.new, name="integrations-mapping-new"),
    path(f"{OF}/plan", pages.plan, name="integrations-mapping-plan"),
    path(f"{OF}/apply", actions.apply, name="integrations-mapping-apply"),
    path("mappings/<key:pk>", pages.edit, name="mappings-one"),
    path("mappings/<key:pk>/switch", actions.switch, name="mappings-switch"),
    path("mappings/<key:pk>/remove", actions.remove, name="mappings-remove"),
]
