"""The catalogue of connectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.connectors.contract import Direction, Manifest
from crossdock.flows import connecting
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.roles import Ability
from crossdock.portal.views.connecting.finding import ICONS, integrations_of, stages
from crossdock.portal.words.flows import noun


@dataclass(frozen=True)
class Entry:
    """One connector of the catalogue: what it brings in and takes out, and how many are connected already."""

    manifest: Manifest
    icon: str
    pulls: str
    pushes: str
    connected: int


def entry_of(manifest: Manifest, connected: int) -> Entry:
    """Return how a connector stands in the catalogue."""
    return Entry(
        manifest,
        ICONS.get(manifest.role, "plug"),
        _named(manifest, Direction.PULL),
        _named(manifest, Direction.PUSH),
        connected,
    )


def matching(manifests: Iterable[Manifest], search: str) -> list[Manifest]:
    """Return the connectors in which every word of `search` occurs: in name, summary, role or what they carry."""
    words = search.lower().split()
    return [
        manifest
        for manifest in manifests
        if all(word in _text(manifest) for word in words)
    ]  # fmt: skip


@organization_view(Ability.CONNECT)
@require_safe
def catalogue(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the connectors that can be added, and what was begun and not finished."""
    search = request.GET.get("q", "").replace("\x00", "")[:100].strip()
    connected = Counter(integrations_of(visit).exclude(account_id="").values_list("connector", flat=True))
    context = {
        "stages": stages(0),
        "search": search,
        "entries": [
            entry_of(manifest, connected[manifest.key])
            for manifest in matching(connecting.connectors(), search)
        ],
        "unfinished": connecting.unfinished(visit.organization),
    }
    return show(request, visit, "portal/connecting/catalogue.html", context)


def _named(manifest: Manifest, direction: Direction) -> str:
    return ", ".join(noun(offer.entity) for offer in manifest.flows if direction in offer.directions)


def _text(manifest: Manifest) -> str:
    carried = " ".join(f"{offer.title} {noun(offer.entity)}" for offer in manifest.flows)
    return f"{manifest.key} {manifest.name} {manifest.summary} {manifest.role} {carried}".lower()
