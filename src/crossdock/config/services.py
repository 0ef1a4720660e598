"""The services that Crossdock works with: database, Ecwid, mail server, single sign-on."""

from __future__ import annotations

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from crossdock.config.mail_server import LOOKS, MailServer, MailServerError, is_sender, read_mail_server
from crossdock.config.reader import Reader
from crossdock.config.sign_on import WELL_KNOWN, SignOn


def read_database_url(reader: Reader) -> str | None:
    """Return the address of the database, None where Crossdock starts its own."""
    name = "CROSSDOCK_DATABASE_URL"
    value = reader.text(name)
    if value is None:
        return None
    remedy = "Write it like postgresql://user:password@host:5432/crossdock, or leave it unset."
    if not value.startswith(("postgresql://", "postgres://")):
        reader.wrong(name, "does not begin with postgresql://", remedy)
        return None
    try:
        parts = conninfo_to_dict(value)
    except ProgrammingError:
        # The driver's message repeats the address, password included.
        reader.wrong(
            name, "cannot be read as an address (is a special character not percent-encoded?)", remedy
        )
        return None
    if not parts.get("dbname") and not parts.get("service"):
        reader.wrong(name, "names no database", remedy)
    if not all(port.isdecimal() for port in str(parts.get("port") or "5432").split(",")):
        reader.wrong(name, "has a port that is no number", remedy)
    return value


def read_ecwid(reader: Reader) -> dict[str, str]:
    """Return the connector's settings: the app for OAuth (empty where there is none), and Ecwid's addresses."""
    settings = {
        "client_id": reader.text("CROSSDOCK_ECWID_CLIENT_ID") or "",
        "client_secret": reader.text("CROSSDOCK_ECWID_CLIENT_SECRET") or "",
        "api_url": reader.url("CROSSDOCK_ECWID_API_URL", "https://app.ecwid.com/api/v3"),
        "oauth_url": reader.url("CROSSDOCK_ECWID_OAUTH_URL", "https://my.ecwid.com/api/oauth"),
    }
    for key, other in (("client_id", "client_secret"), ("client_secret", "client_id")):
        if settings[other] and not settings[key]:
            reader.wrong(
                f"CROSSDOCK_ECWID_{key.upper()}",
                f"is missing, while CROSSDOCK_ECWID_{other.upper()} is set",
                "OAuth needs both; the Ecwid app's page shows them side by side.",
            )
    return settings


def read_mail(reader: Reader) -> MailServer | None:
    """Return where outgoing mail is handed over, None where no mail is sent."""
    url, sender = reader.text("CROSSDOCK_EMAIL_URL"), reader.text("CROSSDOCK_EMAIL_FROM")
    remedy = "Write it like hub@example.com or Our shop <hub@example.com>."
    if sender is not None and not is_sender(sender):
        reader.wrong("CROSSDOCK_EMAIL_FROM", "is no e-mail address", remedy)
    if url is None:
        return None
    if sender is None:
        reader.wrong("CROSSDOCK_EMAIL_FROM", "is missing, while CROSSDOCK_EMAIL_URL is set", remedy)
    try:
        return read_mail_server(url, sender or "")
    except MailServerError as error:
        reader.wrong("CROSSDOCK_EMAIL_URL", str(error), f"Write it like {LOOKS}, or leave it unset.")
        return None


def read_sign_on(reader: Reader) -> SignOn | None:
    """Return the OpenID Connect provider, None where there is no single sign-on."""
    names = ("CROSSDOCK_OIDC_URL", "CROSSDOCK_OIDC_CLIENT_ID", "CROSSDOCK_OIDC_CLIENT_SECRET")
    values = {name: reader.text(name) for name in names}
    if not any(values.values()):
        return None
    for name, value in values.items():
        if value is None:
            reader.wrong(
                name,
                "is missing, while another setting of single sign-on is set",
                f"Single sign-on needs {', '.join(names[:2])} and {names[2]}.",
            )
    issuer = reader.url(names[0], "https://id.example.com").removesuffix(WELL_KNOWN)
    return SignOn(
        issuer=issuer,
        client_id=values[names[1]] or "",
        client_secret=values[names[2]] or "",
        name=(reader.text("CROSSDOCK_OIDC_NAME") or SignOn.name)[:40],
    )
