"""What stands around every tab of an integration's page, and finding the integration."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404
from django.urls import NoReverseMatch, reverse

from crossdock.connectors.contract import Manifest
from crossdock.flows.connecting import connectors
from crossdock.flows.health import flow_health, worst_of
from crossdock.hub.models import ExceptionCase, Integration
from crossdock.portal.access import Visit

TABS = (
    ("integrations-one", "Connection"),
    ("integrations-settings", "Settings"),
    ("integrations-mappings", "Mappings"),
    ("integrations-activity", "Activity"),
)


@dataclass(frozen=True)
class Tab:
    """One tab: its words, where it leads, and whether it is the one that is shown."""

    label: str
    address: str
    current: bool


def found(visit: Visit, pk: int) -> Integration:
    """Return an integration of the organization. Raises `Http404`."""
    one = (
        Integration.objects.select_related("organization")
        .filter(organization=visit.organization, pk=pk)
        .first()
    )
    if one is None:
        raise Http404
    return one


def manifest_of(integration: Integration) -> Manifest | None:
    """Return what the integration's connector declares; None where this version has no such connector."""
    return next((manifest for manifest in connectors() if manifest.key == integration.connector), None)


def around(visit: Visit, integration: Integration, current: str) -> dict[str, object]:
    """Return what every tab shows: the head, the tabs, what needs attention; and how the `flows` are doing."""
    manifest = manifest_of(integration)
    cases = ExceptionCase.objects.filter(
        integration=integration, status=ExceptionCase.Status.ACTIVE
    ).order_by("-pk")
    flows = flow_health(integration)
    removed = integration.state == Integration.State.REMOVED
    return {
        "integration": integration,
        "manifest": manifest,
        "account": integration.account if isinstance(integration.account, dict) else {},
        "tabs": [
            Tab(label, reverse(f"portal:{name}", args=[integration.key]), name == current)
            for name, label in TABS
        ],
        "cases": cases[:5],
        "flows": flows,
        "worst": worst_of(flows),
        "removed": removed,
        "may_set": visit.may["connect"] and not removed and manifest is not None,
        "connect_address": connect_address(integration, manifest)
        if visit.may["connect"] and not removed
        else "",
    }


def connect_address(integration: Integration, manifest: Manifest | None) -> str:
    """Return where the account is connected again; empty where that is no page."""
    try:
        return reverse("portal:connect-account", args=[integration.key])
    except NoReverseMatch:
        has_consent = manifest is not None and manifest.oauth
        return reverse("portal:connect-start", args=[integration.key]) if has_consent else ""
