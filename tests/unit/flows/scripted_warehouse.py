"""A warehouse that a test tells what to answer, and that remembers what it was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from crossdock.canon import Order, Product, SentShipment, Shipment, ShipmentReport, StockCount
from crossdock.connectors.contract import (
    Account,
    Applied,
    Direction,
    Entity,
    FlowOffer,
    Manifest,
    Outcome,
    Reject,
    RemoteRecord,
    Row,
    Rows,
    Services,
)
from crossdock.connectors.errors import ConnectorError, Gone, Refused, Retry, Unreadable

PULL, PUSH = Direction.PULL, Direction.PUSH


def _offer(entity: Entity, direction: Direction) -> FlowOffer:
    return FlowOffer(entity=entity, title=entity, directions=(direction,), sentences={direction: "x"})


class ScriptedOutbox:
    """Remembers what went out, by key. Hooks are called at each step and may raise or return an outcome."""

    def __init__(self) -> None:
        self.prepared: dict[str, list[Any]] = {}
        self.gone: dict[str, list[Any]] = {}
        self.refuses: set[str] = set()
        self.answers: list[Outcome] = []
        self.on_prepared: Callable[[], None] = lambda: None
        self.on_sent: Callable[[], None] = lambda: None
        self.unknown: ConnectorError | None = None
        self.lost: set[str] = set()

    @property
    def numbers(self) -> list[str]:
        """What has gone out, in order: numbers, those of cancellations with a minus."""
        return [
            ("-" if getattr(row, "canceled", False) else "")
            + (row.ext_shipment_id if isinstance(row, Shipment) else row.ext_order_id)
            for rows in self.gone.values()
            for row in rows
        ]

    def prepare(self, records: Sequence[Any], key: str) -> None:
        """Keep them ready."""
        for record in records:
            if getattr(record, "ext_shipment_id", "") in self.refuses:
                raise Refused(f"{record.ext_shipment_id} has no street", field="address")
        self.prepared[key] = list(records)
        hook, self.on_prepared = self.on_prepared, lambda: None
        hook()

    def send(self, key: str) -> Outcome:
        """Hand over, unless another answer is scripted; a lost answer goes out all the same."""
        answer = self.answers.pop(0) if self.answers else Applied(remote_id=key)
        if isinstance(answer, Applied) or key in self.lost or "*" in self.lost:
            assert key not in self.gone, "sent twice"
            self.gone[key] = self.prepared[key]
            hook, self.on_sent = self.on_sent, lambda: None
            hook()
        return answer

    def sent(self, key: str) -> bool:
        """Whether it has gone out."""
        if self.unknown is not None:
            raise self.unknown
        return key in self.gone


class ScriptedInbox:
    """Files by name, as lists of records or of rows that cannot be read."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.rows: dict[bytes, Rows[Any] | Unreadable] = {}
        self.settled: list[tuple[str, list[Reject], str]] = []
        self.settle_error: ConnectorError | None = None
        self.asked: list[SentShipment] = []
        self.changing: set[str] = set()
        self.at: datetime | None = None

    def put(self, name: str, *records: object, whole: bool = False) -> None:
        """Leave a file; a string stands for a row that cannot be read."""
        document = msgspec.json.encode([name, [repr(record) for record in records]])
        good = tuple(
            Row(number=number, record=record, text=f"row {number}")
            for number, record in enumerate(records, start=1)
            if not isinstance(record, str)
        )
        bad = tuple(
            Reject(number=number, field="row", reason=record, text=f"row {number}")
            for number, record in enumerate(records, start=1)
            if isinstance(record, str)
        )
        self.files[name] = document
        self.rows[document] = Rows(count=len(records), rows=good, rejects=bad, all_or_nothing=whole)

    def put_unreadable(self, name: str, reason: str) -> None:
        """Leave a file that nobody can read."""
        self.files[name] = reason.encode()
        self.rows[reason.encode()] = Unreadable(reason)

    def waiting(self, sent: Sequence[SentShipment]) -> Sequence[str]:
        """Name the files."""
        self.asked = list(sent)
        return list(self.files)

    def read(self, name: str) -> RemoteRecord:
        """Read a file."""
        if name not in self.files:
            raise Gone("taken away")
        if name in self.changing:
            raise Retry("it is being written to")
        return RemoteRecord(remote_id=name, updated_at=self.at, document=self.files[name])

    def translate(self, record: RemoteRecord, account: Account) -> Rows[Any]:
        """Give what was put."""
        found = self.rows[record.document]
        if isinstance(found, Unreadable):
            raise found
        return found

    def settle(self, record: RemoteRecord, rejects: Sequence[Reject], refusal: str) -> None:
        """Put the file away."""
        if self.settle_error is not None:
            raise self.settle_error
        self.settled.append((record.remote_id, list(rejects), refusal))
        self.files.pop(record.remote_id, None)


class ScriptedWarehouse:
    """Connector and session in one, so that a test holds what the engine opens."""

    manifest = Manifest(
        key="scripted",
        name="Scripted",
        summary="x",
        role="warehouse",
        flows=(
            _offer(Entity.ORDERS, PUSH),
            _offer(Entity.SHIPMENTS, PUSH),
            _offer(Entity.FULFILLMENTS, PULL),
            _offer(Entity.INVENTORY, PULL),
            _offer(Entity.PRODUCTS, PULL),
        ),
        credentials=(),
        batch_size=3,
    )
    oauth = None
    webhooks = None

    def __init__(self) -> None:
        self.shipment_outbox = ScriptedOutbox()
        self.order_outbox = ScriptedOutbox()
        self.report_inbox = ScriptedInbox()
        self.count_inbox = ScriptedInbox()
        self.product_inbox = ScriptedInbox()

    def open(
        self,
        credentials: Mapping[str, str],
        options: Mapping[str, object],
        account: Account | None,
        services: Services,
    ) -> ScriptedWarehouse:
        """Open it."""
        return self

    def probe(self) -> Account:
        """Give the account."""
        return Account(account_id="scripted", name="Scripted", currency="")

    def close(self) -> None:
        """Nothing to do."""


__all__ = ["Order", "Product", "ScriptedWarehouse", "ShipmentReport", "StockCount"]
