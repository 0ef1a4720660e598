"""Locations: those that connectors report, and the one that orders ship from unless told otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.db import transaction

from crossdock.canon import Location as CanonLocation
from crossdock.connectors import connector_for
from crossdock.hub.events import record_event
from crossdock.hub.intake import Incoming, Origin, Tally, known_links, new_link, refresh_links
from crossdock.hub.marks import leave_marks
from crossdock.hub.models import Flow, Integration, Link, Location, Organization, ShippingRequest
from crossdock.hub.orders.retries import retry_all
from crossdock.hub.places.settings import LocationError
from crossdock.hub.stock.ledger_sql import CANCELED_REQUESTS


def _has_default(organization: Organization) -> bool:
    """Whether a default has been chosen, active or not: there is one at most."""
    return Location.objects.filter(organization=organization, is_default=True).exists()


def ingest_locations(origin: Origin, incoming: Sequence[Incoming[CanonLocation]]) -> Tally:
    """Take in what an account says of its locations, in the caller's transaction.

    Names and addresses that a person edited stay. A location that is not reported any more becomes
    inactive and keeps its stock and history, unless others were merged into it.
    """
    tally = Tally()
    known = known_links(origin.integration, "locations", [item.remote_id for item in incoming])
    for item in incoming:
        link = known.get(item.remote_id)
        if link is None:
            location = _create(origin, item.record)
            new_link(origin.integration, "locations", location.pk, item.remote_id, item)
            tally.created += 1
        elif link.fingerprint == item.fingerprint and not link.tombstoned:
            tally.unchanged += 1
        else:
            _change(origin, Location.objects.select_for_update().get(pk=link.record_id), item.record)
            refresh_links([(link.id, item)])
            tally.changed += 1
    tally.deleted += _retire_missing(origin, {item.remote_id for item in incoming})
    if tally.created or tally.changed or tally.deleted:
        retry_all(origin.integration.organization_id)
    return tally


def _create(origin: Origin, record: CanonLocation) -> Location:
    organization = origin.integration.organization
    first = record.kind == "stock" and record.is_default and not _has_default(organization)
    location = Location.objects.create(
        organization=organization,
        name=record.name,
        kind=record.kind,
        is_default=first,
        note=record.note,
        address=msgspec.to_builtins(record.address) if record.address else None,
        status=Location.Status.ACTIVE if record.active else Location.Status.INACTIVE,
    )
    record_event(
        organization.pk,
        "locations",
        location.pk,
        "created",
        author=origin.author,
        run=origin.run,
        after={"name": location.name, "isDefault": first},
    )
    return location


def _change(origin: Origin, location: Location, record: CanonLocation) -> None:
    before = {"name": location.name, "address": location.address, "status": location.status}
    if not location.edited:
        location.name = record.name
        location.address = msgspec.to_builtins(record.address) if record.address else None
    location.note = record.note
    if not _stands_for_others(location):
        location.status = Location.Status.ACTIVE if record.active else Location.Status.INACTIVE
    location.save()
    record_event(
        location.organization_id,
        "locations",
        location.pk,
        "updated",
        author=origin.author,
        run=origin.run,
        before=before,
        after={"name": location.name, "address": location.address, "status": location.status},
    )


def _retire_missing(origin: Origin, reported: set[str]) -> int:
    from django.db.models.functions import Now

    missing = Link.objects.filter(
        integration=origin.integration, entity="locations", tombstoned_at=None
    ).exclude(remote_id__in=reported)
    retired = 0
    for link in missing:
        location = Location.objects.select_for_update().get(pk=link.record_id)
        Link.objects.filter(pk=link.pk).update(tombstoned_at=Now())
        if _stands_for_others(location):
            continue
        location.status = Location.Status.INACTIVE
        location.save(update_fields=["status", "updated_at"])
        record_event(
            location.organization_id,
            "locations",
            location.pk,
            "retired",
            author=origin.author,
            run=origin.run,
            reason="not reported by the channel any more",
        )
        retired += 1
    return retired


def _stands_for_others(location: Location) -> bool:
    """Whether more than one outside place leads here, so that no single one decides whether it is in use."""
    links = Link.objects.filter(entity="locations", record_id=location.pk, tombstoned_at=None)
    return location.merged.exists() or links.count() > 1


def assign_warehouse(
    location: Location, warehouse: Integration | None, *, author: str, ext_location_id: str = ""
) -> Location:
    """Have `warehouse` ship what is routed to `location`; None: people ship it by hand.

    What waits there unsent goes to the new one, in the same transaction; what has been sent stays where it is.
    `ext_location_id` is what the warehouse calls the place, where it has several. Raises `LocationError`.
    """
    with transaction.atomic():
        locked = Location.objects.select_for_update().get(pk=location.pk)
        if warehouse is not None:
            _check_warehouse(locked, warehouse)
        before = locked.fulfillment_integration
        locked.fulfillment_integration = warehouse
        locked.save(update_fields=["fulfillment_integration", "updated_at"])
        if warehouse is not None and ext_location_id:
            _link_place(locked, warehouse, ext_location_id)
        if before != warehouse:
            record_event(
                locked.organization_id, "locations", locked.pk, "warehouseAssigned", author=author,
                before={"fulfillmentIntegrationId": before.key if before else None},
                after={"fulfillmentIntegrationId": warehouse.key if warehouse else None},
            )  # fmt: skip
        _hand_to(locked, warehouse)
    location.refresh_from_db()
    return location


def _check_warehouse(location: Location, warehouse: Integration) -> None:
    if warehouse.organization_id != location.organization_id:
        raise LocationError("integration", f"{warehouse.name} belongs to another organization")
    if warehouse.state == Integration.State.REMOVED:
        raise LocationError("integration", f"{warehouse.name} was removed; choose one that is connected")
    if connector_for(warehouse.connector).manifest.role != "warehouse":
        raise LocationError("integration", f"{warehouse.name} is no warehouse; choose one that ships")
    if location.kind != Location.Kind.STOCK or location.status != Location.Status.ACTIVE:
        raise LocationError("location", f"{location.name} is no active stock location; choose one that ships")


def _link_place(location: Location, warehouse: Integration, ext_location_id: str) -> None:
    link, _ = Link.objects.get_or_create(
        integration=warehouse, entity="locations", remote_id=ext_location_id,
        defaults={"record_id": location.pk},
    )  # fmt: skip
    if link.record_id != location.pk:
        other = Location.objects.get(pk=link.record_id)
        raise LocationError(
            "as", f"{warehouse.name} calls {other.name} {ext_location_id!r} already; give another id"
        )


def _hand_to(location: Location, warehouse: Integration | None) -> None:
    """Give what waits at a location to its warehouse, and have that one's flow look at it."""
    waiting = ShippingRequest.objects.filter(location=location, sent_to_fulfillment_at=None).exclude(
        status__in=[*CANCELED_REQUESTS, ShippingRequest.Status.FULFILLED, ShippingRequest.Status.FAILED]
    )
    keys = [request.key for request in waiting.only("pk")]
    waiting.update(fulfillment_integration=warehouse)
    if warehouse is not None:
        flows = Flow.objects.filter(integration=warehouse, entity="shipments", direction="push", enabled=True)
        for flow in flows:
            leave_marks(flow, keys, "the location was given to this warehouse")
