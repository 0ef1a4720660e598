"""A folder on a server, reached by SFTP.

Paths are looked up on the server, and a folder that leads elsewhere by a link is refused.
"""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import paramiko

from crossdock.connectors.errors import ConnectorError, Refused, Retry
from crossdock.connectors.flatfile.auth import Credentials
from crossdock.connectors.flatfile.client.place import (
    MAX_BYTES,
    MAX_ENTRIES,
    Entry,
    Taken,
    folder_mode,
    too_large,
)
from crossdock.connectors.flatfile.client.ssh import connect

ANSWER_SECONDS = 60.0
"""How long one answer of the server is waited for."""
CHUNK = 32_768


class SftpPlace:
    """Folders under `credentials.path` on a server; connects at the first use."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._transport: paramiko.Transport | None = None
        self._client: paramiko.SFTPClient | None = None
        self._root = ""
        self._inside: set[str] = set()
        self._atomic = True

    def where(self) -> str:
        """Say where this is: no secrets."""
        one = self._credentials
        host = f"[{one.host}]" if ":" in one.host else one.host
        return f"sftp://{one.user}@{host}:{one.port}/{one.path.lstrip('/')}"

    def make_folder(self, folder: str) -> None:
        """Make a folder with those around it, the root included."""
        with self._sorted(folder or self._credentials.path):
            client = self._connected()
            _make(client, self._credentials.path.rstrip("/").split("/"))
            self._find_root(client)
            if folder:
                _make(client, f"{self._root}/{folder}".split("/"), known=self._root.count("/") + 1)
                self._check_inside(client, folder)

    def entries(self, folder: str) -> Sequence[Entry]:
        """List the plain files of a folder."""
        with self._sorted(folder):
            client, path = self._reached(folder)
            found: list[Entry] = []
            for row in client.listdir_iter(path):
                if stat.S_ISREG(row.st_mode or 0) and len(found) < MAX_ENTRIES:
                    found.append(_entry(row.filename, row))
            return found

    def entry(self, path: str) -> Entry | None:
        """Look one file up."""
        with self._sorted(path):
            client, folder, name = self._file(path)
            return _looked_up(client, folder, name)

    def read(self, path: str) -> tuple[bytes, Entry] | None:
        """Read a file to its end."""
        with self._sorted(path):
            client, folder, name = self._file(path)
            entry = _looked_up(client, folder, name)
            if entry is None:
                return None
            if entry.size > MAX_BYTES:
                raise too_large(path, entry.size)
            try:
                with client.open(f"{folder}/{name}", "rb") as file:
                    file.prefetch(entry.size)
                    content = file.read(MAX_BYTES + 1)
                    status = file.stat()
            except FileNotFoundError:
                return None
        if len(content) > MAX_BYTES:
            raise too_large(path, len(content))
        return content, _entry(name, status)

    def write(self, path: str, content: bytes) -> None:
        """Write a file so that it appears in one piece; an earlier one is replaced."""
        with self._sorted(path):
            client, folder, name = self._file(path)
            hidden = f"{folder}/.{name}.writing"
            _fill(client, hidden, content)
            try:
                self._rename(client, hidden, f"{folder}/{name}")
            except OSError:
                # Without the server's atomic rename. Only our own notes and prepared files are ever replaced.
                if not _exists(client, f"{folder}/{name}"):
                    raise
                client.remove(f"{folder}/{name}")
                self._rename(client, hidden, f"{folder}/{name}")

    def create(self, path: str, content: bytes) -> bool:
        """Write a file that must not exist yet. The server makes it exclusively."""
        with self._sorted(path):
            client, folder, name = self._file(path)
            if _exists(client, f"{folder}/{name}"):
                return False
            try:
                with client.open(f"{folder}/{name}", "wxb") as file:
                    file.write(content)
            except OSError:
                if _exists(client, f"{folder}/{name}"):
                    return False
                raise
            return True

    def move(self, source: str, target: str) -> bool:
        """Move a file in one step. Raises `Taken`; never overwrites.

        The plain rename of SFTP refuses to overwrite; where OpenSSH does it in two steps (link, unlink), a crash of
        the server in between leaves both names, which the outbox knows how to read. The atomic rename overwrites,
        so the target is looked up first: our names carry a key or a digest that nobody else has.
        """
        with self._sorted(target):
            client, from_folder, name = self._file(source)
            _, to_folder, new_name = self._file(target)
            begin, end = f"{from_folder}/{name}", f"{to_folder}/{new_name}"
            if _looked_up(client, from_folder, name) is None:
                return False
            if _exists(client, end):
                raise Taken(target)
            try:
                self._rename(client, begin, end)
            except FileNotFoundError:
                return False
            except OSError:
                if _exists(client, end) and _exists(client, begin):
                    raise Taken(target) from None
                raise
            return True

    def remove(self, path: str) -> None:
        """Remove a file."""
        with self._sorted(path), suppress(FileNotFoundError):
            client, folder, name = self._file(path)
            client.remove(f"{folder}/{name}")

    def close(self) -> None:
        """Release the connection."""
        transport, self._transport, self._client = self._transport, None, None
        self._inside.clear()
        if transport is not None:
            transport.close()

    def _rename(self, client: paramiko.SFTPClient, begin: str, end: str) -> None:
        """Rename, atomically where the server offers it; what is at `end` may be replaced then, and never else."""
        if self._atomic:
            try:
                client.posix_rename(begin, end)
            except FileNotFoundError:
                raise
            except OSError:  # not offered, not allowed, or a real failure, which the plain way then shows
                client.rename(begin, end)
                self._atomic = False
        else:
            client.rename(begin, end)

    def _connected(self) -> paramiko.SFTPClient:
        if self._client is None or self._transport is None or not self._transport.is_active():
            self.close()
            self._transport = connect(self._credentials)
            client = paramiko.SFTPClient.from_transport(self._transport)
            if client is None:
                raise Retry("The server opened no SFTP session.", code="remoteUnavailable")
            channel = client.get_channel()
            if channel is not None:
                channel.settimeout(ANSWER_SECONDS)
            self._client = client
        return self._client

    def _reached(self, folder: str) -> tuple[paramiko.SFTPClient, str]:
        """Return the client and a folder's full path, having seen that it is inside of the root."""
        client = self._connected()
        if not self._root:
            self._find_root(client)
        if folder not in self._inside:
            self._check_inside(client, folder)
        return client, f"{self._root}/{folder}" if folder else self._root

    def _file(self, path: str) -> tuple[paramiko.SFTPClient, str, str]:
        folder, _, name = path.rpartition("/")
        if name in ("", ".", "..") or "\x00" in path:
            raise Refused(f"{path!r} is no name of a file.", code="badFileName", remote_id=path)
        client, full = self._reached(folder)
        return client, full, name

    def _find_root(self, client: paramiko.SFTPClient) -> None:
        found = client.normalize(self._credentials.path)
        if not stat.S_ISDIR(client.stat(found).st_mode or 0):
            raise FileNotFoundError(errno.ENOENT, "no folder", found)
        self._root = found.rstrip("/")

    def _check_inside(self, client: paramiko.SFTPClient, folder: str) -> None:
        full = f"{self._root}/{folder}" if folder else self._root or "/"
        if not stat.S_ISDIR(client.stat(full).st_mode or 0):
            raise FileNotFoundError(errno.ENOENT, "no folder", full)
        if client.normalize(full).rstrip("/") != full.rstrip("/"):
            raise Refused(
                f"{folder} on the server is a link that leads elsewhere; links are not followed. Name the real "
                "folder.",
                code="folderNotAllowed",
                remote_id=folder,
            )
        self._inside.add(folder)

    @contextmanager
    def _sorted(self, path: str) -> Iterator[None]:
        """Sort errors by what to do next; a connection that broke is not used again."""
        try:
            yield
        except (ConnectorError, Taken):
            raise
        except (EOFError, paramiko.SSHException, TimeoutError, ConnectionError) as error:
            self.close()
            raise Retry(
                f"The connection to {self._credentials.host} broke at {path}: {str(error) or 'no answer'}.",
                code="remoteUnavailable",
            ) from error
        except OSError as error:
            raise self._refusal(path, error) from error

    def _refusal(self, path: str, error: OSError) -> ConnectorError:
        if error.errno == errno.ENOENT:
            return Refused(
                f"{path}: its folder is missing on the server. Check the connection: that makes missing folders.",
                code="folderMissing",
                remote_id=path,
            )
        if error.errno == errno.EACCES:
            return Refused(
                f"{path}: the server denies it. Let the user {self._credentials.user} read and write there.",
                code="folderDenied",
                remote_id=path,
            )
        return Retry(f"{path}: the server answers {str(error) or 'a failure'!r}.", code="remoteUnavailable")


