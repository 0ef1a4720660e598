"""Taking a store's own figures as the first count of SKUs that nobody has counted here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from crossdock.connectors import connector_for
from crossdock.connectors.contract import StockReading
from crossdock.connectors.errors import ConnectorError
from crossdock.flows.gate import RequestGate
from crossdock.flows.observer import Observer, Silent
from crossdock.flows.opening import as_store, calls_per_minute, opened
from crossdock.flows.push_inventory import listings_of
from crossdock.hub.events import record_event
from crossdock.hub.models import Event, Integration, InventoryRecord, Link, Product
from crossdock.hub.stock.inventory import InventoryError, adopt_on_hand, set_state
from crossdock.hub.vault import SecretUnreadable
from crossdock.logs import redacted

ASKED, ADOPTED, FAILED = "adoptionAsked", "stockAdopted", "adoptionFailed"
"""The events of an integration that tell how far an adoption by a worker is."""


class AdoptionError(ValueError):
    """An adoption that cannot begin: `field` is what is wrong, the text says how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}")


def adopt_stock(
    integration: Integration,
    skus: Sequence[str] | None = None,
    *,
    author: str,
    observer: Observer | None = None,
) -> int:
    """Count every uncounted SKU of `integration` (or those of `skus`) as the store counts it; returns how many.

    The store's figure is what is left after the orders it has taken; what the hub holds committed for
    them is added, also for those that are imported later. SKUs that have been counted or locked here are left alone.
    """
    watcher = observer or Silent()
    wanted = _uncounted(integration, skus)
    listings = {listing.sku: listing for listing in listings_of(integration.pk, wanted)}
    connector = connector_for(integration.connector)
    with (
        RequestGate(integration.pk, calls_per_minute(integration, connector)) as gate,
        opened(integration, gate) as session,
    ):
        store = as_store(session, integration)
        at = store.orders.newest_change()  # before the figures are: they include every order up to it
        answers = store.stock.read([listing.remote_id for listing in listings.values()])
    adopted = 0
    for done, (sku, listing) in enumerate(sorted(listings.items()), start=1):
        answer = answers.get(listing.remote_id)
        if isinstance(answer, StockReading):
            adopted += _adopt(integration, sku, answer, at, author)
        watcher.progress("adopt stock", done, len(listings))
    return adopted


def uncounted_skus(integration: Integration) -> int:
    """Return how many SKUs that an integration lists have been neither counted nor locked here."""
    return len(_uncounted(integration, None))


def ask_for_adoption(integration: Integration, *, author: str) -> int:
    """Note that a worker is to adopt the figures of an integration; returns how many SKUs it is about.

    Whoever calls queues the job, in the same transaction. Raises `AdoptionError`.
    """
    if integration.state != Integration.State.CONNECTED:
        raise AdoptionError("integration", f"{integration.name} is not connected; connect it first")
    waiting = uncounted_skus(integration)
    if not waiting:
        raise AdoptionError("integration", f"everything that {integration.name} lists has been counted here")
    record_event(
        integration.organization_id, "integrations", integration.pk, ASKED, author=author,
        after={"uncounted": waiting},
    )  # fmt: skip
    return waiting


def adopt_and_tell(integration: Integration, *, author: str) -> None:
    """Adopt the figures of an integration and note what came of it; what stands in the way is noted, too."""
    try:
        adopted = adopt_stock(integration, author=author)
    except (ConnectorError, SecretUnreadable, InventoryError) as error:
        operation, after, reason = FAILED, None, redacted(str(error))
    else:
        operation, after, reason = ADOPTED, {"adopted": adopted}, ""
    record_event(
        integration.organization_id, "integrations", integration.pk, operation, author=author, reason=reason,
        after=after,
    )  # fmt: skip


def last_adoption(integration: Integration) -> Event | None:
    """Return the newest event of an adoption: being done while it is `ASKED`; None if there was none."""
    told = Event.objects.filter(
        organization_id=integration.organization_id, entity="integrations", record_id=integration.pk,
        operation__in=(ASKED, ADOPTED, FAILED),
    )  # fmt: skip
    return told.order_by("-pk").first()


def _uncounted(integration: Integration, skus: Sequence[str] | None) -> list[str]:
    links = Link.objects.filter(integration=integration, entity="products", tombstoned_at=None)
    products = Product.objects.filter(pk__in=links.values("record_id")).exclude(sku="")
    if skus is not None:
        products = products.filter(sku__in=list(skus))
    counted = InventoryRecord.objects.filter(organization=integration.organization).filter(
        ~Q(state=InventoryRecord.State.UNKNOWN) | Q(locked=True)
    )
    return list(products.exclude(sku__in=counted.values("sku")).values_list("sku", flat=True))


def _adopt(
    integration: Integration, sku: str, reading: StockReading, at: datetime | None, author: str
) -> int:
    reason = f"first count, taken from {integration.name}"
    with transaction.atomic():
        if reading.stock.state == "unlimited":
            set_state(
                integration.organization, sku, InventoryRecord.State.UNLIMITED, author=author, reason=reason
            )
            return 1
        if reading.stock.state != "tracked" or reading.stock.quantity is None:
            return 0
        adopt_on_hand(
            integration.organization, sku, reading.stock.quantity, at=at, author=author, reason=reason
        )
        return 1
