"""The fields that a rule of one's own may fill, and filling them. Pure.

Only those in which a wrong rule can lose no order, no money and no stock: never an amount, a quantity, an id, a SKU,
an address, nor whether an order is paid or goes on to be shipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from msgspec.structs import replace

from crossdock.canon import NameValue, Order

ENTITIES = ("orders",)
"""The entities for which there may be rules."""

MOST_TAGS = 20
LONGEST_NAME = 80
_CUSTOM = "customFields"


class TargetError(ValueError):
    """A target that no rule may fill; the text says which may be."""


@dataclass(frozen=True, slots=True)
class Target:
    """A field that a rule may fill. `name` is its canonical one, `label` says it to people.

    `kind` says how: a ``text`` takes the place of what the connector read, ``tags`` are added to those there are, a
    ``custom`` field is one of several by name. `longest` counts characters; with `lines` there may be several lines.
    """

    name: str
    label: str
    attribute: str
    longest: int
    kind: Literal["text", "tags", "custom"] = "text"
    lines: bool = False
    custom: str = ""


TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target("tags", "Tags: one is added", "tags", 120, kind="tags"),
        Target("orderNote", "The buyer's note", "order_note", 5_000, lines=True),
        Target("internalNote", "The internal note", "internal_note", 5_000, lines=True),
        Target("shippingCarrier", "The carrier", "shipping_carrier", 120),
        Target("shippingClass", "The shipping service", "shipping_class", 120),
        Target("shippingCode", "The code of the shipping service", "shipping_code", 120),
        Target("extLocationId", "The store's id of the pick-up place", "ext_location_id", 120),
        Target(_CUSTOM, "A custom field", "custom_fields", 1_000, kind="custom", lines=True),
    )
}
"""By name; a custom field's is written with its own, ``customFields[Gift message]``."""

FIELDS = frozenset(TARGETS)
"""The canonical fields that rules may touch."""


def target_of(text: str) -> Target:
    """Return the target called `text`. Raises `TargetError` naming those there are."""
    name, bracket, rest = text.strip().partition("[")
    found = TARGETS.get(name.strip())
    if found is None or (bracket and found.kind != "custom"):
        raise TargetError(
            f"{text.strip()!r} cannot be filled by a rule of your own; choose one of {', '.join(TARGETS)}"
        )
    if found.kind != "custom":
        return found
    own = rest.removesuffix("]").strip()
    if not rest.endswith("]") or not own or len(own) > LONGEST_NAME or not own.isprintable():
        raise TargetError(
            f"a custom field has a name of 1 to {LONGEST_NAME} characters: write {_CUSTOM}[Gift message]"
        )
    return Target(
        f"{_CUSTOM}[{own}]", f"The custom field “{own}”", found.attribute, found.longest,
        kind="custom", lines=True, custom=own,
    )  # fmt: skip


def present(target: Target, record: Order) -> tuple[str, ...]:
    """Return what a record has at the target."""
    if target.kind == "tags":
        return record.tags
    if target.kind == "custom":
        return tuple(one.value for one in record.custom_fields if one.name == target.custom)
    value: str = getattr(record, target.attribute)
    return (value,) if value else ()


def fill(target: Target, record: Order, values: Sequence[str]) -> Order:
    """Return the record with `values` at the target; with none, the field is empty. Tags are only ever added."""
    changed: Any
    if target.kind == "tags":
        changed = (*record.tags, *(tag for tag in dict.fromkeys(values) if tag not in record.tags))
    elif target.kind == "custom":
        others = tuple(one for one in record.custom_fields if one.name != target.custom)
        changed = (*others, *(NameValue(target.custom, value) for value in values[:1]))
    else:
        changed = values[0] if values else ""
    return replace(record, **{target.attribute: changed})


def misfit(target: Target, value: str) -> str:
    """Return why the target cannot hold a text, in words; empty where it can."""
    if len(value) > target.longest:
        return f"it has {len(value):,} characters; {target.name} holds {target.longest:,}"
    allowed = "\n\r\t" if target.lines else ""
    if any(character not in allowed and _is_control(character) for character in value):
        return (
            "it holds a control character" if target.lines else "it has several lines or a control character"
        )
    return ""


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character < "\xa0"
