"""Reading what was typed: times, pairs, secrets."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from crossdock.cli.codes import CommandError, Exit

if TYPE_CHECKING:
    from crossdock.connectors.contract import Manifest

LONGEST_SECRET = 100_000
"""The most characters of a secret that are read."""


def moment(text: str) -> datetime:
    """Read a date or a time; without an offset it is UTC. Raises a usage error."""
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is not a date. Write 2026-01-31, or 2026-01-31T08:00:00+01:00."
        ) from error
    try:
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise typer.BadParameter(f"{text!r} is out of range.") from error


def words(values: Sequence[str] | None) -> list[str]:
    """Return the values of a repeatable option; each may itself be a list with commas."""
    return [word.strip() for value in values or () for word in value.split(",") if word.strip()]


def pairs(values: Sequence[str], *, what: str, example: str, may_be_empty: bool = False) -> dict[str, str]:
    """Read ``name=value`` arguments. Raises a usage error for one without ``=`` or a name given twice.

    ``name=`` is one, too, where the value `may_be_empty`.
    """
    found: dict[str, str] = {}
    for text in values:
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name or not (value or may_be_empty):
            raise CommandError(f"{text!r} is not {what}. Write {example}.", Exit.USAGE)
        if name in found:
            raise CommandError(f"{name!r} is given twice.", Exit.USAGE)
        found[name] = value
    return found


def setting_values(texts: Mapping[str, str], manifest: Manifest) -> dict[str, object]:
    """Return settings as the kinds they are: true and false, numbers, lists by commas, else text.

    Options of the connector follow its manifest; those all connectors have look like what they are.
    Raises a usage error.
    """
    kinds = {option.name: option.kind for option in manifest.options}
    return {name: _setting(name, text, kinds.get(name, "")) for name, text in texts.items()}


def _setting(name: str, text: str, kind: str) -> object:
    if kind in ("choice", "text"):
        return text
    if kind == "list":
        return words([text])
    if kind in ("", "boolean") and text.lower() in ("true", "yes", "on", "false", "no", "off"):
        return text.lower() in ("true", "yes", "on")
    if kind == "boolean":
        raise CommandError(f"{name}: {text!r} is neither true nor false.", Exit.USAGE)
    try:
        return int(text)
    except ValueError:
        if kind == "integer":
            raise CommandError(f"{name}: {text!r} is not a whole number.", Exit.USAGE) from None
    try:
        number = float(text)
    except ValueError:
        return text
    return number if isfinite(number) else text


def quantities(values: Sequence[str]) -> dict[int | str, int]:
    """Read ``SKU=QTY`` arguments; a SKU may itself hold ``=``. Raises a usage error."""
    found: dict[int | str, int] = {}
    for text in values:
        sku, equals, number = text.rpartition("=")
        sku = sku.strip()
        if not equals or not sku or not number.strip().isascii() or not number.strip().isdigit():
            raise CommandError(f"{text!r} is not a SKU with a quantity. Write SHIRT-M=2.", Exit.USAGE)
        if int(number) == 0:
            raise CommandError(f"{text!r}: the quantity must be 1 or more.", Exit.USAGE)
        if sku in found:
            raise CommandError(f"SKU {sku!r} is given twice.", Exit.USAGE)
        found[sku] = int(number)
    return found


def secret_line(label: str) -> str:
    """Read one secret from standard input, e.g. ``… < token.txt``. Raises a usage error for none."""
    if sys.stdin.isatty():
        secret = typer.prompt(label, hide_input=True)
        return str(secret).strip()
    line = sys.stdin.readline().strip()
    if not line:
        raise CommandError(f"{label}: nothing came on standard input.", Exit.USAGE)
    return line


def secret_text(label: str) -> str:
    """Read a secret of several lines from standard input, to its end. Raises a usage error for none."""
    text = sys.stdin.read(LONGEST_SECRET).strip()
    if not text:
        raise CommandError(f"{label}: nothing came on standard input.", Exit.USAGE)
    return text


def secret_file(label: str, path: Path) -> str:
    """Read a secret from a file. Raises a usage error where there is none to read."""
    try:
        with path.expanduser().open(encoding="utf-8") as file:
            text = file.read(LONGEST_SECRET).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{label}: {path} cannot be read as text.", Exit.USAGE) from error
    if not text:
        raise CommandError(f"{label}: {path} is empty.", Exit.USAGE)
    return text
