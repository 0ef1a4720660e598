"""Choices of an organization that hold for all of its channels."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from crossdock.hub.events import record_event
from crossdock.hub.models import Organization

OVERFULFILL = "overfulfillPolicy"
REFUSE, ACCEPT = "refuse", "accept"
CHOICES: Mapping[str, tuple[str, ...]] = {OVERFULFILL: (REFUSE, ACCEPT)}
"""Each setting with its values; the first one holds where nothing is set."""


class SettingError(ValueError):
    """A setting, or a value of one, that there is not; the message lists those there are."""


def overfulfill_policy(organization: Organization) -> str:
    """Return what becomes of a parcel with more in it than was asked for: ``refuse``, or ``accept``."""
    chosen = organization.settings.get(OVERFULFILL)
    return ACCEPT if chosen == ACCEPT else REFUSE


def organization_settings(organization: Organization) -> dict[str, str]:
    """Return every setting with the value that holds."""
    return {name: str(organization.settings.get(name, values[0])) for name, values in CHOICES.items()}


def set_organization(organization: Organization, values: Mapping[str, str], *, author: str) -> None:
    """Change settings, all or none. Raises `SettingError`."""
    for name, value in values.items():
        if name not in CHOICES:
            raise SettingError(f"there is no setting {name!r}; there is {', '.join(CHOICES)}")
        if value not in CHOICES[name]:
            raise SettingError(f"{name}: {value!r} is none of {', '.join(CHOICES[name])}")
    with transaction.atomic():
        locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        before = organization_settings(locked)
        changed = {name: value for name, value in values.items() if before[name] != value}
        if changed:
            Organization.objects.filter(pk=locked.pk).update(settings=locked.settings | changed)
            record_event(
                locked.pk, "organizations", locked.pk, "set", author=author,
                before={name: before[name] for name in changed}, after=changed,
            )  # fmt: skip
    organization.refresh_from_db()
