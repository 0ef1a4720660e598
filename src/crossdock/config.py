"""What the operator set: one frozen `Config`, read from an environment mapping and checked as a whole.

Every variable has a row in `SETTINGS`; the README's table is made from it. Reading touches the disk only to
find out where the data folder is; `Config.keys()` makes and keeps the secret key on first use.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from crossdock.mail_server import LOOKS, MailServer, MailServerError, is_sender, read_mail_server
from crossdock.secret_key import MINIMUM_LENGTH, SecretKeyError, kept_key
from crossdock.sign_on import WELL_KNOWN, SignOn

PREFIX = "CROSSDOCK_"
ROOT_DATA_DIR = Path("/var/lib/crossdock")
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("console", "json")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class Setting:
    """One row of the settings table: the variable, what applies when it is unset, and what it means."""

    name: str
    default: str
    meaning: str
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "CROSSDOCK_DATABASE_URL",
        "unset: an embedded PostgreSQL in the data folder",
        "A PostgreSQL 15 or newer, as `postgresql://user:password@host:5432/name`.",
        secret=True,
    ),
    Setting(
        "CROSSDOCK_DATA_DIR",
        "the user's data folder (`~/.local/share/crossdock`); as root `/var/lib/crossdock`",
        "Where the embedded database and the secret key live. An absolute path.",
    ),
    Setting(
        "CROSSDOCK_SECRET_KEY",
        "made on first start and kept in the data folder, readable by its owner only",
        f"Protects sessions and stored tokens; at least {MINIMUM_LENGTH} characters. To change it, put the "
        "new key first and the old ones behind it, separated by commas: the first encrypts, all decrypt.",
        secret=True,
    ),
    Setting(
        "CROSSDOCK_PUBLIC_URL",
        "`http://127.0.0.1:8017`",
        "The address under which browsers and Ecwid reach this Crossdock, without a path.",
    ),
    Setting(
        "CROSSDOCK_ECWID_CLIENT_ID",
        "unset: OAuth is off, secret tokens of custom apps still work",
        "`client_id` of your own Ecwid app; goes together with the client secret.",
    ),
    Setting(
        "CROSSDOCK_ECWID_CLIENT_SECRET",
        "unset",
        "`client_secret` of your own Ecwid app: completes OAuth and checks webhook signatures.",
        secret=True,
    ),
    Setting("CROSSDOCK_ECWID_API_URL", "`https://app.ecwid.com/api/v3`", "Ecwid's REST API."),
    Setting("CROSSDOCK_ECWID_OAUTH_URL", "`https://my.ecwid.com/api/oauth`", "Ecwid's OAuth pages."),
    Setting(
        "CROSSDOCK_FILES_DIR",
        "`files` in the data folder",
        "Where folders of flat-file integrations may lie on this machine; several, separated by `:`. Nothing "
        "outside is read or written.",
    ),
    Setting(
        "CROSSDOCK_EMAIL_URL",
        "unset: no mail is sent, and the pages say so",
        "The mail server, as `smtp://user:password@host:587` (encrypted by STARTTLS) or "
        "`smtps://user:password@host:465`. A server on this machine is spoken to unencrypted; one in your own "
        "network too with `?starttls=no`, then without a password.",
        secret=True,
    ),
    Setting(
        "CROSSDOCK_EMAIL_FROM",
        "unset; needed with `CROSSDOCK_EMAIL_URL`",
        "Whom mail is from, as `hub@example.com` or `Our shop <hub@example.com>`.",
    ),
    Setting(
        "CROSSDOCK_OIDC_URL",
        "unset: no single sign-on",
        "The issuer of your OpenID Connect provider, e.g. `https://id.example.com/realms/shop`.",
    ),
    Setting(
        "CROSSDOCK_OIDC_CLIENT_ID",
        "unset; needed with `CROSSDOCK_OIDC_URL`",
        "What the provider calls this Crossdock.",
    ),
    Setting(
        "CROSSDOCK_OIDC_CLIENT_SECRET",
        "unset; needed with `CROSSDOCK_OIDC_URL`",
        "The secret that goes with the client id.",
        secret=True,
    ),
    Setting("CROSSDOCK_OIDC_NAME", "`single sign-on`", "What the login's button calls the provider."),
    Setting(
        "CROSSDOCK_WEBHOOK_PRIVATE_HOSTS",
        "unset: none",
        "Host names, addresses and networks (`10.0.0.0/8`), separated by commas, that outgoing webhooks may call "
        "although they are on this machine or in a private network.",
    ),
    Setting("CROSSDOCK_SHEET_ROWS", "`20000`", "The most lines of a file of counts that people upload."),
    Setting("CROSSDOCK_SHEET_MEGABYTES", "`5`", "The most megabytes of a file of counts."),
    Setting("CROSSDOCK_LOG_LEVEL", "`info`", "`debug`, `info`, `warning` or `error`."),
    Setting(
        "CROSSDOCK_LOG_FORMAT",
        "`console` on a terminal, `json` otherwise",
        "`console` (for reading) or `json` (one object a line).",
    ),
)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a setting: which variable, what is wrong, what to do."""

    name: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name} {self.wrong}. {self.remedy}"


