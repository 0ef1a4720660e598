"""Writing to an outside system: stock, shipments and products, planned and answered record by record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from crossdock.canon import FulfillmentState, Product, Stock
from crossdock.connectors.contract.manifest import Account
from crossdock.connectors.contract.pulling import RemoteRecord
from crossdock.connectors.errors import ConnectorError


class Change(Struct, frozen=True, rename="camel"):
    """One line of a plan: what a field of a remote record is, and what it will be."""

    remote_id: str
    field: str
    before: str
    after: str


class StockReading(Struct, frozen=True, kw_only=True):
    """A unit's stock as read by id. `writable` is false where another system owns it, with the reason."""

    remote_id: str
    stock: Stock
    sku: str = ""
    writable: bool = True
    reason: str = ""


class StockChange(Struct, frozen=True, kw_only=True):
    """Move a unit's stock by `delta`. `before` is the figure the difference was planned from."""

    remote_id: str
    delta: int
    before: int


class Write(Struct, frozen=True, kw_only=True):
    """One planned write to one remote record (`remote_id` is empty for a create).

    `changes` is what a person reads; `request` is the connector's own description of the call and
    opaque to everybody else (JSON-encodable). `notes` says what cannot be expressed there.
    """

    key: str
    remote_id: str
    kind: Literal["create", "update", "archive", "none"]
    changes: tuple[Change, ...]
    request: Mapping[str, object]
    notes: tuple[str, ...] = ()


class Applied(Struct, frozen=True, kw_only=True):
    """A write that the outside system confirmed. `warning` is its own remark."""

    remote_id: str
    warning: str = ""


Outcome = Applied | ConnectorError


class StockTarget(Protocol):
    """Where stock figures are written to, always as differences."""

    def read(self, remote_ids: Sequence[str]) -> Mapping[str, StockReading | ConnectorError]:
        """Read stock by id, current to the moment and after every write sent before."""

    def adjust(self, changes: Sequence[StockChange], key: str) -> Mapping[str, Outcome]:
        """Apply differences. `key` makes a repeat of the same call harmless where the system allows.

        `InDoubt` stands for those whose answer was lost: read again before planning anew.
        """


class FulfillmentTarget(Protocol):
    """Where shipments are reported to."""

    def read(self, remote_ids: Sequence[str]) -> Mapping[str, RemoteRecord | ConnectorError]:
        """Read the orders by id, current to the moment."""

    def plan(self, record: RemoteRecord, desired: FulfillmentState, options: Mapping[str, object]) -> Write:
        """Return the write that makes the remote order say `desired`; kind ``none`` if it does. Pure."""

    def apply(self, writes: Sequence[Write]) -> Mapping[str, Outcome]:
        """Send the writes; answers by `Write.key`."""


class ProductTarget(Protocol):
    """Where products are written to."""

    def read(self, remote_ids: Sequence[str]) -> Mapping[str, RemoteRecord | ConnectorError]:
        """Read the products by id, current to the moment."""

    def find(self, product: Product) -> str | None:
        """Return the remote id of a product that an earlier, unconfirmed create made; None if there is none."""

    def plan(self, record: RemoteRecord | None, desired: Product, account: Account) -> Write:
        """Return the write that makes the remote product say `desired`; create when `record` is None. Pure."""

    def apply(self, writes: Sequence[Write]) -> Mapping[str, Outcome]:
        """Send the writes; answers by `Write.key`; a create's `Applied.remote_id` is the new id."""
