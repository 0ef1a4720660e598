"""Reading a document whose shape is odd: mend what can be mended, name what cannot.

Only documents that the strict decoders refuse come here. What is mended without loss is noticed;
a text or a container that cannot be read is left out with a notice that asks for attention; a number,
an id or a list of lines that cannot be read makes the document unreadable, because guessing at
money, stock or identity would be quietly wrong.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TypeVar, Union, get_args, get_origin

import msgspec

from crossdock.connectors.contract import Notice
from crossdock.connectors.errors import Unreadable

StructT = TypeVar("StructT", bound=msgspec.Struct)

ESSENTIAL_LISTS = frozenset({"items", "combinations"})
"""Lists whose loss would change what an order or a product is."""

TRUE_WORDS = frozenset({"true", "yes", "on", "1"})
FALSE_WORDS = frozenset({"false", "no", "off", "0"})


class _OddError(Exception):
    """A value that cannot be read as what it should be."""


def mended(document: bytes, shape: type[StructT]) -> tuple[StructT, list[Notice]]:
    """Read `document` as `shape`, mending on the way; give it with what was noticed.

    Raises `Unreadable` naming the field, or the position where the JSON is broken.
    """
    value = parsed(document)
    if not isinstance(value, dict):
        raise Unreadable(f"expected a JSON object, found {_kind(value)}; read the record again", field="")
    notices: list[Notice] = []
    return _struct(value, shape, "", notices), notices


def parsed(document: bytes) -> object:
    """Parse JSON with exact decimals and clean text. Raises `Unreadable` with the position."""
    try:
        text = document.decode("utf-8", errors="replace")
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(
            f"malformed JSON at character {error.pos} ({error.msg}); it may have been cut off, read it again"
        ) from None
    except RecursionError:
        raise Unreadable("JSON nested too deeply; read the record again") from None
    except ValueError as error:
        raise Unreadable(f"malformed JSON ({error}); read the record again") from None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number")


def _struct(value: dict[str, object], shape: type[StructT], path: str, notices: list[Notice]) -> StructT:
    found: dict[str, object] = {}
    for field in msgspec.structs.fields(shape):
        raw = _lookup(value, field.encode_name)
        if raw is None:
            continue
        where = f"{path}.{field.encode_name}" if path else field.encode_name
        try:
            found[field.name] = _read(raw, field.type, where, notices)
        except _OddError as odd:
            if _essential(field.type, field.encode_name):
                raise Unreadable(
                    f"{where} should be {_expected(field.type)}, found {odd}; correct it in Ecwid",
                    field=where,
                ) from None
            notices.append(_dropped(where, field.type, str(odd)))
    return shape(**found)


def _lookup(value: dict[str, object], name: str) -> object:
    """Find a field by its name, its snake_case spelling, or its name in another case."""
    if name in value:
        return value[name]
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    if snake in value:
        return value[snake]
    lowered = name.lower()
    return next((found for key, found in value.items() if key.lower() == lowered), None)


def _read(raw: object, shape: object, path: str, notices: list[Notice]) -> object:
    """Return `raw` as `shape`. Raises `_OddError` with a description of what was found."""
    options = get_args(shape) if get_origin(shape) in (Union, types.UnionType) else (shape,)
    options = tuple(option for option in options if option is not types.NoneType)
    if set(options) == {int, str}:
        return _identifier(raw)
    wanted = options[0]
    origin = get_origin(wanted)
    if origin is list:
        return _list(raw, get_args(wanted)[0], path, notices)
    if origin is dict:
        return _dict(raw, get_args(wanted)[1], path, notices)
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return _object(raw, wanted, path, notices)
    return _scalar(raw, wanted, path, notices)


def _scalar(raw: object, wanted: object, path: str, notices: list[Notice]) -> object:
    reader = _SCALARS[wanted]
    value, exact = reader(raw)
    if not exact:
        notices.append(
            Notice(
                code="oddShape", field=path, message=f"{path} came as {_kind(raw)} and was read as {value!r}"
            )
        )
    return value


def _text(raw: object) -> tuple[object, bool]:
    if isinstance(raw, str):
        clean = _clean(raw)
        return clean, clean == raw
    if isinstance(raw, bool):
        return ("true" if raw else "false"), False
    if isinstance(raw, int | Decimal):
        return str(raw), False
    if isinstance(raw, dict | list):
        if not raw:
            return "", True
        return json.dumps(raw, default=str, ensure_ascii=False, separators=(",", ":")), False
    raise _OddError(_kind(raw))


def _clean(text: str) -> str:
    """Replace what no database stores: NUL and lone surrogates."""
    return text.replace("\0", "�").encode("utf-8", errors="replace").decode("utf-8")


def _decimal(raw: object) -> tuple[object, bool]:
    if isinstance(raw, Decimal):
        return raw, True
    if isinstance(raw, int) and not isinstance(raw, bool):
        return Decimal(raw), True
    if isinstance(raw, str):
        try:
            value = Decimal(raw.strip())
        except InvalidOperation:
            raise _OddError(_kind(raw)) from None
        if value.is_finite():
            return value, False
    raise _OddError(_kind(raw))


def _integer(raw: object) -> tuple[object, bool]:
    value, exact = _decimal(raw)
    if not isinstance(value, Decimal) or value.adjusted() > 18 or value != value.to_integral_value():
        raise _OddError(_kind(raw))
    return int(value), exact


def _boolean(raw: object) -> tuple[object, bool]:
    if isinstance(raw, bool):
        return raw, True
    word = str(raw).strip().lower()
    if isinstance(raw, str | int) and word in TRUE_WORDS:
        return True, False
    if isinstance(raw, str | int) and word in FALSE_WORDS:
        return False, False
    raise _OddError(_kind(raw))


_SCALARS: dict[object, Callable[[object], tuple[object, bool]]] = {
    str: _text,
    Decimal: _decimal,
    int: _integer,
    bool: _boolean,
}


def _identifier(raw: object) -> int | str:
    if isinstance(raw, str):
        return _clean(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if (
        isinstance(raw, Decimal)
        and raw.is_finite()
        and raw == raw.to_integral_value()
        and raw.adjusted() <= 18
    ):
        return int(raw)
    raise _OddError(_kind(raw))


def _list(raw: object, inner: object, path: str, notices: list[Notice]) -> list[object]:
    if isinstance(raw, dict):
        raw = [raw] if raw else []
        notices.append(
            Notice(code="oddShape", field=path, message=f"{path} came as an object where a list belongs")
        )
    if raw == "":
        return []
    if not isinstance(raw, list):
        raise _OddError(_kind(raw))
    found = []
    for n, one in enumerate(raw):
        value = None if one is None else _read(one, inner, f"{path}[{n}]", notices)
        if value is None:
            notices.append(
                Notice(
                    code="oddShape", field=f"{path}[{n}]", message=f"{path}[{n}] is empty and was left out"
                )
            )
            continue
        found.append(value)
    return found


def _dict(raw: object, inner: object, path: str, notices: list[Notice]) -> dict[str, object]:
    if raw in ([], ""):
        return {}
    if not isinstance(raw, dict):
        raise _OddError(_kind(raw))
    return {
        _clean(key): _read(one, inner, f"{path}.{key}", notices)
        for key, one in raw.items()
        if one is not None
    }


def _object(raw: object, wanted: type[StructT], path: str, notices: list[Notice]) -> StructT | None:
    if isinstance(raw, list) and len(raw) == 1 and isinstance(raw[0], dict):
        notices.append(
            Notice(code="oddShape", field=path, message=f"{path} came as a list where an object belongs")
        )
        raw = raw[0]
    if raw in ([], ""):
        return None
    if not isinstance(raw, dict):
        raise _OddError(_kind(raw))
    return _struct(raw, wanted, path, notices)


def _essential(shape: object, name: str) -> bool:
    """Whether a document without this field would say something else."""
    if name in ESSENTIAL_LISTS:
        return True
    parts = {shape, *get_args(shape)}
    return int in parts or Decimal in parts


def _dropped(path: str, shape: object, found: str) -> Notice:
    return Notice(
        code="unreadableField",
        field=path,
        attention=True,
        message=f"{path} should be {_expected(shape)}, found {found}; it was left out, correct it in Ecwid",
    )


def _expected(shape: object) -> str:
    parts = {shape, *get_args(shape)}
    if parts >= {int, str}:
        return "an id"
    for kind, word in (
        (Decimal, "a number"),
        (int, "a whole number"),
        (bool, "true or false"),
        (str, "text"),
    ):
        if get_origin(shape) is None and kind in parts:
            return word
    if get_origin(shape) is list:
        return "a list"
    return "an object" if Decimal not in parts and int not in parts else "a number"


def _kind(raw: object) -> str:
    """Describe a value without repeating more of it than is needed to find it."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, str):
        return f"the text {raw[:40]!r}"
    if isinstance(raw, int | Decimal):
        return f"the number {str(raw)[:40]}"
    return {"list": "a list", "dict": "an object", "NoneType": "null"}.get(
        type(raw).__name__, "something else"
    )
