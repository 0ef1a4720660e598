"""Where an order stands on its way, what it waits for, who acts next, and what a person may do with it.

Pure: everything follows from `Facts`, which a view reads once. What is offered here is only an offer: the domain
decides again when it is asked, and says why where it refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crossdock.hub.orders.status import DELETED, WAITING_FOR_PAYMENT, exclusion

DONE, PART, CURRENT, STOPPED, AHEAD = "done", "part", "current", "stopped", "ahead"
YOU, CROSSDOCK, NOBODY = "You", "Crossdock", ""


@dataclass(frozen=True)
class HeldRequest:
    """A live request of which something is open: its number, place, warehouse (if it has one), and state."""

    number: str
    place: str
    warehouse: str
    status: str
    sent: bool


@dataclass(frozen=True)
class Facts:
    """What is known of an order. Units are of lines that ship.

    `wanted` are those not cancelled, `routed` of them in live requests or shipped, `sent` at a warehouse or shipped,
    `unrouted` open and in no request, `unnamed` of those without SKU. `open_all` are open units of any line.
    `requests` hold what is open; `any_requests` tells whether there ever was one.
    """

    status: str
    standing: str
    deleted: bool
    method: str
    ships: bool
    paid: bool
    accept_unpaid: bool
    release: str
    release_note: str
    hold_until: datetime | None
    by_person: bool
    routing_status: str
    routing_note: str
    placed_at: datetime
    ingested_at: datetime
    released_at: datetime | None
    fulfilled_at: datetime | None
    wanted: int
    routed: int
    sent: int
    fulfilled: int
    unrouted: int
    unnamed: int
    open_all: int
    requests: Sequence[HeldRequest] = ()
    active_locations: int = 1

    @property
    def why_closed(self) -> str:
        """Why nothing of it is to be routed; empty for an order that is open."""
        return exclusion(standing=self.standing, deleted=self.deleted, method=self.method, ships=self.ships)


@dataclass(frozen=True)
class Step:
    """One step on the way: how far it is (`mark`), when that was, or how many units of how many."""

    label: str
    mark: str
    note: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Next:
    """What an order waits for, in a sentence, and who acts next (nobody when its way has ended)."""

    sentence: str
    who: str
    tone: str = "azure"


# -- the way ---------------------------------------------------------------------------------------------


def steps(facts: Facts) -> list[Step]:
    """Return the order's way: ordered, ingested, released, routed, sent, fulfilled."""
    return [
        Step("Ordered", DONE, at=facts.placed_at),
        Step("Ingested", DONE, at=facts.ingested_at),
        _released(facts),
        *_counted(facts),
    ]


def _released(facts: Facts) -> Step:
    if facts.release == "released":
        return Step("Released", DONE, "by a person" if facts.by_person else "", facts.released_at)
    if facts.fulfilled >= facts.wanted > 0:
        return Step("Released", DONE)
    if facts.why_closed:
        return Step("Released", AHEAD, "not needed" if not facts.ships else "")
    words = {"held": "on hold", "review": "review required"}
    return Step("Released", STOPPED if facts.release in words else CURRENT, words.get(facts.release, ""))


def _counted(facts: Facts) -> list[Step]:
    found = []
    before = facts.release == "released" or facts.routed > 0
    for label, reached in (("Routed", facts.routed), ("Sent", facts.sent), ("Fulfilled", facts.fulfilled)):
        done = facts.wanted > 0 and reached >= facts.wanted
        mark = DONE if done else PART if reached > 0 else CURRENT if before and facts.wanted > 0 else AHEAD
        if label == "Routed" and mark != DONE and facts.routing_status == "failed":
            mark = STOPPED
        if facts.why_closed and mark == CURRENT:
            mark = AHEAD
        note = f"{reached} of {facts.wanted}" if mark == PART else "no route" if mark == STOPPED else ""
        found.append(Step(label, mark, note, facts.fulfilled_at if label == "Fulfilled" and done else None))
        before = done
    return found


# -- what comes next -------------------------------------------------------------------------------------


def next_step(facts: Facts, until: str = "") -> Next:
    """Return what the order waits for and who acts next. `until` is when its hold ends, as it is to be read."""
    ended = _ended(facts)
    if ended is not None:
        return ended
    if facts.unrouted > 0 and (before := _before_routing(facts, until)) is not None:
        return before
    if facts.requests:
        return _shipping(facts.requests)
    if facts.unrouted > 0:
        return _routing(facts)
    return Next("Nothing of it is open.", NOBODY, "secondary")


