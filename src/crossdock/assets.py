"""Static files with a stamp of their content in their address: a browser's cache never serves an old one."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.files.storage import Storage


@lru_cache(maxsize=256)
def stamp_of(name: str) -> str:
    """Return the stamp of a static file's content; empty where there is no such file."""
    path = finders.find(name)
    if not isinstance(path, str):
        return ""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


class StampedStaticFiles(Storage):
    """Serves `{% static %}`: the address of a file in the package, with `?v=` and a stamp of its content."""

    def url(self, name: str | None) -> str:
        """The address of the static file `name`. A file that does not exist has an address without stamp."""
        stamp = stamp_of(name or "")
        return f"/static/{name}?v={stamp}" if stamp else f"/static/{name}"
