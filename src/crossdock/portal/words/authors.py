"""Naming what events name by keys, as people know it: ``user:ann@shop.test`` and ``integration:000…2a``."""

from __future__ import annotations

from functools import cached_property

from crossdock.hub.models import Integration, Location, Organization, public_key


class Authors:
    """The names of one organization's integrations and locations, read once, when the first one is asked for."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization

    @cached_property
    def _integrations(self) -> dict[str, str]:
        rows = Integration.objects.filter(organization=self._organization).values_list("pk", "name")
        return {public_key(pk): name for pk, name in rows}

    @cached_property
    def _locations(self) -> dict[str, str]:
        rows = Location.objects.filter(organization=self._organization).values_list("pk", "name")
        return {public_key(pk): name for pk, name in rows}

    def integration(self, key: str) -> str:
        """Return the name of an integration; the key of one that is not of this organization."""
        return self._integrations.get(key, key)

    def location(self, key: str) -> str:
        """Return the name of a location; the key of one that is not of this organization."""
        return self._locations.get(key, key)

    def name(self, author: str) -> str:
        """Return the name of an author; one that is not of this organization stays as it was written."""
        kind, _, name = author.partition(":")
        if not name:
            return {"crossdock": "Crossdock", "routing": "Routing", "rule": "Rules", "rules": "Rules"}.get(
                author, author
            )
        if kind == "integration":
            return self._integrations.get(name, author)
        return {"user": name, "apikey": f"{name} (API key)"}.get(kind, author)
