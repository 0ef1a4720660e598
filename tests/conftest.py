"""One PostgreSQL for the whole test session, shared by its worker processes, and Django set up on it.

The first process of the session starts an embedded server in a folder of its own and hands its address down
to the workers; each worker has a test database of its own (pytest-django names it after the worker). To run
against another server: `TESTS_DATABASE_URL=postgresql://…`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import TransactionTestCase
from tests.sweeping import sweep

from crossdock import runtime

_DATABASE_URL = "TESTS_DATABASE_URL"
_SECRET_KEY = "a key for tests only, never for anything else"
# Not in pytest's own folder for temporary files: as root that one is closed to the database's account.
_folder = Path(tempfile.mkdtemp(prefix="crossdock-tests-"))


def _environ() -> dict[str, str]:
    environ = {
        "CROSSDOCK_DATA_DIR": str(_folder),
        "CROSSDOCK_SECRET_KEY": _SECRET_KEY,
        "CROSSDOCK_ECWID_CLIENT_ID": "test-client",
        "CROSSDOCK_ECWID_CLIENT_SECRET": "test-client-secret",
        "CROSSDOCK_LOG_LEVEL": "warning",
    }
    if _DATABASE_URL in os.environ:
        environ["CROSSDOCK_DATABASE_URL"] = os.environ[_DATABASE_URL]
    return environ


_runtime = runtime.start(_environ(), durable=False)
os.environ[_DATABASE_URL] = _runtime.database.url

# The same kind of hash as elsewhere, at the price of nothing: hundreds of tests make a user each.
Argon2PasswordHasher.time_cost = 1
Argon2PasswordHasher.memory_cost = 8
Argon2PasswordHasher.parallelism = 1


def pytest_unconfigure() -> None:
    """Stop the server (if this process is its last user) and remove its folder."""
    _runtime.close()
    shutil.rmtree(_folder, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def quick_sweeping() -> Iterator[None]:
    """After a test that committed, only what is full is emptied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: sweep())
        yield


@pytest.fixture(scope="session")
def database_url() -> str:
    """The address of the session's PostgreSQL. Its database is empty; make another one to write in."""
    return _runtime.database.url


@pytest.fixture
def child_environ(settings: LazySettings) -> dict[str, str]:
    """An environment for a child process that works on the database of the test."""
    params = connection.get_connection_params()
    parts = {
        name: params[name] for name in ("host", "port", "user", "password", "dbname") if params.get(name)
    }
    url = "postgresql:///" + str(parts.pop("dbname")) + "?" + "&".join(f"{k}={v}" for k, v in parts.items())
    return os.environ | {
        "CROSSDOCK_DATABASE_URL": url,
        "CROSSDOCK_DATA_DIR": str(settings.CROSSDOCK.data_dir),
        "CROSSDOCK_SECRET_KEY": settings.SECRET_KEY,
        "CROSSDOCK_LOG_LEVEL": "warning",
    }


@pytest.fixture
def closed_environ(tmp_path: Path) -> dict[str, str]:
    """An environment for a child process without our settings, at home in a folder of the test's own."""
    ours = ("CROSSDOCK_", "DJANGO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"HOME": str(tmp_path)}
