"""Reading variables one by one: what kinds of values there are, and what is wrong with one that is none."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from crossdock.config.problems import Problem

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")


class Reader:
    """Reads one value after another and gathers what is wrong instead of stopping at the first."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[Problem] = []

    def text(self, name: str) -> str | None:
        """The trimmed value; a variable set to nothing counts as unset, as compose files often have it."""
        value = self.environ.get(name, "").strip()
        return value or None

    def wrong(self, name: str, wrong: str, remedy: str) -> None:
        """Remember what is wrong with a variable."""
        self.problems.append(Problem(name, wrong, remedy))

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """One of the words in `allowed`, in lower case; None when unset."""
        value = self.text(name)
        if value is None:
            return None
        if value.lower() not in allowed:
            self.wrong(name, f"is {value!r}", f"Use one of {', '.join(allowed)}.")
        return value.lower()

    def number(self, name: str, default: int, *, most: int) -> int:
        """A whole number from 1 to `most`."""
        value = self.text(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit() or len(value) > 9 or not 1 <= int(value) <= most:
            self.wrong(name, f"is {value!r}", f"Give a whole number from 1 to {most}.")
            return default
        return int(value)

    def url(self, name: str, default: str, *, path_allowed: bool = True) -> str:
        """An address beginning with http:// or https://, without a slash at its end."""
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
