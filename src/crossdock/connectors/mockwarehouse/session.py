"""One mock warehouse, open: what it takes and what it delivers, with no memory beyond the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from crossdock.canon import Order, Product, SentShipment, Shipment, ShipmentReport, StockCount
from crossdock.connectors.contract import (
    Account,
    Applied,
    Inbox,
    Outbox,
    Outcome,
    Reject,
    RemoteRecord,
    Row,
    Rows,
    Services,
)
from crossdock.connectors.errors import Gone, Refused, Retry, Unreadable
from crossdock.connectors.mockwarehouse.habits import Habits
from crossdock.connectors.mockwarehouse.parcels import Delivery, count_deliveries, fulfillment_deliveries

T = TypeVar("T")
BUSY_SECONDS = 1.0


class MockSession:
    """One mock warehouse."""

    def __init__(self, habits: Habits, account: Account | None, services: Services) -> None:
        self._account, self._services = account, services
        self.shipment_outbox: Outbox[Shipment] | None = MockOutbox(habits, services)
        self.order_outbox: Outbox[Order] | None = MockOutbox(habits, services)
        self.report_inbox: Inbox[ShipmentReport] | None = MockInbox(
            ShipmentReport,
            habits,
            services,
            lambda sent: fulfillment_deliveries(sent, habits, services.clock()),
        )
        self.count_inbox: Inbox[StockCount] | None = MockInbox(
            StockCount, habits, services, lambda _sent: count_deliveries(habits, services.clock())
        )
        self.product_inbox: Inbox[Product] | None = None

    def probe(self) -> Account:
        """Return the account: the known one, or a new one with a number drawn for it."""
        if self._account is not None:
            return self._account
        number = f"mock-{self._services.random.getrandbits(40):010x}"
        return Account(account_id=number, name=number, currency="", notes=("Nothing leaves this machine.",))

    def close(self) -> None:
        """There is nothing to release."""


class MockOutbox(Generic[T]):
    """Takes whatever it is given, and forgets it: what it has, the hub tells it when it is asked for parcels."""

    def __init__(self, habits: Habits, services: Services) -> None:
        self._habits, self._services = habits, services
        self._prepared: set[str] = set()

    def prepare(self, records: Sequence[T], key: str) -> None:
        """Note that something is ready under `key`. Raises `Refused` for a request that asks for nothing."""
        for record in records:
            if isinstance(record, Shipment) and not record.line_items:
                raise Refused(f"{record.ext_shipment_id} asks for nothing.", field="lineItems")
        self._prepared.add(key)

    def send(self, key: str) -> Outcome:
        """Take it, unless the warehouse is busy."""
        if key not in self._prepared:
            return Refused(f"Nothing was prepared under {key}.", code="refused")
        if _is_busy(self._habits, self._services):
            return _busy()
        return Applied(remote_id=key)

    def sent(self, key: str) -> bool:  # noqa: ARG002 - it never remembers
        """Return False: what the hub has not recorded never came here, and may be sent again."""
        return False


class MockInbox(Generic[T]):
    """Delivers what is due by the clock. `due` works it out from what the hub says was sent."""

    def __init__(
        self,
        kind: type[T],
        habits: Habits,
        services: Services,
        due: Callable[[Sequence[SentShipment]], Sequence[Delivery]],
    ) -> None:
        self._kind, self._habits, self._services, self._due = kind, habits, services, due
        self._found: dict[str, Delivery] = {}

    def waiting(self, sent: Sequence[SentShipment]) -> Sequence[str]:
        """Return what is due by now, oldest first. Raises `Retry` when the warehouse is busy."""
        if _is_busy(self._habits, self._services):
            raise _busy()
        self._found = {delivery.name: delivery for delivery in self._due(sent)}
        return list(self._found)

    def read(self, name: str) -> RemoteRecord:
        """Return one delivery that `waiting` named. Raises `Gone` for any other."""
        delivery = self._found.get(name)
        if delivery is None:
            raise Gone(f"There is no delivery called {name}.", remote_id=name)
        return RemoteRecord(remote_id=name, updated_at=delivery.at, document=delivery.document)

    def translate(self, record: RemoteRecord, account: Account) -> Rows[T]:  # noqa: ARG002 - the contract's
        """Read a delivery row by row. Raises `Unreadable` where it is no list."""
        try:
            raw = msgspec.json.decode(record.document, type=list[msgspec.Raw])
        except msgspec.DecodeError as error:
            raise Unreadable(f"It is no list in JSON: {error}") from error
        rows: list[Row[T]] = []
        rejects: list[Reject] = []
        for number, item in enumerate(raw, start=1):
            text = bytes(item).decode(errors="replace")
            try:
                rows.append(Row(number=number, record=msgspec.json.decode(item, type=self._kind), text=text))
            except msgspec.ValidationError as error:
                rejects.append(Reject(number=number, field="row", reason=str(error), text=text))
        return Rows(count=len(raw), rows=tuple(rows), rejects=tuple(rejects))

    def settle(self, record: RemoteRecord, rejects: Sequence[Reject], refusal: str) -> None:
        """There is nothing to put away."""


def _is_busy(habits: Habits, services: Services) -> bool:
    return services.random.random() < habits.busy


def _busy() -> Retry:
    return Retry("The mock warehouse is busy, as it was told to be.", after=BUSY_SECONDS)
