"""Reading lists and single records of orders and products, each with the exact bytes of its document.

Facts: ecwid-api/orders.md §2 and §12, products.md §2 and §12, conventions.md §5, §6, §13, §14.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

import msgspec

from crossdock.canon import Order, Product
from crossdock.connectors.contract import (
    Account,
    DeletedPage,
    Deletion,
    Page,
    RemoteRecord,
    Translated,
    Window,
)
from crossdock.connectors.ecwid import translate, wire
from crossdock.connectors.ecwid.client import Client
from crossdock.connectors.ecwid.routes import Call, order_path, product_path
from crossdock.connectors.errors import ConnectorError, Gone, Reconnect, Retry, Unreadable

PAGE_SIZE = 100
FULL_DOCUMENTS = 100
"""Whole documents asked for in one batch: its answer holds them all and must stay within bounds."""

CanonT = TypeVar("CanonT")


class Identity(NamedTuple):
    """What a document says of itself: its stable id, its change time, and another name it answers to."""

    remote_id: str
    updated_at: datetime | None
    alias: str = ""


class ListSource(ABC, Generic[CanonT]):
    """A `Source` over one of Ecwid's paged lists. `entity` is the word in paths and in /latest-stats."""

    entity = ""
    sort_by: Mapping[str, str] = {}

    def __init__(self, client: Client) -> None:
        self.client = client

    @abstractmethod
    def identity(self, document: bytes) -> Identity:
        """Read a document's identity. Raises `Unreadable`."""

    @abstractmethod
    def path(self, remote_id: str) -> str:
        """Return the path of one record. Raises `Refused` for an id that is none."""

    @abstractmethod
    def translate(self, record: RemoteRecord, account: Account) -> Translated[CanonT]:
        """Translate one document; pure. Raises `Unreadable` naming the field."""

    def newest_change(self) -> datetime | None:
        """Return when anything of this entity last changed, by the store's clock; one cheap call."""
        body = self.client.call(Call(method="GET", path="/latest-stats"))
        stats = msgspec.json.decode(body)
        return _time(stats.get(f"{self.entity}Updated")) if isinstance(stats, dict) else None

    def page(self, window: Window, offset: int) -> Page:
        """Read one page of the window; a record whose identity cannot be read does not hide the others."""
        query = self._window(window) | {"offset": str(offset), "limit": str(PAGE_SIZE)}
        call = Call(method="GET", path=f"/{self.entity}", query=query)
        envelope = _page(call, self.client.call(call))
        records: list[RemoteRecord] = []
        unreadable: list[Unreadable] = []
        for place, raw in enumerate(envelope.items):
            try:
                records.append(self.record(bytes(raw)))
            except Unreadable as error:
                error.field = error.field or f"items[{place}]"
                unreadable.append(error)
        return Page(
            records=records,
            total=envelope.total,
            offset=offset,
            count=len(envelope.items),
            unreadable=unreadable,
        )

    def record(self, document: bytes) -> RemoteRecord:
        """Return the record of a document. Raises `Unreadable` when it does not say what it is."""
        identity = self.identity(document)
        return RemoteRecord(remote_id=identity.remote_id, updated_at=identity.updated_at, document=document)

    def by_id(self, remote_ids: Sequence[str]) -> Mapping[str, RemoteRecord | ConnectorError]:
        """Read records by id, which is immediate where search lags; `Gone` for what no longer exists."""
        found: dict[str, RemoteRecord | ConnectorError] = {}
        paths: dict[str, list[str]] = {}
        for remote_id in dict.fromkeys(remote_ids):
            try:
                paths.setdefault(self.path(remote_id), []).append(remote_id)
            except ConnectorError as error:
                found[remote_id] = error
        calls = [Call(method="GET", path=path) for path in paths]
        answers = self.client.call_many(calls, chunk=FULL_DOCUMENTS) if calls else []
        for asked, answer in zip(paths.values(), answers, strict=True):
            outcome = answer if isinstance(answer, ConnectorError) else self._read(answer)
            found |= dict.fromkeys(asked, outcome)
        return found

    def deleted(self, since: datetime | None, offset: int) -> DeletedPage:
        """Read one page of what was deleted at or after `since`."""
        query = {"offset": str(offset), "limit": str(PAGE_SIZE)}
        if since is not None:
            query["from_date"] = _seconds_down(since)
        call = Call(method="GET", path=f"/{self.entity}/deleted", query=query)
        envelope = _page(call, self.client.call(call))
        deletions = [deletion for raw in envelope.items if (deletion := _deletion(raw)) is not None]
        return DeletedPage(
            deletions=deletions, total=envelope.total, offset=offset, count=len(envelope.items)
        )

    def _read(self, document: bytes) -> RemoteRecord | ConnectorError:
        try:
            return self.record(document)
        except Unreadable as error:
            return error

    def _window(self, window: Window) -> dict[str, str]:
        query = {}
        if window.start is not None:
            query[f"{window.field}From"] = _seconds_down(window.start)
        if window.end is not None:
            query[f"{window.field}To"] = _seconds_up(window.end)
        if self.sort_by:
            query["sortBy"] = self.sort_by[window.field]
        return query


