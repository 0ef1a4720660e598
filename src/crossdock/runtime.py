"""From the environment to a working Django: settings read, database open, models loaded.

    with runtime.start() as running:
        ...

Every entry point (web, worker, command line, tests) begins here. `crossdock.settings` reads what this keeps.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import django
from django.apps import apps

from crossdock import logs
from crossdock.config import Config
from crossdock.database import Database, open_database

SETTINGS_MODULE = "crossdock.settings"


class NotStartedError(Exception):
    """Django's settings were asked for before `runtime.start` and without a database address."""


@dataclass
class Runtime:
    """What a started process holds. Close it at the end; an embedded database stops with its last user."""

    config: Config
    database: Database
    _shares: int = field(default=1, repr=False)

    def close(self) -> None:
        """Let go of the database once everybody who called `start` has closed. Safe to call too often."""
        global _current
        self._shares -= 1
        if self._shares > 0 or _current is not self:
            return
        _current = None
        if apps.ready:
            from django.db import connections

            connections.close_all()
        self.database.close()

    def __enter__(self) -> Runtime:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


_current: Runtime | None = None


def start(environ: Mapping[str, str] | None = None, *, durable: bool = True) -> Runtime:
    """Read the settings, open the database, set Django up. A second call shares what the first started.

    `environ` is the process's own when None; `durable=False` is for tests (see `open_database`).
    Raises `ConfigError` or `DatabaseError`, both with a text for the operator.
    """
    global _current
    if _current is not None:
        _current._shares += 1  # noqa: SLF001 - our own class
        return _current
    config = Config.from_environ(os.environ if environ is None else environ)
    logs.configure(config.log_level, config.log_format)
    config.keys()
    for name in config.unknown:
        logs.get_logger(__name__).warning("unknown setting ignored", name=name)
    _current = Runtime(config, open_database(config, durable=durable))
    try:
        _set_up_django()
    except BaseException:
        _current.close()
        raise
    return _current


def _set_up_django() -> None:
    """Load the settings and the models. Django reads the name of its settings from the environment, once.

    The name is taken away again: a child process must start its own runtime before it loads the settings.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS_MODULE
    try:
        django.setup()
    finally:
        del os.environ["DJANGO_SETTINGS_MODULE"]


def current() -> Runtime:
    """The started runtime of this process. Raises `NotStartedError`."""
    if _current is None:
        raise NotStartedError(
            "Crossdock has not been started in this process: call crossdock.runtime.start() first."
        )
    return _current


def settings_source() -> tuple[Config, str]:
    """The configuration and the database address for `crossdock.settings`.

    Tools that load the settings alone (a type checker, Django's own commands) get them from the environment;
    they must name a database, because nothing would hold an embedded one open for them.
    Raises `NotStartedError`.
    """
    if _current is not None:
        return _current.config, _current.database.url
    config = Config.from_environ(os.environ)
    if config.database_url is None:
        raise NotStartedError(
            "crossdock.settings needs a database: call crossdock.runtime.start() first, "
            "or set CROSSDOCK_DATABASE_URL."
        )
    return config, config.database_url
