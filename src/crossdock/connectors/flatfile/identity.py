"""Which folder this is: a random id kept in its work folder.

Two ways to one folder (a link, another host name, another user) find the same id, so a folder is connected once. A
disk that is not mounted, or another one in its place, has no such id or another one: then nothing is concluded
from files that are not there.
"""

from __future__ import annotations

import re
from random import Random

from crossdock.connectors.errors import Refused, Retry
from crossdock.connectors.flatfile.client import Place

FILE = "folder-id"

_ID = re.compile(r"[0-9a-f]{32}")


class Identity:
    """The id of the folder at `place`; `expected` is that of the connected account, None before connecting."""

    def __init__(self, place: Place, work: str, expected: str | None) -> None:
        self._place, self._path, self.expected = place, f"{work}/{FILE}", expected
        self._checked = False

    def find(self) -> str | None:
        """Read the id; None where there is none. Raises `Refused` for one that is damaged."""
        found = self._place.read(self._path)
        if found is None:
            return None
        text = found[0].decode("ascii", errors="replace").strip()
        if not _ID.fullmatch(text):
            raise Refused(
                f"{self._path} in {self._place.where()} does not hold the folder's id. Put it back: "
                f"{self.expected or 'it is the account of the integration'}.",
                code="otherFolder",
                field="path",
            )
        return text

    def make(self, random: Random) -> str:
        """Return the id, made now if there is none."""
        found = self.find()
        if found is not None:
            return found
        self._place.create(self._path, f"{random.getrandbits(128):032x}\n".encode())
        return self.find() or self.make(random)

    def check(self) -> None:
        """See, once for a session, that this is the folder that was connected. Raises `Retry`."""
        if self._checked or self.expected is None:
            return
        try:
            found = self.find()
        except Refused as error:
            raise Retry(error.reason, code="otherFolder") from error
        if found != self.expected:
            raise Retry(other_folder(self._place.where(), self._path, self.expected), code="otherFolder")
        self._checked = True


def other_folder(where: str, path: str, expected: str) -> str:
    """Say that this is not the folder that was connected."""
    return (
        f"{where} is not the folder that was connected: its {path} does not hold {expected}. Is its disk mounted? "
        "If the work folder was emptied, put the id back into that file."
    )
