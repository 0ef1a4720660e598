"""Commands as processes of their own, on databases that nobody has prepared, or that are not there."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

COMMAND = (sys.executable, "-m", "crossdock")


@pytest.fixture
def empty_database(database_url: str) -> Iterator[str]:
    """The address of a database with nothing in it; it is dropped afterwards."""
    name = f"cli_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            parts = conninfo_to_dict(database_url)
            host = str(parts["host"]).replace("/", "%2F")
            yield f"postgresql://{parts.get('user', '')}@{host}:{parts.get('port', 5432)}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def environ(closed_environ: dict[str, str], empty_database: str) -> dict[str, str]:
    """The environment of an installation on that database."""
    secret = "a key for tests only, never for anything else"
    return closed_environ | {"CROSSDOCK_DATABASE_URL": empty_database, "CROSSDOCK_SECRET_KEY": secret}


def crossdock(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_nothing_starts_on_an_unprepared_server_and_two_migrations_take_turns(
    environ: dict[str, str],
) -> None:
    for command in ("web", "worker"):
        refused = crossdock(environ, command)
        assert refused.returncode == 5, refused.stderr
        assert "Run `crossdock migrate` once" in refused.stderr
    doctor = crossdock(environ, "doctor", "--json")
    assert doctor.returncode == 1
    assert {row["check"]: row["remedy"] for row in json.loads(doctor.stdout)["checks"]}["migrations"] == (
        "Run: crossdock migrate"
    )
    both = [
        subprocess.Popen(
            [*COMMAND, "migrate", "--json"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=100) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    applied = [len(json.loads(output)["applied"]) for output, _ in outputs]
    assert min(applied) == 0
    assert max(applied) > 0
    status = crossdock(environ, "status", "--json")
    assert status.returncode == 0, status.stderr
    assert json.loads(status.stdout)["organization"] == "My organization"


def test_a_server_that_is_not_there_is_one_line_and_a_code(closed_environ: dict[str, str]) -> None:
    environ = closed_environ | {"CROSSDOCK_DATABASE_URL": "postgresql://nobody:hush@127.0.0.1:1/none"}
    environ["CROSSDOCK_SECRET_KEY"] = "a key for tests only, never for anything else"
    status = crossdock(environ, "status")
    assert status.returncode == 5
    assert status.stderr.startswith("Error: CROSSDOCK_DATABASE_URL")
    assert "Traceback" not in status.stderr
    assert "hush" not in status.stderr
    doctor = crossdock(environ, "doctor", "--json")
    assert doctor.returncode == 1
    assert json.loads(doctor.stdout)["ok"] is False


def test_help_needs_no_database_and_no_settings(closed_environ: dict[str, str]) -> None:
    environ = closed_environ | {"CROSSDOCK_DATABASE_URL": "rubbish", "CROSSDOCK_PUBLIC_URL": "rubbish"}
    assert crossdock(environ, "--help").returncode == 0
    assert crossdock(environ, "integrations", "add", "ecwid", "--help").returncode == 0
    wrong = crossdock(environ, "status")
    assert wrong.returncode == 5
    assert "CROSSDOCK_DATABASE_URL" in wrong.stderr
    assert "CROSSDOCK_PUBLIC_URL" in wrong.stderr
