"""Handing records over as a file: made ready out of sight, then put into place in one step.

The states of one file, by what lies in the work folder under its name:

| work folder | means |
| --- | --- |
| ``NAME.prepared`` | made ready, not gone out |
| ``NAME.withdrawn`` | not gone out, and it never will; empty once it has been cleared |
| neither | it has gone out |

Moving ``NAME.prepared`` into the outgoing folder is one step of the file system, so no crash can leave both or
half of it there.

A process that dies may leave a prepared file that nobody will send. The next one to prepare a file withdraws it, as
by then the engine has found out what became of every key that it had claimed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from crossdock.connectors.contract import Applied, Outcome
from crossdock.connectors.errors import ConnectorError, InDoubt, Refused, Retry
from crossdock.connectors.flatfile.client import Place, Taken
from crossdock.connectors.flatfile.identity import Identity
from crossdock.connectors.flatfile.options import Options

GivenT = TypeVar("GivenT")

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_FORMATS = ("csv", "json")


class FileOutbox(Generic[GivenT]):
    """Where files of one entity go out. `render` turns records into a file's bytes."""

    def __init__(
        self,
        place: Place,
        identity: Identity,
        options: Options,
        entity: str,
        render: Callable[[Sequence[GivenT], Options], bytes],
    ) -> None:
        self._place, self._identity, self._options = place, identity, options
        self._entity, self._render = entity, render
        self._cleared = False

    def prepare(self, records: Sequence[GivenT], key: str) -> None:
        """Make a file ready to go out under `key`. Raises `Refused` naming what cannot be expressed."""
        content = self._render(records, self._options)
        self._identity.check()
        self._clear(key)
        wanted = self._options.format
        for other in _FORMATS:
            # Of an earlier preparation, before the setting changed. Taken away first: two would be ambiguous.
            if other != wanted:
                self._place.remove(self._kept(key, other, "prepared"))
        self._place.write(self._kept(key, wanted, "prepared"), content)
        for kind in _FORMATS:
            self._place.remove(self._kept(key, kind, "withdrawn"))

    def send(self, key: str) -> Outcome:
        """Move the file into place, whole or not at all; a file that is there is never overwritten."""
        try:
            kind = self._prepared(key)
            if kind is None:
                return InDoubt(f"Nothing is made ready under {key}: it has gone out, or was withdrawn.")
            return self._send(key, kind)
        except ConnectorError as error:
            return error

    def sent(self, key: str) -> bool:
        """Whether the file of `key` has gone out; if not, it is withdrawn and never will.

        Raises `Retry` when that cannot be looked up.
        """
        try:
            self._identity.check()
            kind = self._prepared(key)
            if kind is None:
                return not any(self._place.entry(self._kept(key, one, "withdrawn")) for one in _FORMATS)
            return not self._withdrawn(f"{self._name(key)}.{kind}")
        except Retry:
            raise
        except Refused as error:
            raise Retry(
                f"Whether {key} has gone out cannot be told: {error.reason}", code=error.code
            ) from error

    def _withdrawn(self, name: str) -> bool:
        """Withdraw a prepared file, given by its name in place; False where it has gone out."""
        prepared, withdrawn = (
            f"{self._options.work}/{name}.prepared",
            f"{self._options.work}/{name}.withdrawn",
        )
        if self._arrived(name):
            self._place.remove(prepared)
            return False
        self._place.remove(withdrawn)
        return self._place.move(prepared, withdrawn)  # False: another process has just sent it

    def _clear(self, key: str) -> None:
        """Once for a session, withdraw what dead processes have left, and keep nothing of what was withdrawn.

        An empty file still says that it never went out, should a process that was slow and not dead ask for it.
        """
        if self._cleared:
            return
        self._cleared = True
        own = tuple(f"{self._name(key)}.{kind}." for kind in _FORMATS)
        with suppress(ConnectorError, Taken):  # nothing that goes out waits for tidying up
            for entry in self._place.entries(self._options.work):
                name = entry.name.removeprefix(".")
                if not name.startswith(f"{self._entity}-") or name.startswith(own):
                    continue
                if name != entry.name:
                    if name.endswith(".writing"):
                        self._place.remove(f"{self._options.work}/{entry.name}")
                elif name.endswith(".prepared"):
                    file = name.removesuffix(".prepared")
                    if self._withdrawn(file):
                        self._place.write(f"{self._options.work}/{file}.withdrawn", b"")
                elif name.endswith(".withdrawn") and entry.size:
                    self._place.write(f"{self._options.work}/{name}", b"")

    def _send(self, key: str, kind: str) -> Outcome:
        target = self._target(key, kind)
        try:
            moved = self._place.move(self._kept(key, kind, "prepared"), target)
        except Taken:
            if not self._arrived(f"{self._name(key)}.{kind}"):
                return Refused(
                    f"There is another file called {target} already. Take it away.",
                    code="fileInTheWay",
                    remote_id=target,
                )
            self._place.remove(self._kept(key, kind, "prepared"))
            moved = True
        except Retry as error:
            return InDoubt(f"Whether {target} went out is not known: {error.reason}", after=error.after)
        return Applied(remote_id=target) if moved else InDoubt(f"{target} was moved by somebody else.")

    def _arrived(self, name: str) -> bool:
        """Whether the prepared file lies in place as well: a server that moves by copying may leave both."""
        there = self._place.read(f"{self._options.folders[self._entity]}/{name}")
        if there is None:
            return False
        made = self._place.read(f"{self._options.work}/{name}.prepared")
        return made is not None and made[0] == there[0]

    def _prepared(self, key: str) -> str | None:
        for kind in (self._options.format, *_FORMATS):
            if self._place.entry(self._kept(key, kind, "prepared")) is not None:
                return kind
        return None

    def _kept(self, key: str, kind: str, state: str) -> str:
        return f"{self._options.work}/{self._name(key)}.{kind}.{state}"

    def _target(self, key: str, kind: str) -> str:
        return f"{self._options.folders[self._entity]}/{self._name(key)}.{kind}"

    def _name(self, key: str) -> str:
        """Return the file's name without its ending: the same key gives the same name, another key another."""
        if _PLAIN.fullmatch(key):
            return f"{self._entity}-{key}"
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", key)[:60].strip("-")
        return f"{self._entity}-{plain}.{hashlib.sha256(key.encode()).hexdigest()[:16]}"