def _ended(facts: Facts) -> Next | None:
    if facts.standing == "incomplete":
        return Next("The buyer has not finished this order yet.", "The buyer", "secondary")
    if facts.wanted > 0 and facts.fulfilled >= facts.wanted:
        return Next("Everything that had to ship has shipped.", NOBODY, "green")
    if not facts.ships:
        return Next("Nothing of it is shipped: digital goods or services.", NOBODY, "secondary")
    if facts.deleted or facts.why_closed:
        what = "It was deleted in its store" if facts.deleted else f"It is {facts.why_closed}"
        if facts.requests:
            return Next(
                f"{what}, but {_names(facts.requests)} still counts: see the exception above.", YOU, "red"
            )
        return Next(f"{what}. Its way has ended.", NOBODY, "secondary")
    if facts.wanted <= 0:
        return Next("All of it was cancelled here. Its way has ended.", NOBODY, "secondary")
    return None


def _before_routing(facts: Facts, until: str) -> Next | None:
    rest = "Some of it" if facts.routed else "It"
    if facts.release == "review":
        return Next(
            f"{rest} waits until somebody has looked at it: release it, hold it or cancel it.", YOU, "red"
        )
    if facts.release == "held":
        if until:
            return Next(f"{rest} is on hold until {until}; then it goes on by itself.", CROSSDOCK, "orange")
        return Next(f"{rest} is on hold until somebody releases it.", YOU, "orange")
    if not facts.paid and not facts.accept_unpaid:
        return Next(
            f"{rest} {WAITING_FOR_PAYMENT.replace('waiting', 'waits')}. It goes on by itself when the store says "
            "that it is paid.",
            "The buyer",
            "orange",
        )
    if facts.release == "undecided":
        return Next("The rules look at it in a moment.", CROSSDOCK)
    return None


def _shipping(requests: Sequence[HeldRequest]) -> Next:
    first = requests[0]
    more = f" ({len(requests)} requests are open.)" if len(requests) > 1 else ""
    if first.status == "pendingInventory":
        return Next(f"{first.number} waits for stock on its way to {first.place}.{more}", CROSSDOCK, "orange")
    if first.sent:
        who = first.warehouse or first.place
        return Next(f"{who} has {first.number}; its parcel is awaited.{more}", who, "purple")
    if first.warehouse:
        return Next(
            f"{first.number} is handed to {first.warehouse} by itself in a moment.{more}", CROSSDOCK, "indigo"
        )
    return Next(
        f"{first.place} ships {first.number}, and then somebody marks it as fulfilled here.{more}",
        YOU,
        "indigo",
    )


def _routing(facts: Facts) -> Next:
    if facts.routing_status == "failed":
        return Next(f"No place was found: {facts.routing_note}.".replace("..", "."), YOU, "red")
    if facts.unnamed >= facts.unrouted:
        return Next(
            "What is open has no SKU, so it is not routed: give it one in the store, or make a shipping request.",
            YOU,
            "orange",
        )
    if facts.routing_status == "pending":
        note = f" ({facts.routing_note})" if facts.routing_note else ""
        return Next(f"Routing looks for a place in a moment{note}.", CROSSDOCK)
    return Next(
        f"{_units(facts.unrouted)} in no shipping request: have the order routed again, or make a request.",
        YOU,
        "orange",
    )


def _names(requests: Sequence[HeldRequest]) -> str:
    return ", ".join(request.number for request in requests)


def _units(number: int) -> str:
    return "1 unit is" if number == 1 else f"{number} units are"


# -- what may be done ------------------------------------------------------------------------------------


def offers(facts: Facts) -> dict[str, str]:
    """Return each act with why it makes no sense now; an empty text for those that do."""
    closed = facts.why_closed
    if closed == DELETED:
        closed = "it was deleted in its store"
    stuck = f"Nothing is to be routed: {closed}." if closed else ""
    unsent = any(not request.sent for request in facts.requests)
    nothing = "" if facts.unrouted > 0 or unsent else "All of it is at a warehouse, shipped or cancelled."
    askable = "" if facts.standing == "open" and not facts.deleted else f"Nothing may ship: {closed}."
    unasked = "" if facts.unrouted > 0 else "Nothing is open that is in no shipping request."
    no_place = "" if facts.active_locations else "There is no active stock location."
    return {
        "hold": stuck or nothing,
        "release": stuck or ("It is released already." if facts.release == "released" else ""),
        "review": stuck or nothing or ("It waits for a review already." if facts.release == "review" else ""),
        "give_back": stuck
        or ("The rules have not decided on it yet." if facts.release == "undecided" else ""),
        "route": stuck
        or ("" if facts.unrouted > 0 else "Nothing is left to route.")
        or ("" if facts.release == "released" else "It is not released: release it first."),
        "request": askable or unasked or no_place,
        "fulfill": askable or unasked or no_place,
        "cancel": "" if facts.open_all > 0 else "Nothing of it is open.",
    }
