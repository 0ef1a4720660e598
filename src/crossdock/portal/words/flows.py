"""The words of flows: what each is called, what it does and from which moment, the same on every page.

What a flow does is said by its connector (`FlowOffer.sentences`); from which moment is how the engine works, and so
the same for all connectors of a role.
"""

from __future__ import annotations

from dataclasses import dataclass

from crossdock.connectors.contract import Direction, Entity, FlowOffer, Manifest

DISABLED, BOTH = "disabled", "both"

NOUNS = {Entity.SHIPMENTS: "shipping requests"}
"""Entities that people call something else."""

BEGINS: dict[tuple[str, str, str], str] = {
    ("store", "locations", "pull"): "It runs before everything else.",
    ("store", "orders", "pull"): "Older orders come only if you ask for them.",
    ("store", "products", "pull"): "Begins with the whole catalogue, then follows each change.",
    ("store", "products", "push"): "Begins with all products that began here, then follows each change.",
    ("store", "inventory", "push"): "Begins with every SKU that is listed there, then follows each change.",
    ("store", "fulfillments", "push"): "Begins with the first fulfillment after you turn it on.",
    ("warehouse", "shipments", "push"): "Begins with what waits at its locations already, then follows each new one.",
    ("warehouse", "orders", "push"): "Begins with every open order, then follows each change.",
    ("warehouse", "fulfillments", "pull"): "Begins with what has been left there and was not taken yet.",
    ("warehouse", "inventory", "pull"): "Begins with what has been left there and was not taken yet.",
    ("warehouse", "products", "pull"): "Begins with what has been left there and was not taken yet.",
}  # fmt: skip

WHY = {
    "schedule": "on schedule",
    "mark": "something changed",
    "drain": "before a stock push",
    "import": "older orders",
    "asked": "asked for",
    "manual": "by hand, at a terminal",
    "preview": "to show a plan",
}
"""Why a run was made, by its trigger."""


@dataclass(frozen=True)
class Choice:
    """One way to set an entity: its `value` for `set_flows`, its name, what it does, and from which moment.

    `details` is what else is good to know.
    """

    value: str
    label: str
    sentence: str
    begins: str = ""
    details: str = ""


@dataclass(frozen=True)
class Question:
    """One entity of a connector with everything that may be chosen for it; `locked` ones offer a single choice."""

    entity: str
    title: str
    choices: tuple[Choice, ...]
    locked: bool = False
    lock_reason: str = ""

    def choice(self, value: str) -> Choice:
        """Return the choice of that value; the last one (disabled, or what is locked on) for an unknown one."""
        return next((one for one in self.choices if one.value == value), self.choices[-1])


def noun(entity: str) -> str:
    """Return what people call an entity in the midst of a sentence, e.g. ``shipping requests``."""
    return NOUNS.get(Entity(entity), entity) if entity in set(Entity) else entity


def flow_label(entity: str, direction: str, connector_name: str) -> str:
    """Return a flow's name, e.g. ``Pull orders from Ecwid``; `direction` may be ``both`` or ``disabled`` as well."""
    if direction == DISABLED:
        return "Disabled"
    if direction == BOTH:
        return f"Pull and push {noun(entity)}"
    if direction == Direction.PULL:
        return f"Pull {noun(entity)} from {connector_name}"
    return f"Push {noun(entity)} to {connector_name}"


def flow_begins(role: str, entity: str, direction: str) -> str:
    """Return the sentence that says from which moment a flow works."""
    return BEGINS.get((role, entity, direction), "Begins the moment you turn it on.")


def question(offer: FlowOffer, manifest: Manifest) -> Question:
    """Return what may be chosen for one entity, in the order in which a page shows it."""
    choices = [
        Choice(
            value=direction.value,
            label=flow_label(offer.entity, direction, manifest.name),
            sentence=offer.sentences.get(direction, ""),
            begins=flow_begins(manifest.role, offer.entity, direction),
            details=offer.details.get(direction, ""),
        )
        for direction in offer.directions
    ]
    if len(offer.directions) > 1:
        choices.append(
            Choice(
                value=BOTH,
                label=flow_label(offer.entity, BOTH, manifest.name),
                sentence="Does both from the moment you turn it on; each of the "
                f"{noun(offer.entity)} is written only by the side that owns it: what began in {manifest.name} is "
                "changed there, what began here, here.",
            )
        )
    if not offer.locked:
        choices.append(Choice(DISABLED, "Disabled", f"Carries no {noun(offer.entity)} until you turn it on."))
    return Question(offer.entity.value, offer.title, tuple(choices), offer.locked, offer.lock_reason)


def questions(manifest: Manifest) -> tuple[Question, ...]:
    """Return what may be chosen for each entity of a connector, in the connector's order; what is locked comes last."""
    asked = [question(offer, manifest) for offer in manifest.flows]
    return tuple(sorted(asked, key=lambda one: one.locked))
