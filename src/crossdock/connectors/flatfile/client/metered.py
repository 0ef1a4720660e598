"""A place whose every use passes the gate and is noted for the run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from crossdock.connectors.contract import RemoteCall, Services
from crossdock.connectors.errors import ConnectorError, Refused
from crossdock.connectors.flatfile.client.place import Entry, Place, Taken

T = TypeVar("T")

_DONE, _CONFLICT, _REFUSED, _NO_ANSWER = 200, 409, 403, 0
"""What stands in the list of calls, in the words of HTTP, since files have no numbers for it."""


class MeteredPlace:
    """The place `inner`, each use counted. Looking one file up is not: it goes with what follows."""

    def __init__(self, inner: Place, services: Services) -> None:
        self._inner, self._gate = inner, services.gate

    def where(self) -> str:
        """Say where this is."""
        return self._inner.where()

    def make_folder(self, folder: str) -> None:
        """Make a folder with those around it."""
        self._call("MKDIR", folder or ".", lambda: self._inner.make_folder(folder))

    def entries(self, folder: str) -> Sequence[Entry]:
        """List the plain files of a folder."""
        return self._call("LIST", folder, lambda: self._inner.entries(folder))

    def entry(self, path: str) -> Entry | None:
        """Look one file up."""
        return self._inner.entry(path)

    def read(self, path: str) -> tuple[bytes, Entry] | None:
        """Read a file to its end."""
        return self._call("READ", path, lambda: self._inner.read(path))

    def write(self, path: str, content: bytes) -> None:
        """Write a file so that it appears in one piece."""
        self._call("WRITE", path, lambda: self._inner.write(path, content))

    def create(self, path: str, content: bytes) -> bool:
        """Write a file that must not exist yet."""
        return self._call("CREATE", path, lambda: self._inner.create(path, content))

    def move(self, source: str, target: str) -> bool:
        """Move a file in one step."""
        return self._call("MOVE", target, lambda: self._inner.move(source, target))

    def remove(self, path: str) -> None:
        """Remove a file."""
        self._call("REMOVE", path, lambda: self._inner.remove(path))

    def close(self) -> None:
        """Release what is open."""
        self._inner.close()

    def _call(self, method: str, path: str, use: Callable[[], T]) -> T:
        self._gate.enter()
        began = time.monotonic()
        status, note = _DONE, ""
        try:
            return use()
        except Taken:
            status, note = _CONFLICT, "there is a file of that name"
            raise
        except ConnectorError as error:
            status, note = _REFUSED if isinstance(error, Refused) else _NO_ANSWER, error.code
            raise
        finally:
            seconds = time.monotonic() - began
            self._gate.record(
                RemoteCall(method=method, path=f"/{path}"[:200], status=status, seconds=seconds, note=note)
            )
