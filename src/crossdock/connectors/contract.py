"""What a connector is: what it declares, and what the engine may ask of it.

A connector is a folder that offers one `Connector`. It imports `crossdock.canon` and this contract,
and nothing else of ours. Everything it must not have of its own is handed to it in `Services`: the
clock, the network transport, randomness, and the gate that keeps all processes within the outside
system's request limit. Input and output live in a `Session`; translation and planning are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from random import Random
from typing import Generic, Literal, Protocol, TypeVar

import httpx2
from msgspec import Struct

from crossdock.canon import FulfillmentState, Location, Order, Product, Stock
from crossdock.connectors.errors import ConnectorError, Unreadable

CanonT = TypeVar("CanonT")


class Entity(StrEnum):
    """What a flow carries."""

    LOCATIONS = "locations"
    ORDERS = "orders"
    PRODUCTS = "products"
    INVENTORY = "inventory"
    FULFILLMENTS = "fulfillments"


class Direction(StrEnum):
    """Which way a flow carries it, seen from the hub."""

    PULL = "pull"
    PUSH = "push"


# -- what a connector declares ---------------------------------------------------------------------


class FlowOffer(Struct, frozen=True, kw_only=True):
    """One entity a connector carries; `sentences` says per direction what will happen, and from when.

    A `locked` flow is always on; `lock_reason` says why.
    """

    entity: Entity
    title: str
    directions: tuple[Direction, ...]
    sentences: Mapping[str, str]
    locked: bool = False
    lock_reason: str = ""


class CredentialField(Struct, frozen=True, kw_only=True):
    """One thing a person types to connect by hand."""

    name: str
    label: str
    secret: bool = False
    hint: str = ""


class OptionField(Struct, frozen=True, kw_only=True):
    """One setting of an integration, with its default and what it does."""

    name: str
    label: str
    kind: Literal["boolean", "integer", "text", "choice", "list"]
    default: bool | int | str | tuple[str, ...]
    help: str
    choices: tuple[str, ...] = ()


class Manifest(Struct, frozen=True, kw_only=True):
    """What a connector is and can do. Times in seconds.

    `search_lag` is how far the system's search may trail its writes; `calls_per_minute` its limit for
    one account; `page_size` the most records one list call gives.
    """

    key: str
    name: str
    summary: str
    flows: tuple[FlowOffer, ...]
    credentials: tuple[CredentialField, ...]
    options: tuple[OptionField, ...] = ()
    oauth: bool = False
    webhooks: bool = False
    calls_per_minute: int = 600
    page_size: int = 100
    batch_size: int = 500
    search_lag: float = 15.0


class Account(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The connected account: what translation must know of it, read from the account itself.

    `currency` is ISO 4217 with `currency_precision` decimals; `timezone` an IANA name for display.
    """

    account_id: str
    name: str
    currency: str
    currency_precision: int = 2
    weight_unit: str = ""
    dimensions_unit: str = ""
    timezone: str = "UTC"
    url: str = ""
    admin_url: str = ""
    language: str = ""
    scopes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


# -- what the engine hands to a connector ----------------------------------------------------------


class RemoteCall(Struct, frozen=True, kw_only=True):
    """One request that was sent, for the record: never with credentials. `seconds` is its duration.

    `status` is 0 where no answer came; `path` has no host; `note` is one line on what came of it.
    """

    method: str
    path: str
    status: int
    seconds: float
    note: str = ""


class Gate(Protocol):
    """Keeps every process within the account's request limit, and counts what is sent."""

    def enter(self, calls: int = 1) -> None:
        """Wait until `calls` requests may be sent. Raises `Retry` when the wait would be too long."""

    def block(self, seconds: float) -> None:
        """Close the gate for every process: the outside system asked for a pause."""

    def record(self, call: RemoteCall) -> None:
        """Note one request that was sent. May be called from several threads."""


class Services(Struct, frozen=True, kw_only=True):
    """Everything a session needs that it must not make for itself.

    `config` holds the installation's settings for this connector (client id, addresses …).
    `transport` None means the real network.
    """

    gate: Gate
    clock: Callable[[], datetime]
    random: Random
    sleep: Callable[[float], None]
    config: Mapping[str, str]
    transport: httpx2.BaseTransport | None = None


# -- pulling -----------------------------------------------------------------------------------------


class Window(Struct, frozen=True, kw_only=True):
    """A span of the outside system's own time, inclusive at both ends; None is open."""

    field: Literal["updated", "created"]
    start: datetime | None = None
    end: datetime | None = None


class RemoteRecord(Struct, frozen=True, kw_only=True):
    """One record as read: its stable id, its own change time, and the exact bytes of its document.

    Ids are the connector's own and opaque, but for one rule: a variant's is ``parent:variant``, so that
    the engine can tell which units one document holds.
    """

    remote_id: str
    updated_at: datetime | None
    document: bytes


