"""Whom the embedded PostgreSQL runs as, and what that account can reach.

PostgreSQL refuses to run as root. Started by root it runs as a system account of its own, which must be
able to walk to the data folder and to the programs. No folder above them is ever opened for that: a data
folder out of reach is refused with a clear error, and programs out of reach are copied.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from crossdock.embedded.errors import EmbeddedPostgresError
from crossdock.embedded.keeper import AccountArguments

NAME = "crossdock-db"
OWN_ENTRIES = frozenset({"locks", "postgres", "secret-key"})
USE_ANOTHER = "Set CROSSDOCK_DATABASE_URL to a PostgreSQL server, or run Crossdock as a plain user."


@dataclass(frozen=True)
class Account:
    """A system account: its numeric user and group."""

    uid: int
    gid: int

    def arguments(self) -> AccountArguments:
        """What `subprocess.run` needs to become this account, with no group of root's left."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def reaches(self, folder: Path) -> bool:
        """True when the account can enter `folder`. Asked of the system, since access lists count too."""
        command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
        result = subprocess.run(command, cwd="/", check=False, capture_output=True, **self.arguments())
        return result.returncode == 0


def server_account() -> Account | None:
    """The account for the server: a system account for root; None for a plain user, who runs it himself.

    Raises `EmbeddedPostgresError` when root cannot make the account.
    """
    if os.geteuid() != 0:
        return None
    found = _find()
    if found is not None:
        return found
    reason = "useradd is not installed"
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    # Another process may be changing the list of accounts at this very moment, or making the same account.
    for attempt in range(20 if program else 0):
        command = [program or "", "--system", "--user-group", "--no-create-home"]
        command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", NAME]
        made = subprocess.run(command, check=False, capture_output=True, text=True)
        found = _find()
        if found is not None:
            return found
        reason = made.stderr.strip() or f"useradd ended with {made.returncode}"
        time.sleep(0.05 * (attempt + 1))
    raise EmbeddedPostgresError(
        f"PostgreSQL does not run as root, and its system account {NAME} could not be made ({reason}).",
        USE_ANOTHER,
    )


def _find() -> Account | None:
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        return None
    if entry.pw_uid == 0:
        raise EmbeddedPostgresError(f"{NAME} is another name of root.", f"Remove that account. {USE_ANOTHER}")
    return Account(entry.pw_uid, entry.pw_gid)


def prepare_data_dir(data_dir: Path, account: Account | None) -> None:
    """Make `data_dir` if it is missing and see that the server's account can walk to it.

    At most the data folder itself gets the account's group and lets it pass (`chmod g+x`), and only when it
    is new, empty or Crossdock's already. Raises `EmbeddedPostgresError` otherwise; nothing above it ever
    changes.
    """
    if account is not None:
        _refuse_home(data_dir)
        _refuse_blocked(data_dir.parent, account)
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        entries = {entry.name for entry in data_dir.iterdir()}
    except OSError as error:
        raise EmbeddedPostgresError(
            f"The data folder {data_dir} cannot be made or read: {error.strerror}.",
            "Set CROSSDOCK_DATA_DIR to a folder that this user can write.",
        ) from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise EmbeddedPostgresError(
            f"The data folder {data_dir} cannot be written by this user.",
            "Set CROSSDOCK_DATA_DIR to another folder, or run as the user who owns it.",
        )
    if account is None or account.reaches(data_dir):
        return
    if entries and not entries & OWN_ENTRIES:
        raise EmbeddedPostgresError(
            f"The data folder {data_dir} holds other files and is closed to {NAME}, the database's account.",
            "Set CROSSDOCK_DATA_DIR to a new or empty folder.",
        )
    os.chown(data_dir, -1, account.gid)
    data_dir.chmod(data_dir.stat().st_mode & 0o7777 | 0o010)
    if not account.reaches(data_dir):
        raise EmbeddedPostgresError(
            f"{NAME}, the account of the database, cannot enter {data_dir}.",
            "Set CROSSDOCK_DATA_DIR to a folder on another file system.",
        )


def _refuse_home(folder: Path) -> None:
    if folder == Path("/") or any(Path(entry.pw_dir) == folder for entry in pwd.getpwall()):
        raise EmbeddedPostgresError(
            f"The data folder {folder} is a home folder or the top of the file system.",
            "Set CROSSDOCK_DATA_DIR to a folder of its own, such as /var/lib/crossdock.",
        )


def _refuse_blocked(folder: Path, account: Account) -> None:
    for candidate in [*reversed(folder.parents), folder]:
        if candidate.is_dir() and not account.reaches(candidate):
            raise EmbeddedPostgresError(
                f"PostgreSQL does not run as root but as {NAME}, and {candidate} is closed to it. "
                "Crossdock does not loosen the permissions of folders that are not its own.",
                "Set CROSSDOCK_DATA_DIR to a folder outside of it, such as /var/lib/crossdock.",
            )
