"""Whom the embedded PostgreSQL runs as: a plain user, and root, who must open no folder of anybody's."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from crossdock.config import Config
from crossdock.database import DatabaseError, open_database
from crossdock.embedded import EmbeddedPostgres, account, keeper, programs
from crossdock.embedded.account import Account
from crossdock.embedded.errors import EmbeddedPostgresError

AS_ROOT = os.geteuid() == 0
USER_SCRIPT = Path(__file__).with_name("embedded_user.py")
NOBODY = pwd.getpwnam("nobody")
# What a process needs that only opens the embedded database.
NEEDED = ("crossdock", "psycopg", "psycopg_binary", "psycopg_binary.libs", "psutil", "typing_extensions.py")
LEFT_OUT = shutil.ignore_patterns(
    "test", "tests", "site-packages", "dist-packages", "idlelib", "config-*", "pginstall"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody can enter, for one test."""
    path = Path(tempfile.mkdtemp(prefix="crossdock-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def server_account(monkeypatch: pytest.MonkeyPatch) -> Account:
    """The account that a server started by root runs as; for a plain user, himself, taking root's way."""
    found = account.server_account()
    if found is not None:
        return found
    myself = Account(os.geteuid(), os.getegid())
    monkeypatch.setattr(Account, "arguments", lambda self: {})
    return myself


def modes(path: Path) -> dict[Path, tuple[int, int, int]]:
    """The permissions and owners of `path` and of everything above it."""
    found = {each: each.stat() for each in [path, *path.parents]}
    return {each: (status.st_mode, status.st_uid, status.st_gid) for each, status in found.items()}


def close_to_others(path: Path) -> None:
    """Close `path` as a home folder is closed, for root's account; for a plain user even to himself."""
    path.chmod(0o700 if AS_ROOT else 0o600)


def test_nothing_above_the_data_folder_changes(folder: Path) -> None:
    above = folder / "srv"
    above.mkdir(mode=0o711)
    before = modes(above)

    with EmbeddedPostgres(above / "data", durable=False):
        owner = (
            psutil.Process(int((above / "data/postgres/postmaster.pid").read_text().split()[0])).uids().real
        )

    assert modes(above) == before
    assert stat.S_IMODE((above / "data").stat().st_mode) == (0o710 if AS_ROOT else 0o700)
    assert stat.S_IMODE((above / "data" / "postgres").stat().st_mode) == 0o700
    assert owner == (pwd.getpwnam(account.NAME).pw_uid if AS_ROOT else os.geteuid())


def test_a_data_folder_under_a_closed_home_is_refused(folder: Path, server_account: Account) -> None:
    home = folder / "home"
    home.mkdir()
    close_to_others(home)
    before = modes(home)

    with pytest.raises(EmbeddedPostgresError, match=f"{home} is closed to it"):
        account.prepare_data_dir(home / "a" / "crossdock", server_account)

    assert modes(home) == before
    home.chmod(0o700)
    assert list(home.iterdir()) == []


def test_a_home_folder_itself_is_refused(server_account: Account) -> None:
    home = next(home for entry in pwd.getpwall() if (home := Path(entry.pw_dir)).is_dir())
    before = modes(home)

    with pytest.raises(EmbeddedPostgresError, match="is a home folder"):
        account.prepare_data_dir(home, server_account)

    assert modes(home) == before


def test_a_closed_folder_with_other_files_is_refused(
    folder: Path, server_account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account, "reaches", lambda _self, path: path != folder)
    (folder / "letters").touch()
    before = modes(folder)

    with pytest.raises(EmbeddedPostgresError, match="holds other files"):
        account.prepare_data_dir(folder, server_account)

    assert modes(folder) == before


def test_a_data_folder_that_cannot_be_made_is_explained(folder: Path) -> None:
    (folder / "file").touch()

    with pytest.raises(DatabaseError, match="Set CROSSDOCK_DATA_DIR"):
        open_database(Config(data_dir=folder / "file" / "data"))


def test_programs_out_of_reach_are_copied_and_run(
    folder: Path, server_account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = programs.installed_programs(programs.NEWEST)
    runs = programs._runs
    monkeypatch.setattr(programs, "_runs", lambda path, who: path != installed and runs(path, who))

    copied = programs.reachable_programs(installed, folder, server_account)
    again = programs.reachable_programs(installed, folder, server_account)

    said = subprocess.run([copied / "initdb", "--version"], capture_output=True, text=True, check=True)
    assert copied == again
    assert copied.is_relative_to(folder)
    assert "PostgreSQL" in said.stdout
    assert [path.name for path in folder.iterdir() if path.name.endswith(".part")] == []


def test_programs_in_reach_are_used_where_they_are(folder: Path) -> None:
    installed = programs.installed_programs(programs.NEWEST)

    assert programs.reachable_programs(installed, folder, None) == installed


def test_a_version_nobody_brings_is_refused() -> None:
    with pytest.raises(EmbeddedPostgresError, match="does not bring PostgreSQL 12"):
        programs.installed_programs(12)


def test_an_account_that_cannot_be_made_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossdock.embedded.account.os.geteuid", lambda: 0)
    monkeypatch.setattr(account, "_find", lambda: None)
    monkeypatch.setattr("crossdock.embedded.account.shutil.which", lambda *_args, **_options: None)

    with pytest.raises(EmbeddedPostgresError, match="useradd is not installed"):
        account.server_account()


@pytest.fixture
def plain_command(folder: Path) -> tuple[list[str], dict[str, str], keeper.AccountArguments]:
    """How to run Python with our code as a plain user: as ourselves, or as nobody when we are root.

    Root's interpreter and checkout may stand where nobody may go, so nobody gets copies.
    """
    if not AS_ROOT:
        return [sys.executable], dict(os.environ), {}
    libraries = folder / "libraries"
    libraries.mkdir()
    for parent in {
        sysconfig.get_path("purelib"),
        sysconfig.get_path("platlib"),
        str(USER_SCRIPT.parents[2] / "src"),
    }:
        for name in (*NEEDED, programs.PACKAGE, f"{programs.PACKAGE}.libs"):
            source = Path(parent) / name
            if source.is_dir():
                shutil.copytree(source, libraries / name, ignore=LEFT_OUT, dirs_exist_ok=True)
            elif source.exists():
                shutil.copy(source, libraries / name)
    shutil.copy(USER_SCRIPT, folder)
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(libraries), "PYTHONDONTWRITEBYTECODE": "1"}
    who: keeper.AccountArguments = {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []}
    python = Path(sys.executable).resolve()
    try:
        subprocess.run([python, "-I", "-c", "import json"], check=True, capture_output=True, cwd="/", **who)
    except (OSError, subprocess.CalledProcessError):
        python = _copied_python(python, folder / "python")
        environ["LD_LIBRARY_PATH"] = str(folder / "python" / "lib")
    return [str(python)], environ, who


def _copied_python(python: Path, target: Path) -> Path:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    shutil.copytree(sysconfig.get_path("stdlib"), target / "lib" / version, ignore=LEFT_OUT)
    for library in Path(sysconfig.get_config_var("LIBDIR")).glob("libpython*.so*"):
        shutil.copy(library, target / "lib")
    (target / "bin").mkdir()
    return Path(shutil.copy(python, target / "bin" / version))


def test_a_plain_user_has_a_server_of_his_own(
    folder: Path, plain_command: tuple[list[str], dict[str, str], keeper.AccountArguments]
) -> None:
    python, environ, who = plain_command
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, who.get("user", -1), who.get("group", -1))
    script = folder / USER_SCRIPT.name if AS_ROOT else USER_SCRIPT
    data_dir = home / "share" / "crossdock"

    user = subprocess.Popen(
        [*python, str(script), str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
        cwd="/",
        **who,
    )
    assert user.stdout is not None
    url = user.stdout.readline()
    owner = (data_dir / "postgres" / "postmaster.pid").stat().st_uid if url else None
    _, errors = user.communicate()

    assert errors == ""
    assert user.returncode == 0
    assert url.startswith("postgresql://")
    assert owner == (NOBODY.pw_uid if AS_ROOT else os.geteuid())
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert not keeper.listens(data_dir / "postgres")
