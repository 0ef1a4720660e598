"""What a pull hands to the hub: documents read, what they mean, and which of them are news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Generic, TypeVar

import msgspec
import psycopg
from django.db import connection

from crossdock.hub.models import Integration, Link, Run, SourceDocument

T = TypeVar("T")

_encoder = msgspec.json.Encoder(order="deterministic")


def document_hash(document: bytes) -> bytes:
    """Return the 16-byte hash by which an unchanged document is recognized."""
    return blake2b(document, digest_size=16).digest()


def canonical_json(record: msgspec.Struct) -> bytes:
    """Return a canonical record as JSON; amounts become strings, so that no reader makes them floats."""
    return _encoder.encode(record)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a document's translation noticed that needs a person's attention."""

    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Incoming(Generic[T]):
    """One translated document on its way in. `hash` is of the document, `canonical` the record's JSON."""

    remote_id: str
    updated_at: datetime | None
    document: bytes
    hash: bytes
    record: T
    canonical: bytes
    notices: tuple[Finding, ...] = ()

    @property
    def fingerprint(self) -> bytes:
        """Hash of what the document means; equal where only its spelling differs."""
        return document_hash(self.canonical)


@dataclass(slots=True)
class Tally:
    """How many records of a page were what.

    `touched` are hub ids; `unstored` remote ids that stayed out, `doubtful` those that wait for a reading by id.
    """

    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    skipped: int = 0
    failed: int = 0
    touched: list[int] = field(default_factory=list)
    unstored: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add another page's figures."""
        for name in ("read", "created", "changed", "unchanged", "deleted", "skipped", "failed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unstored += other.unstored


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose words are being taken in, and in which run; written to every event."""

    integration: Integration
    run: Run | None
    author: str


@dataclass(frozen=True, slots=True)
class KnownLink:
    """The part of a link that tells whether a document is news."""

    id: int
    record_id: int
    document_hash: bytes
    fingerprint: bytes
    tombstoned: bool
    updated_at: datetime | None = None

    def outdates(self, updated_at: datetime | None, digest: bytes) -> bool:
        """Whether a document of that change time (the outside system's) and hash says nothing new.

        A search that trails its writes may still show what a reading by id has overtaken, or a record
        that has been deleted since.
        """
        if not self.tombstoned and self.document_hash == digest:
            return True
        if updated_at is None or self.updated_at is None:
            return False
        return updated_at <= self.updated_at if self.tombstoned else updated_at < self.updated_at


def bulk_cursor() -> psycopg.Cursor[tuple[object, ...]]:
    """Return a cursor of the present connection and transaction that sends parameters beside the statement.

    Django's own writes them into its text first, which costs most where pages of documents are sent. Ask to
    `prepare` only what inserts or reads small tables: a prepared plan made while a table was small reads it
    from end to end until the next ANALYZE, however large an import makes it meanwhile.
    """
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)


def known_links(integration: Integration, entity: str, remote_ids: Sequence[str]) -> dict[str, KnownLink]:
    """Return the links of `remote_ids` that exist, by remote id; one query."""
    if not remote_ids:
        return {}
    with bulk_cursor() as cursor:
        cursor.execute(
            """
            SELECT remote_id, id, record_id, coalesce(document_hash, ''::bytea), coalesce(fingerprint, ''::bytea),
                   tombstoned_at IS NOT NULL, greatest(remote_updated_at, tombstoned_at)
              FROM hub_link WHERE integration_id = %s AND entity = %s AND remote_id = ANY(%s)
            """,
            [integration.pk, entity, list(remote_ids)],
            binary=True,
        )
        rows: list[tuple[str, int, int, bytes, bytes, bool, datetime | None]] = cursor.fetchall()  # type: ignore[assignment]  # the columns above
    return {row[0]: KnownLink(*row[1:]) for row in rows}


def read_within(link_ids: Sequence[int], span: timedelta) -> list[int]:
    """Return those of the links whose document was stored less than `span` ago, by the database's clock."""
    with bulk_cursor() as cursor:
        cursor.execute(
            "SELECT link_id FROM hub_sourcedocument WHERE link_id = ANY(%s) AND read_at > now() - %s::interval",
            [list(link_ids), span],
        )
        return [int(str(row[0])) for row in cursor.fetchall()]


def refresh_links(incoming: Iterable[tuple[int, Incoming[T]]]) -> None:
    """Keep the newest document, hash and time of links whose document changed."""
    rows = list(incoming)
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            WITH doc AS (
                INSERT INTO hub_sourcedocument (link_id, body) VALUES (%s, %s)
                ON CONFLICT (link_id) DO UPDATE SET body = excluded.body, read_at = now()
            )
            UPDATE hub_link SET document_hash = %s, fingerprint = %s, remote_updated_at = %s, tombstoned_at = NULL
             WHERE id = %s
            """,
            [
                (link, item.document.decode(), item.hash, item.fingerprint, item.updated_at, link)
                for link, item in rows
            ],
        )


def new_link(
    integration: Integration, entity: str, record_id: int, remote_id: str, incoming: Incoming[T] | None
) -> Link:
    """Create the link of one remote id, with its document where one was read."""
    link = Link.objects.create(
        integration=integration,
        entity=entity,
        remote_id=remote_id,
        record_id=record_id,
        document_hash=incoming.hash if incoming else None,
        fingerprint=incoming.fingerprint if incoming else None,
        remote_updated_at=incoming.updated_at if incoming else None,
    )
    if incoming:
        SourceDocument.objects.create(link=link, body=incoming.document.decode())
    return link
