"""An organization's routing cards: storing, moving, turning on and off, removing.

Every change is an event with its author, and has orders that found no place tried again at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from crossdock.hub.documents import card_document
from crossdock.hub.events import record_event
from crossdock.hub.listing import AmbiguousError, NotFoundError, find_location
from crossdock.hub.models import Location, Match, Organization, RoutingCard, RoutingCardLocation
from crossdock.hub.orders.retries import retry_all
from crossdock.routing.facts import check_order_filters
from crossdock.routing.filters import FilterError
from crossdock.routing.regions import check_regions

LONGEST_NAME = 120
MOST_LOCATIONS = 100
SWITCHES = {
    "enabled": ("enabled", True),
    "checkStock": ("check_stock", True),
    "allowSplit": ("allow_split", False),
    "sendFuture": ("send_future", False),
}
"""Yes-or-no fields: their columns, and what holds where nothing is said."""
WRITABLE = ("name", "position", "match", "filters", "regions", "locations", *SWITCHES)
READ_ONLY = frozenset({"cardId", "createdAt", "updatedAt", "orgKey"})


class CardError(ValueError):
    """A card that cannot be stored: `field` is what is wrong, the text says how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


def put_card(organization: Organization, record: Mapping[str, object], *, author: str) -> RoutingCard:
    """Store a card from its document (`card_document`); one with this name is replaced.

    Without ``position`` a new card goes to the end, and a known one stays where it is. Raises `CardError`.
    """
    unknown = sorted(set(record) - set(WRITABLE) - READ_ONLY)
    if unknown:
        raise CardError(unknown[0], f"there is no such field; there is: {', '.join(WRITABLE)}")
    name, position = _name(record), _position(record)
    values = _values(record)
    locations = _locations(organization, record)
    with transaction.atomic():
        cards = _locked(organization)
        card = next((one for one in cards if one.name == name), None)
        before = None if card is None else card_document(card)
        if card is None:
            card = RoutingCard(organization=organization, name=name, position=len(cards) + 1)
        for column, value in values.items():
            setattr(card, column, value)
        card.save()
        card.places.all().delete()
        RoutingCardLocation.objects.bulk_create(
            RoutingCardLocation(card=card, location=location, position=place)
            for place, location in enumerate(locations, start=1)
        )
        if before is None or position is not None:
            _renumber([one for one in cards if one.pk != card.pk], card, position or len(cards) + 1)
        return _noted(card, "created" if before is None else "replaced", author, before)


def move_card(card: RoutingCard, position: int, *, author: str) -> RoutingCard:
    """Try a card as the `position`-th, counted from 1; beyond the last is the last. Raises `CardError`."""
    if position < 1:
        raise CardError("position", f"{position} is no place in the list; the first is 1")
    with transaction.atomic():
        cards = _locked(card.organization)
        before = card_document(card)
        _renumber([one for one in cards if one.pk != card.pk], card, position)
        return _noted(card, "moved", author, before)


def enable_card(card: RoutingCard, enabled: bool, *, author: str) -> RoutingCard:  # noqa: FBT001 - the question itself
    """Turn a card on or off. Twice is once."""
    with transaction.atomic():
        before = card_document(card)
        card.enabled = enabled
        card.save(update_fields=["enabled", "updated_at"])
        return _noted(card, "enabled" if enabled else "disabled", author, before)


def remove_card(card: RoutingCard, *, author: str) -> None:
    """Remove a card. What was routed by it stays."""
    with transaction.atomic():
        others = [one for one in _locked(card.organization) if one.pk != card.pk]
        record_event(
            card.organization_id, "routingCards", card.pk, "removed", author=author, reason=card.name,
            before=_settings(card_document(card)),
        )  # fmt: skip
        card.delete()
        _renumber(others, None, 1)
        retry_all(card.organization_id)


def _locked(organization: Organization) -> list[RoutingCard]:
    """Return all cards in their order; two people who change their order take turns."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    return list(RoutingCard.objects.filter(organization=organization).order_by("position", "pk"))


def _renumber(others: Sequence[RoutingCard], card: RoutingCard | None, position: int) -> None:
    cards = list(others)
    if card is not None:
        cards.insert(position - 1, card)
    for place, one in enumerate(cards, start=1):
        if one.position != place:
            one.position = place
            RoutingCard.objects.filter(pk=one.pk).update(position=place)


def _noted(
    card: RoutingCard, operation: str, author: str, before: Mapping[str, object] | None
) -> RoutingCard:
    card = (
        RoutingCard.objects.select_related("organization")
        .prefetch_related("places__location")
        .get(pk=card.pk)
    )
    was, now = _settings(before or {}), _settings(card_document(card))
    changed = [name for name in now if was.get(name) != now[name]]
    if changed:
        record_event(
            card.organization_id, "routingCards", card.pk, operation, author=author, reason=card.name,
            before={name: was[name] for name in changed if name in was},
            after={name: now[name] for name in changed},
        )  # fmt: skip
        retry_all(card.organization_id)
    return card


def _settings(document: Mapping[str, object]) -> dict[str, object]:
    return {name: document[name] for name in WRITABLE if name in document}


def _values(record: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {}
    for field, (column, standard) in SWITCHES.items():
        value = record.get(field, standard)
        if not isinstance(value, bool):
            raise CardError(field, f"{value!r} is neither true nor false")
        values[column] = value
    match = record.get("match", Match.ALL.value)
    if match not in Match.values:
        raise CardError("match", f"{match!r} is neither all nor any")
    try:
        values |= {
            "match": match,
            "filters": check_order_filters(record.get("filters") or []),
            "regions": check_regions(record.get("regions") or []),
        }
    except FilterError as error:
        raise CardError(error.field, error.message) from error
    if not values["check_stock"] and (values["allow_split"] or values["send_future"]):
        field = "allowSplit" if values["allow_split"] else "sendFuture"
        raise CardError(field, "it means nothing without checkStock; turn that on, or leave this out")
    return values


def _name(record: Mapping[str, object]) -> str:
    name = record.get("name")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise CardError("name", f"a card needs a name of 1 to {LONGEST_NAME} characters")
    return name.strip()


def _position(record: Mapping[str, object]) -> int | None:
    position = record.get("position")
    if position is not None and (isinstance(position, bool) or not isinstance(position, int) or position < 1):
        raise CardError("position", f"{position!r} is no place in the list; the first is 1")
    return position


def _locations(organization: Organization, record: Mapping[str, object]) -> list[Location]:
    rows = record.get("locations")
    if not isinstance(rows, list) or not rows:
        raise CardError("locations", 'name at least one location that ships, e.g. ["Main"]')
    if len(rows) > MOST_LOCATIONS:
        raise CardError("locations", f"there are {len(rows)}; at most {MOST_LOCATIONS} are kept")
    found: list[Location] = []
    for place, row in enumerate(rows):
        field = f"locations[{place}]"
        location = _location(organization, row.get("locationId") if isinstance(row, Mapping) else row, field)
        if location in found:
            raise CardError(field, f"{location.name} is named twice")
        found.append(location)
    return found


def _location(organization: Organization, text: object, field: str) -> Location:
    if not isinstance(text, str):
        raise CardError(field, "give a location's id or name")
    try:
        location = find_location(organization, text)
    except (NotFoundError, AmbiguousError) as error:
        raise CardError(field, str(error)) from error
    if location.kind != Location.Kind.STOCK:
        raise CardError(field, f"{location.name} is a pick-up point; name a location that holds stock")
    if location.status == Location.Status.MERGED and location.merged_into is not None:
        location = location.merged_into
    return location
