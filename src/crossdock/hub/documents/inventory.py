"""Stock figures, their ledger, and places, as documents."""

from __future__ import annotations

from crossdock.hub.documents.links import Links, links_of
from crossdock.hub.documents.values import Document, key_of, moment
from crossdock.hub.models import Integration, InventoryRecord, LedgerEntry, Location
from crossdock.hub.stock.availability import ChannelFigure
from crossdock.hub.stock.bundle_figures import Share


def inventory_document(record: InventoryRecord) -> Document:
    """Return the figures of one SKU at one location.

    `state` keeps tracked, unlimited and unknown apart: for the latter two the figures mean nothing.
    Needs `organization` fetched with it to cost no query of its own.
    """
    return {
        "inventoryId": record.key,
        "sku": record.sku,
        "locationId": key_of(record.location_id),
        "state": record.state,
        "inventoryNotTracked": record.state == InventoryRecord.State.UNLIMITED,
        "onHand": record.on_hand,
        "committed": record.committed,
        "available": record.available,
        "future": record.future,
        "committedFuture": record.committed_future,
        "incoming": record.incoming,
        "unavailable": record.unavailable,
        "hold": record.hold,
        "damaged": record.damaged,
        "locked": record.locked,
        "countedAt": moment(record.counted_at),
        "type": "physical",
        "createdAt": moment(record.created_at),
        "updatedAt": moment(record.updated_at),
        "orgKey": record.organization.org_key,
    }


def figure_document(figure: ChannelFigure) -> Document:
    """Return what one channel is to show for a SKU, with the terms that add up to it."""
    document: Document = {
        "sku": figure.sku,
        "state": figure.state,
        "quantity": figure.quantity,
        "terms": dict(figure.terms),
        "hold": figure.hold,
        "notes": list(figure.notes),
    }
    if figure.bundle is not None:
        document["bundle"] = {
            "bundleItems": [{"sku": sku, "quantity": each} for sku, each in figure.bundle.parts.items()],
            "fromParts": figure.bundle.bundles,
            "limitedBy": list(figure.bundle.limited_by),
            "unknown": list(figure.bundle.unknown),
            "locations": [
                {"location": place.place, "fromParts": place.bundles, "parts": _parts(place)}
                for place in figure.bundle.places
            ],
            "total": _parts(figure.bundle.total),
        }
    return document


def _parts(share: Share) -> list[Document]:
    return [
        {"sku": part.sku, "quantity": part.each, "available": part.available, "enoughFor": part.bundles}
        for part in share.parts
    ]


def ledger_document(entry: LedgerEntry) -> Document:
    """Return one change of one figure: what, from, to, why, by whom."""
    first, *rest = entry.figure.split("_")
    return {
        "ledgerId": entry.key,
        "inventoryId": key_of(entry.record_id),
        "event": entry.event,
        "figure": first + "".join(part.title() for part in rest),
        "quantity": entry.quantity,
        "before": entry.before,
        "after": entry.after,
        "user": entry.author,
        "reason": entry.reason,
        "orderId": key_of(entry.order_id),
        "entityType": entry.entity,
        "entityId": key_of(entry.entity_id),
        "runId": key_of(entry.run_id),
        "createdAt": moment(entry.created_at),
    }


def location_document(location: Location, *, links: Links | None = None) -> Document:
    """Return a location with its id in each outside system that knows it.

    `links` are those ids where the caller has them at hand. Needs `organization` fetched with it.
    """
    known = links_of("locations", [location.pk]) if links is None else links
    return {
        "locationId": location.key,
        "name": location.name,
        "kind": location.kind,
        "status": location.status,
        "isDefault": location.is_default,
        "address": location.address or {},
        "pauseLocation": location.pause_location,
        "excludeFromTotals": location.exclude_from_totals,
        "excludeFromTotalsByIntegration": [row.key for row in sorted(location.excluded_for.all(), key=_row)],
        "infiniteAvailability": location.infinite_availability,
        "preserveBundles": location.preserve_bundles,
        "fulfillmentIntegrationId": key_of(location.fulfillment_integration_id),
        "mergedInto": key_of(location.merged_into_id),
        "note": location.note,
        "externalSystems": [
            {"integrationId": key_of(link.integration_id), "extLocationId": link.remote_id}
            for link in known.get(location.pk, [])
        ],
        "createdAt": moment(location.created_at),
        "updatedAt": moment(location.updated_at),
        "orgKey": location.organization.org_key,
    }


def _row(integration: Integration) -> int:
    return int(integration.pk)
