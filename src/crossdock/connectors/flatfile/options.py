"""An integration's settings as the connector uses them: checked once, when the folder is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from crossdock.connectors.errors import Refused

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
OUTGOING = ("shipments", "orders")
INCOMING = ("fulfillments", "inventory", "products")
PUT_AWAY = ("done", "rejected")
"""The folders in each incoming one that files are moved to: taken, or refused as a whole."""

FOLDERS = {
    "workFolder": ".crossdock",
    "shipmentsFolder": "shipments",
    "ordersFolder": "orders",
    "fulfillmentsFolder": "fulfillments",
    "inventoryFolder": "inventory",
    "productsFolder": "products",
}
"""Each folder's setting and where it is when that is not set, under the path of the integration."""

PATTERN = "*.csv,*.json"
QUIET_SECONDS = 30

_PART = re.compile(r"[^/\\\x00-\x1f]{1,100}")
_CURRENCY = re.compile(r"[A-Z]{3}")


class Options(Struct, frozen=True, kw_only=True):
    """How files look and where they lie. `columns` gives theirs → ours for each entity."""

    format: str = "csv"
    row_per: str = "line"
    delimiter: str = ","
    decimal_mark: str = "."
    timezone: ZoneInfo
    neutralize: bool = True
    arrival: str = "still"
    quiet_seconds: int = QUIET_SECONDS
    currency: str = ""
    count_means: str = "onHand"
    folders: Mapping[str, str]
    patterns: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, Mapping[str, str]]
    all_or_nothing: frozenset[str] = frozenset()

    @property
    def work(self) -> str:
        """The folder where files are made ready and notes are kept."""
        return self.folders["work"]


def read_options(settings: Mapping[str, object]) -> Options:
    """Return the settings in order. Raises `Refused` naming the first that cannot be used, with the remedy."""
    folders = {
        name.removesuffix("Folder"): _folder(name, _text(settings, name, default))
        for name, default in FOLDERS.items()
    }
    for entity in (*OUTGOING, *INCOMING):
        if _overlap(folders[entity], folders["work"]):
            raise _wrong(f"{entity}Folder", "lies in the work folder or around it", "Name another folder.")
    for entity in (*OUTGOING, *INCOMING):
        if any(folders[entity] == f"{folders[into]}/{away}" for into in INCOMING for away in PUT_AWAY):
            raise _wrong(
                f"{entity}Folder",
                "is where another flow puts files away",
                "Name a folder that is no done or rejected.",
            )
    for out in OUTGOING:
        if any(folders[out] == folders[into] for into in INCOMING):
            raise _wrong(
                f"{out}Folder",
                "is a folder that files are taken in from as well: what goes out would come back",
                "Name another folder.",
            )
    return Options(
        format=_choice(settings, "format", ("csv", "json")),
        row_per=_choice(settings, "rowPer", ("line", "order")),
        delimiter=DELIMITERS[_choice(settings, "delimiter", tuple(DELIMITERS))],
        decimal_mark={"point": ".", "comma": ","}[_choice(settings, "decimalMark", ("point", "comma"))],
        timezone=_zone(_text(settings, "timezone", "UTC")),
        neutralize=_switch(settings, "neutralizeFormulas", default=True),
        arrival=_choice(settings, "arrival", ("still", "marker", "whole")),
        quiet_seconds=_seconds(settings, "quietSeconds"),
        currency=_currency(_text(settings, "currency", "")),
        count_means=_choice(settings, "countMeans", ("onHand", "available")),
        folders=folders,
        patterns={entity: _patterns(f"{entity}Pattern", settings) for entity in INCOMING},
        columns={
            entity: columns(f"{entity}Columns", _text(settings, f"{entity}Columns", ""))
            for entity in (*OUTGOING, *INCOMING)
        },
        all_or_nothing=frozenset(
            entity for entity in INCOMING if _switch(settings, f"{entity}AllOrNothing", default=False)
        ),
    )


def columns(name: str, text: str) -> dict[str, str]:
    """Read a mapping of column names: ``theirs=ours, theirs=ours``, or JSON. Raises `Refused`."""
    if not text:
        return {}
    if text.lstrip().startswith("{"):
        try:
            found = msgspec.json.decode(text, type=dict[str, str])
        except msgspec.DecodeError as error:
            raise _wrong(
                name, f"is no JSON object of texts ({error})", 'Write {"Article": "sku"}.'
            ) from error
        pairs = [(theirs.strip(), ours.strip()) for theirs, ours in found.items()]
    else:
        parts = [part.partition("=") for part in text.split(",") if part.strip()]
        pairs = [(theirs.strip(), ours.strip()) for theirs, _, ours in parts]
    for theirs, ours in pairs:
        if not theirs or not ours:
            raise _wrong(
                name, f"has {theirs or ours!r} without its other half", "Write Article=sku,Qty=quantity."
            )
    if len({theirs.casefold() for theirs, _ in pairs}) < len(pairs) or len({o for _, o in pairs}) < len(
        pairs
    ):
        raise _wrong(name, "names a column twice", "Give each of their columns one of ours, once.")
    return dict(pairs)


def _text(settings: Mapping[str, object], name: str, default: str) -> str:
    value = settings.get(name)
    return default if value is None or value == "" else str(value).strip()


def _choice(settings: Mapping[str, object], name: str, allowed: tuple[str, ...]) -> str:
    value = _text(settings, name, allowed[0])
    if value not in allowed:
        raise _wrong(name, f"is {value!r}", f"Use one of {', '.join(allowed)}.")
    return value


def _switch(settings: Mapping[str, object], name: str, *, default: bool) -> bool:
    value = settings.get(name, default)
    if not isinstance(value, bool):
        raise _wrong(name, f"is {value!r}", "Use true or false.")
    return value


def _seconds(settings: Mapping[str, object], name: str) -> int:
    value = settings.get(name, QUIET_SECONDS)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 86_400:
        raise _wrong(name, f"is {value!r}", "Use a whole number of seconds from 1 to 86400.")
    return value


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError) as error:  # unknown names raise a KeyError that is a subclass of neither
        raise _wrong("timezone", f"is {name!r}", "Use a name like Europe/Berlin.") from error
    except KeyError as error:
        raise _wrong("timezone", f"is {name!r}", "Use a name like Europe/Berlin.") from error


def _currency(text: str) -> str:
    if text and not _CURRENCY.fullmatch(text):
        raise _wrong("currency", f"is {text!r}", "Use three capital letters like EUR.")
    return text


def _folder(name: str, text: str) -> str:
    parts = text.strip("/").split("/")
    if not all(_PART.fullmatch(part) and part not in (".", "..") for part in parts):
        raise _wrong(name, f"is {text!r}", "Name a folder under the integration's path, like out/shipments.")
    return "/".join(parts)


def _overlap(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _patterns(name: str, settings: Mapping[str, object]) -> tuple[str, ...]:
    found = tuple(part.strip() for part in _text(settings, name, PATTERN).split(",") if part.strip())
    if not found or any("/" in part for part in found):
        raise _wrong(name, "names no file", "Write it like stock-*.csv; separate several by commas.")
    return found


def _wrong(name: str, wrong: str, remedy: str) -> Refused:
    return Refused(f"The setting {name} {wrong}. {remedy}", code="badOption", field=name)
