"""Opening the place that credentials name."""

from __future__ import annotations

import os
from pathlib import Path

from crossdock.connectors.contract import Services
from crossdock.connectors.errors import Refused
from crossdock.connectors.flatfile.auth import Credentials
from crossdock.connectors.flatfile.client.local import LocalPlace
from crossdock.connectors.flatfile.client.metered import MeteredPlace
from crossdock.connectors.flatfile.client.place import Place


def open_place(credentials: Credentials, services: Services) -> Place:
    """Open a folder of this machine, or one on a server; makes no call. Raises `Refused`."""
    inner: Place
    if credentials.host:
        from crossdock.connectors.flatfile.client.sftp import SftpPlace  # lazily: the SSH library is large

        inner = SftpPlace(credentials)
    else:
        inner = LocalPlace(credentials.path, allowed_folders(services))
    return MeteredPlace(inner, services)


def allowed_folders(services: Services) -> tuple[Path, ...]:
    """Return the folders of this machine that the operator lets files lie in."""
    found = tuple(Path(part) for part in services.config.get("files_dir", "").split(os.pathsep) if part)
    if not found:
        raise Refused(
            "No folder of this machine may be used. Set CROSSDOCK_FILES_DIR, or use a server by SFTP.",
            code="folderNotAllowed",
            field="path",
        )
    return found