def _make(client: paramiko.SFTPClient, parts: Sequence[str], known: int = 0) -> None:
    """Make the folders of a path that are missing; those around it need not be readable."""
    if _exists(client, "/".join(parts) or "/"):
        return
    for end in range(max(known, 1), len(parts) + 1):
        path = "/".join(parts[:end]) or "/"
        try:
            client.stat(path)
        except FileNotFoundError:
            try:
                client.mkdir(path, folder_mode(parts[end - 1]))
            except OSError:
                if not _exists(client, path):  # else somebody was quicker
                    raise


def _entry(name: str, status: paramiko.SFTPAttributes) -> Entry:
    return Entry(name=name, size=status.st_size or 0, modified=(status.st_mtime or 0) * 1_000_000_000)


def _looked_up(client: paramiko.SFTPClient, folder: str, name: str) -> Entry | None:
    try:
        status = client.lstat(f"{folder}/{name}")
    except FileNotFoundError:
        return None
    return _entry(name, status) if stat.S_ISREG(status.st_mode or 0) else None


def _exists(client: paramiko.SFTPClient, path: str) -> bool:
    try:
        client.lstat(path)
    except FileNotFoundError:
        return False
    return True


def _fill(client: paramiko.SFTPClient, path: str, content: bytes) -> None:
    """Write a file anew, and see that all of it is there."""
    with suppress(FileNotFoundError):
        client.remove(path)
    with client.open(path, "wxb") as file:
        file.set_pipelined(True)
        for start in range(0, len(content), CHUNK):
            file.write(content[start : start + CHUNK])
    size = client.stat(path).st_size
    if size != len(content):
        raise Retry(f"The server kept {size} of {len(content)} bytes of {path}.", code="remoteUnavailable")
