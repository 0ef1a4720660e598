"""The embedded PostgreSQL with several users, killed users, and what they leave behind."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from crossdock.config import Config
from crossdock.database import DatabaseError, open_database
from crossdock.embedded import EmbeddedPostgres, keeper

USER_SCRIPT = Path(__file__).with_name("embedded_user.py")


@pytest.fixture(scope="module")
def made_folder() -> Iterator[Path]:
    """A data folder with a database in it, made once; each test gets a copy."""
    folder = Path(tempfile.mkdtemp(prefix="crossdock-made-"))
    with EmbeddedPostgres(folder, durable=False) as server:
        query(server.url, "create table kept (n int); insert into kept values (7)")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def data_dir(made_folder: Path) -> Iterator[Path]:
    """A data folder of the test's own; pytest's are closed to the database's account when run as root."""
    folder = Path(tempfile.mkdtemp(prefix="crossdock-test-"))
    subprocess.run(["cp", "-a", f"{made_folder}/.", folder], check=True)
    yield folder
    assert not running(folder), "a server was left running"
    shutil.rmtree(folder)


def query(url: str, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(text)
        return cursor.fetchall() if cursor.description else []


def running(data_dir: Path) -> bool:
    return keeper.listens(data_dir / "postgres")


def server_process(data_dir: Path) -> psutil.Process:
    return psutil.Process(int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0]))


def wait_for_keeper(data_dir: Path) -> None:
    """Return when the keeper has ended: it holds its lock for as long as it lives."""
    with (data_dir / "locks" / "keeper").open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def start_user(data_dir: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(USER_SCRIPT), str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    return process


def end_user(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=60)
    assert process.returncode == 0


def kill_user(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_the_last_user_stops_the_server_and_waits_for_it(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, durable=False) as first:
        second = EmbeddedPostgres(data_dir, durable=False).open()
        assert second.url == first.url
        second.close()
        second.close()
        assert query(first.url, "select n from kept") == [(7,)]
        assert running(data_dir)

    assert not running(data_dir)
    wait_for_keeper(data_dir)


def test_processes_that_start_together_share_one_server() -> None:
    folder = Path(tempfile.mkdtemp(prefix="crossdock-test-"))
    command = [sys.executable, str(USER_SCRIPT), str(folder)]
    users = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    urls = [user.stdout.readline().strip() for user in users if user.stdout]

    assert len(set(urls)) == 1
    assert query(urls[0], "select 1") == [(1,)]
    for user in users:
        end_user(user)
    assert not running(folder)
    shutil.rmtree(folder)


def test_a_killed_user_leaves_the_others_at_work(data_dir: Path) -> None:
    starter = start_user(data_dir)
    with EmbeddedPostgres(data_dir, durable=False) as other:
        kill_user(starter)

        assert query(other.url, "select n from kept") == [(7,)]
    assert not running(data_dir)


def test_when_every_user_is_killed_the_server_ends_by_itself(data_dir: Path) -> None:
    users = [start_user(data_dir), start_user(data_dir)]
    for user in users:
        kill_user(user)

    wait_for_keeper(data_dir)
    assert not running(data_dir)
    with EmbeddedPostgres(data_dir, durable=False) as server:
        assert query(server.url, "select n from kept") == [(7,)]


def test_a_user_ended_by_a_signal_takes_the_server_along(data_dir: Path) -> None:
    user = start_user(data_dir)
    user.send_signal(signal.SIGTERM)
    user.communicate()

    wait_for_keeper(data_dir)
    assert not running(data_dir)


def test_a_killed_server_is_started_again_for_the_next_user(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, durable=False) as first:
        query(first.url, "insert into kept values (8)")
        server_process(data_dir).kill()

        with EmbeddedPostgres(data_dir, durable=False) as second:
            assert query(second.url, "select n from kept order by n") == [(7,), (8,)]
            assert query(first.url, "select count(*) from kept") == [(2,)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            "{foreign}\n{folder}\n1700000000\n5432\n{folder}\n\n  1 2\nready   \n", id="of another process"
        ),
        pytest.param("999999999\n{folder}\n1700000000\n5432\n{folder}\n\n  1 2\nready   \n", id="of nobody"),
        pytest.param("12", id="cut off"),
        pytest.param("", id="empty"),
    ],
)
def test_a_stale_pid_file_is_healed(data_dir: Path, content: str) -> None:
    folder = data_dir / "postgres"
    text = content.format(foreign=os.getppid(), folder=folder)
    (folder / "postmaster.pid").write_text(text)
    (folder / ".s.PGSQL.5432.lock").write_text(text)

    with EmbeddedPostgres(data_dir, durable=False) as server:
        assert query(server.url, "select n from kept") == [(7,)]
    assert psutil.pid_exists(os.getppid())


def test_a_first_start_that_was_killed_half_way_is_done_again() -> None:
    folder = Path(tempfile.mkdtemp(prefix="crossdock-test-"))
    (folder / "locks").mkdir()
    (folder / "postgres.part" / "base").mkdir(parents=True)
    (folder / "postgres.part" / "PG_VERSION").write_text("18\n")

    with EmbeddedPostgres(folder, durable=False) as server:
        assert query(server.url, "select current_database()") == [("crossdock",)]
    assert not (folder / "postgres.part").exists()
    shutil.rmtree(folder)


def test_a_path_too_long_for_a_socket_is_no_obstacle() -> None:
    top = Path(tempfile.mkdtemp(prefix="crossdock-test-"))
    top.chmod(0o755)
    folder = top / ("long-name-" * 12)

    with EmbeddedPostgres(folder, durable=False) as server:
        assert query(server.url, "select 1") == [(1,)]
        sockets = [path for path in Path("/tmp").glob("crossdock-*/.s.PGSQL.5432") if path.is_socket()]
        mine = [path for path in sockets if str(path.parent).replace("/", "%2F") in server.url]
        assert [path.parent.stat().st_mode & 0o077 for path in mine] == [0]
    assert not any(path.parent.exists() for path in mine)
    shutil.rmtree(top)


def test_the_server_is_closed_to_everybody_else_and_set_as_meant(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        [(listen, commit, fsync, zone)] = query(
            server.url,
            "select current_setting('listen_addresses'), current_setting('synchronous_commit'),"
            " current_setting('fsync'), current_setting('timezone')",
        )
        assert (listen, commit, fsync, zone) == ("", "on", "on", "UTC")
        assert (data_dir / "postgres").stat().st_mode & 0o077 == 0
        assert not any(name.startswith("CROSSDOCK_") for name in server_process(data_dir).environ())


def test_data_of_another_version_are_left_alone(data_dir: Path) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text("12\n")

    with pytest.raises(DatabaseError, match="PostgreSQL 12, which made the data"):
        open_database(Config(data_dir=data_dir))


def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    with (data_dir / "postgres" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")

    with pytest.raises(DatabaseError, match="no_such_setting"):
        open_database(Config(data_dir=data_dir))
