"""The secret key that Crossdock makes for itself: one file in the data folder, readable by its owner only."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from pathlib import Path

FILE_NAME = "secret-key"
MINIMUM_LENGTH = 16


class SecretKeyError(Exception):
    """The kept key cannot be used: what is wrong, and what to do about it."""

    def __init__(self, wrong: str, remedy: str) -> None:
        self.wrong = wrong
        self.remedy = remedy
        super().__init__(f"{wrong}. {remedy}")


def kept_key(data_dir: Path) -> str:
    """The key in `data_dir`, made on first use. Two processes that start together end up with the same key.

    Raises `SecretKeyError` when the file is unreadable, too open, or damaged: a silently made new key would
    leave every stored token undecipherable.
    """
    path = data_dir / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        mode = stat.S_IMODE(path.stat().st_mode)
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyError(
            f"is not set, and the key kept in {path} cannot be used ({type(error).__name__})",
            "Make the folder writable for this user, or set the variable.",
        ) from error
    if mode & 0o077:
        raise SecretKeyError(f"is not set, and {path} can be read by others", f"Run: chmod 600 {path}")
    if len(key) < MINIMUM_LENGTH:
        raise SecretKeyError(
            f"is not set, and {path} is damaged (shorter than {MINIMUM_LENGTH} characters)",
            "Restore the file from a backup. Without the old key the integrations must be connected again.",
        )
    return key


def _make(path: Path) -> None:
    """Write a new key beside its place and link it there: it appears whole, and the first writer wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{FILE_NAME}-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            return
    finally:
        Path(name).unlink()
