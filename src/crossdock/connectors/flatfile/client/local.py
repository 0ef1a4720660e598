"""A folder on this machine, inside those that the operator allows.

Every path is walked from the root one folder at a time, without following symbolic links, so that nothing
outside can be reached even while somebody swaps folders about.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from crossdock.connectors.errors import ConnectorError, Refused, Retry
from crossdock.connectors.flatfile.client.place import (
    MAX_BYTES,
    MAX_ENTRIES,
    Entry,
    Taken,
    folder_mode,
    too_large,
)
from crossdock.connectors.flatfile.client.renaming import rename_new

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_MISSING = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG)


class LocalPlace:
    """Folders under `root`, which must lie in one of `allowed` (absolute paths)."""

    def __init__(self, path: str, allowed: Sequence[Path]) -> None:
        self._root = root_of(path, allowed)

    def where(self) -> str:
        """Say where this is."""
        return self._root.as_uri()

    def make_folder(self, folder: str) -> None:
        """Make a folder with those around it, the root included."""
        with _sorted(folder or self.where()):
            self._root.mkdir(parents=True, exist_ok=True)
            current = os.open(self._root, _FOLDER)
            try:
                for part in folder.split("/") if folder else ():
                    with suppress(FileExistsError):
                        os.mkdir(part, folder_mode(part), dir_fd=current)
                    inner = os.open(part, _FOLDER, dir_fd=current)
                    os.close(current)
                    current = inner
            finally:
                os.close(current)

    def entries(self, folder: str) -> Sequence[Entry]:
        """List the plain files of a folder."""
        found: list[Entry] = []
        with _sorted(folder), self._folder(folder) as opened, os.scandir(opened) as listed:
            for row in listed:
                if len(found) >= MAX_ENTRIES:
                    break
                with suppress(FileNotFoundError):  # taken away while we look
                    status = row.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        found.append(_entry(row.name, status))
        return found

    def entry(self, path: str) -> Entry | None:
        """Look one file up."""
        folder, name = _split(path)
        with _sorted(path), self._folder(folder) as opened:
            return _looked_up(name, opened)

    def read(self, path: str) -> tuple[bytes, Entry] | None:
        """Read a file to its end."""
        folder, name = _split(path)
        with _sorted(path), self._folder(folder) as opened:
            if _looked_up(name, opened) is None:
                return None
            try:
                handle = os.open(name, os.O_RDONLY | _FILE, dir_fd=opened)
            except FileNotFoundError:
                return None
            with os.fdopen(handle, "rb") as file:
                content = file.read(MAX_BYTES + 1)
                status = os.fstat(handle)
        if len(content) > MAX_BYTES:
            raise too_large(path, status.st_size)
        return content, _entry(name, status)

    def write(self, path: str, content: bytes) -> None:
        """Write a file so that it appears in one piece, safe on disk."""
        folder, name = _split(path)
        hidden = f".{name}.writing"
        with _sorted(path), self._folder(folder) as opened:
            _fill(hidden, content, opened, os.O_TRUNC)
            os.rename(hidden, name, src_dir_fd=opened, dst_dir_fd=opened)
            os.fsync(opened)

    def create(self, path: str, content: bytes) -> bool:
        """Write a file that must not exist yet."""
        folder, name = _split(path)
        hidden = f".{name}.{os.getpid()}.writing"
        with _sorted(path), self._folder(folder) as opened:
            _fill(hidden, content, opened, os.O_TRUNC)
            try:
                rename_new(hidden, name, source_fd=opened, target_fd=opened)
            except FileExistsError:
                os.unlink(hidden, dir_fd=opened)
                return False
            os.fsync(opened)
        return True

    def move(self, source: str, target: str) -> bool:
        """Move a file in one step; never overwrites."""
        (from_folder, name), (to_folder, new_name) = _split(source), _split(target)
        with (
            _sorted(target),
            self._folder(from_folder) as from_fd,
            self._folder(to_folder) as to_fd,
        ):
            if _looked_up(name, from_fd) is None:
                return False
            try:
                rename_new(name, new_name, source_fd=from_fd, target_fd=to_fd)
            except FileNotFoundError:
                return False
            except FileExistsError as error:
                raise Taken(target) from error
            os.fsync(to_fd)
            os.fsync(from_fd)
        return True

    def remove(self, path: str) -> None:
        """Remove a file."""
        folder, name = _split(path)
        with _sorted(path), self._folder(folder) as opened, suppress(FileNotFoundError):
            os.unlink(name, dir_fd=opened)

    def close(self) -> None:
        """Nothing stays open."""

    @contextmanager
    def _folder(self, folder: str) -> Iterator[int]:
        """Open a folder by walking to it. Raises `OSError` where a part is missing, a link or no folder."""
        current = os.open(self._root, _FOLDER)
        try:
            for part in folder.split("/") if folder else ():
                inner = os.open(part, _FOLDER, dir_fd=current)
                os.close(current)
                current = inner
            yield current
        finally:
            os.close(current)


def root_of(path: str, allowed: Sequence[Path]) -> Path:
    """Return the folder meant by `path`, relative to the first allowed one or absolute. Raises `Refused`."""
    home = allowed[0]
    given = Path(path)
    if ".." in given.parts or "\x00" in path or not path.strip():
        raise _outside(path, allowed)
    resolved = Path(os.path.realpath(home / given))
    for one in allowed:
        top = Path(os.path.realpath(one))
        if resolved != top and resolved.is_relative_to(top):
            return resolved
    raise _outside(path, allowed)


def _outside(path: str, allowed: Sequence[Path]) -> Refused:
    folders = ", ".join(str(one) for one in allowed)
    return Refused(
        f"{path!r} is no folder inside of {folders}. Name one there, like {allowed[0] / 'warehouse'}; the "
        "operator can allow other folders by CROSSDOCK_FILES_DIR.",
        code="folderNotAllowed",
        field="path",
    )


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    if name in ("", ".", "..") or "\x00" in path:
        raise Refused(f"{path!r} is no name of a file.", code="badFileName", remote_id=path)
    return folder, name


def _looked_up(name: str, folder: int) -> Entry | None:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return _entry(name, status) if stat.S_ISREG(status.st_mode) else None


def _entry(name: str, status: os.stat_result) -> Entry:
    return Entry(name=name, size=status.st_size, modified=status.st_mtime_ns)


def _fill(name: str, content: bytes, folder: int, flags: int) -> None:
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | _FILE | flags, 0o644, dir_fd=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)


@contextmanager
def _sorted(path: str) -> Iterator[None]:
    """Sort the system's errors by what to do next."""
    try:
        yield
    except (ConnectorError, Taken):
        raise
    except OSError as error:
        if error.errno in _MISSING:
            raise Refused(
                f"{path}: its folder is missing, or a link (which is not followed). Check the connection: that "
                "makes missing folders.",
                code="folderMissing",
                remote_id=path,
            ) from error
        if error.errno == errno.EXDEV:
            raise Refused(
                f"{path} is on another disk than the work folder, so files cannot be moved there in one step. "
                "Set workFolder to a folder on the same disk.",
                code="otherDisk",
                field="workFolder",
            ) from error
        if error.errno in _DENIED:
            raise Refused(
                f"{path}: {error.strerror}. Let the account that Crossdock runs as read and write there.",
                code="folderDenied",
                remote_id=path,
            ) from error
        raise Retry(f"{path}: {error.strerror or error}.", code="remoteUnavailable") from error
