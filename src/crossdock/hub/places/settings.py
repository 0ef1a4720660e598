"""What people decide about a location: its name, whether it ships, and which figures its stock feeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models.functions import Now

from crossdock.hub.events import record_event
from crossdock.hub.marks import mark_flows
from crossdock.hub.models import (
    Integration,
    InventoryRecord,
    Location,
    Organization,
    Reservation,
)
from crossdock.hub.orders.retries import retry_all
from crossdock.hub.stock.bundles import bundles_of
from crossdock.hub.stock.ledger import Cause, settle

LONGEST_NAME = 200
SWITCHES = {
    "pauseLocation": "pause_location",
    "excludeFromTotals": "exclude_from_totals",
    "infiniteAvailability": "infinite_availability",
    "preserveBundles": "preserve_bundles",
}
"""Yes-or-no fields by their names in documents (`pipe17/entities.json`, location)."""
FEEDS = (
    "excludeFromTotals",
    "excludeFromTotalsByIntegration",
    "infiniteAvailability",
    "status",
    "preserveBundles",
)
"""Fields that decide which figures a channel is shown."""


class LocationError(ValueError):
    """A choice that cannot be made: `field` is what is wrong, the text says how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


def create_location(
    organization: Organization, name: str, *, kind: str = Location.Kind.STOCK, author: str, reason: str = ""
) -> Location:
    """Make a location of the merchant's own, which no channel reports; the first that holds stock is the default.

    Raises `LocationError` for a name that is taken or a kind that there is not.
    """
    if kind not in Location.Kind.values:
        raise LocationError("kind", f"{kind!r} is none of {', '.join(Location.Kind.values)}")
    location = Location(organization=organization, kind=kind, edited=True)
    _rename(location, name)
    with transaction.atomic():
        # One at a time for an organization: two of one name, or two defaults, could come about otherwise.
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        others = Location.objects.filter(organization=organization).exclude(status=Location.Status.MERGED)
        if others.filter(name=location.name).exists():
            raise LocationError("name", f"there is a location called {location.name!r}; choose another name")
        defaults = Location.objects.filter(organization=organization, is_default=True)
        location.is_default = kind == Location.Kind.STOCK and not defaults.exists()
        location.save()
        record_event(
            organization.pk, "locations", location.pk, "created", author=author, reason=reason,
            after={"name": location.name, "kind": location.kind, "isDefault": location.is_default},
        )  # fmt: skip
        retry_all(organization.pk)
    return location


def change_location(
    location: Location, changes: Mapping[str, object], *, author: str, reason: str = ""
) -> Location:
    """Change a location's fields, by their names in documents; what is said already changes nothing.

    Takes ``name``, ``status`` (active, inactive), ``isDefault`` (true only: choose another one instead of
    none), ``excludeFromTotalsByIntegration`` (integrations) and the `SWITCHES`. Stock figures and orders that
    wait follow in the same transaction. Raises `LocationError`.
    """
    with transaction.atomic():
        locked = Location.objects.select_for_update().get(pk=location.pk)
        if locked.status == Location.Status.MERGED:
            target = locked.merged_into.name if locked.merged_into else "another"
            raise LocationError("location", f"{locked.name} was merged into {target}; change that one")
        before = _state(locked)
        for field, value in changes.items():
            _set(locked, field, value)
        locked.save()
        after = _state(locked)
        changed = {name for name in after if before[name] != after[name]}
        if changed:
            record_event(
                locked.organization_id, "locations", locked.pk, "changed", author=author, reason=reason,
                before={name: before[name] for name in sorted(changed)},
                after={name: after[name] for name in sorted(changed)},
            )  # fmt: skip
            _follow_up(locked, changed, author)
    location.refresh_from_db()
    return location


def _state(location: Location) -> dict[str, object]:
    switches = {name: getattr(location, column) for name, column in SWITCHES.items()}
    excluded = [row.key for row in location.excluded_for.order_by("pk")]
    return switches | {
        "name": location.name, "status": str(location.status), "isDefault": location.is_default,
        "excludeFromTotalsByIntegration": excluded,
    }  # fmt: skip


def _set(location: Location, field: str, value: object) -> None:
    if field in SWITCHES:
        if not isinstance(value, bool):
            raise LocationError(field, f"{value!r} is neither true nor false")
        setattr(location, SWITCHES[field], value)
    elif field == "name":
        _rename(location, value)
    elif field == "status":
        _set_status(location, value)
    elif field == "isDefault":
        _make_default(location, value)
    elif field == "excludeFromTotalsByIntegration":
        location.excluded_for.set(_channels(location, value))
    else:
        known = ["name", "status", "isDefault", "excludeFromTotalsByIntegration", *SWITCHES]
        raise LocationError(field, f"there is no such field; there is: {', '.join(known)}")


def _rename(location: Location, value: object) -> None:
    name = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(name) <= LONGEST_NAME:
        raise LocationError("name", f"give a text of 1 to {LONGEST_NAME} characters")
    if name != location.name:
        location.name, location.edited = name, True


def _set_status(location: Location, value: object) -> None:
    if value not in (Location.Status.ACTIVE, Location.Status.INACTIVE):
        raise LocationError("status", f"{value!r} is neither active nor inactive")
    if location.is_default and value == Location.Status.INACTIVE:
        raise LocationError(
            "status", f"{location.name} is the default location; choose another default first"
        )
    location.status = Location.Status(str(value))


def _make_default(location: Location, value: object) -> None:
    if value is not True:
        raise LocationError("isDefault", "choose another location as the default instead of none")
    if location.kind != Location.Kind.STOCK or location.status != Location.Status.ACTIVE:
        raise LocationError(
            "isDefault", f"{location.name} is no active stock location, so nothing ships from it"
        )
    Location.objects.filter(organization_id=location.organization_id, is_default=True).exclude(
        pk=location.pk
    ).update(is_default=False, updated_at=Now())
    location.is_default = True


def _channels(location: Location, value: object) -> Sequence[Integration]:
    rows = value if isinstance(value, list | tuple) else None
    if rows is None or any(
        not isinstance(row, Integration) or row.organization_id != location.organization_id for row in rows
    ):
        raise LocationError("excludeFromTotalsByIntegration", "name integrations of this organization")
    return rows


def _follow_up(location: Location, changed: set[str], author: str) -> None:
    """Have the commitments, the figures of the channels and the waiting orders follow the change."""
    reason = f"{location.name} was changed"
    if changed & {"isDefault", "preserveBundles", "status"}:
        settle_waiting_orders(location.organization_id, Cause(author, reason))
    if changed & set(FEEDS):
        mark_stock_of([location], reason)
    retry_all(location.organization_id)


def settle_waiting_orders(organization_id: int, cause: Cause) -> None:
    """Let open orders keep their units where they are to be kept now; only what differs is written."""
    virtual = Reservation.objects.filter(
        request_line=None, line__order__organization_id=organization_id
    ).order_by("line__order_id")
    # In one call: orders are locked before records, everywhere.
    settle(list(virtual.values_list("line__order_id", flat=True).distinct()), cause)


def mark_stock_of(locations: Iterable[Location], reason: str) -> None:
    """Mark every SKU kept at `locations`, and the bundles of such, for the pushes of stock."""
    rows = list(locations)
    if not rows:
        return
    skus = InventoryRecord.objects.filter(location__in=rows).values_list("sku", flat=True)
    organization_id, found = rows[0].organization_id, set(skus)
    mark_flows(
        organization_id, "inventory", "push", sorted(found | bundles_of(organization_id, found)), reason
    )
