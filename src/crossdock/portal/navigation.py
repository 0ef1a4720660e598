"""The navigation: its sections, and who sees which entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crossdock.portal.roles import Ability


@dataclass(frozen=True)
class Entry:
    """One link: the name of its page (which the names of the pages below it begin with), words and icon.

    `count` is how many things behind it need attention.
    """

    to: str
    label: str
    icon: str
    needs: Ability = Ability.LOOK
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class Section:
    """Some entries under a heading; the first section has none."""

    key: str
    heading: str
    entries: tuple[Entry, ...]


SECTIONS = (
    Section("start", "", (
        Entry("home", "Home", "home"),
        Entry("exceptions", "Exceptions", "alert-triangle"),
    )),
    Section("orders", "Orders", (
        Entry("orders", "Orders", "shopping-cart"),
        Entry("requests", "Shipping requests", "truck"),
        Entry("fulfillments", "Fulfillments", "truck-delivery"),
        Entry("rules", "Rules", "adjustments"),
        Entry("cards", "Routing", "route"),
    )),
    Section("stock", "Catalogue and stock", (
        Entry("products", "Products", "tag"),
        Entry("inventory", "Inventory", "stack-2"),
        Entry("locations", "Locations", "building-warehouse"),
    )),
    Section("system", "Connections", (
        Entry("integrations", "Integrations", "plug-connected"),
        Entry("runs", "Runs", "activity"),
        Entry("events", "Events", "history"),
    )),
    Section("settings", "Organization", (
        Entry("settings", "Settings", "settings", Ability.DEVELOP),
    )),
)  # fmt: skip


def navigation(
    may: Mapping[str, bool], current: str, open_exceptions: int, broken_integrations: int
) -> list[Section]:
    """Return the sections that a member sees; the entry of page `current` is marked."""
    counts = {"exceptions": open_exceptions, "integrations": broken_integrations}
    sections = []
    for section in SECTIONS:
        entries = tuple(
            Entry(one.to, one.label, one.icon, one.needs, one.to == current, counts.get(one.to, 0))
            for one in section.entries
            if may[one.needs]
        )
        if entries:
            sections.append(Section(section.key, section.heading, entries))
    return sections
