"""What the operator set: one frozen `Config`, read from an environment mapping and checked as a whole.

Reading touches the disk only to find out where the data folder is; `Config.keys()` makes and keeps the secret key on
first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from crossdock.config.folders import read_data_dir, read_files_dirs
from crossdock.config.mail_server import MailServer
from crossdock.config.problems import ConfigError, Problem
from crossdock.config.proxies import Network, read_proxies
from crossdock.config.reader import Reader
from crossdock.config.secret_key import MINIMUM_LENGTH, SecretKeyError, kept_key
from crossdock.config.services import read_database_url, read_ecwid, read_mail, read_sign_on
from crossdock.config.sign_on import SignOn
from crossdock.config.table import PREFIX, SETTINGS

LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("console", "json")


@dataclass(frozen=True)
class Config:
    """The settings of one Crossdock process. Values that are secret stay out of `repr`.

    `unknown` names variables that look like ours and are none (a misspelling, mostly): the start warns of
    them.
    """

    data_dir: Path
    public_url: str = "http://127.0.0.1:8017"
    database_url: str | None = field(default=None, repr=False)
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    log_level: str = "info"
    log_format: str | None = None
    connectors: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    webhook_private_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    unknown: tuple[str, ...] = ()
    mail: MailServer | None = None
    sign_on: SignOn | None = None
    sheet_rows: int = 20_000
    sheet_megabytes: int = 5

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Config:
        """Read and check every setting. Raises `ConfigError` naming all that are wrong at once."""
        reader = Reader(environ)
        data_dir = read_data_dir(reader)
        config = cls(
            data_dir=data_dir,
            public_url=reader.url("CROSSDOCK_PUBLIC_URL", "http://127.0.0.1:8017", path_allowed=False),
            database_url=read_database_url(reader),
            secret_keys=_secret_keys(reader),
            log_level=reader.choice("CROSSDOCK_LOG_LEVEL", LOG_LEVELS) or "info",
            log_format=reader.choice("CROSSDOCK_LOG_FORMAT", LOG_FORMATS),
            connectors={
                "ecwid": read_ecwid(reader),
                "flatfile": {"files_dir": read_files_dirs(reader, data_dir)},
            },
            webhook_private_hosts=reader.hosts("CROSSDOCK_WEBHOOK_PRIVATE_HOSTS"),
            trusted_proxies=read_proxies(reader),
            unknown=_unknown(environ),
            mail=read_mail(reader),
            sign_on=read_sign_on(reader),
            sheet_rows=reader.number("CROSSDOCK_SHEET_ROWS", 20_000, most=200_000),
            sheet_megabytes=reader.number("CROSSDOCK_SHEET_MEGABYTES", 5, most=100),
        )
        if reader.problems:
            raise ConfigError(reader.problems)
        return config

    def keys(self) -> tuple[str, ...]:
        """The secret keys, newest first: the ones set, or the one kept in the data folder (made if missing).

        Raises `ConfigError` when the kept key cannot be read or made.
        """
        if self.secret_keys:
            return self.secret_keys
        try:
            return (kept_key(self.data_dir),)
        except SecretKeyError as error:
            raise ConfigError([Problem("CROSSDOCK_SECRET_KEY", error.wrong, error.remedy)]) from error

    def connector_settings(self, name: str) -> dict[str, str]:
        """The settings of the connector `name` as plain text by lower-case key; empty when it has none."""
        return dict(self.connectors.get(name, {}))

    @property
    def secure(self) -> bool:
        """True when the public address is https, so cookies may be restricted to it."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """The host name of the public address, without port."""
        return urlsplit(self.public_url).hostname or "127.0.0.1"


def _secret_keys(reader: Reader) -> tuple[str, ...]:
    name = "CROSSDOCK_SECRET_KEY"
    value = reader.text(name)
    if value is None:
        return ()
    keys = tuple(key.strip() for key in value.split(","))
    remedy = f"Give keys of at least {MINIMUM_LENGTH} characters, separated by commas, or leave it unset."
    if not all(keys):
        reader.wrong(name, "has an empty key between its commas", remedy)
    elif any(len(key) < MINIMUM_LENGTH for key in keys):
        reader.wrong(name, "has a key that is too short", remedy)
    elif len(set(keys)) < len(keys):
        reader.wrong(name, "has the same key twice", "Keep each key once, the newest first.")
    return keys


def _unknown(environ: Mapping[str, str]) -> tuple[str, ...]:
    known = {setting.name for setting in SETTINGS}
    return tuple(sorted(name for name in environ if name.startswith(PREFIX) and name not in known))
