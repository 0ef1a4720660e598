"""Reading records of an outside system: by window, by id, and what was deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeVar

from msgspec import Struct

from crossdock.connectors.contract.manifest import Account
from crossdock.connectors.errors import ConnectorError, Unreadable

CanonT = TypeVar("CanonT")


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
