"""Handing over as a whole: files, and what stands for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from crossdock.canon import SentShipment
from crossdock.connectors.contract.manifest import Account
from crossdock.connectors.contract.pulling import CanonT, Notice, RemoteRecord
from crossdock.connectors.contract.pushing import Outcome

GivenT_contra = TypeVar("GivenT_contra", contravariant=True)


class Outbox(Protocol[GivenT_contra]):
    """Where records are handed over in one piece, under a `key` of the engine's, once.

    First `prepare`, which nobody outside sees and which may be repeated; then the engine notes that it is
    about to send; then `send`. After a crash in between, `sent` tells whether it had gone out.
    """

    def prepare(self, records: Sequence[GivenT_contra], key: str) -> None:
        """Make everything ready to go out under `key`. Raises `Refused` naming what cannot be expressed."""

    def send(self, key: str) -> Outcome:
        """Hand over what was prepared under `key`, whole or not at all."""

    def sent(self, key: str) -> bool:
        """Whether what was prepared under `key` has gone out; if it has not, it never will any more.

        Raises `Retry` when it cannot be looked up.
        """


class Reject(Struct, frozen=True, kw_only=True, rename="camel"):
    """A row that was not accepted: its `number` in the delivery (from 1), the field, why, and how it read."""

    number: int
    field: str
    reason: str
    text: str = ""


class Row(Struct, Generic[CanonT], frozen=True, kw_only=True):
    """One record of a delivery. `number` is its first row there (from 1), `text` how it read."""

    number: int
    record: CanonT
    text: str = ""


class Rows(Struct, Generic[CanonT], frozen=True, kw_only=True):
    """A delivery in canonical form: what could be read, and what could not. `count` counts its rows.

    With `all_or_nothing` a single reject, also one of the engine's, refuses the delivery as a whole.
    `notices` are about the delivery, e.g. a column that nobody knows.
    """

    count: int
    rows: tuple[Row[CanonT], ...]
    rejects: tuple[Reject, ...] = ()
    all_or_nothing: bool = False
    notices: tuple[Notice, ...] = ()


class Inbox(Protocol[CanonT]):
    """Where an outside system leaves records in one piece: a folder of files, or what stands for it."""

    def waiting(self, sent: Sequence[SentShipment]) -> Sequence[str]:
        """Return the names of the deliveries that are complete and wait, oldest first.

        `sent` are the shipping requests the warehouse has that are still open; most systems need not know.
        """

    def read(self, name: str) -> RemoteRecord:
        """Read one delivery: its name as the id, its exact bytes. Raises `Gone` when it has been taken away."""

    def translate(self, record: RemoteRecord, account: Account) -> Rows[CanonT]:
        """Translate a delivery; pure. Raises `Unreadable` when it cannot be read at all."""

    def settle(self, record: RemoteRecord, rejects: Sequence[Reject], refusal: str) -> None:
        """Put a delivery away and hand back what was not accepted. A repeat is harmless.

        With `refusal` nothing of it was taken. A delivery that has changed since it was read stays where it
        is: it is another one now.
        """
