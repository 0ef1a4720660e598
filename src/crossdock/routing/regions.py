"""Regions of the world that a routing card serves: country, states, postal codes. Pure.

A region is ``{"country", "states", "postalRanges", "postalPrefixes"}``; what is left out or empty does not
limit it. Postal codes are compared without spaces and regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from crossdock.routing.filters import FilterError

FIELDS = ("country", "states", "postalRanges", "postalPrefixes")
MOST_REGIONS = 300
MOST_CODES = 2_000
LONGEST_CODE = 20

Region = Mapping[str, object]


def in_regions(regions: Sequence[Region], address: Mapping[str, object] | None) -> bool:
    """Whether `address` lies in any of `regions`. No regions are the whole world, even without an address.

    The regions must have passed `check_regions`.
    """
    if not regions:
        return True
    if not address or not _text(address.get("country")):
        return False
    return any(_in_region(region, address) for region in regions)


def destination(address: Mapping[str, object] | None) -> str:
    """Return where an address is, in short: ``DE 20095``; "" where nobody says."""
    if not address or not _text(address.get("country")):
        return ""
    parts = (address.get(name) for name in ("country", "stateOrProvince", "zipCodeOrPostalCode"))
    return " ".join(str(part).strip() for part in parts if part and str(part).strip())


def check_regions(regions: object) -> list[dict[str, object]]:
    """Return `regions` in their stored form. Raises `FilterError` naming the first that cannot be used."""
    if not isinstance(regions, list):
        raise FilterError("regions", "they must be a list of {country, states, postalRanges, postalPrefixes}")
    if len(regions) > MOST_REGIONS:
        raise FilterError("regions", f"there are {len(regions)}; at most {MOST_REGIONS} are kept")
    return [_checked(region, f"regions[{place}]") for place, region in enumerate(regions)]


def _checked(region: object, where: str) -> dict[str, object]:
    if not isinstance(region, Mapping):
        raise FilterError(where, "it must be an object with a country")
    unknown = sorted(set(region) - set(FIELDS))
    if unknown:
        raise FilterError(where, f"{unknown[0]!r} is not known; give {', '.join(FIELDS)}")
    country = _text(region.get("country"))
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise FilterError(
            f"{where}.country", f"{region.get('country')!r} is no country code of two letters, e.g. DE"
        )
    return {
        "country": country,
        "states": [_text(one) for one in _codes(region, "states", where)],
        "postalRanges": [_checked_range(one, f"{where}.postalRanges") for one in _list(region, "postalRanges", where)],
        "postalPrefixes": [_postal(one) for one in _codes(region, "postalPrefixes", where)],
    }  # fmt: skip


def _checked_range(one: object, where: str) -> dict[str, str]:
    if isinstance(one, str) and one.count("-") == 1:
        first, _, last = one.partition("-")
        one = {"from": first, "to": last}
    if not isinstance(one, Mapping) or set(one) != {"from", "to"}:
        raise FilterError(where, f"{one!r} is no range; write 10000-19999, or {{from, to}}")
    first, last = _postal(one["from"]), _postal(one["to"])
    if not first or not last or max(len(first), len(last)) > LONGEST_CODE:
        raise FilterError(where, f"{one!r} needs a first and a last postal code")
    if _numeric(first, last) and int(first) > int(last):
        raise FilterError(where, f"{first} comes after {last}; give the lower code first")
    if not _numeric(first, last) and first[: len(last)] > last:
        raise FilterError(where, f"{first} comes after {last}; give the lower code first")
    return {"from": first, "to": last}


def _codes(region: Mapping[str, object], name: str, where: str) -> list[str]:
    rows = _list(region, name, where)
    for row in rows:
        if not isinstance(row, str) or not row.strip() or len(row) > LONGEST_CODE:
            raise FilterError(f"{where}.{name}", f"{row!r} is not a text of 1 to {LONGEST_CODE} characters")
    return [str(row) for row in rows]


def _list(region: Mapping[str, object], name: str, where: str) -> list[object]:
    rows = region.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise FilterError(f"{where}.{name}", "it must be a list")
    if len(rows) > MOST_CODES:
        raise FilterError(f"{where}.{name}", f"there are {len(rows)}; at most {MOST_CODES} are kept")
    return rows


def _in_region(region: Region, address: Mapping[str, object]) -> bool:
    if _text(address.get("country")) != region["country"]:
        return False
    states = region.get("states")
    if isinstance(states, list) and states and _text(address.get("stateOrProvince")) not in states:
        return False
    ranges, prefixes = region.get("postalRanges"), region.get("postalPrefixes")
    if not ranges and not prefixes:
        return True
    code = _postal(address.get("zipCodeOrPostalCode"))
    if not code:
        return False
    return any(code.startswith(str(prefix)) for prefix in _rows(prefixes)) or any(
        _in_range(one, code) for one in _rows(ranges)
    )


def _in_range(one: object, code: str) -> bool:
    if not isinstance(one, Mapping):
        return False
    first, last = str(one["from"]), str(one["to"])
    if _numeric(first, last):
        # 20095-1234 and 1011AB begin with the number that a range of numbers is about.
        digits = re.match(r"\d+", code)
        return digits is not None and int(first) <= int(digits.group()) <= int(last)
    return first <= code[: len(first)] and code[: len(last)] <= last


def _numeric(first: str, last: str) -> bool:
    return first.isdecimal() and last.isdecimal()


def _rows(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _postal(value: object) -> str:
    return re.sub(r"\s", "", str(value or "")).upper()


def _text(value: object) -> str:
    return str(value or "").strip().upper()
