"""The database of this process: the server that is named in the settings, or an embedded one.

`open_database` is the only way to either. The handle it gives must stay open for as long as the process
uses the database; the embedded server stops when the last process has closed its handle or died.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from crossdock.config import Config
from crossdock.embedded import EmbeddedPostgres, EmbeddedPostgresError

OLDEST_VERSION = 15
CONNECT_SECONDS = 10


class DatabaseError(Exception):
    """The database cannot be used: what is wrong and what to do, in one text."""


@dataclass(frozen=True)
class Database:
    """An open database: its address for psycopg, and its PostgreSQL major version."""

    url: str
    version: int
    server: EmbeddedPostgres | None = None

    @property
    def embedded(self) -> bool:
        """True when the server is ours to start and stop."""
        return self.server is not None

    def close(self) -> None:
        """Let go of the database; the embedded server stops with its last user. Safe to call twice."""
        if self.server is not None:
            self.server.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # The address may hold a password.
        return f"Database(version={self.version}, embedded={self.embedded})"


def open_database(config: Config, *, durable: bool = True) -> Database:
    """Open the database of `config` and check its version.

    `durable=False` (tests only) lets an embedded server skip its writes to the disk. Raises `DatabaseError`.
    """
    if config.database_url is not None:
        return Database(config.database_url, _checked_version(config.database_url))
    server = EmbeddedPostgres(config.data_dir, durable=durable)
    try:
        server.open()
    except EmbeddedPostgresError as error:
        raise DatabaseError(str(error)) from error
    return Database(server.url, _checked_version(server.url), server)


def _checked_version(url: str) -> int:
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            version = connection.info.server_version // 10000
    except psycopg.OperationalError as error:
        raise DatabaseError(
            f"CROSSDOCK_DATABASE_URL: the database cannot be reached ({str(error).strip()}). "
            "Check that the server runs, and the host, name, user and password in the address; "
            "or leave the variable unset to use the embedded one."
        ) from error
    if version < OLDEST_VERSION:
        raise DatabaseError(
            f"CROSSDOCK_DATABASE_URL: the server is PostgreSQL {version}; Crossdock needs {OLDEST_VERSION} "
            "or newer. Upgrade it, or leave the variable unset to use the embedded one."
        )
    return version
