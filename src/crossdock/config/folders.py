"""The folders on this machine: the one for data, and those that flat files may lie in."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from crossdock.config.reader import Reader

ROOT_DATA_DIR = Path("/var/lib/crossdock")


def default_data_dir() -> Path:
    """The data folder when none is set. Root gets a system folder: its home is its own."""
    return ROOT_DATA_DIR if os.geteuid() == 0 else platformdirs.user_data_path("crossdock")


def read_data_dir(reader: Reader) -> Path:
    """Return where the embedded database and the secret key live."""
    value = reader.text("CROSSDOCK_DATA_DIR")
    if value is None:
        return default_data_dir()
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        reader.wrong(
            "CROSSDOCK_DATA_DIR", "names a home folder that does not exist", "Give an absolute path."
        )
        return default_data_dir()
    if not path.is_absolute():
        reader.wrong(
            "CROSSDOCK_DATA_DIR", f"is not an absolute path: {value}", f"Write it as {path.absolute()}."
        )
    else:
        _look_at(reader, path)
    return path


def _look_at(reader: Reader, path: Path) -> None:
    try:
        if path.exists() and not path.is_dir():
            reader.wrong(
                "CROSSDOCK_DATA_DIR", f"is not a folder: {path}", "Name a folder, or one to be made."
            )
    except OSError as error:
        reader.wrong(
            "CROSSDOCK_DATA_DIR",
            f"names a folder that cannot be looked at: {path} ({error.strerror})",
            "Name one that this user may use.",
        )


def read_files_dirs(reader: Reader, data_dir: Path) -> str:
    """Return the folders that flat files may lie in, as one text with a colon between them."""
    value = reader.text("CROSSDOCK_FILES_DIR")
    if value is None:
        return str(data_dir / "files")
    paths = [Path(part) for part in value.split(os.pathsep) if part]
    for path in paths:
        if not path.is_absolute() or path == Path("/") or (path.exists() and not path.is_dir()):
            reader.wrong(
                "CROSSDOCK_FILES_DIR",
                f"names no folder that files may lie in: {path}",
                "Give absolute paths of folders, or of ones to be made.",
            )
    return os.pathsep.join(str(path) for path in paths)