class ConfigError(Exception):
    """The settings cannot be used; `problems` holds every wrong variable, not just the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


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
    unknown: tuple[str, ...] = ()
    mail: MailServer | None = None
    sign_on: SignOn | None = None
    sheet_rows: int = 20_000
    sheet_megabytes: int = 5

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Config:
        """Read and check every setting. Raises `ConfigError` naming all that are wrong at once."""
        reader = _Reader(environ)
        data_dir = reader.data_dir()
        config = cls(
            data_dir=data_dir,
            public_url=reader.url("CROSSDOCK_PUBLIC_URL", "http://127.0.0.1:8017", path_allowed=False),
            database_url=reader.database_url(),
            secret_keys=reader.secret_keys(),
            log_level=reader.choice("CROSSDOCK_LOG_LEVEL", LOG_LEVELS) or "info",
            log_format=reader.choice("CROSSDOCK_LOG_FORMAT", LOG_FORMATS),
            connectors={"ecwid": reader.ecwid(), "flatfile": {"files_dir": reader.files_dirs(data_dir)}},
            webhook_private_hosts=reader.hosts("CROSSDOCK_WEBHOOK_PRIVATE_HOSTS"),
            unknown=reader.unknown(),
            mail=reader.mail(),
            sign_on=reader.sign_on(),
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


def default_data_dir() -> Path:
    """The data folder when none is set. Root gets a system folder: its home is its own."""
    return ROOT_DATA_DIR if os.geteuid() == 0 else platformdirs.user_data_path("crossdock")


def settings_table() -> str:
    """The Markdown table of all settings, as it stands in the README."""
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    rows += [f"| `{setting.name}` | {setting.default} | {setting.meaning} |" for setting in SETTINGS]
    return "\n".join(rows) + "\n"


class _Reader:
    """Reads one value after another and gathers what is wrong instead of stopping at the first."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[Problem] = []

    def text(self, name: str) -> str | None:
        """The trimmed value; a variable set to nothing counts as unset, as compose files often have it."""
        value = self.environ.get(name, "").strip()
        return value or None

    def wrong(self, name: str, wrong: str, remedy: str) -> None:
        self.problems.append(Problem(name, wrong, remedy))

    def data_dir(self) -> Path:
        value = self.text("CROSSDOCK_DATA_DIR")
        if value is None:
            return default_data_dir()
        try:
            path = Path(value).expanduser()
        except RuntimeError:
            self.wrong(
                "CROSSDOCK_DATA_DIR", "names a home folder that does not exist", "Give an absolute path."
            )
            return default_data_dir()
        if not path.is_absolute():
            self.wrong(
                "CROSSDOCK_DATA_DIR", f"is not an absolute path: {value}", f"Write it as {path.absolute()}."
            )
        else:
            self._look_at(path)
        return path

    def _look_at(self, path: Path) -> None:
        try:
            if path.exists() and not path.is_dir():
                self.wrong(
                    "CROSSDOCK_DATA_DIR", f"is not a folder: {path}", "Name a folder, or one to be made."
                )
        except OSError as error:
            self.wrong(
                "CROSSDOCK_DATA_DIR",
                f"names a folder that cannot be looked at: {path} ({error.strerror})",
                "Name one that this user may use.",
            )

    def url(self, name: str, default: str, *, path_allowed: bool = True) -> str:
        value = (self.text(name) or default).rstrip("/")
        try:
            parts = urlsplit(value)
            problem = _url_problem(parts.scheme, parts.hostname, parts.port)
        except ValueError as error:
            self.wrong(name, f"is not an address ({error})", f"Write it like {default}.")
            return default
        if problem is None and (parts.username or parts.password):
            problem = "holds a user name or password"
        if problem is None and (parts.query or parts.fragment):
            problem = "has a ? or # part"
        if problem is None and parts.path and not path_allowed:
            problem = f"has a path ({parts.path}), and Crossdock serves from the top of its address"
        if problem is not None:
            self.wrong(name, problem, f"Write it like {default}.")
            return default
        return value

    def database_url(self) -> str | None:
        name = "CROSSDOCK_DATABASE_URL"
        value = self.text(name)
        if value is None:
            return None
        remedy = "Write it like postgresql://user:password@host:5432/crossdock, or leave it unset."
        if not value.startswith(("postgresql://", "postgres://")):
            self.wrong(name, "does not begin with postgresql://", remedy)
            return None
        try:
            parts = conninfo_to_dict(value)
        except ProgrammingError:
            # The driver's message repeats the address, password included.
            self.wrong(
                name, "cannot be read as an address (is a special character not percent-encoded?)", remedy
            )
            return None
        if not parts.get("dbname") and not parts.get("service"):
            self.wrong(name, "names no database", remedy)
        if not all(port.isdecimal() for port in str(parts.get("port") or "5432").split(",")):
            self.wrong(name, "has a port that is no number", remedy)
        return value

    def secret_keys(self) -> tuple[str, ...]:
        name = "CROSSDOCK_SECRET_KEY"
        value = self.text(name)
        if value is None:
            return ()
        keys = tuple(key.strip() for key in value.split(","))
        remedy = f"Give keys of at least {MINIMUM_LENGTH} characters, separated by commas, or leave it unset."
        if not all(keys):
            self.wrong(name, "has an empty key between its commas", remedy)
        elif any(len(key) < MINIMUM_LENGTH for key in keys):
            self.wrong(name, "has a key that is too short", remedy)
        elif len(set(keys)) < len(keys):
            self.wrong(name, "has the same key twice", "Keep each key once, the newest first.")
        return keys

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        value = self.text(name)
        if value is None:
            return None
        if value.lower() not in allowed:
            self.wrong(name, f"is {value!r}", f"Use one of {', '.join(allowed)}.")
        return value.lower()

    def ecwid(self) -> dict[str, str]:
        settings = {
            "client_id": self.text("CROSSDOCK_ECWID_CLIENT_ID") or "",
            "client_secret": self.text("CROSSDOCK_ECWID_CLIENT_SECRET") or "",
            "api_url": self.url("CROSSDOCK_ECWID_API_URL", "https://app.ecwid.com/api/v3"),
            "oauth_url": self.url("CROSSDOCK_ECWID_OAUTH_URL", "https://my.ecwid.com/api/oauth"),
        }
        for key, other in (("client_id", "client_secret"), ("client_secret", "client_id")):
            if settings[other] and not settings[key]:
                self.wrong(
                    f"CROSSDOCK_ECWID_{key.upper()}",
                    f"is missing, while CROSSDOCK_ECWID_{other.upper()} is set",
                    "OAuth needs both; the Ecwid app's page shows them side by side.",
                )
        return settings

    def files_dirs(self, data_dir: Path) -> str:
        """The folders that flat files may lie in, as one text with a colon between them."""
        value = self.text("CROSSDOCK_FILES_DIR")
        if value is None:
            return str(data_dir / "files")
        paths = [Path(part) for part in value.split(os.pathsep) if part]
        for path in paths:
            if not path.is_absolute() or path == Path("/") or (path.exists() and not path.is_dir()):
                self.wrong(
                    "CROSSDOCK_FILES_DIR",
                    f"names no folder that files may lie in: {path}",
                    "Give absolute paths of folders, or of ones to be made.",
                )
        return os.pathsep.join(str(path) for path in paths)

    def number(self, name: str, default: int, *, most: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit() or len(value) > 9 or not 1 <= int(value) <= most:
            self.wrong(name, f"is {value!r}", f"Give a whole number from 1 to {most}.")
            return default
        return int(value)

    def mail(self) -> MailServer | None:
        url, sender = self.text("CROSSDOCK_EMAIL_URL"), self.text("CROSSDOCK_EMAIL_FROM")
        remedy = "Write it like hub@example.com or Our shop <hub@example.com>."
        if sender is not None and not is_sender(sender):
            self.wrong("CROSSDOCK_EMAIL_FROM", "is no e-mail address", remedy)
        if url is None:
            return None
        if sender is None:
            self.wrong("CROSSDOCK_EMAIL_FROM", "is missing, while CROSSDOCK_EMAIL_URL is set", remedy)
        try:
            return read_mail_server(url, sender or "")
        except MailServerError as error:
            self.wrong("CROSSDOCK_EMAIL_URL", str(error), f"Write it like {LOOKS}, or leave it unset.")
            return None

    def sign_on(self) -> SignOn | None:
        names = ("CROSSDOCK_OIDC_URL", "CROSSDOCK_OIDC_CLIENT_ID", "CROSSDOCK_OIDC_CLIENT_SECRET")
        values = {name: self.text(name) for name in names}
        if not any(values.values()):
            return None
        for name, value in values.items():
            if value is None:
                self.wrong(
                    name,
                    "is missing, while another setting of single sign-on is set",
                    f"Single sign-on needs {', '.join(names[:2])} and {names[2]}.",
                )
        issuer = self.url(names[0], "https://id.example.com").removesuffix(WELL_KNOWN)
        return SignOn(
            issuer=issuer,
            client_id=values[names[1]] or "",
            client_secret=values[names[2]] or "",
            name=(self.text("CROSSDOCK_OIDC_NAME") or SignOn.name)[:40],
        )

    def hosts(self, name: str) -> tuple[str, ...]:
        """Host names, addresses and networks, separated by commas."""
        entries = tuple(part.strip() for part in (self.text(name) or "").split(",") if part.strip())
        for entry in entries:
            if not _HOST.fullmatch(entry) and not _is_network(entry):
                self.wrong(
                    name,
                    f"names neither a host nor a network: {entry}",
                    "Write them like warehouse.internal, 10.0.0.5, 10.0.0.0/8, with commas between them.",
                )
        return entries

    def unknown(self) -> tuple[str, ...]:
        known = {setting.name for setting in SETTINGS}
        return tuple(sorted(name for name in self.environ if name.startswith(PREFIX) and name not in known))


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _url_problem(scheme: str, host: str | None, port: int | None) -> str | None:
    if scheme not in ("http", "https"):
        return "does not begin with http:// or https://"
    if not host:
        return "names no host"
    if port == 0:
        return "names port 0"
    return None
