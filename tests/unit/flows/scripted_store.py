"""A store whose orders a test writes as documents; they are translated as Ecwid's are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from crossdock.canon import Location, Order
from crossdock.connectors.contract import (
    Account,
    DeletedPage,
    Direction,
    Entity,
    FieldRule,
    FlowOffer,
    Manifest,
    Page,
    RemoteRecord,
    Services,
    Translated,
    Window,
)
from crossdock.connectors.ecwid import translate
from crossdock.connectors.errors import ConnectorError, Gone

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _offer(entity: Entity) -> FlowOffer:
    return FlowOffer(entity=entity, title="x", directions=(Direction.PULL,), sentences={"pull": "x"})


class ScriptedOrders:
    """The orders of the store, by id; each change is a second later than the one before."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.changes = 0
        self.reads = 0

    def put(self, remote_id: str, **fields: Any) -> None:
        """Place an order, or change some of its fields."""
        self.changes += 1
        usual = {
            "id": remote_id, "total": 10, "subtotal": 10, "paymentStatus": "PAID",
            "fulfillmentStatus": "AWAITING_PROCESSING", "createTimestamp": int(NOON.timestamp()),
            "items": [
                {"id": 1, "sku": "tea", "name": "Tea", "quantity": 1, "price": 10, "isShippingRequired": True}
            ],
            "shippingOption": {"shippingMethodName": "DHL Express", "fulfillmentType": "SHIPPING"},
        }  # fmt: skip
        document = {**self.documents.get(remote_id, usual), **fields}
        document["updateTimestamp"] = int(NOON.timestamp()) + self.changes
        self.documents[remote_id] = document

    def _record(self, remote_id: str) -> RemoteRecord:
        document = self.documents[remote_id]
        updated = datetime.fromtimestamp(document["updateTimestamp"], UTC)
        return RemoteRecord(remote_id=remote_id, updated_at=updated, document=json.dumps(document).encode())

    def newest_change(self) -> datetime | None:
        """Return when anything last changed."""
        return NOON + timedelta(seconds=self.changes)

    def page(self, window: Window, offset: int) -> Page:
        """Read all orders as one page."""
        self.reads += 1
        records = [self._record(remote_id) for remote_id in self.documents]
        return Page(records=records, total=len(records), offset=offset, count=len(records))

    def by_id(self, remote_ids: Sequence[str]) -> Mapping[str, RemoteRecord | ConnectorError]:
        """Read orders by id."""
        self.reads += 1
        return {one: self._record(one) if one in self.documents else Gone("gone") for one in remote_ids}

    def deleted(self, since: datetime | None, offset: int) -> DeletedPage:
        """Nothing is ever deleted."""
        return DeletedPage(deletions=[], total=0, offset=offset, count=0)

    def translate(self, record: RemoteRecord, account: Account) -> Translated[Order]:
        """Translate one order, as Ecwid's."""
        return translate.order(record, account)


class ScriptedStore:
    """Connector and session in one, so that a test holds what the engine opens."""

    manifest = Manifest(
        key="scripted",
        name="Scripted",
        summary="x",
        flows=(_offer(Entity.LOCATIONS), _offer(Entity.ORDERS)),
        credentials=(),
        search_lag=0.0,
        fields=(
            FieldRule(entity="orders", source="shippingOption.shippingMethodName", target="shippingClass"),
            FieldRule(entity="orders", source="total", target="totalPrice", note="rounded"),
        ),
    )
    oauth = None
    webhooks = None
    products: Any = None
    stock: Any = None
    fulfillments: Any = None
    product_target: Any = None

    def __init__(self) -> None:
        self.orders = ScriptedOrders()

    def open(
        self,
        credentials: Mapping[str, str],
        options: Mapping[str, object],
        account: Account | None,
        services: Services,
    ) -> ScriptedStore:
        """Open it."""
        return self

    def probe(self) -> Account:
        """Give the account."""
        return Account(account_id="scripted", name="Scripted", currency="EUR")

    def close(self) -> None:
        """Nothing to do."""

    def locations(self, seen: frozenset[str]) -> Sequence[Translated[Location]]:
        """It has none."""
        return ()
