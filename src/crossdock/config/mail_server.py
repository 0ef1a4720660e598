"""Where outgoing mail is handed over: one server, read from one address, and who mail is from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

LOOKS = "smtp://user:password@host:587, or smtps://user:password@host:465"
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"smtp": 587, "smtps": 465}
_ADDRESS = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+")


class MailServerError(ValueError):
    """An address that names no mail server; the message says what is wrong and never repeats the password."""


@dataclass(frozen=True)
class MailServer:
    """A mail server, how to speak to it, and the sender's address. The password stays out of ``repr``.

    `tls` is ``always`` (encrypted from the first byte), ``starttls`` (encrypted before anything is said) or
    ``none``.
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "starttls"
    sender: str = ""


def read_mail_server(address: str, sender: str = "") -> MailServer:
    """Read ``smtp://`` (encrypted by STARTTLS) or ``smtps://`` (encrypted from the start).

    Only on this machine, or with ``?starttls=no`` and without a password, does ``smtp://`` go unencrypted.
    Raises `MailServerError`.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise MailServerError(
            "cannot be read as an address (is a special character not percent-encoded?)"
        ) from error
    if parts.scheme not in _PORTS:
        raise MailServerError("does not begin with smtp:// or smtps://")
    if not parts.hostname:
        raise MailServerError("names no host")
    if port == 0:
        raise MailServerError("names port 0")
    if parts.path not in ("", "/") or parts.fragment:
        raise MailServerError("has a path behind the host")
    server = MailServer(
        host=parts.hostname, port=port or _PORTS[parts.scheme], user=unquote(parts.username or ""),
        password=unquote(parts.password or ""), tls=_tls(parts.scheme, parts.hostname, parts.query),
        sender=sender,
    )  # fmt: skip
    if bool(server.user) != bool(server.password):
        raise MailServerError("has a user name or a password, but not both")
    if server.password and server.tls == "none" and server.host not in _THIS_MACHINE:
        raise MailServerError("would send the password unencrypted (starttls=no)")
    return server


def _tls(scheme: str, host: str, query: str) -> str:
    asked = parse_qs(query, keep_blank_values=True)
    if asked and (scheme != "smtp" or asked not in ({"starttls": ["no"]}, {"starttls": ["yes"]})):
        raise MailServerError("has a part behind ? other than starttls=yes or starttls=no")
    if scheme == "smtps":
        return "always"
    wanted = asked["starttls"][0] if asked else ("no" if host in _THIS_MACHINE else "yes")
    return "starttls" if wanted == "yes" else "none"


def is_sender(text: str) -> bool:
    """Return whether `text` is an e-mail address, with or without a name: ``Shop <hub@shop.test>``."""
    return "\n" not in text and "\r" not in text and bool(_ADDRESS.fullmatch(parseaddr(text)[1]))
