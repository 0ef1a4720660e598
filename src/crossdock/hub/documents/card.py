"""A routing card as a document."""

from __future__ import annotations

from crossdock.hub.documents.values import Document, key_of, moment
from crossdock.hub.models import RoutingCard


def card_document(card: RoutingCard) -> Document:
    """Return a routing card; `crossdock routing put` takes the same form.

    Needs `organization` and `places__location` fetched with it to cost no query of its own.
    """
    places = sorted(card.places.all(), key=lambda place: (place.position, place.pk))
    return {
        "cardId": card.key,
        "name": card.name,
        "position": card.position,
        "enabled": card.enabled,
        "match": card.match,
        "filters": card.filters,
        "regions": card.regions,
        "locations": [
            {"locationId": key_of(place.location_id), "name": place.location.name} for place in places
        ],
        "checkStock": card.check_stock,
        "allowSplit": card.allow_split,
        "sendFuture": card.send_future,
        "createdAt": moment(card.created_at),
        "updatedAt": moment(card.updated_at),
        "orgKey": card.organization.org_key,
    }
