"""Working out what a page says while the pages before it are being stored.

Translation is pure, so it needs no lock and no transaction; only whether a record is news must wait until
the page's turn has come. Where pages hold little news, translating ahead would be work for nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from crossdock.connectors.contract import Account, Page, RemoteRecord, Source, Window
from crossdock.connectors.errors import Unreadable
from crossdock.hub.intake import Finding, Incoming, Tally, canonical_json, document_hash

T = TypeVar("T")


class Reading(msgspec.Struct, Generic[T], frozen=True):
    """One record as read, with the hash of its document; `outcome` is what translating it gave, if that was done."""

    record: RemoteRecord
    hash: bytes
    outcome: Incoming[T] | Unreadable | None = None


class ReadPage(Page, Generic[T], frozen=True, kw_only=True):
    """A page whose records have been looked at ahead of its turn."""

    readings: Sequence[Reading[T]]


class Foresight(Generic[T]):
    """A reader of pages that looks at their records in the thread that fetched them.

    `expect_news` says whether the first pages are worth translating ahead; after that it is learned.
    """

    def __init__(self, source: Source[T], account: Account, *, expect_news: bool) -> None:
        self._source = source
        self._account = account
        self._expect_news = expect_news
        self._one_at_a_time = threading.Lock()

    def page(self, window: Window, offset: int) -> ReadPage[T]:
        """Read one page of the window, and what its records mean where that is likely to be wanted."""
        page = self._source.page(window, offset)
        with self._one_at_a_time:  # more threads would compete for the interpreter with the one that stores
            found = [self._look_at(record) for record in page.records]
        return ReadPage(
            records=page.records,
            total=page.total,
            offset=page.offset,
            count=page.count,
            unreadable=page.unreadable,
            readings=found,
        )

    def _look_at(self, record: RemoteRecord) -> Reading[T]:
        found: Reading[T] = reading(record)
        if not self._expect_news:
            return found
        return Reading(record, found.hash, translated(self._source, self._account, found))

    def learn(self, stored: Tally) -> None:
        """Expect of the next pages what the one just stored was."""
        self._expect_news = 2 * stored.unchanged < stored.read


def reading(record: RemoteRecord) -> Reading[T]:
    """Return a record with the hash of its document."""
    return Reading(record, document_hash(record.document))


def readings(page: Page) -> Sequence[Reading[T]]:
    """Return a page's records with their hashes, which a page read with foresight has already."""
    return page.readings if isinstance(page, ReadPage) else [reading(record) for record in page.records]


def translated(source: Source[T], account: Account, read: Reading[T]) -> Incoming[T] | Unreadable:
    """Return what a record means, or why that cannot be told."""
    if read.outcome is not None:
        return read.outcome
    record = read.record
    try:
        found = source.translate(record, account)
    except Unreadable as error:
        error.remote_id = error.remote_id or record.remote_id
        return error
    return Incoming(
        remote_id=record.remote_id, updated_at=record.updated_at, document=record.document, hash=read.hash,
        record=found.record, canonical=canonical_json(found.record),  # type: ignore[arg-type]  # every canonical record is a Struct
        notices=tuple([
            Finding(notice.code, notice.field, notice.message) for notice in found.notices if notice.attention
        ]) if found.notices else (),
    )  # fmt: skip
