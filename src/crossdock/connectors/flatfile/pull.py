"""Taking files in: which are complete, reading them, putting them away with what was not accepted."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic

import msgspec
from msgspec import Struct

from crossdock.canon import SentShipment
from crossdock.connectors.contract import Account, CanonT, Reject, RemoteRecord, Rows
from crossdock.connectors.errors import Gone, Refused, Retry, Unreadable
from crossdock.connectors.flatfile.client import Entry, Place, Taken
from crossdock.connectors.flatfile.options import INCOMING, Options
from crossdock.connectors.flatfile.wire import reject_file

MARKER = ".done"
MOST_WAITING = 1000
"""The most files one look returns; the others come next time."""

_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".writing", ".swp", "~", MARKER)
_LONGEST_NAME = 200

Gathered = Callable[[RemoteRecord, Options], Mapping[int, Sequence[int]]]


class Seen(Struct, frozen=True):
    """A file as it was when it was first seen like this: `since` is our time."""

    size: int
    modified: int
    since: datetime


class FileInbox(Generic[CanonT]):
    """A folder that files of one entity are taken from.

    `read_rows` translates a file; `gathered` gives the rows of each record that stands on several, by its first.
    """

    def __init__(
        self,
        place: Place,
        options: Options,
        entity: str,
        read_rows: Callable[[RemoteRecord, Options], Rows[CanonT]],
        *,
        clock: Callable[[], datetime],
        gathered: Gathered = lambda _record, _options: {},
    ) -> None:
        self._place, self._options, self._entity = place, options, entity
        self._read_rows, self._gathered, self._clock = read_rows, gathered, clock

    def waiting(self, sent: Sequence[SentShipment]) -> Sequence[str]:  # noqa: ARG002 - files need not know
        """Return the files that are complete, oldest first; at most a thousand in one look."""
        entries = self._place.entries(self._folder)
        found = [entry for entry in entries if self._ours(entry.name)]
        match self._options.arrival:
            case "marker":
                found = _marked(found, entries)
            case "still":
                found = self._still(found)
        found.sort(key=lambda entry: (entry.modified, entry.name))
        return [entry.name for entry in found[:MOST_WAITING]]

    def read(self, name: str) -> RemoteRecord:
        """Read one file. Raises `Gone` when it is no longer there, `Retry` when it changes under our hands."""
        path = f"{self._folder}/{name}"
        before = self._place.entry(path)
        found = self._place.read(path)
        if found is None or before is None:
            raise Gone(f"{path} is no longer there.", remote_id=name)
        document, after = found
        if (before.size, before.modified) != (after.size, after.modified) or len(document) != after.size:
            raise Retry(f"{path} was written to while it was read.", code="fileChanged", remote_id=name)
        modified = datetime.fromtimestamp(after.modified // 1_000_000_000, UTC)
        return RemoteRecord(remote_id=name, updated_at=modified, document=document)

    def translate(self, record: RemoteRecord, account: Account) -> Rows[CanonT]:  # noqa: ARG002 - a file says all
        """Translate a file; pure. Raises `Unreadable` when it cannot be read at all."""
        return self._read_rows(record, self._options)

    def settle(self, record: RemoteRecord, rejects: Sequence[Reject], refusal: str) -> None:
        """Move a file to ``done`` or ``rejected`` and write its reject file. A repeat is harmless.

        First the reject file, then the move: a crash in between leaves the file where it was, and settling it
        again writes the same reject file.
        """
        name = record.remote_id
        source = f"{self._folder}/{name}"
        base = f"{self._folder}/{'rejected' if refusal else 'done'}"
        stem, ending = _split(name)
        stem = f"{stem}.{hashlib.sha256(record.document).hexdigest()[:12]}"
        if rejects or refusal:
            kind = ".json" if ending.lower() == ".json" else ".csv"
            content = reject_file(
                name, record.document, rejects, refusal, self._rows_of(record), self._options
            )
            self._place.write(f"{base}/{stem}.rejects{kind}", content)
        now = self._place.read(source)
        if now is None or now[0] == record.document:
            if now is not None:
                self._put_away(source, f"{base}/{stem}", ending, now[1])
            if self._options.arrival == "marker":
                self._place.remove(f"{source}{MARKER}")

    def _put_away(self, source: str, stem: str, ending: str, expected: Entry) -> None:
        """Move a file under a name that is free; put back one that was exchanged at that very moment."""
        for number in range(1, 1000):
            target = f"{stem}{ending}" if number == 1 else f"{stem}-{number}{ending}"
            try:
                moved = self._place.move(source, target)
            except Taken:
                continue
            there = self._place.entry(target) if moved else None
            if there is not None and (there.size, there.modified) != (expected.size, expected.modified):
                self._place.move(target, source)
            return
        raise Refused(
            f"{source} was put away a thousand times already. Clear out {stem.rpartition('/')[0]}.",
            code="fileInTheWay",
            remote_id=source,
        )

    def _rows_of(self, record: RemoteRecord) -> Mapping[int, Sequence[int]]:
        try:
            return self._gathered(record, self._options)
        except Unreadable:
            return {}

    @property
    def _folder(self) -> str:
        return self._options.folders[self._entity]

    def _ours(self, name: str) -> bool:
        """Whether a file is meant for this inbox. Raises `Refused` when it could be meant for another as well."""
        if not _finished(name) or not _matches(name, self._options.patterns[self._entity]):
            return False
        for other in INCOMING:
            if (
                other != self._entity
                and self._options.folders[other] == self._folder
                and _matches(name, self._options.patterns[other])
            ):
                raise Refused(
                    f"{self._folder}/{name} could be {self._entity} as well as {other}. Make the settings "
                    f"{self._entity}Pattern and {other}Pattern tell them apart.",
                    code="badOption",
                    field=f"{self._entity}Pattern",
                )
        return True

    def _still(self, found: Sequence[Entry]) -> list[Entry]:
        """Return the files that have not changed since a look long enough ago; remember how they are now."""
        now = self._clock()
        path = f"{self._options.work}/seen-{self._entity}.json"
        kept = self._place.read(path)
        seen: dict[str, Seen] = {}
        if kept is not None:
            try:
                seen = msgspec.json.decode(kept[0], type=dict[str, Seen])
            except msgspec.DecodeError:
                seen = {}  # every file is looked at once more
        fresh: dict[str, Seen] = {}
        for entry in found:
            was = seen.get(entry.name)
            same = was is not None and (was.size, was.modified) == (entry.size, entry.modified)
            first = was.since if was is not None and same and was.since <= now else now
            fresh[entry.name] = Seen(entry.size, entry.modified, first)
        if fresh != seen:
            self._place.write(path, msgspec.json.encode(fresh))
        quiet = timedelta(seconds=self._options.quiet_seconds)
        return [entry for entry in found if now - fresh[entry.name].since >= quiet]


def _marked(found: Sequence[Entry], entries: Sequence[Entry]) -> list[Entry]:
    """Return the files whose marker is there and not older than they are: an old one belongs to an earlier file."""
    markers = {entry.name: entry.modified for entry in entries if entry.name.endswith(MARKER)}
    return [
        entry
        for entry in found
        if (marked := markers.get(f"{entry.name}{MARKER}")) is not None and marked >= entry.modified
    ]


def _finished(name: str) -> bool:
    lower = name.lower()
    return (
        not name.startswith(".")
        and not lower.endswith(_UNFINISHED)
        and len(name) <= _LONGEST_NAME
        and name.isprintable()
    )


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def _split(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    return (stem, f".{ending}") if dot and stem else (name, "")
