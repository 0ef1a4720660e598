"""An embedded PostgreSQL in a data folder, shared by any number of processes.

Locks, all in `<data dir>/locks`: `lease` is held shared by every user of the server and exclusively while
it is being stopped; `start` is held by the one process that looks after the start; `keeper` by the keeper
on duty.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import json
import os
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from crossdock.embedded import keeper
from crossdock.embedded.account import Account, prepare_data_dir, server_account
from crossdock.embedded.errors import EmbeddedPostgresError
from crossdock.embedded.programs import NEWEST, installed_programs, reachable_programs

ROLE = "crossdock"
DATABASE = "crossdock"
START_SECONDS = 120
LEFTOVER_SECONDS = 5
LONGEST_SOCKET_PATH = 100
# The time zone and the parallel workers are fixed so that results and memory do not depend on the machine.
OPTIONS = {
    "autovacuum_naptime": "20s",
    "checkpoint_timeout": "15min",
    "idle_in_transaction_session_timeout": "0",
    "jit": "off",
    "listen_addresses": "",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "max_connections": "100",
    "max_parallel_maintenance_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_wal_size": "2GB",
    "port": "5432",
    "random_page_cost": "1.1",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
    "wal_compression": "off",
}
# For tests only: a crash of the machine may cost the data.
CARELESS = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """This process's share in the server of one data folder: taken with `open`, given back with `close`."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        """Prepare for the server in `data_dir`/postgres; nothing is started yet.

        `durable=False` is for tests: it trades safety against a crash of the machine for speed.
        """
        self.data_dir = data_dir.resolve()
        self.folder = self.data_dir / "postgres"
        self.locks = self.data_dir / "locks"
        self.durable = durable
        self.url = ""
        self._account: Account | None = None
        self._programs = Path()
        self._lease: int | None = None
        self._owner = os.getpid()

    def open(self) -> EmbeddedPostgres:
        """Start the server unless it runs, take a share, and set `url`. Raises `EmbeddedPostgresError`."""
        self._account = server_account()
        prepare_data_dir(self.data_dir, self._account)
        self.locks.mkdir(exist_ok=True, mode=0o700)
        self._lease = _lock(self.locks / "lease", fcntl.LOCK_SH)
        try:
            with _locked(self.locks / "start"):
                self._ensure_running()
                self._ensure_keeper()
        except BaseException:
            self.close()
            raise
        atexit.register(self.close)
        return self

    def close(self) -> None:
        """Give the share back; the last one out stops the server and waits for it. Safe to call twice."""
        if self._lease is None or os.getpid() != self._owner:
            return
        lease, self._lease = self._lease, None
        atexit.unregister(self.close)
        try:
            try:
                fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # Others use the server, and this returns at once; or the keeper was quicker and stops it.
                fcntl.flock(lease, fcntl.LOCK_SH)
                return
            keeper.stop(self.folder, self._programs / "pg_ctl", self._arguments())
        finally:
            os.close(lease)

    def __enter__(self) -> EmbeddedPostgres:
        return self.open()

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _arguments(self) -> keeper.AccountArguments:
        return self._account.arguments() if self._account else {}

    def _ensure_running(self) -> None:
        made_by = self.folder / "PG_VERSION"
        version = int(made_by.read_text(encoding="ascii")) if made_by.exists() else NEWEST
        self._programs = reachable_programs(installed_programs(version), self.data_dir, self._account)
        if not made_by.exists():
            self._initialize()
        if not self._wait_until_ready():
            self._heal()
            self._start()
            if not self._wait_until_ready():
                raise self._failure("PostgreSQL started and ended again at once.")

    def _initialize(self) -> None:
        """Make the data folder beside its place and move it there: a killed attempt leaves nothing half."""
        making = self.data_dir / "postgres.part"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        if self._account:
            os.chown(making, self._account.uid, self._account.gid)
        command = ["initdb", "-U", ROLE, "-D", str(making), "--encoding=UTF8", "--auth=trust", "--locale=C"]
        # Sort order from PostgreSQL itself: an upgrade of the machine's C library cannot break an index.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self.durable:
            command += ["--no-sync"]
        self._run(command, "PostgreSQL could not make its data folder.")
        making.rename(self.folder)

    def _start(self) -> None:
        log = self.folder / "server.log"
        with contextlib.suppress(FileNotFoundError):
            os.truncate(log, 0)
        options = OPTIONS | {"unix_socket_directories": str(self._socket_folder())}
        options |= {} if self.durable else CARELESS
        text = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in options.items())
        command = ["pg_ctl", "start", "-s", "-w", "-t", str(START_SECONDS), "-D", str(self.folder)]
        self._run([*command, "-l", str(log), "-o", text], "PostgreSQL did not start.")

    def _run(self, command: list[str], failure: str) -> None:
        """Run one of PostgreSQL's programs under its account, with nothing of our environment."""
        with tempfile.TemporaryFile() as output:
            result = subprocess.run(
                [self._programs / command[0], *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=keeper.ENVIRONMENT,
                check=False,
                **self._arguments(),
            )
            output.seek(0)
            said = output.read().decode("utf-8", errors="replace").strip()
        if result.returncode != 0:
            raise self._failure(failure, said)

    def _failure(self, what: str, said: str = "") -> EmbeddedPostgresError:
        """An error with the last lines that the server wrote, which name the cause."""
        log = self.folder / "server.log"
        lines = [line for line in said.splitlines() if "Examine the log output" not in line]
        if log.exists():
            lines += log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
        heard = "\n  ".join(lines) or "nothing"
        return EmbeddedPostgresError(
            f"{what} It said:\n  {heard}\n",
            f"The data are in {self.folder}. Free disk space or memory if that is the cause and start again, "
            "or set CROSSDOCK_DATABASE_URL to a PostgreSQL server.",
        )

    def _wait_until_ready(self) -> bool:
        """Wait for a running server to answer, make its database if missing, set `url`. False: none runs."""
        deadline = time.monotonic() + START_SECONDS
        while keeper.listens(self.folder):
            path = keeper.socket_path(self.folder)
            if path is None:
                continue
            try:
                _make_database(_address("postgres", path.parent))
            except psycopg.OperationalError as error:
                # It is starting, recovering after a crash, or stopping: all three pass.
                if time.monotonic() > deadline:
                    raise self._failure("PostgreSQL runs but does not answer.") from error
                time.sleep(0.05)
                continue
            self.url = _address(DATABASE, path.parent)
            return True
        return False

    def _heal(self) -> None:
        """Clear away what a killed server left: stray children first, then its pid file and socket.

        The server itself refuses to start over a pid file whose number now belongs to somebody else.
        """
        for process in self._leftovers():
            with contextlib.suppress(psutil.Error):
                try:
                    process.wait(LEFTOVER_SECONDS)
                except psutil.TimeoutExpired:
                    process.send_signal(signal.SIGQUIT)
                    process.wait(LEFTOVER_SECONDS)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        for folder in {self.folder, self._socket_folder()}:
            for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
                (folder / name).unlink(missing_ok=True)

    def _leftovers(self) -> list[psutil.Process]:
        """The processes of a dead server on our data folder: they all work in that folder."""
        found = []
        for process in psutil.process_iter(["name"]):
            with contextlib.suppress(psutil.Error, OSError):
                if process.info["name"] == "postgres" and Path(process.cwd()) == self.folder:
                    found.append(process)
        return found

    def _socket_folder(self) -> Path:
        """The data folder itself, or a private short one where its path is too long for a socket."""
        if len(os.fsencode(self.folder / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return self.folder
        mark = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        folder = Path("/tmp") / f"crossdock-{mark}"  # noqa: S108 - checked below: ours, private, no link
        uid = self._account.uid if self._account else os.geteuid()
        try:
            folder.mkdir(mode=0o700)
            os.chown(folder, uid, -1)
        except FileExistsError:
            status = folder.lstat()
            private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
            if status.st_uid != uid or not private:
                raise EmbeddedPostgresError(
                    f"The path of {self.folder} is too long for a socket, and {folder} is not ours.",
                    "Set CROSSDOCK_DATA_DIR to a folder with a shorter path.",
                ) from None
        return folder

    def _ensure_keeper(self) -> None:
        """See that a keeper is on duty. It outlives us, in a session of its own, out of reach of Ctrl-C."""
        arguments = json.dumps(self._arguments())
        program = self._programs / "pg_ctl"
        result = subprocess.run(
            [sys.executable, "-I", "-S", keeper.__file__, self.locks, self.folder, program, arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            # Some interpreters find their own library through this variable only.
            env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
            start_new_session=True,
            check=False,
        )
        if result.returncode != 0:
            raise EmbeddedPostgresError(
                f"The process that stops the embedded PostgreSQL could not be started (it ended with "
                f"{result.returncode}).",
                f"Is {sys.executable} still in its place? Otherwise set CROSSDOCK_DATABASE_URL.",
            )


def _address(database: str, socket_folder: Path) -> str:
    return f"postgresql://{ROLE}@/{database}?host={quote(str(socket_folder), safe='')}"


def _make_database(address: str) -> None:
    with psycopg.connect(address, autocommit=True, connect_timeout=10) as connection:
        query = "select 1 from pg_database where datname = %s"
        if connection.execute(query, [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))


def _lock(path: Path, kind: int) -> int:
    """Open `path` and lock it; the lock lasts until the descriptor is closed, by us or by our death."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, kind)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = _lock(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)
