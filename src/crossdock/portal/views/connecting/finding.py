"""What the pages of connecting begin with: the integration, the connector, and who may."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from crossdock.connectors.contract import Manifest
from crossdock.flows import connecting
from crossdock.hub.models import Integration
from crossdock.portal.access import Visit

ICONS = {"store": "building-store", "warehouse": "building-warehouse"}
"""The icon of a connector, by its role."""

STAGES = ("Choose a connector", "Connection Flow Settings", "Connect", "What's next?")
"""The stages of adding an integration, in their order."""


def stages(current: int) -> list[tuple[str, str]]:
    """Return the stages with their classes, as the bar above the pages shows them; `current` counts from 0."""
    return [
        (title, "done" if number < current else "current" if number == current else "")
        for number, title in enumerate(STAGES)
    ]


def integrations_of(visit: Visit) -> QuerySet[Integration]:
    """Return the organization's integrations that were not removed."""
    return Integration.objects.filter(organization=visit.organization).exclude(
        state=Integration.State.REMOVED
    )


def integration_of(visit: Visit, pk: int) -> Integration:
    """Return one of the organization's integrations; 404 for any other."""
    return get_object_or_404(integrations_of(visit).filter(pk=pk))


def manifest_named(connector: str) -> Manifest:
    """Return the manifest of a connector; 404 for one that there is not."""
    for manifest in connecting.connectors():
        if manifest.key == connector:
            return manifest
    raise Http404


def integrations_page() -> tuple[str, str]:
    """Return the way to the list of integrations: its words and its address."""
    return "Go to Integrations", reverse("portal:integrations")
