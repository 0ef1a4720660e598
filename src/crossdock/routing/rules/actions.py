"""What a rule does with an order: what it adds, and the one thing it decides. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

LONGEST_TEXT = 120
MOST_TAGS = 20
LONGEST_HOLD = 366 * 24 * 60
"""Minutes: a year. What waits longer needs a person anyway."""

Kind = Literal["hold", "review", "release", "cancel"]
DECIDING = ("hold", "review", "release", "cancel")
SHIPPING = {"carrier": "shippingCarrier", "class": "shippingClass", "code": "shippingCode"}

DEFAULT_ACTIONS: list[dict[str, object]] = [{"do": "hold", "minutes": 10, "from": "order"}]


class ActionError(ValueError):
    """An action that cannot be stored: `field` names the part, the text says how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


@dataclass(frozen=True)
class Deed:
    """A rule's actions, read. `minutes` count from the order's own time, or from its arrival."""

    kind: Kind
    minutes: int = 0
    from_arrival: bool = False
    restock: bool = True
    given: Mapping[str, object] = field(default_factory=dict)


def check_actions(actions: object) -> list[dict[str, object]]:
    """Return `actions` in their stored form. Raises `ActionError` naming the first that cannot be used."""
    if not isinstance(actions, list) or not actions:
        raise ActionError(
            "actions", 'they must be a list with at least one object, e.g. [{"do": "hold", "minutes": 30}]'
        )
    checked = [_checked(one, f"actions[{place}]") for place, one in enumerate(actions)]
    deciding = [one["do"] for one in checked if one["do"] in DECIDING]
    if len(deciding) != 1:
        told = f"there are {len(deciding)} ({', '.join(map(str, deciding))})" if deciding else "there is none"
        raise ActionError("actions", f"{told}; give exactly one of {', '.join(DECIDING)}")
    if sum(one["do"] == "setShipping" for one in checked) > 1:
        raise ActionError("actions", "setShipping is given twice; put carrier, class and code into one")
    if sum(one["do"] == "tag" for one in checked) > MOST_TAGS:
        raise ActionError("actions", f"at most {MOST_TAGS} tags are given by one rule")
    return checked


def read_actions(actions: Sequence[Mapping[str, object]]) -> Deed:
    """Return checked `actions` as what they amount to."""
    deciding = next(one for one in actions if one["do"] in DECIDING)
    given: dict[str, object] = {}
    tags = [str(one["tag"]) for one in actions if one["do"] == "tag"]
    if tags:
        given["tags"] = list(dict.fromkeys(tags))
    for one in actions:
        if one["do"] == "setShipping":
            given |= {name: one[key] for key, name in SHIPPING.items() if key in one}
    kind: Kind = deciding["do"]  # type: ignore[assignment]  # one of DECIDING
    minutes = deciding.get("minutes", 0)
    return Deed(
        kind,
        minutes=minutes if isinstance(minutes, int) else 0,
        from_arrival=deciding.get("from") == "arrival",
        restock=deciding.get("restock") is not False,
        given=given,
    )


def describe_actions(actions: Sequence[Mapping[str, object]]) -> str:
    """Return checked `actions` in words: ``hold 10 min from order, tag vip``."""
    return ", ".join(_words(one) for one in actions)


def _words(one: Mapping[str, object]) -> str:
    if one["do"] == "hold":
        return f"hold {one['minutes']} min from {one['from']}"
    if one["do"] == "cancel":
        return "cancel" if one["restock"] else "cancel without restock"
    if one["do"] == "tag":
        return f"tag {one['tag']}"
    if one["do"] == "setShipping":
        return "ship by " + " ".join(str(one[key]) for key in SHIPPING if key in one)
    return str(one["do"])


def _checked(one: object, where: str) -> dict[str, object]:
    if not isinstance(one, dict):
        raise ActionError(where, "it must be an object with do, and what that needs")
    do = one.get("do")
    if do not in PARTS:
        raise ActionError(f"{where}.do", f"{do!r} is none of {', '.join(PARTS)}")
    unknown = sorted(set(map(str, one)) - {"do", *PARTS[str(do)]})
    if unknown:
        may = ", ".join(PARTS[str(do)]) or "nothing else"
        raise ActionError(where, f"{do} does not know {unknown[0]!r}; it takes {may}")
    return {"do": do, **CHECKS[str(do)](one, where)}


def _hold(one: Mapping[str, object], where: str) -> dict[str, object]:
    minutes, start = one.get("minutes"), one.get("from", "order")
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= LONGEST_HOLD:
        raise ActionError(
            f"{where}.minutes",
            f"{minutes!r} is no whole number of minutes from 1 to {LONGEST_HOLD}; to let orders through at "
            "once use release, to wait for a person use review",
        )
    if start not in ("order", "arrival"):
        raise ActionError(f"{where}.from", f"{start!r} is neither order nor arrival")
    return {"minutes": minutes, "from": start}


def _cancel(one: Mapping[str, object], where: str) -> dict[str, object]:
    restock = one.get("restock", True)
    if not isinstance(restock, bool):
        raise ActionError(f"{where}.restock", f"{restock!r} is neither true nor false")
    return {"restock": restock}


def _tag(one: Mapping[str, object], where: str) -> dict[str, object]:
    return {"tag": _text(one.get("tag"), f"{where}.tag")}


def _ship(one: Mapping[str, object], where: str) -> dict[str, object]:
    chosen = {key: _text(one[key], f"{where}.{key}") for key in SHIPPING if key in one}
    if not chosen:
        raise ActionError(where, f"setShipping needs at least one of {', '.join(SHIPPING)}")
    return dict(chosen)


def _nothing(_one: Mapping[str, object], _where: str) -> dict[str, object]:
    return {}


def _text(value: object, where: str) -> str:
    if (
        not isinstance(value, str)
        or not value.strip()
        or len(value) > LONGEST_TEXT
        or not value.isprintable()
    ):
        raise ActionError(where, f"it must be a text of 1 to {LONGEST_TEXT} printable characters")
    return value.strip()


CHECKS = {
    "hold": _hold, "review": _nothing, "release": _nothing, "cancel": _cancel, "tag": _tag, "setShipping": _ship,
}  # fmt: skip
PARTS: dict[str, tuple[str, ...]] = {
    "hold": ("minutes", "from"), "review": (), "release": (), "cancel": ("restock",), "tag": ("tag",),
    "setShipping": tuple(SHIPPING),
}  # fmt: skip
