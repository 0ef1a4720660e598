"""What no honest browser sends: values of every field, bodies that are none, and how they are sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote_plus

import crossdock.portal
from crossdock.hub.models import Location

ANOTHERS = "ANOTHERS"
"""Stands for the id of a record of another organization."""
VALUES: Sequence[str | bytes] = (
    "", " ", "-1", "0", "0.5", "1,5", "\N{ARABIC-INDIC DIGIT THREE}", "2147483648", "9223372036854775808", "1" * 1000,
    "1e400", "NaN", "Infinity", "2026-13-45", "0001-01-01", "9999-12-31", "0001-01-01T00:00", "9999-12-31T23:59",
    "ffffffffffffffff", "0000000000000000", ANOTHERS, "on", "yes", "null", "[]", "{}", "<script>", "' OR 1=1 --",
    "../../etc/passwd", "http://[", "//evil.example", "a,b;c\nd\r\ne", "\ufffe", "\N{RIGHT-TO-LEFT OVERRIDE}",
    "💥" * 70, "x" * 300, "x" * 1_000_000, b"\xed\xa0\x80", b"\xff\xfe", "a\x00b",
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"
BODIES: Sequence[tuple[str, bytes]] = (
    ("application/json", b'{"a": 1}'),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Dis"),
    ("multipart/form-data", b""),
    (f"{FORM}; charset=utf-16", b"\xff\xfe=&&&%%%=\x00"),
    (f"{FORM}; charset=nonsense", b"a=b"),
    ("", b"a=b"),
)
"""Bodies that are no form, with what they call themselves."""
_READ = re.compile(
    r"""(?:\.get(?:list)?\(|(?:text|one_of|some_of|day|record_of|_amount)\(request,\s)\s*"([A-Za-z-]+)""",
    re.DOTALL,
)


def names_read() -> list[str]:
    """Every name that some page of the portal reads from a form or an address, by its source."""
    root = Path(crossdock.portal.__file__).parent
    texts = (path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.py")))
    return sorted({name for text in texts for name in _READ.findall(text)})


def values(begin: int, other: Location) -> Iterable[str | bytes]:
    """All values, over and over, beginning with the one of that number."""
    return (
        other.key if value == ANOTHERS else value
        for value in islice(cycle(VALUES), begin % len(VALUES), None)
    )


def encoded(pairs: Iterable[tuple[str, str | bytes]]) -> str:
    """A query or a body of names and values; bytes stay what they are, though they are no UTF-8."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)


def valid(fields: Mapping[str, Sequence[str]], *, without: str = "") -> list[tuple[str, str | bytes]]:
    """What a form would send as it stands on its page."""
    return [(name, value) for name, given in fields.items() if name != without for value in given]