class Page(Struct, frozen=True, kw_only=True):
    """One page of a list. `total` is what the whole window matches at the moment of reading.

    `count` counts everything the page held, also what is in `unreadable`.
    """

    records: Sequence[RemoteRecord]
    total: int
    offset: int
    count: int
    unreadable: Sequence[Unreadable] = ()


class Deletion(Struct, frozen=True, kw_only=True):
    """A record that the outside system says was deleted."""

    remote_id: str
    at: datetime | None


class DeletedPage(Struct, frozen=True, kw_only=True):
    """One page of deletions."""

    deletions: Sequence[Deletion]
    total: int
    offset: int
    count: int


class Notice(Struct, frozen=True, kw_only=True):
    """Something a person should know of a document that was nevertheless understood.

    `code` is stable, e.g. ``sumMismatch``, ``unknownStatus``, ``unknownField``, ``duplicateSku``;
    `field` is the path in the document. Only `attention` notices become exceptions; the others are
    counted.
    """

    code: str
    field: str
    message: str
    attention: bool = False


class Translated(Struct, Generic[CanonT], frozen=True, kw_only=True):
    """A document in canonical form, with what was noticed on the way."""

    record: CanonT
    notices: tuple[Notice, ...] = ()


class Source(Protocol[CanonT]):
    """Where records of one entity are read from."""

    def newest_change(self) -> datetime | None:
        """Return the time of the account's newest change to this entity, by its own clock; None: unknown."""

    def page(self, window: Window, offset: int) -> Page:
        """Read one page of the window. May be called from several threads."""

    def by_id(self, remote_ids: Sequence[str]) -> Mapping[str, RemoteRecord | ConnectorError]:
        """Read records by id, current to the moment; `Gone` stands for those that no longer exist."""

    def deleted(self, since: datetime | None, offset: int) -> DeletedPage:
        """Read one page of what was deleted at or after `since`."""

    def translate(self, record: RemoteRecord, account: Account) -> Translated[CanonT]:
        """Translate one document; pure. Raises `Unreadable` naming the field."""


# -- pushing -----------------------------------------------------------------------------------------


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


# -- a session, and the connector itself -----------------------------------------------------------------


class Session(Protocol):
    """One account, open for calls. Close it after use."""

    orders: Source[Order]
    products: Source[Product]
    stock: StockTarget
    fulfillments: FulfillmentTarget
    product_target: ProductTarget

    def probe(self) -> Account:
        """Read the account; the check that credentials are good. Raises `Reconnect` or `Refused`."""

    def locations(self, seen: frozenset[str]) -> Sequence[Translated[Location]]:
        """Read or derive the locations. `seen` are location ids met elsewhere (orders, products)."""

    def close(self) -> None:
        """Release connections."""


class Grant(Struct, frozen=True, kw_only=True):
    """What a successful authorization gave. `credentials` are secret."""

    credentials: Mapping[str, str]
    account_id: str
    scopes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Grant(account_id={self.account_id!r}, scopes={self.scopes!r})"


class OAuth(Protocol):
    """Connecting by a consent page."""

    def authorize_url(self, config: Mapping[str, str], redirect_uri: str, state: str) -> str:
        """Return the address of the consent page. Raises `Refused` where the app's settings are missing."""

    def exchange(self, services: Services, code: str, redirect_uri: str) -> Grant:
        """Exchange a code, once and never again. Raises `Refused` with what to do."""


class Hint(Struct, frozen=True, kw_only=True):
    """A genuine webhook: look again at this record. `at` is when it happened, by the sender's clock."""

    account_id: str
    event_id: str
    event_type: str
    at: datetime
    entity: Entity | None = None
    remote_id: str = ""
    disconnected: bool = False


class Forged(ConnectorError):
    """A webhook whose signature or age is wrong; it changes nothing."""

    code = "forgedWebhook"


class WebhookReader(Protocol):
    """Reads the webhooks of a connector's app."""

    def read(self, body: bytes, headers: Mapping[str, str], config: Mapping[str, str], now: datetime) -> Hint:
        """Verify and read one webhook; an unknown type gives a `Hint` without entity.

        Raises `Forged` for a wrong signature or age, `Unreadable` for a malformed body.
        """


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


__all__ = [
    "Account",
    "Applied",
    "CanonT",
    "Change",
    "Connector",
    "ConnectorError",
    "CredentialField",
    "DeletedPage",
    "Deletion",
    "Direction",
    "Entity",
    "FlowOffer",
    "Forged",
    "FulfillmentTarget",
    "Gate",
    "Grant",
    "Hint",
    "Manifest",
    "Notice",
    "OAuth",
    "OptionField",
    "Outcome",
    "Page",
    "ProductTarget",
    "RemoteCall",
    "RemoteRecord",
    "Services",
    "Session",
    "Source",
    "StockChange",
    "StockReading",
    "StockTarget",
    "Translated",
    "WebhookReader",
    "Window",
    "Write",
]
