from __future__ import annotations

import psycopg
import pytest

from crossdock import database
from crossdock.config import Config
from crossdock.database import DatabaseError, open_database


def config_for(url: str) -> Config:
    return Config.from_environ({"CROSSDOCK_DATABASE_URL": url})


def test_a_named_server_is_used_and_left_running(database_url: str) -> None:
    with open_database(config_for(database_url)) as opened:
        assert opened.url == database_url
        assert not opened.embedded
        assert opened.version >= 15

    with psycopg.connect(database_url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_an_old_server_is_refused(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST_VERSION", 99)

    with pytest.raises(DatabaseError, match=r"is PostgreSQL \d+; Crossdock needs 99 or newer"):
        open_database(config_for(database_url))


def test_a_server_that_is_not_there_is_explained_without_the_password() -> None:
    with pytest.raises(
        DatabaseError, match="CROSSDOCK_DATABASE_URL: the database cannot be reached"
    ) as caught:
        open_database(config_for("postgresql://shop:hidden-word@127.0.0.1:1/crossdock"))

    assert "hidden-word" not in str(caught.value)


def test_the_handle_shows_no_password(database_url: str) -> None:
    assert database_url not in repr(open_database(config_for(database_url)))
