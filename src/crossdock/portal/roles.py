"""What each role may do. Every page names the ability that it needs; nothing else decides."""

from __future__ import annotations

from enum import StrEnum

from crossdock.hub.models import Membership


class Ability(StrEnum):
    """Something that a member may be allowed to do."""

    LOOK = "look"
    """See the organization's records."""
    WORK = "work"
    """Run the day: act on orders, stock, products, fulfillments, locations and exceptions."""
    MAP = "map"
    """Change how records are translated between the hub and a channel."""
    DEVELOP = "develop"
    """Keys of the API, and outgoing webhooks."""
    CONNECT = "connect"
    """Add, connect, set up and remove integrations, and switch their flows."""
    ADMINISTER = "administer"
    """Change the organization itself: its members, notifications and audit log."""


ABILITIES: dict[str, frozenset[Ability]] = {
    Membership.Role.ADMINISTRATOR: frozenset(Ability),
    Membership.Role.USER: frozenset({Ability.LOOK, Ability.WORK}),
    Membership.Role.DEVELOPER: frozenset({Ability.LOOK, Ability.WORK, Ability.MAP, Ability.DEVELOP}),
}
"""The three standard roles (pipe17/README.md §1.7): a user has no integrations and no mappings."""

_NEEDS = {
    Ability.LOOK: "a member",
    Ability.WORK: "a member who may change records",
    Ability.MAP: "an administrator or a developer",
    Ability.DEVELOP: "an administrator or a developer",
    Ability.CONNECT: "an administrator",
    Ability.ADMINISTER: "an administrator",
}


def may(role: str, ability: Ability) -> bool:
    """Return whether a member with this role has the ability; an unknown role has none."""
    return ability in ABILITIES.get(role, frozenset())


def who_may(ability: Ability) -> str:
    """Return who has an ability, as words that follow "this needs"."""
    return _NEEDS[ability]
