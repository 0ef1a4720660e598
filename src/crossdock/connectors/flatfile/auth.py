"""Where the files are and how to get in: checked for their form, without a call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from crossdock.connectors.errors import Refused

PORT = 22

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?")
_USER = re.compile(r"[^\x00-\x20\x7f/@:]{1,64}")
_HOST_KEY = re.compile(r"(?:(?P<kind>[a-z0-9@.-]{3,60}) )?(?P<digest>SHA256:[A-Za-z0-9+/]{43})=?")


class Credentials(NamedTuple):
    """Checked credentials. Without a `host`, `path` is a folder of this machine.

    `host_key` is the pinned fingerprint (``SHA256:…``), `host_key_kind` its algorithm where it was given; both are
    empty until a person has confirmed them.
    """

    path: str
    host: str = ""
    port: int = PORT
    user: str = ""
    password: str = ""
    private_key: str = ""
    passphrase: str = ""
    host_key: str = ""
    host_key_kind: str = ""

    def __repr__(self) -> str:
        return f"Credentials(path={self.path!r}, host={self.host!r}, port={self.port!r}, user={self.user!r})"


def checked(credentials: Mapping[str, str]) -> Credentials:
    """Check the form of credentials without a call. Raises `Refused` naming the field and the remedy."""
    given = {name: str(value or "") for name, value in credentials.items()}
    text = {name: value.strip() for name, value in given.items()}
    path, host = text.get("path", ""), text.get("host", "")
    if not path or "\x00" in path:
        raise _malformed("path", "Name the folder: one of this machine, or one on the server.")
    if not host:
        for name in ("user", "password", "private_key", "passphrase", "host_key", "port"):
            if text.get(name):
                raise _malformed(
                    "host", f"{name} is given without host. Leave it out for a folder of this machine."
                )
        return Credentials(path)
    if not _HOST.fullmatch(host):
        raise _malformed("host", f"{host!r} is no host name; write it like sftp.example.com.")
    if ".." in path.split("/"):
        raise _malformed("path", f"{path!r} leads outside (..); write the folder out.")
    if not _USER.fullmatch(text.get("user", "")):
        raise _malformed("user", "Give the user's name on the server.")
    if bool(given.get("password")) == bool(text.get("private_key")):
        raise _malformed("password", "Give either the password or the private key.")
    if text.get("private_key") and "PRIVATE KEY" not in text["private_key"]:
        raise _malformed(
            "private_key", "This is no private key: the file begins with -----BEGIN … PRIVATE KEY-----."
        )
    kind, digest = _host_key(text.get("host_key", ""))
    return Credentials(
        path=path,
        host=host,
        port=_port(text.get("port", "")),
        user=text["user"],
        password=given.get("password", ""),
        private_key=text.get("private_key", ""),
        passphrase=given.get("passphrase", ""),
        host_key=digest,
        host_key_kind=kind,
    )


def _port(text: str) -> int:
    if not text:
        return PORT
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:6]) <= 65_535:
        raise _malformed("port", f"{text!r} is no port; the usual one is {PORT}.")
    return int(text)


def _host_key(text: str) -> tuple[str, str]:
    if not text:
        return "", ""
    found = _HOST_KEY.fullmatch(text)
    if found is None:
        raise _malformed(
            "host_key",
            "The host key's fingerprint looks like SHA256: and 43 characters; ssh-keyscan and ssh-keygen -l show it.",
        )
    return found["kind"] or "", found["digest"]


def _malformed(field: str, reason: str) -> Refused:
    return Refused(reason, code="badCredentials", field=field)
