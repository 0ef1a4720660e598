"""An open account, and the connector that opens it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from crossdock.canon import Location, Order, Product, Shipment, ShipmentReport, StockCount
from crossdock.connectors.contract.access import OAuth, WebhookReader
from crossdock.connectors.contract.handover import Inbox, Outbox
from crossdock.connectors.contract.manifest import Account, Manifest
from crossdock.connectors.contract.pulling import Source, Translated
from crossdock.connectors.contract.pushing import FulfillmentTarget, ProductTarget, StockTarget
from crossdock.connectors.contract.services import Services


class Session(Protocol):
    """One account, open for calls. Close it after use."""

    def probe(self) -> Account:
        """Read the account; the check that credentials are good. Raises `Reconnect` or `Refused`."""

    def close(self) -> None:
        """Release connections."""


@runtime_checkable
class Store(Session, Protocol):
    """The open account of a selling channel."""

    orders: Source[Order]
    products: Source[Product]
    stock: StockTarget
    fulfillments: FulfillmentTarget
    product_target: ProductTarget

    def locations(self, seen: frozenset[str]) -> Sequence[Translated[Location]]:
        """Read or derive the locations. `seen` are location ids met elsewhere (orders, products)."""


@runtime_checkable
class Warehouse(Session, Protocol):
    """The open account of a place that ships. What a connector's manifest does not offer is None."""

    shipment_outbox: Outbox[Shipment] | None
    order_outbox: Outbox[Order] | None
    report_inbox: Inbox[ShipmentReport] | None
    count_inbox: Inbox[StockCount] | None
    product_inbox: Inbox[Product] | None


class Connector(Protocol):
    """A kind of outside system."""

    manifest: Manifest
    oauth: OAuth | None
    webhooks: WebhookReader | None

    def open(
        self,
        credentials: Mapping[str, str],
        options: Mapping[str, object],
        account: Account | None,
        services: Services,
    ) -> Session:
        """Open one account. Raises `Refused` naming a missing or malformed credential; makes no call."""