class OrderSource(ListSource[Order]):
    """Orders. Unfinished ones are not asked for: without a status filter Ecwid leaves them out."""

    entity = "orders"

    def identity(self, document: bytes) -> Identity:
        """Read the internal number, the change time, and the public id as the other name."""
        return Identity(*wire.order_identity(document))

    def path(self, remote_id: str) -> str:
        """Return an order's path."""
        return order_path(remote_id)

    def translate(self, record: RemoteRecord, account: Account) -> Translated[Order]:
        """Translate one order; pure. Raises `Unreadable` naming the field."""
        return translate.order(record, account)

    def by_id(self, remote_ids: Sequence[str]) -> Mapping[str, RemoteRecord | ConnectorError]:
        """Read orders by id; `Gone` stands for those that search does not know either."""
        found = dict(super().by_id(remote_ids))
        found.update(self._looked_for([key for key, outcome in found.items() if _absent(outcome)]))
        return found

    def _looked_for(self, absent: Sequence[str]) -> dict[str, RemoteRecord | ConnectorError]:
        """Believe in a deletion only when search does not know the order either.

        One source says that internal numbers may be refused in paths (ecwid-api/README.md #2), and an
        order taken for deleted by mistake is lost.
        """
        outcome: dict[str, RemoteRecord | ConnectorError] = {}
        for start in range(0, len(absent), PAGE_SIZE):
            part = absent[start : start + PAGE_SIZE]
            query = {"ids": ",".join(part), "offset": "0", "limit": str(PAGE_SIZE)}
            call = Call(method="GET", path="/orders", query=query)
            try:
                known = self._by_any_name(_page(call, self.client.call(call)))
            except Reconnect:
                raise
            except ConnectorError as error:
                outcome |= dict.fromkeys(part, error)
                continue
            for remote_id in part:
                gone = Gone(f"Order {remote_id} no longer exists in Ecwid.", remote_id=remote_id)
                outcome[remote_id] = known.get(remote_id, gone)
        return outcome

    def _by_any_name(self, envelope: wire.PageEnvelope) -> dict[str, RemoteRecord]:
        known: dict[str, RemoteRecord] = {}
        for raw in envelope.items:
            document = bytes(raw)
            try:
                identity = self.identity(document)
            except Unreadable:
                continue
            record = RemoteRecord(
                remote_id=identity.remote_id, updated_at=identity.updated_at, document=document
            )
            known[identity.remote_id] = record
            known.setdefault(identity.alias, record)
        return known


class ProductSource(ListSource[Product]):
    """Products with their variations. The id of a variation reads the product that holds it."""

    entity = "products"
    sort_by = {"updated": "UPDATED_TIME_ASC", "created": "ADDED_TIME_ASC"}

    def identity(self, document: bytes) -> Identity:
        """Read the product's number and change time."""
        return Identity(*wire.product_identity(document))

    def path(self, remote_id: str) -> str:
        """Return the path of the product."""
        return product_path(remote_id)

    def translate(self, record: RemoteRecord, account: Account) -> Translated[Product]:
        """Translate one product; pure. Raises `Unreadable` naming the field."""
        return translate.product(record, account)


def _page(call: Call, body: bytes) -> wire.PageEnvelope:
    """Read a list's envelope. A page without one is no answer: nothing of it is believed."""
    try:
        return wire.decode_page(body)
    except (Unreadable, msgspec.DecodeError) as error:
        raise Retry(
            f"Ecwid answered GET {call.path} with something that is not a page of a list ({error})."
        ) from error


def _absent(outcome: RemoteRecord | ConnectorError) -> bool:
    return isinstance(outcome, Gone) or (isinstance(outcome, ConnectorError) and outcome.code == "notFound")


def _deletion(raw: msgspec.Raw) -> Deletion | None:
    """Read one deletion; what names no record cannot delete one."""
    try:
        item = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    remote_id = item.get("id") if isinstance(item, dict) else None
    if isinstance(remote_id, bool) or not isinstance(remote_id, int | str) or not str(remote_id).strip():
        return None
    return Deletion(remote_id=str(remote_id).strip(), at=_time(item.get("date")))


def _time(value: object) -> datetime | None:
    """Read a time of a list that is not a document; one that cannot be read is unknown."""
    try:
        return wire.parsed_time(value, "date") if isinstance(value, str) and value.strip() else None
    except Unreadable:
        return None


def _seconds_down(at: datetime) -> str:
    """Unix seconds, a fraction rounded down: where a window begins."""
    return str(math.floor(at.timestamp()))


def _seconds_up(at: datetime) -> str:
    """Unix seconds, a fraction rounded up: where a window ends."""
    return str(math.ceil(at.timestamp()))
