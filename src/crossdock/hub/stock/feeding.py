"""Which locations feed the figures of a channel."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from crossdock.hub.events import record_event
from crossdock.hub.models import Integration, Location, pk_of
from crossdock.hub.stock.inventory import InventoryError

SETTING = "feedFrom"
"""An integration's setting: the ids of the only locations that feed it; empty means all."""


def feeding_locations(integration: Integration) -> QuerySet[Location]:
    """Return the active stock locations whose stock an integration shows.

    Not those excluded from totals, for all channels or for this one; if the setting ``feedFrom`` names some, only
    those. That a location has infinite availability makes no figure infinite: it is for routing, and a number that
    is shown has to be one that somebody counted. Raises `InventoryError` for a malformed setting.
    """
    rows = Location.objects.filter(
        organization_id=integration.organization_id, kind=Location.Kind.STOCK, status=Location.Status.ACTIVE,
        exclude_from_totals=False,
    ).exclude(excluded_for=integration)  # fmt: skip
    chosen = integration.settings.get(SETTING) or []
    if not isinstance(chosen, list) or not all(isinstance(key, str) for key in chosen):
        raise InventoryError(SETTING, f"the setting of {integration.name} is {chosen!r}; name locations")
    return rows.filter(pk__in=[pk_of(key) for key in chosen]) if chosen else rows


def locations_named(integration: Integration, names: object) -> list[str]:
    """Return the ids of locations given by id or name, as the setting keeps them. Raises `InventoryError`."""
    words = names.split(",") if isinstance(names, str) else names
    if not isinstance(words, Sequence) or not all(isinstance(word, str) for word in words):
        raise InventoryError(SETTING, f"{names!r} does not name locations; give their ids or names")
    rows = Location.objects.filter(
        organization_id=integration.organization_id, kind=Location.Kind.STOCK, status=Location.Status.ACTIVE
    )
    # What was chosen before may stay, though it feeds nothing at the moment: leaving it out would widen the choice.
    kept = {str(key): str(key) for key in integration.settings.get(SETTING) or []}
    known = kept | {row.name: row.key for row in rows} | {row.key: row.key for row in rows}
    wanted = [word.strip() for word in words if word.strip()]
    for word in wanted:
        if word not in known:
            raise InventoryError(SETTING, f"there is no active stock location called {word!r}")
    return sorted({known[word] for word in wanted})


def feed_instead(source: Location, target: Location, *, author: str, reason: str) -> None:
    """Let `target` feed each channel for which `source` was chosen. Runs in a transaction of the caller's."""
    rows = (
        Integration.objects.select_for_update().filter(organization_id=source.organization_id).order_by("pk")
    )
    for one in rows.filter(**{f"settings__{SETTING}__contains": [source.key]}):
        before = list(one.settings[SETTING])
        after = list(dict.fromkeys(target.key if key == source.key else key for key in before))
        one.settings = {**one.settings, SETTING: after}
        one.save(update_fields=["settings", "updated_at"])
        record_event(
            one.organization_id, "integrations", one.pk, "settingsChanged", author=author, reason=reason,
            before={SETTING: before}, after={SETTING: after},
        )  # fmt: skip
