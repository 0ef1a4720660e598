"""Locations: those that connectors report, and the one that orders ship from unless told otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crossdock.canon import Location as CanonLocation
from crossdock.hub.events import record_event
from crossdock.hub.intake import Incoming, Origin, Tally, known_links, new_link, refresh_links
from crossdock.hub.models import Link, Location, Order, Organization


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
    _wake_waiting_orders(origin)
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


def _wake_waiting_orders(origin: Origin) -> None:
    """Orders that failed to route for want of a location are tried again."""
    organization = origin.integration.organization
    if not _has_default(organization):
        return
    Order.objects.filter(organization=organization, routing_status=Order.Routing.FAILED).update(
        routing_status=Order.Routing.PENDING
    )
