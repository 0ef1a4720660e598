"""Paths into a source document: reading one from text, and finding what stands there. Pure.

| written | means |
| --- | --- |
| ``extraFields.gift_message`` | the field of that name, step by step |
| ``items[0].sku`` | the element at that place, counted from 0 |
| ``orderExtraFields[title=Delivery date].value`` | the first element whose field says exactly that |
| ``items[].sku`` | each element |
| ``"a.b"[0]`` | a name in quotes may hold any character; ``\\"`` and ``\\\\`` stand for themselves |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

LONGEST = 300
MOST_STEPS = 20
_SPECIAL = '.[]"='
_DECODER = msgspec.json.Decoder(float_hook=str)  # a number keeps the digits that it was written with


class PathError(ValueError):
    """A path that cannot be used: `place` counts its characters from 1."""

    def __init__(self, place: int, message: str) -> None:
        self.place, self.message = place, message
        super().__init__(f"at character {place}: {message}")


class MisfitError(ValueError):
    """What a document holds at some point of a path is not what the path goes through."""


@dataclass(frozen=True, slots=True)
class Name:
    """Into the field of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """To the element at this place, counted from 0."""

    place: int


@dataclass(frozen=True, slots=True)
class Pick:
    """To the first element whose field `name` says `value`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Each:
    """To each element."""


Step = Name | Index | Pick | Each


@dataclass(frozen=True, slots=True)
class Path:
    """A path, read: its text and its steps. With `several` it may lead to more than one value."""

    text: str
    steps: tuple[Step, ...]

    @property
    def several(self) -> bool:
        """Whether one of its steps goes to each element of a list."""
        return any(isinstance(step, Each) for step in self.steps)


def read_path(text: str) -> Path:
    """Return a path from its text. Raises `PathError` naming the character at which it cannot be read."""
    text = text.strip()
    if not text:
        raise PathError(1, "the path is empty; write the names of the fields with dots between them")
    if len(text) > LONGEST:
        raise PathError(LONGEST + 1, f"the path is longer than {LONGEST} characters")
    if not text.isprintable():
        odd = next(place for place, character in enumerate(text, start=1) if not character.isprintable())
        raise PathError(odd, "a path has printable characters only")
    steps = tuple(_Reader(text).steps())
    if len(steps) > MOST_STEPS:
        raise PathError(len(text), f"the path has {len(steps)} steps; at most {MOST_STEPS} are followed")
    return Path(text, steps)


class _Reader:
    """Reads one path, from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def steps(self) -> Iterator[Step]:
        """Give the steps, one after the other."""
        while True:
            yield Name(self._name("a field's name"))
            while self._next() == "[":
                yield self._brackets()
            if self.at == len(self.text):
                return
            if self._next() != ".":
                raise self._error(f"{self._next()!r} does not belong here; a dot goes on to the next field")
            self.at += 1

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _error(self, message: str) -> PathError:
        return PathError(self.at + 1, message)

    def _skip_blanks(self) -> None:
        while self._next() == " ":
            self.at += 1

    def _name(self, what: str) -> str:
        self._skip_blanks()
        if self._next() == '"':
            return self._quoted()
        began = self.at
        while self.at < len(self.text) and self._next() not in _SPECIAL:
            self.at += 1
        name = self.text[began : self.at].strip()
        if not name:
            raise self._error(f"{what} is missing here")
        return name

    def _quoted(self) -> str:
        began, found = self.at, ""
        self.at += 1
        while self._next() != '"':
            if self._next() == "\\":
                self.at += 1
            if self.at >= len(self.text):
                raise PathError(began + 1, "the quotation mark that begins here has no end")
            found += self._next()
            self.at += 1
        self.at += 1
        if not found:
            raise PathError(began + 1, "there is nothing between these quotation marks")
        return found

    def _brackets(self) -> Step:
        began = self.at
        self.at += 1
        end = self.text.find("]", self.at)
        if end < 0:
            raise PathError(began + 1, "the bracket that begins here has no end")
        inside = self.text[self.at : end].strip()
        if not inside or (inside.isascii() and inside.isdecimal()):
            self.at = end + 1
            if len(inside) > 6:
                raise PathError(began + 2, f"there is no element {inside}; places count from 0")
            return Index(int(inside)) if inside else Each()
        name = self._name("the name of the field to look at")
        self._skip_blanks()
        if self._next() != "=":
            raise self._error(
                "in brackets stand a place ([0]), nothing ([], for each), or a field and what it says "
                "([title=Gift])"
            )
        self.at += 1
        value = self._value()
        self._skip_blanks()
        if self._next() != "]":
            raise self._error("the bracket ends after the value; quote one that has special characters")
        self.at += 1
        return Pick(name, value)

    def _value(self) -> str:
        self._skip_blanks()
        if self._next() == '"':
            return self._quoted()
        end = self.text.find("]", self.at)
        value = self.text[self.at : len(self.text) if end < 0 else end].strip()
        if not value:
            raise self._error("say what the field must say, e.g. [title=Gift]")
        self.at = len(self.text) if end < 0 else end
        return value


