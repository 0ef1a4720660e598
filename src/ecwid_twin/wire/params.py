"""Reading query parameters and body fields, with the 400 the store gives when they are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ecwid_twin.wire import dates
from ecwid_twin.wire.errors import legacy, wrong_content_type, wrong_parameter
from ecwid_twin.wire.message import JSON, Call, Doc, decode

_TRUE = frozenset(("true", "yes", "on", "1"))
_FALSE = frozenset(("false", "no", "off", "0"))
MAX_LIMIT = 100


def flag(query: Mapping[str, str], name: str) -> bool | None:
    """A boolean parameter, None when absent or empty."""
    text = query.get(name, "").lower()
    if not text:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise wrong_parameter(name, query[name], "one of 'true', 'false', 'yes', 'no', 'on', 'off', '1', '0'")


def whole(query: Mapping[str, str], name: str) -> int | None:
    """An integer parameter, None when absent or empty."""
    text = query.get(name, "")
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise wrong_parameter(name, text, "an integer") from None


def number(query: Mapping[str, str], name: str) -> float | None:
    """A decimal parameter, None when absent or empty."""
    text = query.get(name, "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise wrong_parameter(name, text, "a number") from None


def moment(query: Mapping[str, str], name: str) -> int | None:
    """A date parameter as Unix seconds, None when absent or empty."""
    text = query.get(name, "")
    if not text:
        return None
    try:
        return dates.read(text)
    except ValueError:
        raise wrong_parameter(name, text, "Unix seconds or 'yyyy-MM-dd HH:mm:ss Z'") from None


def names(query: Mapping[str, str], name: str, allowed: Iterable[str] | None = None) -> frozenset[str]:
    """A comma list; empty when absent. Values outside `allowed` are refused."""
    values = frozenset(part.strip() for part in query.get(name, "").split(",") if part.strip())
    if allowed is not None:
        wrong = values.difference(allowed)
        if wrong:
            raise wrong_parameter(name, min(wrong), f"one of {', '.join(allowed)}")
    return values


def wholes(query: Mapping[str, str], name: str) -> frozenset[int]:
    """A comma list of integers; empty when absent."""
    try:
        return frozenset(int(part) for part in names(query, name))
    except ValueError:
        raise wrong_parameter(name, query[name], "integers separated by commas") from None


def window(query: Mapping[str, str], default: int = MAX_LIMIT) -> tuple[int, int]:
    """`(offset, limit)` of a page; a limit above 100 is clamped to 100."""
    offset = whole(query, "offset")
    limit = whole(query, "limit")
    if offset is not None and offset < 0:
        raise wrong_parameter("offset", offset, "0 or more")
    if limit is not None and limit < 0:
        raise wrong_parameter("limit", limit, "0 or more")
    return offset or 0, default if limit is None else min(limit, MAX_LIMIT)


def body(call: Call, *, required: bool = True) -> Doc:
    """The JSON object in a request body. 415 on another content type, 400 when it is not an object."""
    value = any_body(call)
    if value is None and not required:
        return {}
    if not isinstance(value, dict):
        raise legacy(400, "Request body is invalid: a JSON object is expected")
    return value


def any_body(call: Call) -> JSON:
    """The JSON value in a request body, None when it is empty."""
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "text/json"):
        raise wrong_content_type()
    if not call.body.strip():
        return None
    try:
        return decode(call.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise legacy(400, f"Request body is invalid: {error}") from None
