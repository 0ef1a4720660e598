"""Choices of an organization that hold for all of its channels."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import available_timezones

from django.db import transaction

from crossdock.hub.events import record_event
from crossdock.hub.models import Organization

OVERFULFILL = "overfulfillPolicy"
REFUSE, ACCEPT = "refuse", "accept"
TWO_FACTOR = "twoFactor"
OPTIONAL, REQUIRED = "optional", "required"
CHOICES: Mapping[str, tuple[str, ...]] = {OVERFULFILL: (REFUSE, ACCEPT), TWO_FACTOR: (OPTIONAL, REQUIRED)}
"""Each setting with its values; the first one holds where nothing is set."""


class SettingError(ValueError):
    """A setting, or a value of one, that there is not; the message lists those there are."""


def overfulfill_policy(organization: Organization) -> str:
    """Return what becomes of a parcel with more in it than was asked for: ``refuse``, or ``accept``."""
    chosen = organization.settings.get(OVERFULFILL)
    return ACCEPT if chosen == ACCEPT else REFUSE


def two_factor_required(organization: Organization) -> bool:
    """Return whether members have to set up a second factor before they see anything."""
    return bool(organization.settings.get(TWO_FACTOR) == REQUIRED)


def zones() -> list[str]:
    """Return the time zones that an organization may keep: UTC, then those named after places."""
    regions = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    return ["UTC", *sorted(name for name in available_timezones() if name.split("/")[0] in regions)]


def rename(organization: Organization, name: str, timezone: str, *, author: str) -> None:
    """Change an organization's name and time zone. Raises `SettingError`."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 200:
        raise SettingError("name: give a text of 1 to 200 characters")
    if timezone not in available_timezones():
        raise SettingError(f"timezone: {timezone!r} is none; one is Europe/Berlin")
    with transaction.atomic():
        locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        after = {"name": name, "timezone": timezone}
        before = {"name": locked.name, "timezone": locked.timezone}
        changed = {field: value for field, value in after.items() if before[field] != value}
        if changed:
            Organization.objects.filter(pk=locked.pk).update(**changed)
            record_event(
                locked.pk, "organizations", locked.pk, "renamed", author=author,
                before={field: before[field] for field in changed}, after=changed,
            )  # fmt: skip
    organization.refresh_from_db()


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
