"""The table of settings, from which the one in docs/settings.md is made: variable, default, meaning."""

from __future__ import annotations

from dataclasses import dataclass

from crossdock.config.secret_key import MINIMUM_LENGTH

PREFIX = "CROSSDOCK_"


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
        "outside is read or written. All organizations share them; a folder of one is closed to the others.",
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
    Setting(
        "CROSSDOCK_TRUSTED_PROXIES",
        "unset: none",
        "Addresses and networks (`10.0.0.0/8`), separated by commas, of the proxies in front of Crossdock. They alone "
        "are believed about where a request came from (`X-Forwarded-For`) and how (`X-Forwarded-Proto`).",
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


def settings_table() -> str:
    """The Markdown table of all settings, as it stands in docs/settings.md."""
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    rows += [f"| `{setting.name}` | {setting.default} | {setting.meaning} |" for setting in SETTINGS]
    return "\n".join(rows) + "\n"