# -- finding -----------------------------------------------------------------------------------------------


def read_document(body: bytes) -> object:
    """Return a source document's JSON; a broken number is kept as the text it was written as."""
    return _DECODER.decode(body)


def find(path: Path, document: object) -> list[object]:
    """Return what stands at `path`: nothing where it is absent, null or an empty text; one value, or several.

    Raises `MisfitError` where the path goes through something that is of another kind.
    """
    return list(_walk(document, path.steps, "the document"))


def _walk(value: object, steps: Sequence[Step], where: str) -> Iterator[object]:
    if value is None or value == "":
        return
    if not steps:
        yield value
        return
    if isinstance(value, list | dict) and not value:
        return  # some systems write an empty object as an empty list
    step, rest = steps[0], steps[1:]
    if isinstance(step, Name):
        if not isinstance(value, dict):
            raise MisfitError(f"{where} is {kind_of(value)}, so it has no field {step.name}")
        yield from _walk(value.get(step.name), rest, step.name)
        return
    if not isinstance(value, list):
        raise MisfitError(f"{where} is {kind_of(value)}, no list")
    for one, place in _chosen(value, step, where):
        yield from _walk(one, rest, place)


def _chosen(value: Sequence[object], step: Index | Pick | Each, where: str) -> Iterator[tuple[object, str]]:
    """Give the elements of a list that a step goes to, each with where it stands, in words."""
    if isinstance(step, Each):
        yield from ((one, f"an element of {where}") for one in value)
    elif isinstance(step, Index):
        yield from ((one, f"{where}[{step.place}]") for one in value[step.place : step.place + 1])
    else:
        said = (one for one in value if isinstance(one, dict) and text_of(one.get(step.name)) == step.value)
        yield from ((one, f"{where}[{step.name}={step.value}]") for one in islice(said, 1))


def text_of(value: object) -> str | None:
    """Return a single value as text; None for a list, an object or nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def kind_of(value: object) -> str:
    """Return what kind of value this is, in words."""
    if isinstance(value, bool):
        return "true or false"
    names = ((str, "a text"), (int, "a number"), (float, "a number"), (list, "a list"), (dict, "an object"))
    return next((name for kind, name in names if isinstance(value, kind)), "nothing")


def leaves(document: object, most: int) -> list[tuple[str, str]]:
    """Return up to `most` paths at which the document has a single value, each with that value."""
    found: list[tuple[str, str]] = []
    pending: list[tuple[str, object]] = [("", document)]
    while pending and len(found) < most:
        path, value = pending.pop()
        if isinstance(value, Mapping):
            steps = [(f"{path}.{_written(name)}".lstrip("."), one) for name, one in value.items()]
            pending += reversed(steps)
        elif isinstance(value, list):
            pending += reversed([(f"{path}[{place}]", one) for place, one in enumerate(value)])
        elif value is not None and value != "":
            found.append((path, text_of(value) or ""))
    return found


def _written(name: str) -> str:
    """Return a field's name as it stands in a path."""
    if name and name == name.strip() and not any(character in _SPECIAL for character in name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
