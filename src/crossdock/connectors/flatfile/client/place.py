"""A tree of folders that files are put into and taken from: what the local disk and a server have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from crossdock.connectors.errors import Refused

MAX_BYTES = 64 * 1024 * 1024
"""The largest file that is read. 200,000 rows of a count are about 10 MB."""

MAX_ENTRIES = 20_000
"""The most names a folder is listed with."""


class Entry(Struct, frozen=True, kw_only=True):
    """One file of a folder. `modified` is in nanoseconds since 1970 by the folder's own clock."""

    name: str
    size: int
    modified: int


class Taken(Exception):
    """There is a file of that name already; nothing was moved. `path` is under the root."""

    def __init__(self, path: str) -> None:
        super().__init__(f"There is a file called {path} already.")
        self.path = path


class Place(Protocol):
    """Folders under one root. Every path is relative to it, written with slashes, and never leaves it.

    All methods raise `Retry` when the place cannot be reached or is busy, `Reconnect` when it no longer lets
    us in, and `Refused` when it says no. A symbolic link counts as absent.
    """

    def where(self) -> str:
        """Say where this is, for a person: no secrets."""

    def make_folder(self, folder: str) -> None:
        """Make a folder with those around it; nothing happens where it exists."""

    def entries(self, folder: str) -> Sequence[Entry]:
        """List the plain files of a folder, hidden ones as well, in no order. Raises `Refused` without it."""

    def entry(self, path: str) -> Entry | None:
        """Look one file up; None where there is none. Raises `Refused` where its folder is missing."""

    def read(self, path: str) -> tuple[bytes, Entry] | None:
        """Read a file to its end, with what it was when reading ended; None where there is none.

        Raises `Refused` for one larger than `MAX_BYTES`.
        """

    def write(self, path: str, content: bytes) -> None:
        """Write a file so that it appears in one piece, safe on disk; an earlier one is replaced."""

    def create(self, path: str, content: bytes) -> bool:
        """Write a file that must not exist yet; False where it does."""

    def move(self, source: str, target: str) -> bool:
        """Move a file in one step. False where the source is gone. Raises `Taken`; never overwrites."""

    def remove(self, path: str) -> None:
        """Remove a file; nothing happens where it is gone."""

    def close(self) -> None:
        """Release what is open."""


def too_large(path: str, size: int) -> Refused:
    """Say that a file is larger than anything sensible."""
    return Refused(
        f"{path} has {size:,} bytes; at most {MAX_BYTES:,} are read. Split the file, or take it away.",
        code="fileTooLarge",
        remote_id=path,
    )


def folder_mode(name: str) -> int:
    """Return the permissions that a new folder gets: what lies in a hidden one is nobody else's business."""
    return 0o700 if name.startswith(".") else 0o777
